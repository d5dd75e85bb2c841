//! Where some rows of a file begin, so that a reader may start far behind its first row without reading those before.
//!
//! Belongs here: finding such places while a file is hashed, and reading on from one. Does not belong here: which row is wanted.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use super::csv::{Csv, Options};
use super::snapshot::{Digest, HashingReader};
use crate::model::RowNumber;

/// Rows from one mark to the next. Few enough to be read in no time, many enough that the marks of a large file are small.
const STRIDE: u64 = 4096;

/// The place of a row in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    row: u64,
    /// The physical line on which it begins.
    line: u64,
    /// Bytes of the file before it.
    offset: u64,
}

/// Places of rows in a file, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(Vec<Mark>);

impl Marks {
    /// Goes through a file once for its digest and its marks. What can be read as a list up to some row has marks up to there.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(path: &Path, options: &Options) -> io::Result<(Digest, Self)> {
        let file = || Ok::<_, io::Error>(HashingReader::new(File::open(path)?));
        match Csv::open(file()?, options) {
            Ok(csv) => {
                let (marks, reader) = marks_of(csv, STRIDE);
                Ok((reader.finish()?, marks))
            }
            Err(_) => Ok((file()?.finish()?, Self::default())),
        }
    }

    /// The last place from which reading on comes to a row.
    pub fn before(&self, row: RowNumber) -> Option<Mark> {
        let behind = self.0.partition_point(|mark| mark.row <= row.0);
        self.0[..behind].last().copied()
    }
}

/// Reads on to the end, or to where the list breaks off, for where every so many rows begin.
fn marks_of<R: Read>(csv: Csv<R>, stride: u64) -> (Marks, R) {
    let (mut records, mut marks, mut rows) = (csv.into_records(), Vec::new(), 0);
    loop {
        let go_on = records.read().is_ok_and(|found| found);
        // Every record is a row, empty ones too: those are only left out where none follows that is not.
        if let Some(begin) = records.begin() {
            if rows % stride == 0 {
                marks.push(Mark { row: rows + 1, line: begin.line, offset: begin.offset });
            }
            rows += 1;
        }
        if !go_on {
            return (Marks(marks), records.into_source());
        }
    }
}

impl<R: Read + Seek> Csv<R> {
    /// The same rows from a mark on, which was made of the same bytes with the same options.
    ///
    /// # Errors
    /// The file cannot be read there.
    pub fn from_mark(self, mark: Mark) -> io::Result<Self> {
        self.moved(RowNumber(mark.row), (mark.line, mark.offset))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// A list as text: cells with what makes reading hard, empty rows, each way of ending a line.
    fn list() -> impl Strategy<Value = String> {
        let cell = prop_oneof![
            "[a-z]{0,4}",
            Just("\"a\nb\"".to_owned()),
            Just("\"c;\"\"d\r\n\"".to_owned()),
            Just("ü".to_owned()),
            Just("\u{feff}b".to_owned())
        ];
        let row = prop_oneof![9 => (cell.clone(), cell).prop_map(|(one, other)| format!("{one};{other}")), 1 => Just(" ".to_owned())];
        let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("\n\n")];
        let start = prop_oneof![Just(""), Just("\u{feff}"), Just("sep=;\r\n")];
        (start, proptest::collection::vec((row, end), 0..30)).prop_map(|(start, rows)| {
            let rows: String = rows.into_iter().map(|(row, end)| row + end).collect();
            format!("{start}one;two\n{rows}")
        })
    }

    proptest! {
        #[test]
        fn reading_from_a_mark_gives_the_rows_from_there_on(text in list(), stride in 1..5_u64) {
            let open = || Csv::open(Cursor::new(text.as_bytes()), &Options::default()).unwrap();
            let whole: Vec<_> = open().collect();
            let (marks, _) = marks_of(open(), stride);
            for mark in &marks.0 {
                let rest: Vec<_> = open().from_mark(*mark).unwrap().collect();
                let behind = usize::try_from(mark.row - 1).unwrap().min(whole.len());
                prop_assert_eq!(&rest, &whole[behind..], "{:?}", mark);
            }
            for row in 1..=whole.len() as u64 {
                let mark = marks.before(RowNumber(row)).unwrap();
                prop_assert!(mark.row <= row && row < mark.row + stride, "{:?} for row {}", mark, row);
            }
        }
    }

    #[test]
    fn a_file_gives_its_digest_whether_or_not_it_is_a_list() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        for text in ["", "one,one\n", "one,two\n1,2\n", "one,two\n1,\"2\n", "one\n\0\n"] {
            std::fs::remove_file(&path).ok();
            let mut file = File::create_new(&path).unwrap();
            crate::rows::copy_with_digest(&mut text.as_bytes(), &mut file).unwrap();
            let (digest, marks) = Marks::of(&path, &Options::default()).unwrap();
            assert_eq!(digest, Digest::of(text), "{text:?}");
            assert_eq!(marks.before(RowNumber(1)).is_some(), text.contains('1') || text.contains('\0'), "{text:?}");
        }
    }
}
