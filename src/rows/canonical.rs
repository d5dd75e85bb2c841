//! Canonical CSV, the form to which other lists are converted: UTF-8, commas, and a first column with the line of each
//! row in the original. A problem takes the place of its row.
//!
//! Belongs here: writing it within [`super::limits`], and interpreting a record of it. Does not belong here: the format
//! of the original.

use std::collections::HashMap;
use std::io::{self, Write};

use csv::{ByteRecord, Writer};

use super::error::DataError;
use super::limits::{CELL_BYTES, COLUMNS, QUOTED_LINES, ROW_BYTES, excerpt};

/// The name of the first column.
const LINE: &str = "_line";
/// The value of the first column for a problem.
const PROBLEM: &str = "!";

/// Writes the rows and problems of a list.
pub(super) struct Canonical<W: Write> {
    writer: Writer<W>,
    columns: usize,
}

impl<W: Write> Canonical<W> {
    /// Writes the header, which must name each column once. `place` names a column in the terms of the original.
    pub(super) fn new(to: W, line: u64, names: &[String], place: impl Fn(usize) -> String) -> Result<Self, DataError> {
        check_names(line, names, place)?;
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(to);
        let header = [LINE].into_iter().chain(names.iter().map(String::as_str));
        writer.write_record(header).map_err(|error| cannot_write(&error.into()))?;
        Ok(Self { writer, columns: names.len() })
    }

    /// Writes a row, with empty cells for missing ones. A row beyond the limits becomes a problem.
    pub(super) fn row<'a>(&mut self, line: u64, cells: impl Iterator<Item = &'a str> + Clone) -> Result<(), DataError> {
        if let Some(problem) = beyond_limits(line, cells.clone()) {
            return self.problem(&problem);
        }
        self.write(line, cells).map_err(|error| cannot_write(&error.into()))
    }

    fn write<'a>(&mut self, line: u64, cells: impl Iterator<Item = &'a str>) -> Result<(), csv::Error> {
        self.writer.write_field(line.to_string())?;
        for cell in cells.chain(std::iter::repeat("")).take(self.columns) {
            self.writer.write_field(cell)?;
        }
        self.writer.write_record(None::<&[u8]>)
    }

    /// Writes a problem in place of a row.
    pub(super) fn problem(&mut self, problem: &DataError) -> Result<(), DataError> {
        let text = serde_json::to_string(problem).unwrap_or_default();
        self.writer.write_record([PROBLEM, &text]).map_err(|error| cannot_write(&error.into()))
    }

    /// Flushes the writer.
    pub(super) fn finish(mut self) -> Result<(), DataError> {
        self.writer.flush().map_err(|error| cannot_write(&error))
    }
}

/// The original line and the cells of a record, or the problem that it holds.
pub(super) fn original(record: &ByteRecord) -> Result<(u64, ByteRecord), DataError> {
    let broken = || DataError::fatal(0, "the copy of the list is damaged; run the command again");
    let first = std::str::from_utf8(record.get(0).unwrap_or_default()).unwrap_or_default();
    if first == PROBLEM {
        let problem = record.get(1).and_then(|text| serde_json::from_slice(text).ok());
        return Err(problem.unwrap_or_else(broken));
    }
    let line = first.parse().map_err(|_| broken())?;
    Ok((line, record.iter().skip(1).collect()))
}

fn check_names(line: u64, names: &[String], place: impl Fn(usize) -> String) -> Result<(), DataError> {
    if names.len() > COLUMNS {
        let message = format!("{} columns, at most {COLUMNS}", names.len());
        return Err(DataError::fatal(line, message).help("is this a list of rows?"));
    }
    if let Some(problem) = beyond_limits(line, names.iter().map(String::as_str)) {
        return Err(DataError { fatal: true, ..problem });
    }
    let mut first_of = HashMap::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            let error = DataError::fatal(line, format!("{} has no name", place(at))).column(at + 1);
            return Err(error.help("name it, or remove it"));
        }
        if let Some(first) = first_of.insert(name, at) {
            let message = format!("{} and {} have the same name, `{name}`", place(first), place(at));
            return Err(DataError::fatal(line, message).column(at + 1).help("rename one of them"));
        }
    }
    Ok(())
}

/// The problem of a row beyond the limits, measured as if it were written as CSV.
fn beyond_limits<'a>(line: u64, cells: impl Iterator<Item = &'a str>) -> Option<DataError> {
    let mut row = 0;
    for (column, cell) in (1..).zip(cells) {
        let bytes = cell.len() + cell.bytes().filter(|byte| *byte == b'"').count() + 2;
        row += bytes + 1;
        if bytes > CELL_BYTES {
            let message = format!("a cell of more than {} KiB: `{}`", CELL_BYTES / 1024, excerpt(cell));
            return Some(DataError::at(line, message).column(column).help("shorten it, or remove the column"));
        }
        let breaks = cell.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
        if breaks >= QUOTED_LINES && lines_in(cell) >= QUOTED_LINES {
            let message = format!("a cell of more than {QUOTED_LINES} lines: `{}`", excerpt(cell));
            return Some(DataError::at(line, message).column(column).help("shorten it, or remove the column"));
        }
        if cell.contains('\0') {
            let error = DataError::at(line, "a NUL character; a cell must be text").column(column);
            return Some(error.help("remove it"));
        }
    }
    // The line number takes up to twenty digits.
    (row + 24 > ROW_BYTES).then(|| {
        let message = format!("a row of more than {} KiB", ROW_BYTES / 1024);
        DataError::at(line, message).help("is this a list of rows?")
    })
}

fn lines_in(cell: &str) -> u64 {
    let bytes = cell.as_bytes();
    let ends = |&at: &usize| bytes[at] == b'\r' || bytes[at] == b'\n' && (at == 0 || bytes[at - 1] != b'\r');
    (0..bytes.len()).filter(ends).count() as u64
}

/// Most likely the disk is full.
pub(super) fn cannot_write(error: &io::Error) -> DataError {
    DataError::fatal(0, format!("the copy of the list cannot be written: {error}"))
        .help("set TMPDIR to a folder with free space")
}
