//! Opens a data file, or explains why it cannot.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::csv::{Csv, CsvOptions};
use super::error::DataError;

/// Opens a UTF-8 CSV file and reads its header. [`List`](super::List) opens lists of any kind.
pub fn open_file(path: &Path, options: &CsvOptions) -> Result<Csv<File>, DataError> {
    Csv::open(open(path)?, options)
}

/// Opens a file, or explains why it cannot.
pub(super) fn open(path: &Path) -> Result<File, DataError> {
    let cannot = |what: &str| DataError::fatal(0, format!("`{}` {what}", path.display()));
    // Opening a directory succeeds on Unix. Only reading it fails, with a message that few users understand.
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
        open_file(path, &CsvOptions::default()).err().unwrap()
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
        crate::rows::copy_with_digest(&mut &b"phone\n+1"[..], &mut File::create_new(&path).unwrap()).unwrap();
        let mut csv = open_file(&path, &CsvOptions::default()).unwrap();
        assert_eq!(&csv.next().unwrap().unwrap().cells[0], "+1");
        assert!(csv.next().is_none());
    }

    #[test]
    fn the_example_lists_are_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/data");
        let mut lists = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let rows = open_file(&path, &CsvOptions::default()).unwrap().collect::<Result<Vec<_>, _>>();
            assert!(rows.is_ok_and(|rows| rows.len() >= 8), "{}", path.display());
            lists += 1;
        }
        assert_eq!(lists, 10);
    }
}
