//! Rows of empty cells, such as the `;;;;` lines that Excel leaves below a list, invisible in the sheet.
//!
//! At the end of a list they do not count as rows. In its middle they do, so that nothing is skipped silently. The next
//! row decides: until then they are held here, compressed to runs of evenly spaced lines.
//!
//! Belongs here: holding them back. Does not belong here: what makes a row empty, which [`super::csv`] decides.

use std::collections::VecDeque;

/// Maximum runs. A list with more is assumed to have its empty rows in the middle.
const RUNS: usize = 4096;

/// Rows of empty cells on evenly spaced lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct BlankRun {
    line: u64,
    step: u64,
    rows: u64,
    cells: usize,
}

/// An empty row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EmptyRow {
    /// Its physical line.
    pub(super) line: u64,
    /// Its number of cells.
    pub(super) cells: usize,
}

/// Rows of empty cells that were read but not returned.
#[derive(Debug, Default)]
pub(super) struct Tail {
    runs: VecDeque<BlankRun>,
    rows: u64,
}

impl Tail {
    /// Number of rows held.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The line of the first row held.
    pub(super) fn line(&self) -> Option<u64> {
        self.runs.front().map(|run| run.line)
    }

    /// True if no more rows can be held.
    pub(super) fn is_full(&self) -> bool {
        self.runs.len() >= RUNS
    }

    /// Holds a row.
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
        self.runs.push_back(BlankRun { line, step: 0, rows: 1, cells });
    }

    /// Removes and returns the first row.
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
