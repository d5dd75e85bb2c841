//! The second pass: the rows that are to be sent become jobs, those left out are told to the desk. Reads the snapshot.

use std::collections::HashSet;

use tokio::sync::mpsc;

use crate::exec::{Job, Signal, Stop};
use crate::model::{FieldError, Left, Row, RowNumber, State};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;

use super::{Take, Walk, WalkError};

/// Feeds the executor until the rows end or nobody wants any more.
///
/// # Errors
/// The snapshot or the ledger cannot be read.
pub(super) fn feed<I>(
    walk: Walk<'_, '_, I>,
    plan: &Plan<'_>,
    (take, except): (Take, &HashSet<RowNumber>),
    asked: bool,
    jobs: &mpsc::Sender<Job>,
    desk: &mpsc::Sender<Signal>,
    stop: &Stop,
) -> Result<(), WalkError>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    for member in walk {
        let member = member?;
        if stop.is_draining() {
            return Ok(());
        }
        if !take.takes(&member.standing) || except.contains(&member.row.number) {
            continue;
        }
        let (row, line, attempts) = (member.row.number, member.row.line, member.standing.attempts);
        let left = match plan.verdict(&plan.scope(member.row), row, line) {
            Verdict::Ready(request, _) => {
                let in_doubt = member.standing.state == State::Unknown;
                if jobs.blocking_send(Job { request, before: attempts, asked, in_doubt }).is_err() {
                    return Ok(());
                }
                continue;
            }
            Verdict::Skipped(reason) => Left { state: State::Skipped, reason: reason.to_string() },
            Verdict::Invalid(errors) => {
                let errors: Vec<String> = errors.iter().map(FieldError::to_string).collect();
                Left { state: State::Invalid, reason: errors.join("; ") }
            }
        };
        // A row that was tried, or left out before, stays what it was.
        let new = member.standing.state == State::Pending;
        if new && desk.blocking_send(Signal::Left { row, line, attempts, left }).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
