//! The rows that a retry still owes an outcome. The ledger tells those that failed from those that did not, but not a row
//! that has failed again in this session from one whose turn is yet to come.

use crate::model::RowNumber;

/// One bit for each row up to the last that was looked at.
#[derive(Debug, Default)]
pub(super) struct RetrySet {
    bits: Vec<u64>,
    reached: u64,
}

impl RetrySet {
    /// The row was looked at, and is owed an outcome or not.
    pub(super) fn record(&mut self, row: RowNumber, contained: bool) {
        self.reached = self.reached.max(row.0);
        self.set(row, contained);
    }

    /// The row has its outcome.
    pub(super) fn settle(&mut self, row: RowNumber) {
        self.set(row, false);
    }

    /// Whether the row is owed an outcome; `None` if it was not looked at yet.
    pub(super) fn contains(&self, row: RowNumber) -> Option<bool> {
        let (word, bit) = place(row);
        (row.0 <= self.reached).then(|| self.bits.get(word).is_some_and(|bits| bits & bit != 0))
    }

    fn set(&mut self, row: RowNumber, contained: bool) {
        let (word, bit) = place(row);
        if contained && self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(word) {
            *bits = if contained { *bits | bit } else { *bits & !bit };
        }
    }
}

fn place(row: RowNumber) -> (usize, u64) {
    (usize::try_from(row.0 / 64).unwrap_or(usize::MAX), 1 << (row.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_is_remembered() {
        let mut retry_set = RetrySet::default();
        for (row, contained) in [(1, false), (2, true), (64, true), (65, false), (200, true)] {
            retry_set.record(RowNumber(row), contained);
        }
        retry_set.settle(RowNumber(64));
        retry_set.settle(RowNumber(900));
        let found = [1, 2, 64, 65, 128, 200, 201].map(|row| retry_set.contains(RowNumber(row)));
        assert_eq!(found, [Some(false), Some(true), Some(false), Some(false), Some(false), Some(true), None]);
    }
}
