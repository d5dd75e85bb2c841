//! Rows a retry has selected but not finished. The ledger shows which rows failed, but not whether a row failed again
//! in this session or has not been tried yet.

use crate::model::RowNumber;

/// One bit per row, up to the last row that was read.
#[derive(Debug, Default)]
pub(super) struct RetrySet {
    bits: Vec<u64>,
    reached: u64,
}

impl RetrySet {
    /// Records whether a row that was read belongs to the set.
    pub(super) fn record(&mut self, row: RowNumber, contained: bool) {
        self.reached = self.reached.max(row.0);
        self.set(row, contained);
    }

    /// Removes a row that has its outcome.
    pub(super) fn settle(&mut self, row: RowNumber) {
        self.set(row, false);
    }

    /// Whether the set contains the row; `None` if the row has not been read yet.
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
