//! The screen: which of the rows that could be sent are not, because somebody would be written to twice or has said no.
//!
//! Belongs here: the decision on one row after the other, in the order of the list. Does not belong here: what is done about
//! it. The decision is made once, before anything is sent, and written to the ledger.

use std::io;
use std::path::Path;

use crate::diag::Problems;
use crate::ledger::LedgerReader;
use crate::model::{Addressee, Mark, Marks, Request, RowNumber, Skip};
use crate::recipe::Unique;
use crate::run::error::RunError;
use crate::run_folder::{RunFolder, list_runs};

use super::key_set::KeySet;
use super::suppressed::{SuppressLists, Suppressed};

/// Decides which rows are left out. Every valid row has to pass it, in order.
#[derive(Debug)]
pub struct Screen {
    unique: Key,
    /// Everybody that a row goes to, by the row.
    people: KeySet,
    /// The keys of `unique`, where they are not the recipients, by the row.
    keys: KeySet,
    suppressed: Suppressed,
    /// The keys of `once` that other runs have sent, each with the place of the run in `runs`, from 1 on.
    once: KeySet,
    /// The keys of `once` of this run, by the row.
    own_once: KeySet,
    runs: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Person,
    Given,
    None,
}

impl Screen {
    /// A screen for the recipe's `unique` that knows of nobody yet.
    pub fn new(unique: &Unique) -> Self {
        let unique = match unique {
            Unique::Recipient => Key::Person,
            Unique::By(_) => Key::Given,
            Unique::Off => Key::None,
        };
        Self {
            unique,
            people: KeySet::default(),
            keys: KeySet::default(),
            suppressed: Suppressed::default(),
            once: KeySet::default(),
            own_once: KeySet::default(),
            runs: Vec::new(),
        }
    }

    /// The same screen, with people who are not written to.
    ///
    /// # Errors
    /// What is wrong with the lists.
    pub fn suppress(self, lists: &SuppressLists) -> Result<Self, Problems> {
        Ok(Self { suppressed: Suppressed::read(lists)?, ..self })
    }

    /// The same screen, with what other runs of `runs_dir` have sent, or may have. Rehearsals in the sandbox count for
    /// rehearsals alone, test runs for nobody; nor does the run `except`.
    ///
    /// # Errors
    /// A run that may have sent something cannot be read: nobody knows whom it has reached.
    pub fn reached_before(mut self, runs_dir: &Path, sandbox: bool, except: Option<&str>) -> Result<Self, RunError> {
        for (folder, earlier) in list_runs(runs_dir)?.all()? {
            let counts = earlier.once && earlier.sandbox == sandbox && earlier.test.is_none();
            if counts && Some(earlier.run.as_str()) != except {
                self.runs.push(earlier.run.clone());
                let number = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
                self.reached(&folder, number)?;
            }
        }
        Ok(self)
    }

    fn reached(&mut self, folder: &RunFolder, number: u32) -> Result<(), RunError> {
        let reached = LedgerReader::open(&folder.ledger()).and_then(LedgerReader::reached)?;
        for reached in reached {
            if let Some(key) = reached?.to.marks.once {
                self.once.insert(key, number).map_err(temporary)?;
            }
        }
        Ok(())
    }

    /// Whether a valid row is left out. One that is not has taken its recipient and its keys.
    ///
    /// # Errors
    /// A temporary file cannot be written or read.
    pub fn judge(&mut self, request: &Request) -> Result<Option<Skip>, RunError> {
        self.decide(request).map_err(temporary)
    }

    /// Registers recipient and keys of a row that was, or will be, sent. Later rows with one of them are left out.
    ///
    /// # Errors
    /// A temporary file cannot be written or read.
    pub fn claim(&mut self, row: RowNumber, to: &Addressee) -> Result<(), RunError> {
        self.register(remembered(row), to).map_err(temporary)
    }

    fn register(&mut self, row: u32, to: &Addressee) -> io::Result<()> {
        let Addressee { person, marks: Marks { unique, once }, .. } = to;
        if let Some(person) = person {
            self.people.insert(Mark::of(person), row)?;
        }
        if let Some(key) = unique {
            self.keys.insert(*key, row)?;
        }
        if let Some(key) = once {
            self.own_once.insert(*key, row)?;
        }
        Ok(())
    }

    /// How many different people the rows go to that were not left out.
    pub fn people(&self) -> u64 {
        self.people.len()
    }

    fn decide(&mut self, request: &Request) -> io::Result<Option<Skip>> {
        let (row, person) = (remembered(request.row), person(request));
        if let Some(person) = person
            && let Some(list) = self.suppressed.list_of(person)?
        {
            return Ok(Some(Skip::Suppressed { by: list.to_owned() }));
        }
        if let Some(key) = request.marks.once {
            if let Some(run) = self.once.find(key)? {
                let by = run.checked_sub(1).and_then(|at| self.runs.get(at as usize)).cloned();
                return Ok(Some(Skip::Once { by }));
            }
            if self.own_once.find(key)?.is_some_and(|first| first != row) {
                return Ok(Some(Skip::Once { by: None }));
            }
        }
        let taken = self.take(request, person, row)?;
        Ok(taken.map(|first| {
            let of = (first != u32::MAX).then(|| RowNumber(first.into()));
            Skip::Duplicate { of }
        }))
    }

    /// Takes the row's recipient and keys. If another row has the key of `unique`, takes nothing and gives that row.
    fn take(&mut self, request: &Request, person: Option<Mark>, row: u32) -> io::Result<Option<u32>> {
        let known = match (self.unique, person, request.marks.unique) {
            (Key::Person, Some(person), _) => self.people.insert(person, row)?,
            (Key::Given, _, Some(key)) => self.keys.insert(key, row)?,
            _ => None,
        };
        // A row in doubt that is sent again has its keys already.
        let first = known.filter(|first| *first != row);
        if first.is_some() {
            return Ok(first);
        }
        if let (Key::Given | Key::None, Some(person)) = (self.unique, person) {
            self.people.insert(person, row)?;
        }
        if let Some(key) = request.marks.once {
            self.own_once.insert(key, row)?;
        }
        Ok(None)
    }
}

/// Whom a row goes to, if that is a person.
pub(in crate::run) fn person(request: &Request) -> Option<Mark> {
    request.draft.lane.as_deref().map(Mark::of)
}

/// Rows beyond four thousand million are not told apart from each other, only from all others.
fn remembered(row: RowNumber) -> u32 {
    u32::try_from(row.0).unwrap_or(u32::MAX)
}

fn temporary(source: io::Error) -> RunError {
    RunError::Io { path: std::env::temp_dir(), source }
}
