//! The SQLite engine of the ledger: one file, one writer, and readers in other processes while it is written.
//!
//! | file | what |
//! |---|---|
//! | `run_store` | the place of a ledger: a file |
//! | `failure` | SQLite's errors as the ledger's |
//! | `store` | writing: one transaction and one sync per group of facts |
//! | `reader` | reading, in short transactions and row order |
//! | `schema` | the tables, and the conversion of the formats before |
//! | `columns` | how a fact is written to the columns of a table and read from them |
//! | `place` | whether the file is still where it was |
//! | `high_water` | how much the ledger held, written outside of it |
//! | `log` | SQLite's log, beyond its first bad frame |
//! | `harm` | the ledger compared with both |
//! | `keys` | the column of a row's keys |
//! | `reserve_file` | room on the disk that is kept for outcomes |

mod columns;
mod failure;
mod harm;
mod high_water;
mod keys;
mod log;
mod place;
mod reader;
mod reserve_file;
mod run_store;
mod schema;
mod store;
#[cfg(test)]
pub(super) mod testing;

pub use reserve_file::reserve_bytes;
pub use run_store::SqliteStore;
