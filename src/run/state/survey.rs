//! The states of a run's rows before a session begins.

use std::ops::RangeInclusive;

use crate::ledger::{self, Balance, LedgerReader, Projection, RowStatuses};
use crate::model::{Counts, RowNumber, RowStatus, State};
use crate::plan::Plan;
use crate::run::error::RunError;
use crate::run_folder::{RunFile, RunFolder, Selection};
use crate::template::Condition;

use super::snapshot::open_snapshot;
use super::walk::{RunRow, StateSet, Walk, WalkError};

/// The states of a run's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// All rows by state; rows that the session selects count as pending.
    pub counts: Counts,
    /// Rows that the session selects.
    pub taken: u64,
    /// Selected rows that may have arrived already.
    pub in_doubt: u64,
    /// The first selected row.
    pub from: RowNumber,
    /// The first and the last row with an intent and no outcome: their process died.
    pub in_flight: Option<RangeInclusive<RowNumber>>,
}

/// Counts the rows of a run that no process works on.
///
/// The balance that the last session wrote at its end is used if there is one, because nothing was recorded since.
/// Otherwise the ledger is read. The list is read only if the run does not cover all of it; its digest has been
/// checked.
///
/// # Errors
///
/// The snapshot or the ledger cannot be read, or the ledger has a row that the run does not have.
pub fn survey(
    (folder, run): (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    selected: StateSet,
) -> Result<Survey, RunError> {
    let reader = ledger::read(&folder.ledger())?;
    let whole = run.selection == Selection::default();
    let balance = match reader.balance().filter(|balance| balance.counts().total() == run.rows) {
        Some(balance) => balance,
        None if whole => of_ledger(reader.statuses(Projection::StatusOnly)?, run.rows)?,
        None => of_rows((folder, run), plan, only, reader.statuses(Projection::StatusOnly)?)?,
    };
    let survey = Survey::of(&balance, selected);
    // In a run over a part of the list, rows must be counted from the first.
    Ok(if whole { survey } else { Survey { from: RowNumber(1), ..survey } })
}

/// Rows numbered from 1; those without a record are untouched.
fn of_ledger(statuses: RowStatuses, rows: u64) -> Result<Balance, WalkError> {
    let (mut balance, mut last) = (Balance::default(), 0);
    for status in statuses {
        let (row, status) = status?;
        if !(last + 1..=rows).contains(&row.0) {
            return Err(WalkError::Stray(row));
        }
        balance.add(&RowStatus::UNTOUCHED, last + 1..row.0);
        balance.add(&status, row.0..row.0 + 1);
        last = row.0;
    }
    balance.add(&RowStatus::UNTOUCHED, last + 1..rows + 1);
    Ok(balance)
}

/// The rows of the list that belong to the run.
fn of_rows(
    (folder, run): (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    statuses: RowStatuses,
) -> Result<Balance, RunError> {
    let mut balance = Balance::default();
    let range = (run.selection.offset, run.selection.limit);
    for run_row in Walk::new(open_snapshot(folder, run)?, plan, only, range, Some(statuses)) {
        let RunRow { row, status } = run_row?;
        balance.add(&status, row.number.0..row.number.0 + 1);
    }
    Ok(balance)
}

impl Survey {
    fn of(balance: &Balance, selected: StateSet) -> Self {
        let mut survey = Self {
            counts: Counts::default(),
            taken: 0,
            in_doubt: 0,
            from: RowNumber(1),
            in_flight: balance.in_flight(),
        };
        for sum in balance.sums() {
            // Rows in flight will never get an outcome.
            let state = if sum.state == State::Sending { State::Unknown } else { sum.state };
            let taken = selected.takes_any(state, sum.never_again);
            survey.counts.add_many(if taken { State::Pending } else { state }, sum.rows);
            if taken {
                survey.from = if survey.taken == 0 { sum.first } else { survey.from.min(sum.first) };
                survey.taken += sum.rows;
                survey.in_doubt += if sum.doubt { sum.rows } else { 0 };
            }
        }
        survey
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::files::private_file;
    use crate::ledger::{Fact, LedgerWriter};
    use crate::model::{Addressee, Exclusion, Mode};

    /// A ledger in which `skipped` rows are skipped and `in_flight` rows have only an intent.
    fn statuses(folder: &tempfile::TempDir, skipped: &[u64], in_flight: &[u64]) -> RowStatuses {
        let path = folder.path().join("ledger.db");
        private_file(&path).unwrap();
        let mut ledger = ledger::create(&path).unwrap();
        ledger.begin_session(Mode::Run, 1, "here", 0).unwrap();
        let exclusion = || Exclusion { state: State::Skipped, reason: "when".to_owned() };
        let exclusion =
            skipped.iter().map(|row| Fact::Excluded { row: RowNumber(*row), attempt: 0, exclusion: exclusion() });
        let intent =
            |row| Fact::Intent { row: RowNumber(row), attempt: 1, asked: false, to: Addressee::default(), at_ms: 0 };
        ledger.commit(&exclusion.chain(in_flight.iter().copied().map(intent)).collect::<Vec<_>>()).unwrap();
        ledger::read(&path).unwrap().statuses(Projection::StatusOnly).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Counting from the ledger alone gives the same result as counting row by row.
        #[test]
        fn rows_that_the_ledger_does_not_know_are_untouched(rows in proptest::collection::vec(0..4_u8, 0..40), doubt: bool) {
            let numbered = || (1..).zip(&rows);
            let of = |kind| numbered().filter(|(_, found)| **found == kind).map(|(row, _)| row).collect::<Vec<u64>>();
            let state = if doubt { State::Unknown } else { State::Pending };
            let taken = if doubt { of(1) } else { [of(2), of(3)].concat() };
            let folder = tempfile::tempdir().unwrap();
            let statuses = statuses(&folder, &of(0), &of(1));
            let survey = Survey::of(&of_ledger(statuses, rows.len() as u64).unwrap(), StateSet::default().with(state));
            prop_assert_eq!(survey.counts.total(), rows.len() as u64);
            prop_assert_eq!(survey.counts.get(State::Skipped), of(0).len() as u64);
            prop_assert_eq!(survey.taken, taken.len() as u64);
            prop_assert_eq!(survey.in_doubt, if doubt { survey.taken } else { 0 });
            prop_assert_eq!(survey.from.0, taken.iter().min().copied().unwrap_or(1));
            let in_flight = of(1).first().zip(of(1).last()).map(|(first, last)| RowNumber(*first)..=RowNumber(*last));
            prop_assert_eq!(survey.in_flight, in_flight);
        }
    }

    #[test]
    fn a_row_that_the_run_does_not_have_is_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let stray = of_ledger(statuses(&folder, &[3, 7], &[]), 6);
        assert!(matches!(stray, Err(WalkError::Stray(RowNumber(7)))));
    }
}
