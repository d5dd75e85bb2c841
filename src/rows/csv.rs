//! The reader: a header, then rows, then nothing; and what is wrong with each.
//!
//! Belongs here: the rules of a header and of a row. Does not belong here: quotes and limits, which [`super::guard`] keeps
//! an eye on, and splitting, which the csv crate does.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::DataError;
use super::guard::{Begin, Guard, Stray};
use super::head::{SAVE_AS_UTF8, bom_length, check_encoding, detect_delimiter, name_of};
use crate::model::{Header, Row, RowNumber};

/// How much is looked at to find encoding and delimiter, and how much is read at a time.
const CHUNK: usize = 64 * 1024;
/// The most columns of a file.
const COLUMNS: usize = 512;
/// Room beyond what the last row needed.
const SPARE: usize = 16;

/// How to read a data file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The byte between cells. If not given, it is the one of `,` `;` tab `|` that stands most often in the header line.
    pub delimiter: Option<u8>,
}

/// The rows of a data file, read one by one.
///
/// An error that is not `fatal` stands in the place of its row, and the rows after it follow.
///
/// ```
/// use rowcast::rows::{Csv, Options};
///
/// let mut csv = Csv::open(&b"phone;name\n+15550100;Ann\n+15550101\n"[..], &Options::default())?;
/// assert_eq!(csv.header().names(), ["phone", "name"]);
/// assert_eq!(csv.next().unwrap()?.line, 2);
/// let error = csv.next().unwrap().unwrap_err();
/// assert_eq!((error.line, error.message.as_str()), (3, "1 cell, but the header has 2 columns"));
/// # Ok::<(), rowcast::rows::DataError>(())
/// ```
pub struct Csv<R> {
    header: Header,
    delimiter: u8,
    reader: csv::Reader<Guard<Source<R>>>,
    /// How many rows were given out, broken ones included.
    rows: u64,
    /// Room for a row: as much as the last one needed, so that most rows need one allocation for their text.
    room: usize,
}

/// The bytes looked at beforehand, then the rest.
type Source<R> = io::Chain<Cursor<Vec<u8>>, R>;

impl<R: Read> Csv<R> {
    /// Reads the header. Every problem with it is fatal.
    pub fn open(mut reader: R, options: &Options) -> Result<Self, DataError> {
        let mut head = Vec::new();
        reader.by_ref().take(CHUNK as u64).read_to_end(&mut head).map_err(|error| cannot_read(1, &error))?;
        check_encoding(&head)?;
        let bom = bom_length(&head);
        let delimiter = match options.delimiter {
            Some(given) => check_delimiter(given)?,
            None => detect_delimiter(&head[bom..]),
        };
        let mut head = Cursor::new(head);
        head.set_position(bom as u64);

        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(CHUNK)
            .from_reader(Guard::new(head.chain(reader), delimiter));
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(|error| cannot_go_on(&reader, error))? {
            return Err(DataError::fatal(1, "the file is empty").help("its first line must name the columns"));
        }
        let header = read_header(record, reader.get_mut().next_begin())?;
        Ok(Self { header, delimiter, reader, rows: 0, room: 0 })
    }

    /// The columns.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The byte between cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Gives back what the rows were read from. It may have been read beyond the last row given out.
    pub fn into_inner(self) -> R {
        self.reader.into_inner().into_inner().into_inner().1
    }

    /// A row out of a record, if it has as many cells as the header has columns.
    fn row(&self, number: RowNumber, begin: Begin, record: ByteRecord) -> Result<Row, DataError> {
        let (wanted, found) = (self.header.names().len(), record.len());
        let cells = text_of(record, begin).map_err(|error| DataError { row: Some(number), ..error })?;
        if found == wanted {
            return Ok(Row { number, line: begin.line, cells });
        }
        let message = format!("{}, but the header has {}", count(found, "cell"), count(wanted, "column"));
        let error = DataError { row: Some(number), ..DataError::at(begin.line, message) };
        Err(if found > wanted {
            error.help(format!("put a cell that holds {} in quotes", name_of(self.delimiter)))
        } else {
            error.help("is a cell missing, or a line break outside quotes?")
        })
    }
}

impl<R: Read> Iterator for Csv<R> {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = ByteRecord::with_capacity(self.room, self.header.names().len());
        match self.reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return None,
            // The csv crate reads no more after an error, so this is the last item.
            Err(error) => return Some(Err(cannot_go_on(&self.reader, error))),
        }
        self.rows += 1;
        self.room = record.as_slice().len() + SPARE;
        let begin = self.reader.get_mut().next_begin();
        Some(self.row(RowNumber(self.rows), begin, record))
    }
}

fn check_delimiter(given: u8) -> Result<u8, DataError> {
    if !given.is_ascii() || matches!(given, b'"' | b'\r' | b'\n' | b'\0') {
        let message = format!("`{}` cannot stand between cells", given.escape_ascii());
        return Err(DataError::fatal(0, message).help("use `,`, `;`, `|` or a tab"));
    }
    Ok(given)
}

/// The column names: each there, and there once.
fn read_header(record: ByteRecord, begin: Begin) -> Result<Header, DataError> {
    let names = text_of(record, begin).map_err(|error| DataError { fatal: true, ..error })?;
    if names.len() > COLUMNS {
        let message = format!("{} columns, at most {COLUMNS}", names.len());
        return Err(DataError::fatal(begin.line, message).help("is this a CSV file?"));
    }
    let mut first_of = HashMap::with_capacity(names.len());
    for (column, name) in (1..).zip(&names) {
        if name.trim().is_empty() {
            let error = DataError::fatal(begin.line, format!("column {column} has no name")).column(column);
            return Err(error.help("name it, or remove the column"));
        }
        if let Some(first) = first_of.insert(name, column) {
            let message = format!("columns {first} and {column} have the same name, `{name}`");
            return Err(DataError::fatal(begin.line, message).column(column).help("rename one of them"));
        }
    }
    Ok(Header::new(names.iter().map(str::to_owned)))
}

/// The cells of a record as text, unless there is something in it that is not.
fn text_of(record: ByteRecord, begin: Begin) -> Result<StringRecord, DataError> {
    if let Some(Stray { line, column, opened }) = begin.stray {
        let since = if opened == line { String::new() } else { format!(" (the cell begins on line {opened})") };
        let error = DataError::at(line, format!("text follows a closing quote{since}")).column(column);
        return Err(error.help("a quote that belongs to the text is written twice, within quotes: `\"5\"\" pipe\"`"));
    }
    if record.as_slice().contains(&0) {
        let found =
            record.iter().enumerate().find_map(|(at, cell)| Some((at, cell.iter().position(|&byte| byte == 0)?)));
        let (at, offset) = found.unwrap_or_default();
        let error = DataError::at(line_of(&record, begin, at, offset), "a NUL byte, which is no text").column(at + 1);
        return Err(error.help(format!("the file may be UTF-16: {SAVE_AS_UTF8}")));
    }
    StringRecord::from_byte_record(record).map_err(|error| {
        let (at, offset) = (error.utf8_error().field(), error.utf8_error().valid_up_to());
        let record = error.into_byte_record();
        let byte = record.get(at).and_then(|cell| cell.get(offset)).copied().unwrap_or_default();
        DataError::at(line_of(&record, begin, at, offset), format!("byte 0x{byte:02X} is not valid UTF-8"))
            .column(at + 1)
            .help(format!("the file may be Windows-1252: {SAVE_AS_UTF8}"))
    })
}

/// The physical line of a byte in a record. Nothing but cells holds line breaks, so they are all there to be counted.
fn line_of(record: &ByteRecord, begin: Begin, at: usize, offset: usize) -> u64 {
    let before = record.iter().take(at).map(line_breaks).sum::<u64>();
    let within = record.get(at).and_then(|cell| cell.get(..offset)).map_or(0, line_breaks);
    begin.line + before + within
}

/// How many lines end in a cell: LF, CRLF and a lone CR are one each.
fn line_breaks(cell: &[u8]) -> u64 {
    let ends_line = |&at: &usize| match cell[at] {
        b'\r' => true,
        b'\n' => at == 0 || cell[at - 1] != b'\r',
        _ => false,
    };
    (0..cell.len()).filter(ends_line).count() as u64
}

/// Why the csv crate got no more bytes: the guard's verdict, or an error of the file.
fn cannot_go_on<R: Read>(reader: &csv::Reader<Guard<R>>, error: csv::Error) -> DataError {
    let line = reader.get_ref().line();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.downcast().unwrap_or_else(|error| cannot_read(line, &error)),
        other => DataError::fatal(line, format!("cannot be read as CSV: {other:?}")),
    }
}

fn cannot_read(line: u64, error: &io::Error) -> DataError {
    DataError::fatal(line, format!("the file cannot be read: {error}"))
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
