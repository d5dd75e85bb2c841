//! The screen again, before a session of an existing run: people may have opted out since, and other runs may have sent
//! what is sent once.

use std::collections::HashSet;

use crate::ledger::{self, LedgerReader};
use crate::model::{Addressee, Counts, Exclusion, Row, RowNumber, State};
use crate::plan::Verdict;
use crate::rows::DataError;
use crate::run::error::RunError;
use crate::run::state::recipients::Recipients;
use crate::run::state::walk::{RunRow, StateSet, Walk};

use super::excluded_rows::{ExcludedRow, ExcludedRows};
use super::prior::PriorMessages;
use super::repeats::RepeatedRows;
use super::screen::Screen;

/// The result of the rescreen.
#[derive(Debug, Default)]
pub struct Again {
    /// Rows that are left out from now on. They were certainly not sent.
    pub excluded: ExcludedRows,
    /// Rows that are not selected and keep their state: refused rows and rows in doubt.
    pub except: HashSet<RowNumber>,
    /// The former states of the rows that are no longer selected.
    pub states: Counts,
}

impl Again {
    /// The number of rows that are no longer selected.
    pub fn rows(&self) -> u64 {
        self.states.total()
    }
}

/// Passes the selected rows through `screen` again, in order, and asks `prior` what other runs have sent. `claims` are all rows of the run, given if its recipe has changed:
/// what was sent under the earlier recipe, and what will be sent later under the new one, is registered first, so that a
/// selected duplicate of it is left out.
///
/// # Errors
/// The snapshot, the ledger or a temporary file cannot be read.
pub fn screen_again<I>(
    walk: Walk<'_, '_, I>,
    claims: Option<Walk<'_, '_, I>>,
    recipients: &Recipients<'_, '_>,
    selected: StateSet,
    screen: &mut Screen,
    (prior, repeats): (Option<&PriorMessages>, &RepeatedRows),
) -> Result<Again, RunError>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    if let Some(claims) = claims {
        claim(claims, recipients, selected, screen)?;
    }
    let plan = recipients.plan();
    let mut again = Again::default();
    for run_row in walk {
        let run_row = run_row?.settled();
        let (row, line, state) = (run_row.row.number, run_row.row.line, run_row.status.state);
        let attempts = run_row.status.left_out_after();
        if !selected.selects(&run_row.status) {
            continue;
        }
        let Verdict::Ready(request, _) = plan.verdict(&plan.scope(run_row.row), row, line) else { continue };
        let sent = prior.map(|prior| prior.of(&request, repeats.nth(row))).transpose()?.flatten();
        let Some(skip) = screen.judge(&request, sent)? else { continue };
        again.states.add(state);
        if matches!(state, State::Pending | State::Failed | State::Invalid) {
            let exclusion = Exclusion { state: State::Skipped, reason: skip.to_string() };
            let row = ExcludedRow { row, line, attempts, exclusion };
            again.excluded.push(&row).map_err(|source| RunError::Io { path: std::env::temp_dir(), source })?;
        } else {
            again.except.insert(row);
        }
    }
    Ok(again)
}

/// Registers with `screen` who has or may have a message of the run, and who will get one from a row that is not
/// selected now.
fn claim<I>(
    rows: Walk<'_, '_, I>,
    recipients: &Recipients<'_, '_>,
    selected: StateSet,
    screen: &mut Screen,
) -> Result<(), RunError>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let plan = recipients.plan();
    let mut reached = ledger::read(&recipients.folder.ledger())?.reached()?.peekable();
    for run_row in rows {
        let RunRow { row, status } = run_row?.settled();
        let (number, line) = (row.number, row.line);
        let mut was_reached = false;
        while let Some(attempt) = reached.next_if(|next| next.as_ref().map_or(true, |next| next.row <= number)) {
            let attempt = attempt?;
            let recorded = attempt.to.recipient.is_some();
            let to = if recorded { attempt.to } else { recipients.under(attempt.revision, row.clone())? };
            screen.claim(number, &to)?;
            was_reached = true;
        }
        let scope = plan.scope(row);
        if was_reached {
            // The new recipe may have keys that the earlier one had not. Its recipient has no message.
            screen.claim(number, &Addressee { keys: plan.keys(&scope), ..Addressee::default() })?;
        }
        let may_be_sent = matches!(status.state, State::Pending | State::Failed | State::Rejected | State::Unknown);
        if may_be_sent
            && !selected.selects(&status)
            && let Verdict::Ready(request, _) = plan.verdict(&scope, number, line)
        {
            screen.claim(number, &request.addressee())?;
        }
    }
    Ok(())
}
