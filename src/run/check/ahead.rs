//! Verdicts on the rows of a walk, in the order of the list, worked out ahead by the machine's other processors.
//!
//! Belongs here: handing rows out and taking them back in order, in bounded memory. Does not belong here: what is done about
//! a verdict, which needs the rows in order and happens on one thread.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use crate::model::{Row, RowNumber};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;
use crate::run::state::walk::{Member, Take, Walk, WalkError};

/// Rows that are handed over together, at most: passing one on costs more than rendering it.
const ROWS: usize = 128;

/// Bytes of cells after which a part ends, however few rows they are: lists may have rows of 256 KiB.
const BYTES: usize = 64 * 1024;

/// Parts that one thread has at most: one in work, one to go on with.
const AHEAD: usize = 2;

/// Threads at most. Reading and what needs the order keep one busy; few more are kept busy by that.
const THREADS: usize = 4;

/// A row that is taken, with what it comes to.
pub(super) struct Judged {
    pub(super) row: RowNumber,
    pub(super) line: u64,
    /// Attempts so far.
    pub(super) attempts: u32,
    /// What its templates see.
    pub(super) scope: minijinja::Value,
    pub(super) verdict: Verdict,
}

/// A row before its verdict.
struct CheckedRow {
    row: RowNumber,
    line: u64,
    attempts: u32,
    scope: minijinja::Value,
}

/// Rows in order, and what went wrong with reading where it did, until it is reported. Never empty.
type Part<T> = Vec<Result<T, Option<WalkError>>>;

/// Tells `each` what every row of `walk` comes to that `take` takes, and ends with its first error. Whoever is told only
/// borrows: memory is cheapest to free for the thread that has allocated it.
///
/// # Errors
/// What `each` returns.
pub(super) fn for_each_verdict<I, E>(
    walk: Walk<'_, '_, I>,
    plan: &Plan<'_>,
    take: Take,
    mut each: impl FnMut(Result<&mut Judged, WalkError>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let mut parts = Parts { walk, plan, take };
    match (parts.next(), parts.next()) {
        (Some(first), Some(second)) => {
            let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
            let parts = [first, second].into_iter().chain(parts);
            in_order(threads, parts, |part| judge(plan, part), |part| report(part, &mut each))
        }
        // A short list is not worth a thread.
        (first, _) => first.into_iter().try_for_each(|part| report(&mut judge(plan, part), &mut each)),
    }
}

/// Tells `each` what a part comes to. What is left of it was allocated by the thread that has judged it.
fn report<E>(
    part: &mut Part<Judged>,
    each: &mut impl FnMut(Result<&mut Judged, WalkError>) -> Result<(), E>,
) -> Result<(), E> {
    for row in part {
        match row {
            Ok(judged) => {
                each(Ok(judged))?;
                judged.scope = minijinja::Value::UNDEFINED;
            }
            Err(error) => error.take().map_or(Ok(()), |error| each(Err(error)))?,
        }
    }
    Ok(())
}

/// The rows of a walk that are taken, cut into parts.
struct Parts<'w, 'p, 'e, I: Iterator> {
    walk: Walk<'w, 'e, I>,
    plan: &'p Plan<'e>,
    take: Take,
}

impl<I: Iterator<Item = Result<Row, DataError>>> Iterator for Parts<'_, '_, '_, I> {
    type Item = Part<CheckedRow>;

    fn next(&mut self) -> Option<Part<CheckedRow>> {
        let (mut part, mut bytes) = (Vec::with_capacity(ROWS), 0);
        while part.len() < ROWS && bytes < BYTES {
            match self.walk.next() {
                None => break,
                Some(Ok(member)) if !self.take.takes(&member.standing) => {}
                Some(Ok(Member { row, standing })) => {
                    bytes += row.cells.as_slice().len();
                    let (number, line, attempts) = (row.number, row.line, standing.last_attempt);
                    part.push(Ok(CheckedRow { row: number, line, attempts, scope: self.plan.scope(row) }));
                }
                Some(Err(error)) => part.push(Err(Some(error))),
            }
        }
        Some(part).filter(|part| !part.is_empty())
    }
}

fn judge(plan: &Plan<'_>, part: Part<CheckedRow>) -> Part<Judged> {
    let verdict = |CheckedRow { row, line, attempts, scope }| {
        let verdict = plan.verdict(&scope, row, line);
        Judged { row, line, attempts, scope, verdict }
    };
    part.into_iter().map(|taken| taken.map(verdict)).collect()
}

/// Does `work` on so many threads, at least 1, and tells `each` what came of every part, in the order of the parts. No more
/// than [`AHEAD`] of them for each thread are out at a time. What was told goes back to the thread that it came from, to be
/// freed there. Panics if `work` does.
///
/// # Errors
/// What `each` returns.
fn in_order<T: Send, R: Send, E>(
    threads: usize,
    parts: impl Iterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    mut each: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<(), E> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| spawn(scope, &work)).collect();
        // Parts go round, so that what comes next out of whom is known by counting.
        let (mut given, mut reported) = (0, 0);
        for part in parts {
            let mut back = None;
            if given - reported == threads * AHEAD {
                // Of the thread whose turn it is to get a part.
                let Ok(mut done) = workers[reported % threads].1.recv() else { return Ok(()) };
                each(&mut done)?;
                reported += 1;
                back = Some(done);
            }
            // A worker that is gone has panicked, which the end of the scope passes on. What came before that is reported.
            if workers[given % threads].0.send((part, back)).is_err() {
                break;
            }
            given += 1;
        }
        while reported < given {
            let Ok(mut done) = workers[reported % threads].1.recv() else { return Ok(()) };
            each(&mut done)?;
            reported += 1;
        }
        Ok(())
    })
}

/// A thread that works until no more parts can come, or nobody wants what comes of them.
fn spawn<'s, T: Send + 's, R: Send + 's>(
    scope: &'s Scope<'s, '_>,
    work: &'s (impl Fn(T) -> R + Sync),
) -> (SyncSender<(T, Option<R>)>, Receiver<R>) {
    let (parts, to_do) = sync_channel::<(T, Option<R>)>(AHEAD);
    let (done, results) = sync_channel(AHEAD);
    scope.spawn(move || {
        for (part, reported) in to_do {
            drop(reported);
            if done.send(work(part)).is_err() {
                return;
            }
        }
    });
    (parts, results)
}

#[cfg(test)]
mod tests;
