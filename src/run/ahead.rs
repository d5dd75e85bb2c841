//! Verdicts on the rows of a walk, in the order of the list, worked out ahead by the machine's other processors.
//!
//! Belongs here: handing rows out and taking them back in order, in bounded memory. Does not belong here: what is done about
//! a verdict, which needs the rows in order and happens on one thread.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use crate::model::{Row, RowNumber};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;

use super::{Member, Take, Walk, WalkError};

/// Rows that are handed over together: passing one on costs more than rendering it.
const PART: usize = 256;

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
struct Taken {
    row: RowNumber,
    line: u64,
    attempts: u32,
    scope: minijinja::Value,
}

/// Rows in order, and what went wrong with reading where it did.
type Part<T> = Vec<Result<T, WalkError>>;

/// Tells `each` what every row of `walk` comes to that `take` takes, and ends with its first error.
///
/// # Errors
/// What `each` returns.
pub(super) fn for_each_verdict<I, E>(
    mut walk: Walk<'_, '_, I>,
    plan: &Plan<'_>,
    take: Take,
    mut each: impl FnMut(Result<Judged, WalkError>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let first = next_part(&mut walk, plan, take);
    if first.len() < PART {
        return judge(plan, first).into_iter().try_for_each(each);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| spawn(scope, plan)).collect();
        // Parts go round. Whose is the oldest of those that are out?
        let (mut out, mut turns) = (VecDeque::new(), (0..threads).cycle());
        let mut part = first;
        loop {
            let ended = part.is_empty();
            if let Some(turn) = turns.next().filter(|_| !ended) {
                // A worker that is gone has panicked, which the end of the scope passes on.
                let Ok(()) = workers[turn].0.send(part) else { return Ok(()) };
                out.push_back(turn);
            }
            while out.len() >= threads * AHEAD || ended {
                let Some(oldest) = out.pop_front() else { return Ok(()) };
                let Ok(judged) = workers[oldest].1.recv() else { return Ok(()) };
                judged.into_iter().try_for_each(&mut each)?;
            }
            part = next_part(&mut walk, plan, take);
        }
    })
}

/// A thread that judges the parts that it is sent.
fn spawn<'s>(scope: &'s Scope<'s, '_>, plan: &'s Plan<'_>) -> (SyncSender<Part<Taken>>, Receiver<Part<Judged>>) {
    let (parts, to_judge) = sync_channel::<Part<Taken>>(AHEAD);
    let (judged, results) = sync_channel(AHEAD);
    scope.spawn(move || {
        for part in to_judge {
            if judged.send(judge(plan, part)).is_err() {
                return;
            }
        }
    });
    (parts, results)
}

/// The next rows that are taken; none if there are no more.
fn next_part<I>(walk: &mut Walk<'_, '_, I>, plan: &Plan<'_>, take: Take) -> Part<Taken>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let taken = walk.filter_map(|member| match member {
        Ok(member) if !take.takes(&member.standing) => None,
        Ok(Member { row, standing }) => {
            let (number, line, attempts) = (row.number, row.line, standing.attempts);
            Some(Ok(Taken { row: number, line, attempts, scope: plan.scope(row) }))
        }
        Err(error) => Some(Err(error)),
    });
    taken.take(PART).collect()
}

fn judge(plan: &Plan<'_>, part: Part<Taken>) -> Part<Judged> {
    let verdict = |Taken { row, line, attempts, scope }| {
        let verdict = plan.verdict(&scope, row, line);
        Judged { row, line, attempts, scope, verdict }
    };
    part.into_iter().map(|taken| taken.map(verdict)).collect()
}
