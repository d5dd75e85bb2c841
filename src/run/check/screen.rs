//! The screen: leaves out valid rows whose recipient would get a second message or must not get one.
//!
//! Belongs here: the decision about each row, in list order. Does not belong here: acting on it. The decision is made
//! once, before anything is sent, and the ledger records it.

use std::io;

use crate::diag::Problems;
use crate::model::{Addressee, KeyDigest, Request, RowKeys, RowNumber, SentBefore, Skip};
use crate::recipe::Unique;
use crate::run::error::RunError;

use super::key_set::KeySet;
use super::suppressed::{SuppressLists, Suppressed};

/// Decides which rows are left out. Every valid row must pass it, in order.
#[derive(Debug)]
pub struct Screen {
    unique: UniqueKey,
    /// The recipients of all rows, each with its row.
    people: KeySet,
    /// The `unique` keys other than recipients, each with its row.
    keys: KeySet,
    suppressed: Suppressed,
    /// The `once` keys of this run, each with its row.
    once: KeySet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UniqueKey {
    Person,
    Given,
    None,
}

impl Screen {
    /// A screen for the recipe's `unique`, without earlier rows.
    pub fn new(unique: &Unique) -> Self {
        let unique = match unique {
            Unique::Recipient => UniqueKey::Person,
            Unique::By(_) => UniqueKey::Given,
            Unique::Off => UniqueKey::None,
        };
        Self {
            unique,
            people: KeySet::default(),
            keys: KeySet::default(),
            suppressed: Suppressed::default(),
            once: KeySet::default(),
        }
    }

    /// Adds the suppressed recipients. The error has the problems of the lists.
    pub fn suppress(self, lists: &SuppressLists) -> Result<Self, Problems> {
        Ok(Self { suppressed: Suppressed::read(lists)?, ..self })
    }

    /// The reason to leave a valid row out. `sent` says which other run has sent the same. A row without one has registered its recipient and keys.
    pub fn judge(&mut self, request: &Request, sent: Option<SentBefore>) -> Result<Option<Skip>, RunError> {
        self.decide(request, sent).map_err(temporary)
    }

    /// Registers a row's recipient and keys unconditionally, because it was or will be sent.
    pub fn claim(&mut self, row: RowNumber, to: &Addressee) -> Result<(), RunError> {
        self.register(RowMark::of(row, to.keys.message), to).map_err(temporary)
    }

    fn register(&mut self, row: RowMark, to: &Addressee) -> io::Result<()> {
        let Addressee { person, keys: RowKeys { unique, once, .. }, .. } = to;
        if let Some(person) = person {
            self.people.insert(KeyDigest::of(person), row.packed())?;
        }
        if let Some(key) = unique {
            self.keys.insert(*key, row.packed())?;
        }
        if let Some(key) = once {
            self.once.insert(*key, row.packed())?;
        }
        Ok(())
    }

    /// The number of different recipients of rows that were not left out.
    pub fn people(&self) -> u64 {
        self.people.len()
    }

    fn decide(&mut self, request: &Request, sent: Option<SentBefore>) -> io::Result<Option<Skip>> {
        let (row, person) = (RowMark::of(request.row, request.keys.message), person(request));
        if let Some(person) = person
            && let Some(list) = self.suppressed.list_of(person)?
        {
            return Ok(Some(Skip::Suppressed { by: list.to_owned() }));
        }
        if sent.is_some() {
            return Ok(Some(Skip::Once { by: sent }));
        }
        if let Some(key) = request.keys.once
            && self.once.find(key)?.is_some_and(|first| RowMark::unpacked(first).row != row.row)
        {
            return Ok(Some(Skip::Once { by: None }));
        }
        let taken = self.take(request, person, row)?;
        Ok(taken.map(|first| {
            let of = (first.row != u32::MAX).then(|| RowNumber(first.row.into()));
            Skip::Duplicate {
                of,
                other_message: first.message != row.message && first.message != 0 && row.message != 0,
            }
        }))
    }

    /// Registers the row's recipient and keys. If another row has the same `unique` key, registers nothing and returns
    /// that row.
    fn take(&mut self, request: &Request, person: Option<KeyDigest>, row: RowMark) -> io::Result<Option<RowMark>> {
        let known = match (self.unique, person, request.keys.unique) {
            (UniqueKey::Person, Some(person), _) => self.people.insert(person, row.packed())?,
            (UniqueKey::Given, _, Some(key)) => self.keys.insert(key, row.packed())?,
            _ => None,
        };
        // A row in doubt that is sent again has registered its keys already.
        let first = known.map(RowMark::unpacked).filter(|first| first.row != row.row);
        if first.is_some() {
            return Ok(first);
        }
        if let (UniqueKey::Given | UniqueKey::None, Some(person)) = (self.unique, person) {
            self.people.insert(person, row.packed())?;
        }
        if let Some(key) = request.keys.once {
            self.once.insert(key, row.packed())?;
        }
        Ok(None)
    }
}

/// The digest of a row's recipient, if the recipient is a person.
pub(in crate::run) fn person(request: &Request) -> Option<KeyDigest> {
    request.draft.lane.as_deref().map(KeyDigest::of)
}

/// A row, and a mark of its message that tells most other messages apart.
#[derive(Debug, Clone, Copy)]
struct RowMark {
    /// Rows above the maximum share one number: they are distinct from all other rows, but not from each other.
    row: u32,
    /// 0 if the message is not known.
    message: u32,
}

impl RowMark {
    fn of(row: RowNumber, message: Option<KeyDigest>) -> Self {
        let message = message.map_or(0, |KeyDigest(digest)| u32::from_le_bytes(std::array::from_fn(|at| digest[at])));
        Self { row: u32::try_from(row.0).unwrap_or(u32::MAX), message }
    }

    fn packed(self) -> u64 {
        u64::from(self.message) << 32 | u64::from(self.row)
    }

    fn unpacked(packed: u64) -> Self {
        let half = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        Self { row: half(packed), message: half(packed >> 32) }
    }
}

fn temporary(source: io::Error) -> RunError {
    RunError::Io { path: std::env::temp_dir(), source }
}
