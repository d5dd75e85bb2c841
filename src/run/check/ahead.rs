//! Renders the rows of a walk ahead on other threads, and yields the results in list order.
//!
//! Belongs here: distributing rows and collecting them in order, in bounded memory. Does not belong here: acting on a
//! result, which needs the order and happens on one thread.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use crate::memory::MemoryError;
use crate::model::{Row, RowNumber, SentBefore};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;
use crate::run::state::walk::{RunRow, StateSet, Walk, WalkError};

use super::prior::PriorMessages;

/// Maximum rows per group: handing one row over costs more than rendering it.
const ROWS: usize = 128;

/// Bytes of cells that end a group early: rows may have 256 KiB.
const BYTES: usize = 64 * 1024;

/// Groups per thread: one in work, one waiting.
const AHEAD: usize = 2;

/// Maximum threads. Reading and the ordered work keep one busy and cannot feed many more.
const THREADS: usize = 4;

/// A selected row with the result of rendering it.
pub(super) struct Judged {
    pub(super) row: RowNumber,
    pub(super) line: u64,
    /// Attempts so far.
    pub(super) attempts: u32,
    /// The variables of its templates.
    pub(super) scope: minijinja::Value,
    pub(super) verdict: Verdict,
    /// Which other run has sent the same. `None` once the error was reported.
    pub(super) sent: Option<Result<Option<SentBefore>, MemoryError>>,
}

/// A row before it is rendered.
struct CheckedRow {
    row: RowNumber,
    line: u64,
    attempts: u32,
    scope: minijinja::Value,
}

/// Rows in order, or the error of reading one until it is reported. Never empty.
type Chunk<T> = Vec<Result<T, Option<WalkError>>>;

/// Passes the result of every selected row to `each`, in order, and ends with its first error. `each` borrows the row,
/// because memory is freed fastest on the thread that allocated it.
///
/// # Errors
///
/// Those of `each`.
pub(super) fn for_each_verdict<I, E>(
    walk: Walk<'_, '_, I>,
    (plan, prior): (&Plan<'_>, Option<&PriorMessages>),
    selected: StateSet,
    mut each: impl FnMut(Result<&mut Judged, WalkError>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let mut parts = Chunks { walk, plan, selected };
    match (parts.next(), parts.next()) {
        (Some(first), Some(second)) => {
            let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
            let parts = [first, second].into_iter().chain(parts);
            in_order(threads, parts, |part| judge(plan, prior, part), |part| report(part, &mut each))
        }
        // A short list does not need a thread.
        (first, _) => first.into_iter().try_for_each(|part| report(&mut judge(plan, prior, part), &mut each)),
    }
}

/// Passes the results of a group to `each`. The rest of the group stays with the thread that allocated it.
fn report<E>(
    part: &mut Chunk<Judged>,
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

/// The selected rows of a walk, cut into groups.
struct Chunks<'w, 'p, 'e, I: Iterator> {
    walk: Walk<'w, 'e, I>,
    plan: &'p Plan<'e>,
    selected: StateSet,
}

impl<I: Iterator<Item = Result<Row, DataError>>> Iterator for Chunks<'_, '_, '_, I> {
    type Item = Chunk<CheckedRow>;

    fn next(&mut self) -> Option<Chunk<CheckedRow>> {
        let (mut part, mut bytes) = (Vec::with_capacity(ROWS), 0);
        while part.len() < ROWS && bytes < BYTES {
            match self.walk.next() {
                None => break,
                Some(Ok(run_row)) if !self.selected.selects(&run_row.status) => {}
                Some(Ok(RunRow { row, status })) => {
                    bytes += row.cells.as_slice().len();
                    let (number, line, attempts) = (row.number, row.line, status.last_attempt);
                    part.push(Ok(CheckedRow { row: number, line, attempts, scope: self.plan.scope(row) }));
                }
                Some(Err(error)) => part.push(Err(Some(error))),
            }
        }
        Some(part).filter(|part| !part.is_empty())
    }
}

fn judge(plan: &Plan<'_>, prior: Option<&PriorMessages>, part: Chunk<CheckedRow>) -> Chunk<Judged> {
    let verdict = |CheckedRow { row, line, attempts, scope }| {
        let verdict = plan.verdict(&scope, row, line);
        // Here and not where the rows are in order: what is looked up in a file takes its time.
        let sent = match (&verdict, prior) {
            (Verdict::Ready(request, _), Some(prior)) => prior.of(request, 1),
            _ => Ok(None),
        };
        Judged { row, line, attempts, scope, verdict, sent: Some(sent) }
    };
    part.into_iter().map(|taken| taken.map(verdict)).collect()
}

/// Runs `work` on `threads` threads, at least 1, and passes the result of every group to `each`, in order. At most
/// [`AHEAD`] groups per thread are in progress. A reported result returns to its thread to be freed there. Panics if
/// `work` does.
///
/// # Errors
///
/// Those of `each`.
fn in_order<T: Send, R: Send, E>(
    threads: usize,
    parts: impl Iterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    mut each: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<(), E> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| spawn(scope, &work)).collect();
        // Groups are distributed round-robin, so counting tells which thread has the next result.
        let (mut given, mut reported) = (0, 0);
        for part in parts {
            let mut back = None;
            if given - reported == threads * AHEAD {
                // The next result of the thread that gets the next group.
                let Ok(mut done) = workers[reported % threads].1.recv() else { return Ok(()) };
                each(&mut done)?;
                reported += 1;
                back = Some(done);
            }
            // A closed worker has panicked, and the scope's end passes the panic on. Earlier results are still
            // reported.
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

/// A thread that works until no more groups can come, or nothing receives its results.
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
