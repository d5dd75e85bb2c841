//! Where some rows of a file begin, so that a reader may start far behind its first row without reading those before.
//!
//! Belongs here: finding such places while a file is hashed, and reading on from one. Does not belong here: which row is wanted.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use super::{Csv, Options, Tail, reader_of};
use crate::model::RowNumber;
use crate::rows::limits::CHUNK;
use crate::rows::snapshot::{Digest, HashingReader};

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
                let (marks, reader) = csv.into_marks(STRIDE);
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

impl<R: Read> Csv<R> {
    /// Reads on to the end, or to where it breaks off, for where every so many rows begin.
    fn into_marks(self, stride: u64) -> (Marks, R) {
        let (mut guard, mut marks, mut rows) = (self.reader.into_inner(), Vec::new(), 0);
        let mut chunk = vec![0; CHUNK];
        loop {
            // Every record is a row, empty ones too: those are only left out where none follows that is not.
            for begin in guard.begun() {
                if rows % stride == 0 {
                    marks.push(Mark { row: rows + 1, line: begin.line, offset: self.start + begin.offset });
                }
                rows += 1;
            }
            if !guard.read(&mut chunk).is_ok_and(|read| read > 0) {
                break;
            }
        }
        (Marks(marks), guard.into_inner().into_inner().1)
    }
}

impl<R: Read + Seek> Csv<R> {
    /// The same rows from a mark on, which was made of the same bytes with the same options.
    ///
    /// # Errors
    /// The file cannot be read there.
    pub fn from_mark(self, mark: Mark) -> io::Result<Self> {
        let (_, mut file) = self.reader.into_inner().into_inner().into_inner();
        file.seek(SeekFrom::Start(mark.offset))?;
        let reader = reader_of(Cursor::default().chain(file), self.delimiter, mark.line);
        Ok(Self { reader, rows: mark.row - 1, tail: Tail::default(), after_tail: None, done: false, ..self })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A list as text: cells with what makes reading hard, empty rows, each way of ending a line.
    fn list() -> impl Strategy<Value = String> {
        let cell = prop_oneof![
            "[a-z]{0,4}",
            Just("\"a\nb\"".to_owned()),
            Just("\"c;\"\"d\r\n\"".to_owned()),
            Just("ü".to_owned())
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
            let (marks, _) = open().into_marks(stride);
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
