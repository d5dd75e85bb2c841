//! Problems of a data file, each at a place that the user can open.

use serde::{Deserialize, Serialize};

use crate::model::{Cell, RowNumber};

/// A problem of a data file, at a place that the user can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct DataError {
    /// The physical line, counted from 1; 0 if the file could not be opened.
    pub line: u64,
    /// The row, if the problem concerns one row. The row counts.
    pub row: Option<RowNumber>,
    /// The column, counted from 1, if the problem concerns one.
    pub column: Option<usize>,
    /// The cell and its column, if they can be shown.
    #[serde(default, skip_serializing_if = "<[Cell]>::is_empty")]
    pub cells: Box<[Cell]>,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
    /// Reading ends here. Otherwise the rows after this one can still be read.
    pub fatal: bool,
}

impl DataError {
    /// A problem that ends reading.
    pub(super) fn fatal(line: u64, message: impl Into<String>) -> Self {
        Self { line, row: None, column: None, cells: Box::default(), message: message.into(), help: None, fatal: true }
    }

    /// A problem after which reading continues.
    pub(super) fn at(line: u64, message: impl Into<String>) -> Self {
        Self { fatal: false, ..Self::fatal(line, message) }
    }

    pub(super) fn column(self, column: usize) -> Self {
        Self { column: Some(column), ..self }
    }

    /// Adds the cell of a column.
    pub(super) fn cell(self, column: impl Into<String>, text: impl Into<String>) -> Self {
        Self { cells: [Cell { column: column.into(), text: Some(text.into()) }].into(), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
