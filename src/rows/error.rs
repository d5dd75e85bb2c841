//! What is wrong with a data file, at a place the user can go to.

use serde::{Deserialize, Serialize};

use crate::model::{Cell, RowNumber};

/// Something wrong with a data file, at a place the user can go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct DataError {
    /// The physical line, counted from 1; 0 if the file could not be opened at all.
    pub line: u64,
    /// The row, where the problem is one row's alone. It has used up its number.
    pub row: Option<RowNumber>,
    /// The column, counted from 1, where there is one to blame.
    pub column: Option<usize>,
    /// The cell to blame with its column, where it can be shown.
    #[serde(default, skip_serializing_if = "<[Cell]>::is_empty")]
    pub cells: Box<[Cell]>,
    /// What is wrong.
    pub message: String,
    /// A way out.
    pub help: Option<String>,
    /// Whether reading ends here. If not, the rows after this one can still be read.
    pub fatal: bool,
}

impl DataError {
    /// A problem after which nothing more can be read.
    pub(super) fn fatal(line: u64, message: impl Into<String>) -> Self {
        Self { line, row: None, column: None, cells: Box::default(), message: message.into(), help: None, fatal: true }
    }

    /// A problem after which reading goes on.
    pub(super) fn at(line: u64, message: impl Into<String>) -> Self {
        Self { fatal: false, ..Self::fatal(line, message) }
    }

    pub(super) fn column(self, column: usize) -> Self {
        Self { column: Some(column), ..self }
    }

    /// The cell to blame, in the column of this name.
    pub(super) fn cell(self, column: impl Into<String>, text: impl Into<String>) -> Self {
        Self { cells: [Cell { column: column.into(), text: Some(text.into()) }].into(), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
