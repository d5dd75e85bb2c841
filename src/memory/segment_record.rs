//! A record of a segment: one message of one row.

use crate::model::RowNumber;

use super::key::StoredKey;

/// One message of one row of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentRecord {
    pub(super) key: StoredKey,
    /// The run's index in the catalog.
    pub(super) run: u32,
    pub(super) row: u64,
    /// In Unix seconds.
    pub(super) at: u64,
    /// Nobody knows whether it arrived.
    pub(super) doubt: bool,
}

impl SegmentRecord {
    /// The key, 4 bytes of the run, 5 of the row, 5 of the time, whose first bit is the doubt. All are big-endian, so that records sort
    /// as their bytes do.
    pub(super) const BYTES: usize = StoredKey::BYTES + 14;
    /// The largest row and the latest second that fit.
    const MOST: u64 = (1 << 39) - 1;

    pub(super) fn of(key: StoredKey, run: u32, row: RowNumber, at_ms: i64, doubt: bool) -> Self {
        let at = u64::try_from(at_ms.div_euclid(1000)).unwrap_or(0).min(Self::MOST);
        Self { key, run, row: row.0.min(Self::MOST), at, doubt }
    }

    pub(super) fn at_ms(&self) -> i64 {
        i64::try_from(self.at).unwrap_or(i64::MAX).saturating_mul(1000)
    }

    pub(super) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.key.0);
        to.extend_from_slice(&self.run.to_be_bytes());
        to.extend_from_slice(&self.row.to_be_bytes()[3..]);
        let at = self.at | if self.doubt { 1 << 39 } else { 0 };
        to.extend_from_slice(&at.to_be_bytes()[3..]);
    }

    pub(super) fn read(bytes: &[u8; Self::BYTES]) -> Self {
        let number =
            |from: usize, to: usize| bytes[from..to].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let mut key = [0; StoredKey::BYTES];
        key.copy_from_slice(&bytes[..StoredKey::BYTES]);
        let run = u32::try_from(number(20, 24)).unwrap_or(u32::MAX);
        let at = number(29, 34);
        Self { key: StoredKey(key), run, row: number(24, 29), at: at & Self::MOST, doubt: at > Self::MOST }
    }
}
