//! The ledger: the durable record of a run. The only truth; all else is derived.
//!
//! `ledger.db` is SQLite, so that other programs can read it while a run writes:
//!
//! | table | what |
//! |---|---|
//! | `session` | one row for each start of a process that worked on the run: mode, recipe revision, process, host |
//! | `event` | insert-only facts about rows: `kind` 0 left out, 1 intent, 2 reply; `data` is JSON |
//! | `balance` | for sessions that ended in order: how many rows stood how. Derived from the events, and good only while no later session has begun |
//!
//! A row's state is the fold of its events, whatever their order. The primary key makes a second intent for one attempt an
//! error. The ledger holds no body and no token; it does hold phone numbers, as message ids contain them.
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
pub use contract::{Committed, LedgerReader, LedgerWriter, Projection, Reached, RunStore, SessionRow};
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

/// Opens the ledger of a run for reading.
pub fn read(path: &Path) -> Result<<SqliteStore as RunStore>::Reader, LedgerError> {
    SqliteStore::at(path).read()
}
