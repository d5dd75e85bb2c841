//! Results: where every row stands, in the order of the input, as CSV or JSON lines. A projection of the ledger.
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

use crate::model::{Row, Standing};

/// A format of results.
pub trait Results {
    /// Writes one row. Rows come in the order of the input.
    ///
    /// # Errors
    /// The output cannot be written.
    fn row(&mut self, row: &Row, standing: &Standing) -> io::Result<()>;

    /// Writes what is left.
    ///
    /// # Errors
    /// The output cannot be written.
    fn finish(&mut self) -> io::Result<()>;
}
