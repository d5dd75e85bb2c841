//! The recipients of a run's rows, as the ledger recorded them, whatever the latest recipe would render.
//!
//! An earlier Rowcast did not record the recipient. The row is then rendered by the recipe that it was sent under.

use std::sync::Arc;

use crate::ledger::{self, LedgerReader, deciding_session};
use crate::model::{Addressee, Row};
use crate::plan::{Plan, Verdict};
use crate::run::error::RunError;
use crate::run_folder::RunFolder;

use super::walk::RunRow;

/// The recipients of a run's rows.
#[derive(Debug, Clone, Copy)]
pub struct Recipients<'p, 'e> {
    pub(in crate::run) folder: &'p RunFolder,
    /// The recipe in use.
    plan: &'p Plan<'e>,
    /// The recipes before it, by revision. `None` if its copy cannot be read.
    earlier: &'p [Option<Plan<'e>>],
}

impl<'p, 'e> Recipients<'p, 'e> {
    /// The recipients of a run that uses `plan`, after the recipes `earlier`.
    pub fn new(folder: &'p RunFolder, plan: &'p Plan<'e>, earlier: &'p [Option<Plan<'e>>]) -> Self {
        Self { folder, plan, earlier }
    }

    /// The recipe in use.
    pub fn plan(&self) -> &'p Plan<'e> {
        self.plan
    }

    /// Whom a row was sent to. If it was never tried, whom the recipe in use would send it to.
    ///
    /// # Errors
    /// An earlier Rowcast wrote the ledger, and its recipe cannot be read.
    pub fn of(&self, run_row: &RunRow) -> Result<Option<Arc<str>>, RunError> {
        let RunRow { row, status } = run_row;
        if status.recipient.is_some() {
            return Ok(status.recipient.clone());
        }
        if status.attempts == 0 {
            return Ok(addressee(self.plan, row.clone()).and_then(|to| to.recipient));
        }
        let reader = ledger::read(&self.folder.ledger())?;
        let session = deciding_session(&reader.facts(row.number)?);
        let revision = reader.sessions()?.iter().find(|known| Some(known.id) == session).map(|known| known.revision);
        Ok(self.under(revision.unwrap_or(1), row.clone())?.recipient)
    }

    /// Whom a row was sent to under a revision of the recipe.
    ///
    /// # Errors
    /// That recipe cannot be read, or makes no request of the row.
    pub(in crate::run) fn under(&self, revision: u32, row: Row) -> Result<Addressee, RunError> {
        let number = row.number;
        let earlier = usize::try_from(revision).ok().and_then(|revision| self.earlier.get(revision.checked_sub(1)?));
        let plan = earlier.map_or(Some(self.plan), Option::as_ref);
        let to = plan.and_then(|plan| addressee(plan, row));
        to.ok_or_else(|| RunError::RecipientUnknown { row: number, recipe: self.folder.recipe(revision) })
    }
}

fn addressee(plan: &Plan<'_>, row: Row) -> Option<Addressee> {
    let (number, line) = (row.number, row.line);
    match plan.verdict(&plan.scope(row), number, line) {
        Verdict::Ready(request, _) => Some(request.addressee()),
        Verdict::Skipped(_) | Verdict::Invalid(_) => None,
    }
}
