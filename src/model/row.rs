//! A record of the data file, and the header that names its cells.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The columns that Rowcast appends to the results, in order. In a data file that has them (an earlier results file)
/// they are ignored.
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

/// A row's number, counted from 1 without the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowNumber(pub u64);

impl fmt::Display for RowNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A record of the data file. Every cell is text.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number.
    pub number: RowNumber,
    /// The physical line on which it begins, counted from 1.
    pub line: u64,
    /// Its cells, one per column of the header, in one buffer.
    pub cells: csv::StringRecord,
}

/// A cell that a problem refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The name of its column.
    pub column: String,
    /// Its text; `None` if it must not be shown.
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
    /// A header of unique, non-empty column names.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let names: Arc<[String]> = names.into_iter().collect();
        let by_name = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { names, by_name: Arc::new(by_name) }
    }

    /// All column names in the order of the file, `_` columns included.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The position of a column that templates may read. Columns with the reserved prefix `_` are not found.
    pub fn position(&self, name: &str) -> Option<usize> {
        if name.starts_with('_') { None } else { self.by_name.get(name).copied() }
    }

    /// The names that templates may read, in the order of the file.
    pub fn readable(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| !name.starts_with('_'))
    }

    /// The positions of the columns that the results repeat: all but Rowcast's own.
    pub fn carried(&self) -> impl Iterator<Item = usize> {
        self.names.iter().enumerate().filter(|(_, name)| !RESULT_COLUMNS.contains(&name.as_str())).map(|(at, _)| at)
    }
}
