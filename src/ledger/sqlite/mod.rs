//! The SQLite engine of the ledger: one file, one writer, and readers in other processes while it is written.
//!
//! | file | what |
//! |---|---|
//! | `store` | writing: one transaction and one sync per group of facts |
//! | `reader` | reading, in short transactions and row order |
//! | `statuses` | where rows stand, read ahead by threads |
//! | `brief` | where rows stand, from the fields that decide alone |
//! | `reserve_file` | room on the disk that is kept for outcomes |

mod brief;
mod reader;
mod reserve_file;
mod statuses;
mod store;

pub use brief::Projection;
pub use reader::{LedgerReader, Reached, SessionRow};
pub use reserve_file::reserve_bytes;
pub use statuses::RowStatuses;
pub use store::{Ledger, LedgerError};
