//! The rows that the checks leave out, kept from the check to the creation of the run, where they go to the ledger.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use serde::{Deserialize, Serialize};

use crate::model::{Left, RowNumber, State};

/// Rows that are left out, in order, in a temporary file that has no name: a list may hold millions of duplicates.
#[derive(Debug, Default)]
pub struct LeftOut {
    file: Option<BufWriter<File>>,
    rows: u64,
    invalid: u64,
}

/// One of them.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftRow {
    /// The row.
    pub row: RowNumber,
    /// The physical line on which it begins.
    pub line: u64,
    /// Attempts that it has had.
    pub attempts: u32,
    /// Why it is left out.
    pub left: Left,
}

impl LeftOut {
    /// Keeps one more.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub fn push(&mut self, row: &LeftRow) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        serde_json::to_writer(&mut *file, row)?;
        file.write_all(b"\n")?;
        self.rows += 1;
        self.invalid += u64::from(row.left.state == State::Invalid);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// How many of them are invalid; the others are skipped.
    pub fn invalid(&self) -> u64 {
        self.invalid
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// All of them, in the order in which they came.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn rows(&mut self) -> io::Result<impl Iterator<Item = io::Result<LeftRow>>> {
        let file = match &mut self.file {
            Some(file) => {
                file.flush()?;
                let mut file = file.get_ref().try_clone()?;
                file.rewind()?;
                Some(BufReader::new(file))
            }
            None => None,
        };
        let read = |line: io::Result<String>| Ok(serde_json::from_str(&line?)?);
        Ok(file.into_iter().flat_map(BufRead::lines).map(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_comes_out_in_order_and_again() {
        let mut left_out = LeftOut::default();
        assert_eq!(left_out.rows().unwrap().count(), 0);
        let row = |row| {
            let left = Left { state: State::Skipped, reason: format!("duplicate of\nrow {row}") };
            LeftRow { row: RowNumber(row), line: row + 1, attempts: 0, left }
        };
        (1..=3000).for_each(|n| left_out.push(&row(n)).unwrap());
        for _ in 0..2 {
            let rows: Vec<LeftRow> = left_out.rows().unwrap().map(Result::unwrap).collect();
            assert!(rows.len() == 3000 && (1..).zip(&rows).all(|(n, found)| *found == row(n)));
        }
    }
}
