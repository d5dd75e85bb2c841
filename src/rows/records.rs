//! Reads the records of a CSV file one by one, split by csv-core, each with its position in the file.
//!
//! csv-core accepts anything: it would put every row after an unclosed quote into one cell, and needs memory for a
//! whole file without line breaks. [`Records`] holds the bytes of a record until it is complete, so that
//! [`super::quotes`] can check them, and stops at a record beyond the limits.

use std::io::{self, Read};

use csv::ByteRecord;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::error::DataError;
use super::limits::{CHUNK, ROW_BYTES};
use super::quotes::{Stray, is_line_break, line_breaks, measure};

/// The position of a record, and a fault of its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    /// The physical line, counted from 1.
    pub(super) line: u64,
    /// Bytes of the file before it.
    pub(super) offset: u64,
    /// The first text that follows a closing quote.
    pub(super) stray: Option<Stray>,
}

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Broken {
    /// The file cannot be read.
    File(io::Error),
    /// The data is beyond what a list may hold.
    List(DataError),
}

/// Reads records.
pub(super) struct Records<R> {
    source: R,
    /// The source has no more bytes.
    ended: bool,
    splitter: Reader,
    delimiter: u8,
    /// Bytes from the source, up to `filled`. The next record begins at `start`; the splitter has consumed the bytes
    /// before `taken`.
    buffer: Vec<u8>,
    start: usize,
    taken: usize,
    filled: usize,
    /// Physical line and file offset of the byte at `start`, and the byte before it.
    line: u64,
    offset: u64,
    before: u8,
    begin: Option<Begin>,
    /// The unquoted cells of the last record, concatenated, and the end of each.
    text: Vec<u8>,
    ends: Vec<usize>,
    cells: usize,
}

impl<R: Read> Records<R> {
    /// Reads records from `head`, then from `source`. The first byte is at this physical line and file offset.
    pub(super) fn new(head: Vec<u8>, source: R, delimiter: u8, (line, offset): (u64, u64)) -> Self {
        let mut splitter = ReaderBuilder::new().delimiter(delimiter).build();
        // csv-core drops a byte order mark from its first input. After this line break, a mark is part of a cell.
        splitter.read_record(b"\n", &mut [0], &mut [0]);
        Self {
            source,
            ended: false,
            splitter,
            delimiter,
            start: 0,
            taken: 0,
            filled: head.len(),
            buffer: head,
            line,
            offset,
            before: 0,
            begin: None,
            text: vec![0; 1024],
            ends: vec![0; 32],
            cells: 0,
        }
    }

    /// Reads the next record. Returns false at the end of the file.
    pub(super) fn read(&mut self) -> Result<bool, Broken> {
        self.begin = None;
        if !self.find_record()? {
            return Ok(false);
        }
        let begin = Begin { line: self.line, offset: self.offset, stray: None };
        self.begin = Some(begin);
        self.split()?;
        let bytes = &self.buffer[self.start..self.taken];
        let measured = measure(bytes, self.delimiter, self.line).map_err(Broken::List)?;
        self.begin = Some(Begin { stray: measured.stray, ..begin });
        self.line += measured.lines;
        self.offset += bytes.len() as u64;
        self.before = bytes.last().copied().unwrap_or_default();
        self.start = self.taken;
        Ok(true)
    }

    /// The position of the last record; after an error, of the record that could not be read.
    pub(super) fn begin(&self) -> Option<Begin> {
        self.begin
    }

    /// The cells of the last record.
    pub(super) fn record(&self) -> ByteRecord {
        let ends = &self.ends[..self.cells];
        let mut record = ByteRecord::with_capacity(ends.last().copied().unwrap_or_default(), ends.len());
        let mut start = 0;
        for &end in ends {
            record.push_field(&self.text[start..end]);
            start = end;
        }
        record
    }

    /// The physical line after the last byte read.
    pub(super) fn line(&self) -> u64 {
        self.line + line_breaks(&self.buffer[self.start..self.filled])
    }

    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// Skips line breaks up to the first byte of a record. Returns false at the end of the file.
    fn find_record(&mut self) -> Result<bool, Broken> {
        loop {
            while let Some(&byte) = self.buffer[self.start..self.filled].first()
                && is_line_break(byte)
            {
                // A line feed after a carriage return does not end a second line.
                self.line += u64::from(byte == b'\r' || self.before != b'\r');
                self.before = byte;
                self.start += 1;
                self.offset += 1;
            }
            self.taken = self.start;
            if self.start < self.filled || self.ended {
                return Ok(self.start < self.filled);
            }
            self.fill()?;
        }
    }

    /// Splits a record.
    fn split(&mut self) -> Result<(), Broken> {
        let mut text = 0;
        self.cells = 0;
        loop {
            if self.taken == self.filled && !self.ended {
                self.fill()?;
            }
            // For csv-core an empty input means the end of the file.
            let input = &self.buffer[self.taken..self.filled];
            let (result, taken, written, cells) =
                self.splitter.read_record(input, &mut self.text[text..], &mut self.ends[self.cells..]);
            self.taken += taken;
            text += written;
            self.cells += cells;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => return Ok(()),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
    }

    /// Reads more bytes. The buffer grows only up to the limit of a record.
    fn fill(&mut self) -> Result<(), Broken> {
        let record = &self.buffer[self.start..self.filled];
        if record.len() > ROW_BYTES {
            measure(record, self.delimiter, self.line).map_err(Broken::List)?;
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            (self.start, self.taken, self.filled) = (0, self.taken - self.start, self.filled - self.start);
        }
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        let read = loop {
            match self.source.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(Broken::File)?,
            }
        };
        self.filled += read;
        self.ended = read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns this many bytes at a time.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(self.1);
            self.0.read(&mut buffer[..end])
        }
    }

    /// The positions of the records of a file that is read in pieces, and its fault.
    fn noted(bytes: &[u8], size: usize) -> (Vec<Option<Begin>>, Option<DataError>) {
        let mut records = Records::new(Vec::new(), Pieces(bytes, size), b',', (1, 0));
        let mut begins = Vec::new();
        loop {
            match records.read() {
                Ok(false) => return (begins, None),
                Ok(true) => begins.push(records.begin()),
                Err(Broken::List(error)) => {
                    begins.push(records.begin());
                    return (begins, Some(error));
                }
                Err(Broken::File(error)) => panic!("{error}"),
            }
        }
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
    fn what_comes_before_a_fault_is_read() {
        let (begins, fault) = noted(b"a\n1\n\"2\n", 1000);
        assert_eq!(begins.iter().flatten().map(|begin| begin.offset).collect::<Vec<_>>(), [0, 2, 4]);
        assert!(fault.unwrap().message.ends_with("is never closed"));
    }

    #[test]
    fn line_breaks_alone_take_no_memory() {
        let text = "\r\n".repeat(1_000_000);
        let mut records = Records::new(Vec::new(), text.as_bytes(), b',', (1, 0));
        assert!(!records.read().unwrap());
        assert_eq!((records.buffer.len(), records.line()), (CHUNK, 1_000_001));
    }

    proptest! {
        #[test]
        fn records_are_the_same_in_any_chunks(text in "[\"\",\r\n\na]{0,200}", size in 1_usize..9) {
            prop_assert_eq!(noted(text.as_bytes(), size), noted(text.as_bytes(), 1000));
        }
    }
}
