//! Rows that the checks leave out, stored until the run is created and the ledger records them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use serde::{Deserialize, Serialize};

use crate::model::{Exclusion, RowNumber, State};

/// Rows that are left out, in order, in an unnamed temporary file: a list may have millions of duplicates.
#[derive(Debug, Default)]
pub struct ExcludedRows {
    file: Option<BufWriter<File>>,
    rows: u64,
    invalid: u64,
}

/// A row that is left out.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedRow {
    /// The row.
    pub row: RowNumber,
    /// The physical line on which it begins.
    pub line: u64,
    /// Attempts so far.
    pub attempts: u32,
    /// The reason.
    pub exclusion: Exclusion,
}

impl ExcludedRows {
    /// Appends a row.
    pub fn push(&mut self, row: &ExcludedRow) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        serde_json::to_writer(&mut *file, row)?;
        file.write_all(b"\n")?;
        self.rows += 1;
        self.invalid += u64::from(row.exclusion.state == State::Invalid);
        Ok(())
    }

    /// The number of rows.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// The number of invalid rows; the others are skipped.
    pub fn invalid(&self) -> u64 {
        self.invalid
    }

    /// True if no row is left out.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// All rows, in order.
    pub fn rows(&mut self) -> io::Result<impl Iterator<Item = io::Result<ExcludedRow>>> {
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
        let mut excluded = ExcludedRows::default();
        assert_eq!(excluded.rows().unwrap().count(), 0);
        let row = |row| {
            let exclusion = Exclusion { state: State::Skipped, reason: format!("duplicate of\nrow {row}") };
            ExcludedRow { row: RowNumber(row), line: row + 1, attempts: 0, exclusion }
        };
        (1..=3000).for_each(|n| excluded.push(&row(n)).unwrap());
        for _ in 0..2 {
            let rows: Vec<ExcludedRow> = excluded.rows().unwrap().map(Result::unwrap).collect();
            assert!(rows.len() == 3000 && (1..).zip(&rows).all(|(n, found)| *found == row(n)));
        }
    }
}
