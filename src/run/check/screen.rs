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
        self.register(remembered(row), to).map_err(temporary)
    }

    fn register(&mut self, row: u32, to: &Addressee) -> io::Result<()> {
        let Addressee { person, keys: RowKeys { unique, once, .. }, .. } = to;
        if let Some(person) = person {
            self.people.insert(KeyDigest::of(person), row)?;
        }
        if let Some(key) = unique {
            self.keys.insert(*key, row)?;
        }
        if let Some(key) = once {
            self.once.insert(*key, row)?;
        }
        Ok(())
    }

    /// The number of different recipients of rows that were not left out.
    pub fn people(&self) -> u64 {
        self.people.len()
    }

    fn decide(&mut self, request: &Request, sent: Option<SentBefore>) -> io::Result<Option<Skip>> {
        let (row, person) = (remembered(request.row), person(request));
        if let Some(person) = person
            && let Some(list) = self.suppressed.list_of(person)?
        {
            return Ok(Some(Skip::Suppressed { by: list.to_owned() }));
        }
        if sent.is_some() {
            return Ok(Some(Skip::Once { by: sent }));
        }
        if let Some(key) = request.keys.once {
            if self.once.find(key)?.is_some_and(|first| first != row) {
                return Ok(Some(Skip::Once { by: None }));
            }
        }
        let taken = self.take(request, person, row)?;
        Ok(taken.map(|first| {
            let of = (first != u32::MAX).then(|| RowNumber(first.into()));
            Skip::Duplicate { of }
        }))
    }

    /// Registers the row's recipient and keys. If another row has the same `unique` key, registers nothing and returns
    /// that row.
    fn take(&mut self, request: &Request, person: Option<KeyDigest>, row: u32) -> io::Result<Option<u32>> {
        let known = match (self.unique, person, request.keys.unique) {
            (UniqueKey::Person, Some(person), _) => self.people.insert(person, row)?,
            (UniqueKey::Given, _, Some(key)) => self.keys.insert(key, row)?,
            _ => None,
        };
        // A row in doubt that is sent again has registered its keys already.
        let first = known.filter(|first| *first != row);
        if first.is_some() {
            return Ok(first);
        }
        if let (UniqueKey::Given | UniqueKey::None, Some(person)) = (self.unique, person) {
            self.people.insert(person, row)?;
        }
        if let Some(key) = request.keys.once {
            self.once.insert(key, row)?;
        }
        Ok(None)
    }
}

/// The digest of a row's recipient, if the recipient is a person.
pub(in crate::run) fn person(request: &Request) -> Option<KeyDigest> {
    request.draft.lane.as_deref().map(KeyDigest::of)
}

/// Rows above the maximum share one number: they are distinct from all other rows, but not from each other.
fn remembered(row: RowNumber) -> u32 {
    u32::try_from(row.0).unwrap_or(u32::MAX)
}

fn temporary(source: io::Error) -> RunError {
    RunError::Io { path: std::env::temp_dir(), source }
}
