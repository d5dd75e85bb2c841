//! Reads a header, then rows, with the problems of each.
//!
//! Belongs here: the rules of a header and of a row. Does not belong here: splitting the file, which [`super::records`]
//! does, and quotes and lengths, which [`super::quotes`] checks.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

use csv::{ByteRecord, StringRecord};

use super::canonical;
use super::encoding::Encoding;
use super::error::DataError;
use super::head::{SAVE_AS_UTF8, bom_length, check_encoding, detect_delimiter, name_of, sep_line};
use super::limits::{CHUNK, COLUMNS, excerpt};
use super::quotes::{Stray, line_breaks};
use super::records::{Begin, Broken, Records};
use super::tail::{EmptyRow, Tail};
use crate::diag::count;
use crate::model::{Header, Row, RowNumber};

/// How to read a data file.
#[derive(Debug, Clone, Default)]
pub struct CsvOptions {
    /// The delimiter. If not given, it is taken from Excel's `sep=` line, or is the most frequent of `,` `;` tab `|` in
    /// the header line.
    pub delimiter: Option<u8>,
    /// The first column is the line of each row in the original file, not data: see [`super::List`].
    pub lined: bool,
    /// The encoding of the original, for the message on a character that it does not have.
    pub encoding: Option<Encoding>,
}

/// Reads the rows of a data file one by one.
///
/// An error that is not `fatal` takes the place of its row; the rows after it follow.
///
/// ```
/// use rowcast::rows::{Csv, CsvOptions};
///
/// let mut csv = Csv::open(&b"phone;name\n+15550100;Ann\n+15550101\n"[..], &CsvOptions::default())?;
/// assert_eq!(csv.header().names(), ["phone", "name"]);
/// assert_eq!(csv.next().unwrap()?.line, 2);
/// let error = csv.next().unwrap().unwrap_err();
/// assert_eq!((error.line, error.message.as_str()), (3, "1 cell, but the header has 2 columns"));
/// # Ok::<(), rowcast::rows::DataError>(())
/// ```
pub struct Csv<R> {
    header: Header,
    delimiter: u8,
    records: Records<R>,
    /// Rows returned so far, faulty ones included.
    rows: u64,
    options: CsvOptions,
    /// Empty rows that count only if a row that is not empty follows.
    tail: Tail,
    /// The record after them.
    after_tail: Option<(Begin, ByteRecord)>,
    done: bool,
}

impl<R: Read> Csv<R> {
    /// Reads the header. Every problem with it is fatal.
    pub fn open(mut reader: R, options: &CsvOptions) -> Result<Self, DataError> {
        let mut head = Vec::new();
        reader.by_ref().take(CHUNK as u64).read_to_end(&mut head).map_err(|error| cannot_read(1, &error))?;
        check_encoding(&head)?;
        let bom = bom_length(&head);
        let sep = if options.lined { None } else { sep_line(&head[bom..]) };
        let delimiter = match (options.delimiter, sep) {
            (Some(given), _) => check_delimiter(given)?,
            (None, Some((named, _))) => named,
            (None, None) => detect_delimiter(&head[bom..]),
        };
        let start = bom + sep.map_or(0, |(_, length)| length);
        head.drain(..start);
        let line = if sep.is_some() { 2 } else { 1 };

        let mut records = Records::new(head, reader, delimiter, (line, start as u64));
        let begin = match records.read() {
            Ok(found) => records.begin().filter(|_| found),
            Err(broken) => return Err(cannot_go_on(&records, broken)),
        };
        let Some(begin) = begin else {
            return Err(DataError::fatal(1, "the file is empty").help("its first line must name the columns"));
        };
        let header = read_header(records.record(), begin, options)?;
        let (tail, options) = (Tail::default(), options.clone());
        Ok(Self { header, delimiter, records, rows: 0, options, tail, after_tail: None, done: false })
    }

    /// Number of empty rows left out at the end, and the line of the first. `None` before the last row was read.
    pub fn excluded(&self) -> Option<(u64, u64)> {
        Some((self.tail.rows(), self.tail.line()?)).filter(|_| self.done)
    }

    /// The columns.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The delimiter.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Returns the source. It may have been read beyond the last row returned.
    pub fn into_inner(self) -> R {
        self.records.into_source()
    }

    /// The reader of the remaining records.
    pub(super) fn into_records(self) -> Records<R> {
        self.records
    }

    /// A record as a row, if it has as many cells as the header.
    fn row(&mut self, begin: Begin, record: ByteRecord) -> Result<Row, DataError> {
        self.rows += 1;
        let number = RowNumber(self.rows);
        let (line, record) = if self.options.lined {
            canonical::original(&record).map_err(|error| {
                self.done |= error.fatal;
                DataError { row: Some(number), ..error }
            })?
        } else {
            (begin.line, record)
        };
        let (wanted, found) = (self.header.names().len(), record.len());
        let cells = text_of(record, Begin { line, ..begin }, &self.options, Some(&self.header))
            .map_err(|error| DataError { row: Some(number), ..error })?;
        if found == wanted { Ok(Row { number, line, cells }) } else { Err(self.wrong_count(number, line, &cells)) }
    }

    /// The error of a row with too few or too many cells.
    fn wrong_count(&self, number: RowNumber, line: u64, cells: &StringRecord) -> DataError {
        let (names, found) = (self.header.names(), cells.len());
        let message =
            format!("{}, but the header has {}", count(found as u64, "cell"), count(names.len() as u64, "column"));
        let error = DataError { row: Some(number), ..DataError::at(line, message) };
        if found > names.len() {
            let delimiter = name_of(self.delimiter);
            let extra = excerpt(cells.get(names.len()).unwrap_or_default());
            return error
                .help(format!("put a cell that contains {delimiter} in quotes; the first extra cell is `{extra}`"));
        }
        let missing: Vec<String> = names[found..].iter().take(3).map(|name| format!("`{name}`")).collect();
        let more = if names.len() - found > missing.len() { " …" } else { "" };
        error.help(format!(
            "a cell may be missing, or a line break may be outside quotes; no cell for {}{more}",
            missing.join(", ")
        ))
    }

    /// The next record that is not empty. Empty ones are held until then.
    fn next_record(&mut self) -> Option<Result<(Begin, ByteRecord), DataError>> {
        loop {
            match self.records.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(broken) => return Some(Err(cannot_go_on(&self.records, broken))),
            }
            let (begin, record) = (self.records.begin()?, self.records.record());
            let bytes = record.as_slice().len();
            let line = if self.options.lined { record.get(0).map_or(0, <[u8]>::len) } else { 0 };
            // In a list of one column an empty cell `""` is intended; leftovers are blank lines.
            let one_column = self.header.names().len() == 1;
            let holds_something = bytes > line && !self.is_blank_line(&record);
            if one_column || holds_something || begin.stray.is_some() || self.tail.is_full() {
                return Some(Ok((begin, record)));
            }
            let empty = EmptyRow { line: begin.line, cells: record.len() };
            self.tail.push(match self.options.lined.then(|| canonical::original(&record)) {
                None => empty,
                Some(Ok((line, cells))) => EmptyRow { line, cells: cells.len() },
                Some(Err(error)) => return Some(Err(error)),
            });
        }
    }

    /// True for a line of spaces in a list of several columns. In the middle it is a row with too few cells.
    fn is_blank_line(&self, record: &ByteRecord) -> bool {
        record.len() == 1 && self.header.names().len() > 1 && record.as_slice().trim_ascii().is_empty()
    }

    /// An empty row in the middle of the list.
    fn empty_row(&mut self, EmptyRow { line, cells }: EmptyRow) -> Result<Row, DataError> {
        self.rows += 1;
        let (number, cells) = (RowNumber(self.rows), StringRecord::from(vec![""; cells]));
        if cells.len() == self.header.names().len() {
            Ok(Row { number, line, cells })
        } else {
            Err(self.wrong_count(number, line, &cells))
        }
    }
}

impl<R: Read + Seek> Csv<R> {
    /// The rows from this one on, which begins at this physical line and file offset.
    pub(super) fn moved(self, row: RowNumber, (line, offset): (u64, u64)) -> io::Result<Self> {
        let mut file = self.records.into_source();
        file.seek(SeekFrom::Start(offset))?;
        let records = Records::new(Vec::new(), file, self.delimiter, (line, offset));
        Ok(Self { records, rows: row.0 - 1, tail: Tail::default(), after_tail: None, done: false, ..self })
    }
}

impl<R: Read> Iterator for Csv<R> {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        if self.after_tail.is_none() {
            match self.next_record() {
                Some(Ok(found)) => self.after_tail = Some(found),
                Some(Err(error)) => {
                    self.done = true;
                    self.tail = Tail::default();
                    return Some(Err(error));
                }
                None => {
                    self.done = true;
                    return None;
                }
            }
        }
        if let Some(empty) = self.tail.pop() {
            return Some(self.empty_row(empty));
        }
        let (begin, record) = self.after_tail.take()?;
        Some(self.row(begin, record))
    }
}

fn check_delimiter(given: u8) -> Result<u8, DataError> {
    if !given.is_ascii() || matches!(given, b'"' | b'\r' | b'\n' | b'\0') {
        let message = format!("`{}` cannot separate cells", given.escape_ascii());
        return Err(DataError::fatal(0, message).help("use `,`, `;`, `|` or a tab"));
    }
    Ok(given)
}

/// Reads the column names, which must be present and unique.
fn read_header(record: ByteRecord, begin: Begin, options: &CsvOptions) -> Result<Header, DataError> {
    let mut names = text_of(record, begin, options, None).map_err(|error| DataError { fatal: true, ..error })?;
    if options.lined {
        names = names.iter().skip(1).collect();
    }
    if names.len() > COLUMNS {
        let message = format!("{} columns, at most {COLUMNS}", names.len());
        return Err(DataError::fatal(begin.line, message).help("is this a CSV file?"));
    }
    let mut first_of = HashMap::with_capacity(names.len());
    for (column, name) in (1..).zip(&names) {
        if name.trim().is_empty() {
            let error = DataError::fatal(begin.line, format!("column {column} has no name{}", between(&names, column)));
            return Err(error.column(column).help("name it, or remove the column"));
        }
        if let Some(first) = first_of.insert(name, column) {
            let message = format!("columns {first} and {column} have the same name, `{name}`");
            return Err(DataError::fatal(begin.line, message).column(column).help("rename one of them"));
        }
    }
    Ok(Header::new(names.iter().map(str::to_owned)))
}

/// The neighbours of a column without a name.
fn between(names: &StringRecord, column: usize) -> String {
    let name_at = |at: Option<usize>| at.and_then(|at| names.get(at)).filter(|name| !name.trim().is_empty());
    match (name_at(column.checked_sub(2)), name_at(Some(column))) {
        (Some(before), Some(after)) => format!(" (between `{}` and `{}`)", excerpt(before), excerpt(after)),
        (Some(before), None) => format!(" (it follows `{}`)", excerpt(before)),
        (None, Some(after)) => format!(" (it precedes `{}`)", excerpt(after)),
        (None, None) => String::new(),
    }
}

/// The cells of a record as text, or the first problem.
fn text_of(
    record: ByteRecord,
    begin: Begin,
    options: &CsvOptions,
    header: Option<&Header>,
) -> Result<StringRecord, DataError> {
    let place = |column: usize| match header.and_then(|header| header.names().get(column - 1)) {
        Some(name) => format!("`{}`", excerpt(name)),
        None => format!("column {column}"),
    };
    if let Some(Stray { line, column, opened }) = begin.stray {
        let since = if opened == line { String::new() } else { format!(" (the cell begins on line {opened})") };
        let message = format!("text follows a closing quote in {}{since}", place(column));
        let error = with_cell(DataError::at(line, message).column(column), &record, header);
        return Err(error.help("put the cell in quotes, and write a quote in its text twice: `\"5\"\" pipe\"`"));
    }
    if record.as_slice().contains(&0) {
        let found =
            record.iter().enumerate().find_map(|(at, cell)| Some((at, cell.iter().position(|&byte| byte == 0)?)));
        let (at, offset) = found.unwrap_or_default();
        let message = format!("a NUL byte in {}; a list must be text", place(at + 1));
        let error = DataError::at(line_of(&record, begin, at, offset), message).column(at + 1);
        let error = with_cell(error, &record, header);
        return Err(error.help(format!("the file may be UTF-16: name it with --encoding utf-16le, or {SAVE_AS_UTF8}")));
    }
    StringRecord::from_byte_record(record).map_err(|error| {
        let (at, offset) = (error.utf8_error().field(), error.utf8_error().valid_up_to());
        let record = error.into_byte_record();
        let (line, place) = (line_of(&record, begin, at, offset), place(at + 1));
        if let Some(encoding) = options.encoding {
            let help = "is the file cut off, or in another encoding? name it with --encoding";
            let error = DataError::at(line, format!("a character in {place} is not valid {encoding}"));
            return with_cell(error.column(at + 1), &record, header).help(help);
        }
        let byte = record.get(at).and_then(|cell| cell.get(offset)).copied().unwrap_or_default();
        let help = format!("name the file's encoding, as in --encoding windows-1252, or {SAVE_AS_UTF8}");
        let error = DataError::at(line, format!("byte 0x{byte:02X} in {place} is not valid UTF-8")).column(at + 1);
        with_cell(error, &record, header).help(help)
    })
}

/// Adds the cell of the error's column, with invalid bytes replaced.
fn with_cell(error: DataError, record: &ByteRecord, header: Option<&Header>) -> DataError {
    let at = error.column.and_then(|column| column.checked_sub(1));
    let found = at.and_then(|at| Some((header?.names().get(at)?, record.get(at)?)));
    match found {
        Some((name, cell)) => error.cell(name, String::from_utf8_lossy(cell)),
        None => error,
    }
}

/// The physical line of a byte in a record. Only cells hold line breaks, so counting those in the cells is enough.
fn line_of(record: &ByteRecord, begin: Begin, at: usize, offset: usize) -> u64 {
    let before = record.iter().take(at).map(line_breaks).sum::<u64>();
    let within = record.get(at).and_then(|cell| cell.get(..offset)).map_or(0, line_breaks);
    begin.line + before + within
}

/// Why reading stopped.
fn cannot_go_on<R: Read>(records: &Records<R>, broken: Broken) -> DataError {
    match broken {
        Broken::List(error) => error,
        Broken::File(error) => cannot_read(records.line(), &error),
    }
}

fn cannot_read(line: u64, error: &io::Error) -> DataError {
    DataError::fatal(line, format!("the file cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
