//! The ledger: the durable record of a run. The only truth; all else is derived.
//!
//! `ledger.db` is SQLite, so that other programs can read it while a run writes:
//!
//! | table | what |
//! |---|---|
//! | `session` | one row for each start of a process that worked on the run: mode, recipe revision, process, host |
//! | `event` | insert-only facts about rows: `kind` 0 left out, 1 intent, 2 reply |
//! | `balance` | for sessions that ended in order: the number of rows per state. Derived from the events, and valid only until a later session begins |
//!
//! | column of `event` | of | what |
//! |---|---|---|
//! | `row`, `attempt`, `kind` | all | the key; rows are numbered from 1, attempts from 1, and a row that was left out before any attempt has 0 |
//! | `session`, `at_ms` | all | the session that recorded it; the time in Unix milliseconds, 0 for a row that was left out |
//! | `outcome` | 0, 2 | `invalid` or `skipped`; or the reply: `accepted`, `rejected`, `throttled`, `unreachable`, `unknown`, `fatal` |
//! | `code` | 2 | the code of the refusal, or the reason of the doubt |
//! | `last`, `never_again`, `withdrawn`, `held` | 2 | 0 or 1: no further attempt of the session follows; the API said never to try again; the attempt was not made; the API holds the message back |
//! | `ms` | 2 | the duration of the attempt |
//! | `asked` | 1 | 0 or 1: the user asked for this attempt by name |
//! | `recipient`, `person` | 1 | the recipient as it is addressed; the person, if that is another text |
//! | `unique_key`, `once_key` | 1 | digests of the row's keys, 12 bytes |
//! | `details` | 0, 2 | JSON: what explains the record to people and decides nothing |
//!
//! This is format 2, in `PRAGMA user_version`. A ledger of format 1 is read as it is, and is converted in one transaction when it
//! is opened for writing.
//!
//! A row's state is the fold of its events, whatever their order. The primary key makes a second intent for one attempt an
//! error. The ledger holds no body and no token; it does hold phone numbers, as message ids contain them.
//!
//! A bit that is flipped in SQLite's log after a kill -9, or a log that is cut or deleted, would make a shorter ledger without
//! a word. So `ledger.mark` beside it says how much the ledger held at least; a session that is marked so stands in the table
//! `marked`. Where the two differ the ledger is harmed: it is opened only by those who say that they know.
//!
//! While a session works, the file `ballast` beside the ledger reserves room for the outcomes of the rows in flight.
//!
//! `contract` says what the rest of Rowcast may ask of a ledger; `sqlite` is the one engine behind it, chosen here.
//!
//! Belongs here: storage and the fold. Does not belong here: deciding what to send, and the folder of a run.

use std::path::Path;

mod balance;
#[cfg(test)]
mod conformance;
mod contract;
mod error;
mod fact;
mod fold;
mod sqlite;
mod statuses;

pub use balance::{Balance, Sum};
pub use contract::{Committed, Harm, LedgerReader, LedgerWriter, Projection, Reached, RunStore, SessionRow};
pub use error::LedgerError;
pub use fact::{Fact, Recorded};
pub use fold::{deciding_session, fold};
pub use sqlite::{SqliteStore, reserve_bytes};
pub use statuses::RowStatuses;

/// A run's ledger, open for writing.
pub type Ledger = <SqliteStore as RunStore>::Writer;

/// Creates the ledger of a run in the existing empty file at `path`.
pub fn create(path: &Path) -> Result<Ledger, LedgerError> {
    SqliteStore::at(path).create()
}

/// Opens the ledger of a run for writing.
pub fn open(path: &Path) -> Result<Ledger, LedgerError> {
    SqliteStore::at(path).open()
}

/// Whether the ledger of a run that no process works on lacks what it held before.
pub fn harm(path: &Path) -> Result<Option<Harm>, LedgerError> {
    SqliteStore::at(path).harm()
}

/// Opens a harmed ledger for writing, and for reading.
pub fn open_harmed(path: &Path, harm: &Harm) -> Result<(Ledger, <SqliteStore as RunStore>::Reader), LedgerError> {
    let store = SqliteStore::at(path);
    Ok((store.open_harmed(harm)?, store.read_harmed()?))
}

/// Opens the ledger of a run for reading.
pub fn read(path: &Path) -> Result<<SqliteStore as RunStore>::Reader, LedgerError> {
    SqliteStore::at(path).read()
}
