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
//! Belongs here: storage and the fold. Does not belong here: deciding what to send, and the folder of a run.

mod balance;
mod fact;
mod fold;
mod sqlite;

pub use balance::{Balance, Sum};
pub use fact::{Fact, Recorded};
pub use fold::{deciding_session, fold};
pub use sqlite::{Ledger, LedgerError, LedgerReader, Projection, Reached, RowStatuses, SessionRow, reserve_bytes};
