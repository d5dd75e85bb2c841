//! The rows of a run in order, each with its status. Needs constant memory: it reads two streams side by side.

use std::iter::Peekable;

use thiserror::Error;

use crate::ledger::{LedgerError, RowStatuses};
use crate::model::{FieldError, Row, RowNumber, RowStatus, State};
use crate::plan::{CellTrace, Plan, Selected, Selector};
use crate::rows::DataError;
use crate::template::Condition;

/// A row of a run.
#[derive(Debug)]
pub struct RunRow {
    /// The row.
    pub row: Row,
    /// Its status.
    pub status: RowStatus,
}

impl RunRow {
    /// The row in a run that no process works on: a row in flight is in doubt, even if the ledger does not say so yet.
    #[must_use]
    pub(in crate::run) fn settled(self) -> Self {
        Self { status: self.status.settled(), ..self }
    }
}

/// The states of the rows that a session selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StateSet(u16);

impl StateSet {
    /// Adds a state. States of rows that were sent cannot be added.
    #[must_use]
    pub fn with(self, state: State) -> Self {
        match state {
            State::Sending | State::Accepted | State::Held | State::Skipped => self,
            State::Pending | State::Failed | State::Rejected | State::Unknown | State::Invalid => {
                Self(self.0 | 1 << state as u16)
            }
        }
    }

    /// Whether a row with this status is selected. A row that the API said never to try again is not.
    pub fn selects(self, status: &RowStatus) -> bool {
        self.takes_any(status.state, status.is_never_again())
    }

    /// The same for all rows with this state.
    pub(super) fn takes_any(self, state: State, never_again: bool) -> bool {
        self.0 & 1 << state as u16 != 0 && !never_again
    }
}

/// Why a walk ends early.
#[derive(Debug, Error)]
pub enum WalkError {
    /// The list.
    #[error("data.csv, line {line}: {0}", line = .0.line)]
    Data(DataError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The disk has no room for a backlog.
    #[error("cannot store the rows that wait for their connection: {0}")]
    Backlog(std::io::Error),
    /// The temporary file with the suppressed recipients cannot be read.
    #[error("cannot look up a recipient in the suppress lists: {0}")]
    Suppressed(std::io::Error),
    /// The ledger has a row that the run does not have.
    #[error("the ledger has a record of row {0}, which is not one of this run's rows")]
    Stray(RowNumber),
}

/// Walks over the rows of a run. Ends after the first error from which reading cannot continue.
pub struct Walk<'p, 'e, I: Iterator> {
    rows: I,
    plan: &'p Plan<'e>,
    selector: Selector<'p, 'e>,
    statuses: Option<Peekable<RowStatuses>>,
    /// Rows before this one are skipped.
    from: RowNumber,
    done: bool,
}

impl<'p, 'e, I: Iterator<Item = Result<Row, DataError>>> Walk<'p, 'e, I> {
    /// A walk over `rows`. Without `statuses` every row is untouched.
    pub fn new(
        rows: I,
        plan: &'p Plan<'e>,
        only: Option<&'p Condition<'e>>,
        (offset, limit): (u64, Option<u64>),
        statuses: Option<RowStatuses>,
    ) -> Self {
        let selector = Selector::new(only, offset, limit);
        Self { rows, plan, selector, statuses: statuses.map(Iterator::peekable), from: RowNumber(1), done: false }
    }

    /// Starts at `row`. `statuses` must not contain earlier rows, and the run must cover the whole list.
    #[must_use]
    pub fn from(self, row: RowNumber) -> Self {
        Self { from: row, ..self }
    }

    fn selected(&mut self) -> Option<Result<Row, WalkError>> {
        while !self.selector.is_done() {
            let row = match self.rows.next()? {
                Ok(row) if row.number < self.from => continue,
                Ok(row) => row,
                Err(error) => {
                    self.done = error.fatal;
                    return Some(Err(WalkError::Data(error)));
                }
            };
            match self.selector.selects(|| self.plan.scope(row.clone())) {
                Ok(Selected::Yes) => return Some(Ok(row)),
                Ok(Selected::No) => {}
                Ok(Selected::NoMore) => return None,
                // Skipping the row would guess what the user meant, so it is an error like a wrong cell.
                Err(error) => return Some(Err(WalkError::Data(self.unselectable(row, &error)))),
            }
        }
        None
    }

    fn unselectable(&self, row: Row, error: &FieldError) -> DataError {
        let (line, number) = (row.line, Some(row.number));
        let scope = self.plan.scope(row);
        let cells = CellTrace::new(self.plan, &scope).cells_at(self.selector.reads(&scope)).into();
        DataError { line, row: number, column: None, cells, message: error.to_string(), help: None, fatal: false }
    }

    fn status(&mut self, row: RowNumber) -> Result<RowStatus, WalkError> {
        let Some(statuses) = &mut self.statuses else { return Ok(RowStatus::UNTOUCHED) };
        match statuses.next_if(|next| next.as_ref().map_or(true, |(number, _)| *number <= row)) {
            None => Ok(RowStatus::UNTOUCHED),
            Some(Ok((number, status))) if number == row => Ok(status),
            Some(Ok((number, _))) => Err(WalkError::Stray(number)),
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// A record behind the last row is an error.
    fn leftover(&mut self) -> Option<WalkError> {
        match self.statuses.as_mut()?.next()? {
            Ok((number, _)) => Some(WalkError::Stray(number)),
            Err(error) => Some(error.into()),
        }
    }
}

impl<I: Iterator<Item = Result<Row, DataError>>> Iterator for Walk<'_, '_, I> {
    type Item = Result<RunRow, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let run_row = match self.selected() {
            Some(Ok(row)) => self.status(row.number).map(|status| RunRow { row, status }),
            Some(Err(error)) => return Some(Err(error)),
            None => {
                self.done = true;
                return self.leftover().map(Err);
            }
        };
        self.done = run_row.is_err();
        Some(run_row)
    }
}
