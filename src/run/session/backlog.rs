//! Rows that wait because their connection is slower than the others, first in, first out. All but the newest and the
//! oldest few are on disk, because a list may be sorted by connection and memory must not grow with it.
//!
//! Belongs here: storing rows. Does not belong here: which rows wait, and until when.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::{Reply, Row, RowNumber, RowStatus, State};
use crate::run::state::walk::RunRow;

/// Bytes that are written and read at a time.
const CHUNK: usize = 32 * 1024;

/// The rows that wait for one connection.
#[derive(Debug)]
pub(super) struct Backlog {
    folder: PathBuf,
    /// Has no name, so it ends with the process. `None` until a chunk is full.
    file: Option<File>,
    /// The positions at which the next chunk is written and read.
    end: u64,
    begin: u64,
    /// The newest rows, not yet in the file.
    newest: Vec<u8>,
    /// The oldest rows, read from the file; those before `at` have been returned.
    oldest: Vec<u8>,
    at: usize,
    rows: u64,
}

/// A row as it is stored: the needed part of its status, and its cells.
#[derive(Debug, Serialize, Deserialize)]
struct SpilledRow(RowNumber, u64, State, u32, bool, Option<String>, Vec<String>);

impl Backlog {
    /// An empty backlog with its file in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        let (newest, oldest) = (Vec::new(), Vec::new());
        Self { folder: folder.to_owned(), file: None, end: 0, begin: 0, newest, oldest, at: 0, rows: 0 }
    }

    /// Rows that wait.
    pub(super) fn len(&self) -> u64 {
        self.rows
    }

    /// Appends a row.
    pub(super) fn push(&mut self, run_row: &RunRow) -> io::Result<()> {
        let RunRow { row, status } = run_row;
        let cells = row.cells.iter().map(str::to_owned).collect();
        let RowStatus { state, last_attempt, doubt, .. } = *status;
        let code = status.refused_with().map(str::to_owned);
        let spilled = SpilledRow(row.number, row.line, state, last_attempt, doubt, code, cells);
        serde_json::to_writer(&mut self.newest, &spilled)?;
        self.newest.push(b'\n');
        self.rows += 1;
        if self.newest.len() >= CHUNK { self.write() } else { Ok(()) }
    }

    /// Removes the row that has waited longest.
    pub(super) fn pop(&mut self) -> io::Result<Option<RunRow>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let length = loop {
            match self.oldest[self.at..].iter().position(|byte| *byte == b'\n') {
                Some(length) => break length,
                None => self.read()?,
            }
        };
        let SpilledRow(number, line, state, last_attempt, doubt, code, cells) =
            serde_json::from_slice(&self.oldest[self.at..][..length])?;
        self.at += length + 1;
        self.rows -= 1;
        let answer = code.map(|code| Reply::Rejected { code, message: String::new() }.into());
        let status = RowStatus { state, last_attempt, answer, doubt, ..RowStatus::UNTOUCHED };
        Ok(Some(RunRow { row: Row { number, line, cells: cells.into() }, status }))
    }

    /// Removes all rows.
    pub(super) fn clear(&mut self) {
        *self = Self::new(&self.folder);
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.folder)?),
        };
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&self.newest)?;
        self.end += self.newest.len() as u64;
        self.newest.clear();
        Ok(())
    }

    /// Refills `oldest`: from the file, or with all rows that are not in it.
    fn read(&mut self) -> io::Result<()> {
        self.oldest.drain(..self.at);
        self.at = 0;
        if self.begin == self.end {
            self.oldest.append(&mut self.newest);
            (self.begin, self.end) = (0, 0);
            return Ok(());
        }
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        file.seek(SeekFrom::Start(self.begin))?;
        let next = (self.end - self.begin).min(CHUNK as u64);
        let read = file.take(next).read_to_end(&mut self.oldest)? as u64;
        self.begin += read;
        if read < next { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run_row(number: u64, width: usize) -> RunRow {
        let state = [State::Unknown, State::Failed, State::Rejected][usize::try_from(number % 3).unwrap()];
        let refusal = Reply::Rejected { code: number.to_string(), message: String::new() };
        let answer = (state == State::Rejected).then(|| refusal.into());
        let cells = vec!["a,\"b\"\r\n\u{1f600}".to_owned(), "x".repeat(width), String::new()];
        let row = Row { number: RowNumber(number), line: number * 2, cells: cells.into() };
        RunRow {
            row,
            status: RowStatus {
                state,
                last_attempt: 7,
                doubt: number.is_multiple_of(2),
                answer,
                ..RowStatus::UNTOUCHED
            },
        }
    }

    proptest! {
        /// Rows come out once and in order, however pushes and pops alternate.
        #[test]
        fn first_in_first_out(steps in proptest::collection::vec((0..30_u64, 0..30_u64, 0..3_000_usize), 1..12)) {
            let folder = tempfile::tempdir().unwrap();
            let mut backlog = Backlog::new(folder.path());
            let (mut pushed, mut popped, mut widths) = (0, 0, Vec::new());
            for (more, fewer, width) in steps {
                for _ in 0..more {
                    backlog.push(&run_row(pushed, width)).unwrap();
                    widths.push(width);
                    pushed += 1;
                }
                for _ in 0..fewer {
                    let expected = (popped < pushed).then(|| run_row(popped, widths[usize::try_from(popped).unwrap()]));
                    let found = backlog.pop().unwrap();
                    prop_assert_eq!(found.as_ref().map(|found| &found.row), expected.as_ref().map(|expected| &expected.row));
                    let status = |run_row: &RunRow| run_row.status.clone();
                    prop_assert_eq!(found.as_ref().map(status), expected.as_ref().map(status));
                    popped += u64::from(found.is_some());
                }
                prop_assert_eq!(backlog.len(), pushed - popped);
            }
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "its file has no name");
        }
    }

    #[test]
    fn a_disk_that_cannot_be_written_is_an_error() {
        let mut backlog = Backlog::new(Path::new("there/is/no/such/folder"));
        backlog.push(&run_row(1, 10)).unwrap();
        assert!(backlog.push(&run_row(2, CHUNK)).is_err());
    }
}
