//! One record of the data file, and the header that names its cells.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The columns that Rowcast appends to the results, in order. A data file that has them (an earlier results file) is
/// read without them.
pub const RESULT_COLUMNS: [&str; 12] = [
    "_row",
    "_status",
    "_recipient_wa_id",
    "_message_id",
    "_message_status",
    "_error_code",
    "_error",
    "_advice",
    "_attempts",
    "_http_status",
    "_sent_at",
    "_duration_ms",
];

/// A row's number, counted from 1, the header not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowNumber(pub u64);

impl fmt::Display for RowNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One record of the data file. Every cell is text.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number, counted from 1.
    pub number: RowNumber,
    /// The physical line of the file on which it begins, counted from 1.
    pub line: u64,
    /// Its cells, as many as the header has columns. One buffer for all of them.
    pub cells: csv::StringRecord,
}

/// A cell that a problem is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The name of its column.
    pub column: String,
    /// What it holds; nothing if that must not be shown.
    #[serde(rename = "cell", default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Cell {
    /// Column and text.
    pub fn parts(&self) -> (&str, Option<&str>) {
        (&self.column, self.text.as_deref())
    }
}

/// The names of the columns, in the order of the file.
#[derive(Debug, Clone)]
pub struct Header {
    names: Arc<[String]>,
    by_name: Arc<HashMap<String, usize>>,
}

impl Header {
    /// A header from column names, which the reader has found to be unique and not empty.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let names: Arc<[String]> = names.into_iter().collect();
        let by_name = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { names, by_name: Arc::new(by_name) }
    }

    /// All column names in the order of the file, `_` columns included.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The position of a column that templates may read. Columns that begin with the reserved `_` are not found.
    pub fn position(&self, name: &str) -> Option<usize> {
        if name.starts_with('_') { None } else { self.by_name.get(name).copied() }
    }

    /// The names that templates may read, in the order of the file.
    pub fn readable(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| !name.starts_with('_'))
    }

    /// The positions of the columns that a results file carries over: all but Rowcast's own.
    pub fn carried(&self) -> impl Iterator<Item = usize> {
        self.names.iter().enumerate().filter(|(_, name)| !RESULT_COLUMNS.contains(&name.as_str())).map(|(at, _)| at)
    }
}
