//! Positions of some rows of a file, so that a reader can start near a row without reading those before.
//!
//! Belongs here: recording them while a file is hashed, and reading from one. Does not belong here: which row is
//! wanted.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use super::csv::{Csv, CsvOptions};
use super::snapshot::{Digest, HashingReader};
use crate::model::RowNumber;

/// Rows between two seek points: few enough to read quickly, many enough that the points of a large file need little
/// memory.
const STRIDE: u64 = 4096;

/// The position of a row in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeekPoint {
    row: u64,
    /// The physical line of its first byte.
    line: u64,
    /// Bytes of the file before it.
    offset: u64,
}

/// Seek points of a file, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeekPoints(Vec<SeekPoint>);

impl SeekPoints {
    /// Reads a file once for its digest and its seek points. If the file is faulty, there are points up to the fault.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(path: &Path, options: &CsvOptions) -> io::Result<(Digest, Self)> {
        let file = || Ok::<_, io::Error>(HashingReader::new(File::open(path)?));
        match Csv::open(file()?, options) {
            Ok(csv) => {
                let (points, reader) = seek_points_of(csv, STRIDE);
                Ok((reader.finish()?, points))
            }
            Err(_) => Ok((file()?.finish()?, Self::default())),
        }
    }

    /// The last seek point at or before a row.
    pub fn before(&self, row: RowNumber) -> Option<SeekPoint> {
        let behind = self.0.partition_point(|point| point.row <= row.0);
        self.0[..behind].last().copied()
    }
}

/// Reads to the end or to a fault, and records a seek point every `stride` rows.
fn seek_points_of<R: Read>(csv: Csv<R>, stride: u64) -> (SeekPoints, R) {
    let (mut records, mut points, mut rows) = (csv.into_records(), Vec::new(), 0);
    loop {
        let go_on = records.read().is_ok_and(|found| found);
        // Every record counts as a row, empty ones too: they are left out only at the end of the list.
        if let Some(begin) = records.begin() {
            if rows % stride == 0 {
                points.push(SeekPoint { row: rows + 1, line: begin.line, offset: begin.offset });
            }
            rows += 1;
        }
        if !go_on {
            return (SeekPoints(points), records.into_source());
        }
    }
}

impl<R: Read + Seek> Csv<R> {
    /// The rows from a seek point on. The point must come from the same bytes and options.
    ///
    /// # Errors
    /// The file cannot be positioned there.
    pub fn from_seek_point(self, point: SeekPoint) -> io::Result<Self> {
        self.moved(RowNumber(point.row), (point.line, point.offset))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// A list as text: difficult cells, empty rows, every kind of line break.
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
        fn reading_from_a_seek_point_gives_the_rows_from_there_on(text in list(), stride in 1..5_u64) {
            let open = || Csv::open(Cursor::new(text.as_bytes()), &CsvOptions::default()).unwrap();
            let whole: Vec<_> = open().collect();
            let (points, _) = seek_points_of(open(), stride);
            for point in &points.0 {
                let rest: Vec<_> = open().from_seek_point(*point).unwrap().collect();
                let behind = usize::try_from(point.row - 1).unwrap().min(whole.len());
                prop_assert_eq!(&rest, &whole[behind..], "{:?}", point);
            }
            for row in 1..=whole.len() as u64 {
                let point = points.before(RowNumber(row)).unwrap();
                prop_assert!(point.row <= row && row < point.row + stride, "{:?} for row {}", point, row);
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
            let (digest, points) = SeekPoints::of(&path, &CsvOptions::default()).unwrap();
            assert_eq!(digest, Digest::of(text), "{text:?}");
            assert_eq!(points.before(RowNumber(1)).is_some(), text.contains('1') || text.contains('\0'), "{text:?}");
        }
    }
}
