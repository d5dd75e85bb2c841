//! Checks of a record's quotes and lengths, which csv-core accepts in any form.
//!
//! Belongs here: finding text after a closing quote, a quote that is not closed, and a record beyond the limits. Does
//! not belong here: splitting, which csv-core does.

use super::error::DataError;
use super::limits::{CELL_BYTES, QUOTED_LINES, ROW_BYTES};

/// Text that follows a closing quote: `"abc"def`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stray {
    pub(super) line: u64,
    pub(super) column: usize,
    /// The line on which the quoted cell begins. If it is far above, the quote of that cell was not closed.
    pub(super) opened: u64,
}

/// The result of measuring a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measured {
    /// The first text that follows a closing quote.
    pub(super) stray: Option<Stray>,
    /// Number of line breaks, the one at the end of the record included.
    pub(super) lines: u64,
}

/// Where a cell begins, as written.
#[derive(Debug, Clone, Copy)]
struct CellStart {
    begin: usize,
    column: usize,
    line: u64,
}

/// Measures a record as written that begins on this physical line.
pub(super) fn measure(bytes: &[u8], delimiter: u8, line: u64) -> Result<Measured, DataError> {
    // The common case: no quotes, and too short for any limit.
    if bytes.len() <= CELL_BYTES && !bytes.contains(&b'"') {
        let ends_line = bytes.last().is_some_and(|byte| is_line_break(*byte));
        return Ok(Measured { stray: None, lines: u64::from(ends_line) });
    }
    let ends_cell = |byte: &u8| *byte == delimiter || is_line_break(*byte);
    let (mut stray, mut now) = (None, line);
    let mut cell = CellStart { begin: 0, column: 1, line };
    loop {
        let bare = match bytes.get(cell.begin) {
            Some(b'"') => closing_quote(bytes, cell, line, &mut now)? + 1,
            _ => cell.begin,
        };
        let end = bytes[bare..].iter().position(ends_cell).map_or(bytes.len(), |length| bare + length);
        if end > limit(cell) {
            return Err(too_long(cell, line, ""));
        }
        if bare > cell.begin && end > bare && stray.is_none() {
            stray = Some(Stray { line: now, column: cell.column, opened: cell.line });
        }
        match bytes.get(end) {
            Some(byte) if *byte == delimiter => {
                cell = CellStart { begin: end + 1, column: cell.column + 1, line: now };
            }
            ending => return Ok(Measured { stray, lines: now - line + u64::from(ending.is_some()) }),
        }
    }
}

/// Number of line breaks: LF, CRLF and a lone CR count once each.
pub(super) fn line_breaks(bytes: &[u8]) -> u64 {
    let ends_line = |&at: &usize| match bytes[at] {
        b'\r' => true,
        b'\n' => at == 0 || bytes[at - 1] != b'\r',
        _ => false,
    };
    (0..bytes.len()).filter(ends_line).count() as u64
}

pub(super) fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The position of the quote that closes a cell. Advances `now` to its line.
fn closing_quote(bytes: &[u8], cell: CellStart, line: u64, now: &mut u64) -> Result<usize, DataError> {
    const IN_QUOTES: &str = " in quotes";
    let mut at = cell.begin + 1;
    loop {
        let telling = bytes[at..].iter().position(|byte| *byte == b'"' || is_line_break(*byte));
        at = telling.map_or(bytes.len(), |length| at + length);
        if at > limit(cell) {
            return Err(too_long(cell, line, IN_QUOTES));
        }
        match (bytes.get(at), bytes.get(at + 1)) {
            (None, _) => return Err(unclosed(cell, "is never closed")),
            (Some(b'"'), Some(b'"')) => at += 2,
            (Some(b'"'), _) => return Ok(at),
            (Some(b'\n'), _) if bytes[at - 1] == b'\r' => at += 1,
            _ => {
                *now += 1;
                at += 1;
                if *now - cell.line >= QUOTED_LINES {
                    return Err(unclosed(cell, &format!("is still open {QUOTED_LINES} lines later")));
                }
            }
        }
    }
}

/// The last position at which a cell may end.
fn limit(cell: CellStart) -> usize {
    (cell.begin + CELL_BYTES).min(ROW_BYTES)
}

fn too_long(cell: CellStart, line: u64, how: &str) -> DataError {
    if limit(cell) < cell.begin + CELL_BYTES {
        return DataError::fatal(line, "a row of more than 256 KiB begins here").help("is this a CSV file?");
    }
    // The file is not read beyond the limit, so the quote may be closed further on.
    let help = if how.is_empty() {
        "is this a CSV file?"
    } else {
        "shorten it; if it should have ended earlier, close it with `\"`, and write a quote in the text twice: `\"\"`"
    };
    let message = format!("a cell of more than {} KiB{how} begins here", CELL_BYTES / 1024);
    DataError::fatal(cell.line, message).column(cell.column).help(help)
}

fn unclosed(cell: CellStart, how: &str) -> DataError {
    DataError::fatal(cell.line, format!("the quote that opens here {how}"))
        .column(cell.column)
        .help("close it with `\"`; write a quote in the text twice: `\"\"`")
}
