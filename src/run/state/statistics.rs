//! The figures of a run's page: one pass over the rows with their statuses, one over the facts of the ledger.

use crate::ledger::{self, Fact, LedgerReader};
use crate::report::{Figures, SessionFigures};
use crate::run::error::RunError;
use crate::run_folder::{RunFile, RunFolder};
use crate::template::Condition;

use super::project::project;
use super::recipients::Recipients;
use super::walk::RunRow;

/// Counts everything that a run's page shows. A row in flight counts as unknown unless the run is `live`. While a
/// session works, the two passes may see different states.
pub fn statistics(
    (folder, run): (&RunFolder, &RunFile),
    recipients: &Recipients<'_, '_>,
    only: Option<&Condition<'_>>,
    live: bool,
) -> Result<Figures, RunError> {
    let mut figures = Figures::default();
    let reader = ledger::read(&folder.ledger())?;
    figures.sessions = reader
        .sessions()?
        .into_iter()
        .map(|session| SessionFigures::new(session.id, session.mode, session.revision, session.at_ms))
        .collect();
    project((folder, run), recipients.plan(), only, live, |run_row| {
        let RunRow { row, status } = run_row;
        figures.row((row.number.0, row.line), status, || recipient(recipients, run_row));
        Ok(())
    })?;
    reader.each_fact(|session, fact| match fact {
        Fact::Intent { at_ms, .. } => figures.attempt(session, at_ms),
        Fact::Reply { recorded, .. } if recorded.withdrawn => figures.withdrawn(session),
        Fact::Reply { at_ms, recorded, .. } => {
            figures.reply(session, at_ms, &recorded.answer.reply, recorded.ms, recorded.last);
        }
        Fact::Excluded { .. } => {}
    })?;
    Ok(figures)
}

/// Whom a row was or will be sent to. Empty for an invalid row.
fn recipient(recipients: &Recipients<'_, '_>, run_row: &RunRow) -> String {
    recipients.of(run_row).ok().flatten().map(|to| to.to_string()).unwrap_or_default()
}
