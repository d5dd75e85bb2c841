//! Results: the status of every row, in the order of the input, as CSV or JSON lines. They are projected from the
//! ledger.
//!
//! Belongs here: columns, quoting, defusing. Does not belong here: reading the ledger
//! or the data; both come in as model values.

mod columns;
mod csv;
mod defuse;
mod jsonl;

pub use self::columns::Columns;
pub use self::csv::CsvResults;
pub use self::defuse::defuse;
pub use self::jsonl::JsonlResults;

use std::io;

use crate::model::{Row, RowStatus};

/// A format of results.
pub trait Results {
    /// Writes a row. Rows must come in the order of the input.
    fn row(&mut self, row: &Row, status: &RowStatus) -> io::Result<()>;

    /// Flushes the output.
    fn finish(&mut self) -> io::Result<()>;
}
