//! Suggests the next commands after a session.

use std::path::Path;

use crate::app::inputs::project::run_address;
use crate::ledger::Sum;
use crate::model::{Counts, RowStatus, State};
use crate::run::Projected;

/// Figures about rejected rows that the counts do not contain.
pub(crate) struct RejectedFigures {
    /// The number of rows that no retry sends.
    pub(crate) never_again: u64,
    /// The number of rows that may have arrived despite the rejection.
    pub(crate) doubtful: u64,
}

impl RejectedFigures {
    pub(crate) fn of(projected: &Projected) -> Self {
        let rejected = |of: fn(&Sum) -> bool| {
            let sums = projected.balance.sums().iter();
            sums.filter(|sum| sum.state == State::Rejected && of(sum)).map(|sum| sum.rows).sum()
        };
        Self { never_again: rejected(|sum| sum.never_again), doubtful: rejected(|sum| sum.doubt) }
    }
}

/// The suggested commands, each with its reason.
pub(crate) fn next_commands(
    (run, runs_dir): (&str, &Path),
    counts: &Counts,
    refused: &RejectedFigures,
) -> Vec<(String, String)> {
    let run = run_address(run, runs_dir);
    let [pending, failed, rejected, unknown, invalid] =
        [State::Pending, State::Failed, State::Rejected, State::Unknown, State::Invalid].map(|state| counts.get(state));
    let RejectedFigures { never_again, doubtful } = *refused;
    let earlier = if doubtful > 0 { format!("; of {doubtful} {}", RowStatus::DOUBT) } else { String::new() };
    let advised = format!("rejected: follow the advice first{earlier}");
    let mut next = Vec::new();
    for (rows, command, reason) in [
        (pending, "resume", "pending"),
        (failed, "retry", "certainly not sent"),
        (rejected.saturating_sub(never_again), "retry --rejected", &*advised),
        (unknown, "retry --unknown", "in doubt: first find out whether the messages arrived"),
        (invalid, "retry --recipe FILE", "invalid: fix the recipe, or run the fixed rows as a new list"),
        (never_again, "results --status rejected", "rejected and must not be retried: follow the advice"),
    ] {
        if rows > 0 {
            let rows = if rows == 1 { "1 row is".to_owned() } else { format!("{rows} rows are") };
            next.push((format!("rowcast {command} {run}"), format!("{rows} {reason}")));
        }
    }
    if next.is_empty() {
        next.push((format!("rowcast show {run}"), "show the details of this run".to_owned()));
    }
    next
}
