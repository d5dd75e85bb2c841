//! The data file: a list in, rows out, in constant memory whatever the file holds.
//!
//! UTF-8 CSV is read as it is. Every other list (UTF-16, Windows-1252, JSON lines, an Excel workbook) is turned into UTF-8
//! CSV once, in a file of its own, and read from there ever after: see [`List`].
//!
//! Belongs here: splitting a byte stream into [`Row`](crate::model::Row)s, finding out what is wrong with it and on which
//! physical line, what spreadsheets do to cells, and taking snapshots of files with their digests.
//! Does not belong here: what a cell means (a phone number, a date), recipes, and results, which have a room of their own.

mod canonical;
mod csv;
mod damage;
mod encoding;
mod guard;
mod head;
mod jsonl;
mod keep;
mod list;
mod snapshot;
mod tail;
mod workbook;

use std::fs::{self, File};
use std::io;
use std::path::Path;

pub use self::csv::{Csv, Mark, Marks, Options};
pub use self::damage::Damage;
pub use self::encoding::{Encoding, UnknownEncoding};
pub use self::keep::keep;
pub use self::list::{Format, List, Reading, Remark};
pub use self::snapshot::{Digest, Digester, HashingReader, copy_with_digest, digest_file};

use serde::{Deserialize, Serialize};

use crate::model::{Cell, RowNumber};

/// Something wrong with a data file, at a place the user can go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct DataError {
    /// The physical line, counted from 1; 0 if the file could not be opened at all.
    pub line: u64,
    /// The row, where the problem is one row's alone. It has used up its number.
    pub row: Option<RowNumber>,
    /// The column, counted from 1, where there is one to blame.
    pub column: Option<usize>,
    /// The cell to blame with its column, where it can be shown.
    #[serde(default, skip_serializing_if = "<[Cell]>::is_empty")]
    pub cells: Box<[Cell]>,
    /// What is wrong.
    pub message: String,
    /// A way out.
    pub help: Option<String>,
    /// Whether reading ends here. If not, the rows after this one can still be read.
    pub fatal: bool,
}

impl DataError {
    /// A problem after which nothing more can be read.
    fn fatal(line: u64, message: impl Into<String>) -> Self {
        Self { line, row: None, column: None, cells: Box::default(), message: message.into(), help: None, fatal: true }
    }

    /// A problem after which reading goes on.
    fn at(line: u64, message: impl Into<String>) -> Self {
        Self { fatal: false, ..Self::fatal(line, message) }
    }

    fn column(self, column: usize) -> Self {
        Self { column: Some(column), ..self }
    }

    /// The cell to blame, in the column of this name.
    fn cell(self, column: impl Into<String>, text: impl Into<String>) -> Self {
        Self { cells: [Cell { column: column.into(), text: Some(text.into()) }].into(), ..self }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Opens a file that is UTF-8 CSV and reads its header. For a list of any kind see [`List`].
pub fn open_file(path: &Path, options: &Options) -> Result<Csv<File>, DataError> {
    Csv::open(open(path)?, options)
}

/// Opens a file, or says why it cannot be opened.
fn open(path: &Path) -> Result<File, DataError> {
    let cannot = |what: &str| DataError::fatal(0, format!("`{}` {what}", path.display()));
    // Opening a directory succeeds on Unix and fails only when it is read, with a message nobody understands.
    let file = fs::metadata(path).and_then(|found| if found.is_dir() { Err(directory()) } else { File::open(path) });
    file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => cannot("does not exist"),
        io::ErrorKind::IsADirectory => cannot("is a directory, not a CSV file").help("name a file in it"),
        io::ErrorKind::PermissionDenied => cannot("may not be read: permission denied"),
        _ => cannot(&format!("cannot be opened: {error}")),
    })
}

fn directory() -> io::Error {
    io::ErrorKind::IsADirectory.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path) -> DataError {
        open_file(path, &Options::default()).err().unwrap()
    }

    #[test]
    fn a_file_that_cannot_be_opened_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("contacts.csv");
        assert!(refused(&missing).message.ends_with("contacts.csv` does not exist"));
        let error = refused(folder.path());
        assert!(error.message.ends_with("` is a directory, not a CSV file"));
        assert_eq!((error.line, error.fatal), (0, true));
        let not_a_folder = missing.join("x.csv");
        File::create(&missing).unwrap();
        assert!(refused(&not_a_folder).message.contains("x.csv` cannot be opened: "));
    }

    #[test]
    fn a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contacts.csv");
        copy_with_digest(&mut &b"phone\n+1"[..], &mut File::create_new(&path).unwrap()).unwrap();
        let mut csv = open_file(&path, &Options::default()).unwrap();
        assert_eq!(&csv.next().unwrap().unwrap().cells[0], "+1");
        assert!(csv.next().is_none());
    }

    #[test]
    fn the_example_lists_are_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/data");
        let mut lists = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let rows = open_file(&path, &Options::default()).unwrap().collect::<Result<Vec<_>, _>>();
            assert!(rows.is_ok_and(|rows| rows.len() >= 8), "{}", path.display());
            lists += 1;
        }
        assert_eq!(lists, 10);
    }
}
