//! The figures of a run, for its page: one pass over the rows and where they stand, one over the facts of the ledger.

use crate::ledger::{Fact, LedgerReader, RunFile, RunFolder};
use crate::plan::{Plan, Verdict};
use crate::report::{Figures, SessionFigures};
use crate::run::error::RunError;
use crate::template::Condition;

use super::project::project;
use super::walk::Member;

/// Counts everything that a run's page shows. A row in flight counts as unknown unless the run is `live`; of a run that is
/// being worked on the two passes may see different moments.
///
/// # Errors
/// The snapshot or the ledger cannot be read.
pub fn statistics(
    (folder, run): (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    live: bool,
) -> Result<Figures, RunError> {
    let mut figures = Figures::default();
    let reader = LedgerReader::open(&folder.ledger())?;
    figures.sessions = reader
        .sessions()?
        .into_iter()
        .map(|session| SessionFigures::new(session.id, session.mode, session.revision, session.at_ms))
        .collect();
    project((folder, run), plan, only, live, |member| {
        let Member { row, standing } = member;
        figures.row((row.number.0, row.line), standing, || recipient(plan, member));
        Ok(())
    })?;
    reader.each_fact(|session, fact| match fact {
        Fact::Intent { at_ms, .. } => figures.attempt(session, at_ms),
        Fact::Reply { recorded, .. } if recorded.withdrawn => figures.withdrawn(session),
        Fact::Reply { at_ms, recorded, .. } => {
            figures.reply(session, at_ms, &recorded.answer.reply, recorded.ms, recorded.last);
        }
        Fact::Left { .. } => {}
    })?;
    Ok(figures)
}

/// Who a row is for; of an invalid row nobody knows.
fn recipient(plan: &Plan<'_>, member: &Member) -> String {
    match plan.verdict(&plan.scope(member.row.clone()), member.row.number, member.row.line) {
        Verdict::Ready(request, _) => request.draft.lane.map(|lane| lane.to_string()).unwrap_or_default(),
        Verdict::Skipped(_) | Verdict::Invalid(_) => String::new(),
    }
}
