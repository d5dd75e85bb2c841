//! What the rest of Rowcast may ask of a ledger, whatever engine stores it.
//!
//! Callers use the traits and never name an engine: the calls are static, so the contract costs nothing per row. `conformance`
//! holds every engine to it.
//!
//! Belongs here: the operations and their promises. Does not belong here: how an engine keeps them.

use std::ops::RangeInclusive;

use crate::model::{Addressee, ConnectionIndex, Mode, RowNumber};

use super::{Balance, Fact, LedgerError, RowStatuses};

/// The place of one run's ledger in an engine.
pub trait RunStore {
    /// The ledger, open for writing.
    type Writer: LedgerWriter;
    /// The ledger, open for reading.
    type Reader: LedgerReader;

    /// Whether a ledger that no session writes lacks what it held before its process was killed. What it lacked once it lacks
    /// until [`LedgerWriter::settle_lost`].
    ///
    /// # Errors
    /// It cannot be read.
    fn harm(&self) -> Result<Option<Harm>, LedgerError>;

    /// Opens a harmed ledger for writing. Facts that are committed belong to its last session.
    fn open_harmed(&self, harm: &Harm) -> Result<Self::Writer, LedgerError>;

    /// Opens a harmed ledger for reading.
    fn read_harmed(&self) -> Result<Self::Reader, LedgerError>;

    /// Creates the ledger. The place for it exists and is empty.
    fn create(&self) -> Result<Self::Writer, LedgerError>;

    /// Opens an existing ledger for writing. A ledger of an earlier format is converted first, completely or not at all.
    ///
    /// # Errors
    /// It cannot be read or converted, a later Rowcast wrote it, or it was harmed.
    fn open(&self) -> Result<Self::Writer, LedgerError>;

    /// Opens an existing ledger for reading, also while another process writes it. A ledger of an earlier format is read
    /// as it is.
    ///
    /// # Errors
    /// It cannot be read, a later Rowcast wrote it, or it was harmed.
    fn read(&self) -> Result<Self::Reader, LedgerError>;
}

/// What a ledger lacks that it held before its process was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Harm {
    /// What is missing, for people.
    pub what: String,
    /// Rows after this one were not sent by the session of which records are missing.
    pub up_to: RowNumber,
}

impl Harm {
    /// Nobody knows of any row that it was not sent.
    pub(super) const ALL: RowNumber = RowNumber(i64::MAX.cast_unsigned());

    /// True if any row may have been sent.
    pub fn is_of_all_rows(&self) -> bool {
        self.up_to == Self::ALL
    }
}

/// The result of a commit that is on stable storage.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Rows whose intents were not stored because the recipient has the message already. They must not be sent. Empty with
    /// an engine that knows one run only.
    pub refused: Vec<RowNumber>,
}

/// A ledger that is open for writing. Its caller holds the run's lock.
///
/// After a write has failed, nothing more is written: every further call returns [`LedgerError::Poisoned`].
pub trait LedgerWriter {
    /// The number of sessions that have begun so far.
    fn starts(&self) -> Result<u64, LedgerError>;

    /// Records that this process begins to work on the run, and returns the number of the session, from 1. Facts that are
    /// committed from now on belong to it.
    fn begin_session(&mut self, mode: Mode, revision: u32, host: &str, at_ms: i64) -> Result<i64, LedgerError>;

    /// Stores a group of facts, all or none. If it returns `Ok`, they are on stable storage. If it returns an error, none
    /// of them may be relied upon.
    ///
    /// # Errors
    /// The ledger cannot be written, or has one of the facts already: a second intent for one attempt is an error.
    fn commit(&mut self, group: &[Fact]) -> Result<Committed, LedgerError>;

    /// Reserves storage for the outcomes of `rows` in flight, for the case that it runs out.
    ///
    /// # Errors
    /// There is not that much storage; the ledger can still be written.
    fn reserve(&mut self, rows: usize) -> Result<(), LedgerError>;

    /// Stores outcomes in the reserved storage after `commit` has found none left. Never call it with intents: after a
    /// failure nothing new may begin.
    ///
    /// # Errors
    /// The failure had another reason, or the storage is exhausted again.
    fn rescue(&mut self, outcomes: &[Fact]) -> Result<(), LedgerError>;

    /// Gives every intent of `rows` that has no outcome the outcome `unknown`: its process ended with the row in flight.
    /// Returns the number of such intents.
    fn settle_crashed(&mut self, rows: &RangeInclusive<RowNumber>, at_ms: i64) -> Result<usize, LedgerError>;

    /// Removes from the facts about these rows whom they are for, the keys, and all texts. States and times stay. This is the one
    /// exception to a ledger that only grows: a person has asked to be forgotten.
    ///
    /// # Errors
    /// The ledger cannot be written.
    fn forget_rows(&mut self, rows: &mut dyn Iterator<Item = RowNumber>) -> Result<(), LedgerError>;

    /// Keeps the numbers of rows whose message is not the first of its kind within the list. Called once, when the run is created.
    ///
    /// # Errors
    /// The ledger cannot be written.
    fn keep_repeats(&mut self, rows: &mut dyn Iterator<Item = (RowNumber, u32)>) -> Result<(), LedgerError>;

    /// Keeps the requests per second that the API of a connection takes, while those are fewer than allowed.
    ///
    /// # Errors
    /// The ledger cannot be written.
    fn keep_rate(&mut self, connection: ConnectionIndex, per_second: Option<f64>) -> Result<(), LedgerError>;

    /// Ends the harm of a ledger: every row that the lost records may have been about has a record again.
    ///
    /// # Errors
    /// The ledger cannot be written.
    fn settle_lost(&mut self) -> Result<(), LedgerError>;

    /// Ends the session with the balance of all rows, and returns true if the balance is stored. A balance with rows in
    /// flight is not: the next session gives them their outcomes first. The balance is void once another session begins.
    fn keep_balance(&mut self, balance: &Balance) -> Result<bool, LedgerError>;
}

/// A ledger that is open for reading. It is read in short transactions and in row order, with constant memory.
pub trait LedgerReader: Sized {
    /// Checks the whole ledger for damage. Takes about a second for some million rows.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    fn check(&self) -> Result<(), LedgerError>;

    /// Every fact about one row with the session that recorded it, by attempt.
    fn facts(&self, row: RowNumber) -> Result<Vec<(i64, Fact)>, LedgerError>;

    /// Calls `visit` with every fact and the session that recorded it, in row order.
    fn each_fact(&self, visit: impl FnMut(i64, Fact)) -> Result<(), LedgerError>;

    /// All sessions, the first one first.
    fn sessions(&self) -> Result<Vec<SessionRow>, LedgerError>;

    /// The balance that the last session stored at its end, if it did.
    fn balance(&self) -> Option<Balance>;

    /// What was kept by [`LedgerWriter::keep_repeats`].
    fn repeats(&self) -> Result<Vec<(RowNumber, u32)>, LedgerError>;

    /// What was kept last by [`LedgerWriter::keep_rate`] for each connection.
    fn rates(&self) -> Result<Vec<(ConnectionIndex, f64)>, LedgerError>;

    /// Every attempt that arrived or may have, in row order.
    fn reached(self) -> Result<impl Iterator<Item = Result<Reached, LedgerError>>, LedgerError>;

    /// The statuses of the rows from `row` on that have a record, in row order.
    fn statuses_from(self, row: RowNumber, projection: Projection) -> Result<RowStatuses, LedgerError>;

    /// The statuses of all rows that have a record, in row order.
    fn statuses(self, projection: Projection) -> Result<RowStatuses, LedgerError> {
        self.statuses_from(RowNumber(1), projection)
    }
}

/// What a reader needs of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// All that was recorded.
    Full,
    /// Its state, its attempts, whether it may have arrived, and whether it may be sent again. Texts for people and the
    /// recipient are left out.
    StatusOnly,
}

/// One start of a process that worked on the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its number, from 1.
    pub id: i64,
    /// When it began, in Unix milliseconds.
    pub at_ms: i64,
    /// `run`, `test`, `resume` or `retry`.
    pub mode: String,
    /// The recipe revision it used, from 1.
    pub revision: u32,
}

/// An attempt that arrived or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The row.
    pub row: RowNumber,
    /// The recipe revision it was sent under, from 1.
    pub revision: u32,
    /// Whom it was for, and the keys of the row.
    pub to: Addressee,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// Nobody knows whether it arrived.
    pub doubt: bool,
}
