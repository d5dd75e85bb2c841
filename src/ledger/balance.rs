//! How all rows of a run stand, in sums: the balance of its ledger. One that is kept when a session ends saves the next one from
//! reading every record before its first row.
//!
//! Belongs here: the sums. Does not belong here: which rows a session takes, and what a ledger without a balance comes to.

use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use crate::model::{Counts, RowNumber, RowStatus, State};

/// How many rows stand alike, and which is the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Balance(Vec<Sum>);

/// Rows that stand alike, as far as it decides whether they are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Their state. Those in flight are told as [`State::Sending`], also when nobody works on the run any more.
    pub state: State,
    /// The API has said never to try them again.
    pub never_again: bool,
    /// Of some attempt nobody knows whether it arrived. A balance that does not say so is none: the ledger does.
    pub doubt: bool,
    /// How many there are, at least 1.
    pub rows: u64,
    /// The first of them in the list.
    pub first: RowNumber,
    /// The last of them.
    pub last: RowNumber,
}

impl Balance {
    /// Adds the rows of a range, which stand like this. Ranges are added in the order of the list.
    pub fn add(&mut self, status: &RowStatus, rows: Range<u64>) {
        let many = rows.end.saturating_sub(rows.start);
        if many == 0 {
            return;
        }
        let (first, last) = (RowNumber(rows.start), RowNumber(rows.end - 1));
        let (state, never_again, doubt) = (status.state, status.is_never_again(), status.doubt);
        let alike = |sum: &&mut Sum| (sum.state, sum.never_again, sum.doubt) == (state, never_again, doubt);
        match self.0.iter_mut().find(alike) {
            Some(sum) => (sum.rows, sum.last) = (sum.rows + many, last),
            None => self.0.push(Sum { state, never_again, doubt, rows: many, first, last }),
        }
    }

    /// The sums, in no order.
    pub fn sums(&self) -> &[Sum] {
        &self.0
    }

    /// How many rows are in which state.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.0.iter().for_each(|sum| counts.add_many(sum.state, sum.rows));
        counts
    }

    /// The first and the last row that are in flight: their intents have no outcomes.
    pub fn in_flight(&self) -> Option<RangeInclusive<RowNumber>> {
        let sending = || self.0.iter().filter(|sum| sum.state == State::Sending);
        let (first, last) = (sending().map(|sum| sum.first).min()?, sending().map(|sum| sum.last).max()?);
        Some(first..=last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, Note, Reply};

    #[test]
    fn rows_that_stand_alike_are_one_sum_with_their_first_and_last() {
        let rejected = |never_again| {
            let reply = Reply::Rejected { code: "131026".to_owned(), message: String::new() };
            let answer = Some(Answer { reply, note: Note { never_again, ..Note::default() } }.into());
            RowStatus { state: State::Rejected, answer, ..RowStatus::UNTOUCHED }
        };
        let mut balance = Balance::default();
        balance.add(&RowStatus::UNTOUCHED, 1..1);
        balance.add(&rejected(false), 1..2);
        balance.add(&rejected(true), 2..3);
        balance.add(&RowStatus::UNTOUCHED, 3..7);
        balance.add(&rejected(false), 7..8);
        balance.add(&RowStatus { state: State::Sending, doubt: true, ..RowStatus::UNTOUCHED }, 8..9);
        balance.add(&RowStatus { doubt: true, ..rejected(false) }, 9..11);
        let sum = |state, (never_again, doubt), rows, (first, last)| {
            let (first, last) = (RowNumber(first), RowNumber(last));
            Sum { state, never_again, doubt, rows, first, last }
        };
        let sums = [
            sum(State::Rejected, (false, false), 2, (1, 7)),
            sum(State::Rejected, (true, false), 1, (2, 2)),
            sum(State::Pending, (false, false), 4, (3, 6)),
            sum(State::Sending, (false, true), 1, (8, 8)),
            sum(State::Rejected, (false, true), 2, (9, 10)),
        ];
        assert_eq!(balance.sums(), sums);
        assert_eq!(balance.in_flight(), Some(RowNumber(8)..=RowNumber(8)));
        assert_eq!((balance.counts().get(State::Rejected), balance.counts().total()), (5, 10));
        let written = serde_json::to_string(&balance).unwrap();
        assert_eq!(serde_json::from_str::<Balance>(&written).unwrap(), balance);
        let first = written.split_inclusive('}').next();
        assert_eq!(
            first,
            Some(r#"[{"state":"rejected","never_again":false,"doubt":false,"rows":2,"first":1,"last":7}"#)
        );
        // One from before doubt was summed up would claim that there is none.
        let earlier = written.replace(r#""doubt":false,"#, "");
        assert!(serde_json::from_str::<Balance>(&earlier).is_err());
    }
}
