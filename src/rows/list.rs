//! A list of any kind, prepared to be read several times.
//!
//! UTF-8 CSV is read where it is. Any other list is written once as UTF-8 CSV to a file that only its owner may read.
//! That copy is then read, hashed and kept as the run's snapshot: the same list gives the same bytes.
//!
//! Belongs here: telling kinds apart, and remarks for the user. Does not belong here: reading each kind.

use std::fmt;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::canonical::cannot_write;
use super::csv::{Csv, CsvOptions};
use super::encoding::{Decoding, Encoding, Scanned, by_mark, by_nuls, scan};
use super::error::DataError;
use super::file::open;
use super::head::{FileKind, kind_of};
use super::keep::keep;
use super::limits::{CHUNK, excerpt};
use super::{jsonl, workbook};
use crate::model::Header;

/// How to read a list; a setting that is left out is detected.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The delimiter of CSV.
    pub delimiter: Option<u8>,
    /// The encoding of text.
    pub encoding: Option<Encoding>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
}

/// The original format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV.
    Csv,
    /// JSON, an object per line.
    JsonLines,
    /// An Excel workbook.
    Workbook,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Workbook => "xlsx",
        })
    }
}

/// A remark for the user on how a list was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// For information.
    Note(String),
    /// Something to check.
    Warning(DataError),
}

/// A list whose header was read.
#[derive(Debug)]
pub struct List {
    path: PathBuf,
    options: CsvOptions,
    header: Header,
    format: Format,
    sheet: Option<String>,
    remarks: Vec<Remark>,
    /// The copy that is read instead of the original. It is deleted when the list is dropped.
    copy: Option<NamedTempFile>,
}

impl List {
    /// Prepares the list in a file. A pipe is first copied to a file.
    ///
    /// # Errors
    /// The file cannot be read, is of an unsupported kind, or has a faulty header.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, DataError> {
        let file = open(path)?;
        let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
        if is_file { Self::of_file(path, file, options) } else { Self::of_pipe(file, options) }
    }

    /// Prepares a list from a pipe, such as standard input.
    ///
    /// # Errors
    /// See [`Self::open`].
    pub fn of_pipe(from: impl Read, options: &ReadOptions) -> Result<Self, DataError> {
        let kept = keep(from).map_err(|error| DataError::fatal(0, format!("cannot store the list: {error}")))?;
        let file = open(kept.path())?;
        let mut list = Self::of_file(Path::new(kept.path()), file, options)?;
        list.copy.get_or_insert(kept);
        Ok(list)
    }

    fn of_file(path: &Path, mut file: File, options: &ReadOptions) -> Result<Self, DataError> {
        let mut head = Vec::new();
        file.by_ref().take(CHUNK as u64).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let known = by_mark(&head).or_else(|| by_nuls(&head));
        let start = match options.encoding.or(known).filter(|known| *known != Encoding::UTF_8) {
            Some(encoding) => {
                let mut start = vec![0; 4096];
                let read = Decoding::new(&head[..], encoding).read(&mut start).unwrap_or_default();
                start.truncate(read);
                start
            }
            None => head.clone(),
        };
        let kind = match kind_of(&head, "") {
            FileKind::Csv => kind_of(&start, &name),
            other => other,
        };
        does_not_apply(kind, options)?;
        match kind {
            FileKind::Csv => Self::of_csv(path, &head, &mut file, options),
            FileKind::JsonLines => Self::of_json(path, &head, &mut file, options),
            FileKind::Workbook => Self::of_workbook(file, options),
            FileKind::Other(what) => Err(DataError::fatal(1, format!("the file is {what}, which Rowcast cannot read"))
                .help("save it as .xlsx or as \"CSV UTF-8\"")),
        }
    }

    fn of_csv(path: &Path, head: &[u8], file: &mut File, options: &ReadOptions) -> Result<Self, DataError> {
        let (encoding, guessed) = encoding_of(head, file, options.encoding)?;
        let options = CsvOptions { delimiter: options.delimiter, ..CsvOptions::default() };
        if encoding == Encoding::UTF_8 {
            return Self::ready(path.to_owned(), options, Format::Csv, None);
        }
        let mut decoded = Decoding::new(open(path)?, encoding);
        let copy = copy(|to| std::io::copy(&mut decoded, to).map(drop).map_err(|error| cannot_write(&error)))?;
        let options = CsvOptions { encoding: Some(encoding), ..options };
        let mut list = Self::ready(copy.path().to_owned(), options, Format::Csv, Some(copy))?;
        if guessed {
            list.remarks.push(Remark::Warning(list.guess(encoding)?));
        }
        Ok(list)
    }

    fn of_json(path: &Path, head: &[u8], file: &mut File, options: &ReadOptions) -> Result<Self, DataError> {
        let (encoding, guessed) = encoding_of(head, file, options.encoding)?;
        let copy = if encoding == Encoding::UTF_8 {
            copy(|to| jsonl::convert(|| open(path), to))?
        } else {
            copy(|to| jsonl::convert(|| Ok(Decoding::new(open(path)?, encoding)), to))?
        };
        let options = CsvOptions { encoding: Some(encoding).filter(|known| *known != Encoding::UTF_8), ..lined() };
        let mut list = Self::ready(copy.path().to_owned(), options, Format::JsonLines, Some(copy))?;
        if guessed {
            list.remarks.push(Remark::Warning(list.guess(encoding)?));
        }
        Ok(list)
    }

    fn of_workbook(mut file: File, options: &ReadOptions) -> Result<Self, DataError> {
        file.rewind().map_err(|error| unreadable(&error))?;
        let mut found = None;
        let copy = copy(|to| {
            found = Some(workbook::convert(file, options.sheet.as_deref(), to)?);
            Ok(())
        })?;
        let mut list = Self::ready(copy.path().to_owned(), lined(), Format::Workbook, Some(copy))?;
        let Some(workbook::Read { sheet, others }) = found else { return Ok(list) };
        if !others.is_empty() {
            let others: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
            let note =
                format!("only the sheet `{sheet}` is read, not {}; choose another with --sheet", others.join(", "));
            list.remarks.push(Remark::Note(note));
        }
        list.sheet = Some(sheet);
        Ok(list)
    }

    /// Reads the header.
    fn ready(
        path: PathBuf,
        mut options: CsvOptions,
        format: Format,
        copy: Option<NamedTempFile>,
    ) -> Result<Self, DataError> {
        let csv = Csv::open(open(&path)?, &options)?;
        options.delimiter = Some(csv.delimiter());
        let header = csv.header().clone();
        Ok(Self { path, options, header, format, sheet: None, remarks: Vec::new(), copy })
    }

    /// The warning about a guessed encoding, with a cell as an example.
    fn guess(&self, encoding: Encoding) -> Result<DataError, DataError> {
        let help = "if this looks wrong, name the encoding, such as --encoding macintosh";
        let message = format!("the file is not UTF-8 and is read as {encoding}");
        let names = self.header.names();
        if let Some(name) = names.iter().find(|name| !name.is_ascii()) {
            let message = format!("{message}: a column is `{}`", excerpt(name));
            return Ok(DataError::at(1, message).help(help));
        }
        for row in self.rows()?.flatten() {
            if let Some((name, cell)) = names.iter().zip(&row.cells).find(|(_, cell)| !cell.is_ascii()) {
                let message = format!("{message}: `{}` is `{}`", excerpt(name), excerpt(cell));
                return Ok(DataError { row: Some(row.number), ..DataError::at(row.line, message) }.help(help));
            }
        }
        Ok(DataError::at(1, message).help(help))
    }

    /// The file to read: the original, or its copy as UTF-8 CSV.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How to read that file.
    pub fn options(&self) -> &CsvOptions {
        &self.options
    }

    /// The columns.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The format of the original.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The sheet that was read, if the list is a workbook.
    pub fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }

    /// Remarks for the user.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Reads the rows from the start.
    ///
    /// # Errors
    /// The file can no longer be opened.
    pub fn rows(&self) -> Result<Csv<File>, DataError> {
        Csv::open(open(&self.path)?, &self.options)
    }
}

fn lined() -> CsvOptions {
    CsvOptions { delimiter: Some(b','), lined: true, encoding: None }
}

/// Writes a copy.
fn copy(write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<(), DataError>) -> Result<NamedTempFile, DataError> {
    let mut copy = NamedTempFile::new().map_err(|error| cannot_write(&error))?;
    let mut to = BufWriter::with_capacity(CHUNK, copy.as_file_mut());
    write(&mut to)?;
    to.into_inner().map_err(|error| cannot_write(error.error()))?;
    Ok(copy)
}

/// The encoding of a text file, and whether it was guessed.
fn encoding_of(head: &[u8], rest: &mut File, given: Option<Encoding>) -> Result<(Encoding, bool), DataError> {
    let marked = by_mark(head);
    if let (Some(given), Some(marked)) = (given, marked)
        && given != marked
    {
        let message = format!("--encoding {}, but the file begins with the byte order mark of {marked}", given.name());
        return Err(DataError::fatal(1, message).help("leave --encoding out"));
    }
    if let Some(known) = given.or(marked).or_else(|| by_nuls(head)) {
        return Ok((known, false));
    }
    if head.contains(&0) {
        return Ok((Encoding::UTF_8, false));
    }
    let scanned = scan(Cursor::new(head).chain(BufReader::new(rest))).map_err(|error| unreadable(&error))?;
    Ok(match scanned {
        Scanned::Utf8 => (Encoding::UTF_8, false),
        Scanned::Windows1252 => (Encoding::WINDOWS_1252, true),
    })
}

/// Refuses a flag that does not apply to the kind of file, because it is a mistake.
fn does_not_apply(kind: FileKind, options: &ReadOptions) -> Result<(), DataError> {
    let (what, is_csv, is_book) = match kind {
        FileKind::Csv => ("CSV", true, false),
        FileKind::JsonLines => ("JSON lines", false, false),
        FileKind::Workbook => ("an Excel workbook", false, true),
        FileKind::Other(_) => return Ok(()),
    };
    let refused = |flag: &str, of: &str| {
        let error = DataError::fatal(0, format!("{flag} is for {of}; the list is {what}"));
        Err(error.help(format!("leave {flag} out")))
    };
    if options.sheet.is_some() && !is_book {
        return refused("--sheet", "Excel workbooks");
    }
    if options.delimiter.is_some() && !is_csv {
        return refused("--delimiter", "CSV");
    }
    if options.encoding.is_some() && is_book {
        return refused("--encoding", "text");
    }
    Ok(())
}

fn unreadable(error: &std::io::Error) -> DataError {
    DataError::fatal(1, format!("the file cannot be read: {error}"))
}
