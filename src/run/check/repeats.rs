//! Equal messages to one person within a list that allows them: the first, the second, and so on.

use std::collections::HashMap;
use std::io;

use crate::model::{KeyDigest, RowNumber};

use super::key_set::KeySet;

/// Counts equal messages in list order.
#[derive(Debug, Default)]
pub(in crate::run) struct MessageCounter {
    seen: KeySet,
    /// How often a message has come, of those that have come more than once.
    repeated: HashMap<KeyDigest, u32>,
}

impl MessageCounter {
    /// The number of a message among equal ones to the same person, from 1.
    pub(in crate::run) fn nth(&mut self, person: Option<&str>, message: Option<KeyDigest>) -> io::Result<u32> {
        let Some((person, message)) = person.zip(message) else { return Ok(1) };
        let key = message.joined(person);
        if self.seen.insert(key, 1)?.is_none() {
            return Ok(1);
        }
        let count = self.repeated.entry(key).or_insert(1);
        *count += 1;
        Ok(*count)
    }
}

/// The rows of a run whose message is not the first of its kind, each with its number. The ledger keeps them, so that every
/// session knows the same.
#[derive(Debug, Clone, Default)]
pub struct RepeatedRows(HashMap<RowNumber, u32>);

impl RepeatedRows {
    /// Those that a ledger has kept.
    pub fn of(kept: impl IntoIterator<Item = (RowNumber, u32)>) -> Self {
        Self(kept.into_iter().collect())
    }

    /// Adds a row, unless its message is the first.
    pub(super) fn add(&mut self, row: RowNumber, nth: u32) {
        if nth > 1 {
            self.0.insert(row, nth);
        }
    }

    /// The number of a row's message, from 1.
    pub fn nth(&self, row: RowNumber) -> u32 {
        self.0.get(&row).copied().unwrap_or(1)
    }

    /// True if every message is the first of its kind.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, for the ledger.
    pub fn rows(&self) -> impl Iterator<Item = (RowNumber, u32)> {
        self.0.iter().map(|(row, nth)| (*row, *nth))
    }
}
