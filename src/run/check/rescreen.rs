//! A second look at the rows that a run has left, before it goes on with them: people may have said no since, and other runs
//! may have sent what is sent once.

use std::collections::HashSet;

use crate::model::{Counts, Left, Row, RowNumber, State};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;
use crate::run::error::RunError;
use crate::run::state::walk::{Take, Walk};

use super::left_out::{LeftOut, LeftRow};
use super::screen::Screen;

/// What the second look found.
#[derive(Debug, Default)]
pub struct Again {
    /// Rows that are left out from now on. They were certainly not sent.
    pub left_out: LeftOut,
    /// Rows that are not taken and stay what they are: those in doubt, refused or invalid.
    pub except: HashSet<RowNumber>,
    /// How the rows stood that are not taken after all.
    pub states: Counts,
}

impl Again {
    /// How many rows are not taken after all.
    pub fn rows(&self) -> u64 {
        self.states.total()
    }
}

/// Lets the rows that `take` takes pass `screen`, in order. `claims` are the rows of the run that are not taken but were, or
/// may have been, sent: if they are given, what they have taken is not for others.
///
/// # Errors
/// The snapshot, the ledger or a temporary file cannot be read.
pub fn screen_again<I>(
    walk: Walk<'_, '_, I>,
    claims: Option<Walk<'_, '_, I>>,
    plan: &Plan<'_>,
    take: Take,
    screen: &mut Screen,
) -> Result<Again, RunError>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    for member in claims.into_iter().flatten() {
        let member = member?.settled();
        let out = matches!(member.standing.state, State::Invalid | State::Skipped) || take.takes(&member.standing);
        let (row, line) = (member.row.number, member.row.line);
        if !out && let Verdict::Ready(request, _) = plan.verdict(&plan.scope(member.row), row, line) {
            screen.claim(&request)?;
        }
    }
    let mut again = Again::default();
    for member in walk {
        let member = member?.settled();
        let (row, line, attempts, state) =
            (member.row.number, member.row.line, member.standing.last_attempt, member.standing.state);
        if !take.takes(&member.standing) {
            continue;
        }
        let Verdict::Ready(request, _) = plan.verdict(&plan.scope(member.row), row, line) else { continue };
        let Some(skip) = screen.judge(&request)? else { continue };
        again.states.add(state);
        if matches!(state, State::Pending | State::Failed) {
            let left = Left { state: State::Skipped, reason: skip.to_string() };
            let row = LeftRow { row, line, attempts, left };
            again.left_out.push(&row).map_err(|source| RunError::Io { path: std::env::temp_dir(), source })?;
        } else {
            again.except.insert(row);
        }
    }
    Ok(again)
}
