//! The rows of empty cells that Excel leaves below a list: `;;;;` lines that nobody sees in the sheet.
//!
//! At the end of a list they are no rows. In its middle they are, so that nothing is passed over in silence. Which of the
//! two they are is known only when the next row comes: until then they wait here, as runs of lines at an even distance,
//! and not one by one.
//!
//! Belongs here: holding them back. Does not belong here: what is an empty row, which [`super::csv`] says.

use std::collections::VecDeque;

/// Runs that are kept. A list that takes more has its empty rows so far in its middle, as far as anybody can tell.
const RUNS: usize = 4096;

/// Rows of empty cells on lines at an even distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    line: u64,
    step: u64,
    rows: u64,
    cells: usize,
}

/// An empty row that waits, or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EmptyRow {
    /// Its physical line.
    pub(super) line: u64,
    /// How many cells it has.
    pub(super) cells: usize,
}

/// Rows of empty cells that were read and not yet given out.
#[derive(Debug, Default)]
pub(super) struct Tail {
    runs: VecDeque<Run>,
    rows: u64,
}

impl Tail {
    /// How many rows wait.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The line of the first of them.
    pub(super) fn line(&self) -> Option<u64> {
        self.runs.front().map(|run| run.line)
    }

    /// True if no more rows can wait.
    pub(super) fn is_full(&self) -> bool {
        self.runs.len() >= RUNS
    }

    /// Lets a row wait.
    pub(super) fn push(&mut self, row: EmptyRow) {
        self.rows += 1;
        let EmptyRow { line, cells } = row;
        if let Some(run) = self.runs.back_mut().filter(|run| run.cells == cells) {
            let last = run.line + run.step * (run.rows - 1);
            if run.rows == 1 || last + run.step == line {
                run.step = line - last;
                run.rows += 1;
                return;
            }
        }
        self.runs.push_back(Run { line, step: 0, rows: 1, cells });
    }

    /// The first of the rows that wait.
    pub(super) fn pop(&mut self) -> Option<EmptyRow> {
        let run = self.runs.front_mut()?;
        let row = EmptyRow { line: run.line, cells: run.cells };
        run.line += run.step;
        run.rows -= 1;
        if run.rows == 0 {
            self.runs.pop_front();
        }
        self.rows -= 1;
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_million_empty_lines_are_one_run() {
        let mut tail = Tail::default();
        for line in 0..1_000_000 {
            tail.push(EmptyRow { line: 10 + 2 * line, cells: 4 });
        }
        assert_eq!((tail.runs.len(), tail.rows(), tail.line()), (1, 1_000_000, Some(10)));
    }

    proptest! {
        #[test]
        fn what_waits_comes_out_as_it_was(rows in proptest::collection::vec((1_u64..4, 1_usize..3), 0..60)) {
            let mut line = 1;
            let rows: Vec<EmptyRow> = rows.into_iter().map(|(step, cells)| { line += step; EmptyRow { line, cells } }).collect();
            let mut tail = Tail::default();
            for row in &rows {
                tail.push(*row);
            }
            prop_assert_eq!(tail.rows(), rows.len() as u64);
            let out: Vec<EmptyRow> = std::iter::from_fn(|| tail.pop()).collect();
            prop_assert_eq!(out, rows);
            prop_assert_eq!((tail.rows(), tail.line()), (0, None));
        }
    }
}
