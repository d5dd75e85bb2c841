//! How the rows of a run stand before a session goes on with it.

use std::ops::Range;

use crate::ledger::{Detail, LedgerReader, RunFile, RunFolder, Selection, Standings};
use crate::model::{Counts, RowNumber, Standing, State};
use crate::plan::Plan;
use crate::template::Condition;

use super::session::open_snapshot;
use super::{Member, RunError, Take, Walk, WalkError};

/// How the rows of a run stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// All of them, those that the session takes as pending.
    pub counts: Counts,
    /// How many the session takes,
    pub taken: u64,
    /// and how many of these may have arrived already.
    pub in_doubt: u64,
    /// No row before this one is taken.
    pub from: RowNumber,
}

/// Counts the rows of a run that nobody works on. Where every row of the list belongs to the run, the list is not read: it has
/// been found to be the one that was counted when the run was made.
///
/// # Errors
/// The snapshot or the ledger cannot be read, or the ledger has a row that the run does not have.
pub fn survey(
    (folder, run): (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    take: Take,
) -> Result<Survey, RunError> {
    let standings = LedgerReader::open(&folder.ledger())?.standings(Detail::Deciding)?;
    if run.selection == Selection::default() {
        return Ok(of_ledger(standings, run.rows, take)?);
    }
    let mut survey = Survey::nothing();
    let range = (run.selection.offset, run.selection.limit);
    for member in Walk::new(open_snapshot(folder, run)?, plan, only, range, Some(standings)) {
        let Member { row, standing } = member?;
        survey.add(&standing.settled(), row.number.0..row.number.0 + 1, take);
    }
    // To find a row of the run its rows have to be counted from the first.
    Ok(Survey { from: RowNumber(1), ..survey })
}

/// The same for rows numbered from 1 on, of which those without a record are untouched.
fn of_ledger(standings: Standings, rows: u64, take: Take) -> Result<Survey, WalkError> {
    let (mut survey, mut last) = (Survey::nothing(), 0);
    for standing in standings {
        let (row, standing) = standing?;
        if !(last + 1..=rows).contains(&row.0) {
            return Err(WalkError::Stray(row));
        }
        survey.add(&Standing::UNTOUCHED, last + 1..row.0, take);
        survey.add(&standing.settled(), row.0..row.0 + 1, take);
        last = row.0;
    }
    survey.add(&Standing::UNTOUCHED, last + 1..rows + 1, take);
    Ok(survey)
}

impl Survey {
    fn nothing() -> Self {
        Self { counts: Counts::default(), taken: 0, in_doubt: 0, from: RowNumber(1) }
    }

    /// Rows that stand alike.
    fn add(&mut self, standing: &Standing, rows: Range<u64>, take: Take) {
        let (first, many) = (rows.start, rows.end.saturating_sub(rows.start));
        let taken = take.takes(standing) && many > 0;
        self.counts.add_many(if taken { State::Pending } else { standing.state }, many);
        if taken {
            self.from = if self.taken == 0 { RowNumber(first) } else { self.from };
            self.taken += many;
            self.in_doubt += if standing.state == State::Unknown { many } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::{Fact, Ledger, private_file};
    use crate::model::{Left, Mode};

    /// A ledger in which these rows are skipped, and those in flight have an intent alone.
    fn standings(folder: &tempfile::TempDir, skipped: &[u64], in_flight: &[u64]) -> Standings {
        let path = folder.path().join("ledger.db");
        private_file(&path).unwrap();
        let mut ledger = Ledger::create(&path).unwrap();
        ledger.begin_session(Mode::Run, 1, "here", 0).unwrap();
        let left = || Left { state: State::Skipped, reason: "when".to_owned() };
        let left = skipped.iter().map(|row| Fact::Left { row: RowNumber(*row), attempt: 0, left: left() });
        let intent = |row| Fact::Intent { row: RowNumber(row), attempt: 1, asked: false, once: None, at_ms: 0 };
        ledger.commit(&left.chain(in_flight.iter().copied().map(intent)).collect::<Vec<_>>()).unwrap();
        LedgerReader::open(&path).unwrap().standings(Detail::Deciding).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Counted from the ledger alone, rows stand as they do one by one.
        #[test]
        fn rows_that_the_ledger_does_not_know_are_untouched(rows in proptest::collection::vec(0..4_u8, 0..40), doubt: bool) {
            let numbered = || (1..).zip(&rows);
            let of = |kind| numbered().filter(|(_, found)| **found == kind).map(|(row, _)| row).collect::<Vec<u64>>();
            let state = if doubt { State::Unknown } else { State::Pending };
            let taken = if doubt { of(1) } else { [of(2), of(3)].concat() };
            let folder = tempfile::tempdir().unwrap();
            let standings = standings(&folder, &of(0), &of(1));
            let survey = of_ledger(standings, rows.len() as u64, Take::default().with(state)).unwrap();
            prop_assert_eq!(survey.counts.total(), rows.len() as u64);
            prop_assert_eq!(survey.counts.get(State::Skipped), of(0).len() as u64);
            prop_assert_eq!(survey.taken, taken.len() as u64);
            prop_assert_eq!(survey.in_doubt, if doubt { survey.taken } else { 0 });
            prop_assert_eq!(survey.from.0, taken.iter().min().copied().unwrap_or(1));
        }
    }

    #[test]
    fn a_row_that_the_run_does_not_have_is_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let stray = of_ledger(standings(&folder, &[3, 7], &[]), 6, Take::default());
        assert!(matches!(stray, Err(WalkError::Stray(RowNumber(7)))));
    }
}
