//! A guard in front of the csv crate, which prefers *a* reading over *no* reading: an unclosed quote would silently
//! swallow every row after it, and a file without line breaks would be read into memory whole.
//!
//! [`Guard`] passes bytes on unchanged and follows the csv crate's quoting rules to see where rows begin, on which physical
//! line, and what must not be read any further. It splits nothing: that is the csv crate's work.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::error::DataError;
use super::limits::{CELL_BYTES, QUOTED_LINES, ROW_BYTES};

/// Where a record begins, and what is wrong with its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    /// The physical line, counted from 1.
    pub(super) line: u64,
    /// Bytes before it.
    pub(super) offset: u64,
    /// The first text that stands behind a closing quote.
    pub(super) stray: Option<Stray>,
}

/// Text behind a closing quote: `"abc"def`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stray {
    pub(super) line: u64,
    pub(super) column: usize,
    /// The line on which the quoted cell begins: far above, it is the unclosed quote that is to blame.
    pub(super) opened: u64,
}

/// Where the next byte falls: the states of the csv crate's own machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    BetweenRecords,
    CellStart,
    Bare,
    Quoted,
    /// Behind a quote inside a quoted cell, which closes it unless a second one follows.
    QuoteSeen,
}

/// The cell being read: where it begins.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    line: u64,
    column: usize,
    offset: u64,
}

/// Passes bytes on to the csv crate as long as it is safe to read them.
pub(super) struct Guard<R> {
    inner: R,
    delimiter: u8,
    /// The bytes that end a cell without quotes.
    ends_cell: [bool; 256],
    place: Place,
    /// The physical line of the next byte.
    line: u64,
    /// The byte before the next one: a line feed behind a carriage return ends no second line.
    before: u8,
    /// How many bytes were passed on before the chunk in hand.
    offset: u64,
    cell: Cell,
    record_offset: u64,
    /// The offset that the cell in hand must not go beyond.
    limit: u64,
    /// The records that began and that the csv crate has not yet given out.
    begun: VecDeque<Begin>,
    /// Found behind bytes that could still be passed on: told at the next read.
    fault: Option<DataError>,
}

impl<R> Guard<R> {
    /// A guard of bytes that begin on a physical line.
    pub(super) fn new(inner: R, delimiter: u8, line: u64) -> Self {
        let mut ends_cell = [false; 256];
        for byte in [delimiter, b'\r', b'\n'] {
            ends_cell[usize::from(byte)] = true;
        }
        Self {
            inner,
            delimiter,
            ends_cell,
            place: Place::BetweenRecords,
            line,
            before: 0,
            offset: 0,
            cell: Cell::default(),
            record_offset: 0,
            limit: u64::MAX,
            begun: VecDeque::new(),
            fault: None,
        }
    }

    /// Where the record begins that the csv crate has just given out. To be asked once for each.
    pub(super) fn next_begin(&mut self) -> Begin {
        self.begun.pop_front().expect("a record is noted before its first byte is passed on")
    }

    /// Where the records begin that were seen so far, for one who does not want the records. Each is told once.
    pub(super) fn begun(&mut self) -> impl Iterator<Item = Begin> {
        self.begun.drain(..)
    }

    /// Forgets where records began, for one who only wants to know that there is an end to them.
    pub(super) fn forget(&mut self) {
        self.begun.clear();
    }

    /// The physical line of the next byte.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn into_inner(self) -> R {
        self.inner
    }

    /// Follows the rules through a chunk. An error comes with the number of bytes before it.
    fn follow(&mut self, chunk: &[u8]) -> Result<(), (usize, DataError)> {
        let mut at = 0;
        loop {
            at += self.uneventful(&chunk[at..]);
            if self.offset + at as u64 > self.limit {
                return Err((at, self.too_long()));
            }
            let Some(&byte) = chunk.get(at) else { break };
            let before = if at == 0 { self.before } else { chunk[at - 1] };
            self.step(byte, before, self.offset + at as u64).map_err(|error| (at, error))?;
            at += 1;
        }
        self.offset += at as u64;
        self.before = chunk.last().copied().unwrap_or(self.before);
        Ok(())
    }

    /// How many of the next bytes change nothing: most of them, which makes this the loop that counts for speed.
    fn uneventful(&self, bytes: &[u8]) -> usize {
        let event = match self.place {
            Place::Bare => bytes.iter().position(|&byte| self.ends_cell[usize::from(byte)]),
            Place::Quoted => bytes.iter().position(|&byte| matches!(byte, b'"' | b'\r' | b'\n')),
            Place::BetweenRecords | Place::CellStart | Place::QuoteSeen => return 0,
        };
        event.unwrap_or(bytes.len())
    }

    fn step(&mut self, byte: u8, before: u8, offset: u64) -> Result<(), DataError> {
        let breaks_line = matches!(byte, b'\r' | b'\n');
        if self.place == Place::BetweenRecords && !breaks_line {
            self.record_offset = offset;
            self.begun.push_back(Begin { line: self.line, offset, stray: None });
            self.begin_cell(1, offset);
        }
        self.place = match (self.place, byte) {
            (Place::BetweenRecords, _) => Place::BetweenRecords,
            (Place::Quoted, b'"') => Place::QuoteSeen,
            (Place::Quoted, _) | (Place::QuoteSeen | Place::CellStart, b'"') => Place::Quoted,
            (_, _) if breaks_line => {
                self.limit = u64::MAX;
                Place::BetweenRecords
            }
            (_, byte) if byte == self.delimiter => {
                self.begin_cell(self.cell.column + 1, offset + 1);
                Place::CellStart
            }
            (Place::QuoteSeen, _) => {
                self.note_stray();
                Place::Bare
            }
            (Place::CellStart | Place::Bare, _) => Place::Bare,
        };
        if breaks_line && !(byte == b'\n' && before == b'\r') {
            self.line += 1;
            if self.place == Place::Quoted && self.line - self.cell.line >= QUOTED_LINES {
                return Err(self.unclosed(&format!("is still open {QUOTED_LINES} lines later")));
            }
        }
        Ok(())
    }

    fn begin_cell(&mut self, column: usize, offset: u64) {
        self.place = Place::CellStart;
        self.cell = Cell { line: self.line, column, offset };
        self.limit = (offset + CELL_BYTES).min(self.record_offset + ROW_BYTES);
    }

    fn note_stray(&mut self) {
        if let Some(Begin { stray: stray @ None, .. }) = self.begun.back_mut() {
            *stray = Some(Stray { line: self.line, column: self.cell.column, opened: self.cell.line });
        }
    }

    fn too_long(&self) -> DataError {
        if self.limit < self.cell.offset + CELL_BYTES {
            let line = self.begun.back().map_or(self.line, |begin| begin.line);
            return DataError::fatal(line, "a row of more than 256 KiB begins here").help("is this a CSV file?");
        }
        // Whether the quote is closed further on nobody knows, for nothing is read beyond.
        let (what, help) = if self.place == Place::Quoted {
            (
                " in quotes",
                "shorten it; if it should have ended before, close it with `\"`, and write a quote in the text twice: `\"\"`",
            )
        } else {
            ("", "is this a CSV file?")
        };
        let message = format!("a cell of more than {} KiB{what} begins here", CELL_BYTES / 1024);
        DataError::fatal(self.cell.line, message).column(self.cell.column).help(help)
    }

    fn unclosed(&self, how: &str) -> DataError {
        DataError::fatal(self.cell.line, format!("the quote that opens here {how}"))
            .column(self.cell.column)
            .help("close it with `\"`; a quote that belongs to the text is written twice: `\"\"`")
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.take() {
            return Err(io::Error::other(fault));
        }
        let read = loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if read == 0 && self.place == Place::Quoted {
            return Err(io::Error::other(self.unclosed("is never closed")));
        }
        match self.follow(&buffer[..read]) {
            Ok(()) => Ok(read),
            Err((0, fault)) => Err(io::Error::other(fault)),
            // The rows before the fault are still to be given out.
            Err((safe, fault)) => {
                self.fault = Some(fault);
                Ok(safe)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the guard notes when it is read `size` bytes at a time: the records, then the fault.
    fn noted(bytes: &[u8], size: usize) -> (Vec<Begin>, Option<DataError>) {
        let mut guard = Guard::new(bytes, b',', 1);
        let mut buffer = vec![0; size];
        let fault = loop {
            match guard.read(&mut buffer) {
                Ok(0) => break None,
                Ok(_) => {}
                Err(error) => break Some(error.downcast().unwrap()),
            }
        };
        (guard.begun.into(), fault)
    }

    #[test]
    fn limits_are_the_same_in_any_chunks() {
        let cells = [
            format!("\"{}", "x".repeat(70_000)),
            format!("\"{}", "x\r\n".repeat(60)),
            format!("\"{}", "\"\"".repeat(40_000)),
            "x".repeat(70_000),
            "xx,".repeat(90_000),
            format!("{}{}", "xx,".repeat(80_000), "x".repeat(70_000)),
        ];
        for cell in cells {
            let text = format!("a\r\n1\r\n{cell}\r\n2\r\n");
            let whole = noted(text.as_bytes(), text.len());
            assert!(whole.1.is_some());
            for size in [1, 2, 1000, 65_536] {
                assert_eq!(noted(text.as_bytes(), size), whole);
            }
        }
    }

    #[test]
    fn what_comes_before_a_fault_is_passed_on() {
        let text = "a\n1\n\"2\n".as_bytes();
        let mut passed = Vec::new();
        Guard::new(text, b',', 1).read_to_end(&mut passed).unwrap_err();
        assert_eq!(passed, text);
        let text = format!("a\n1\n\"2{}", "\n".repeat(60));
        let mut passed = Vec::new();
        Guard::new(text.as_bytes(), b',', 1).read_to_end(&mut passed).unwrap_err();
        assert!(passed.starts_with(b"a\n1\n") && passed.len() < text.len());
    }

    proptest! {
        #[test]
        fn notes_are_the_same_in_any_chunks(text in "[\"\",\r\n\na]{0,200}", size in 1_usize..9) {
            prop_assert_eq!(noted(text.as_bytes(), size), noted(text.as_bytes(), 1000));
        }
    }
}
