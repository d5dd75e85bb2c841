//! Results and figures from ledger and snapshot. They are derived: delete them and write them again.

use std::io;

use crate::ledger::{self, Balance, LedgerReader, Projection};
use crate::model::{Counts, RowNumber};
use crate::plan::Plan;
use crate::rows::SeekPoint;
use crate::run::error::RunError;
use crate::run_folder::{RunFile, RunFolder, Selection};
use crate::template::Condition;

use super::snapshot::{Beginning, open_snapshot_at};
use super::walk::{RunRow, Walk, WalkError};

/// The counts of a projection.
#[derive(Debug, Clone, Default)]
pub struct Projected {
    /// The run's rows by state.
    pub counts: Counts,
    /// The same, only from the ledger: a row without an outcome counts as in flight, whether or not a process works on
    /// it.
    pub balance: Balance,
}

/// Passes all rows of a run to `each`, in input order. A row in flight counts as unknown unless the run is `live`.
///
/// # Errors
///
/// The snapshot or the ledger cannot be read, or `each` fails.
pub fn project(
    run: (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    live: bool,
    mut each: impl FnMut(&RunRow) -> io::Result<()>,
) -> Result<Projected, RunError> {
    let mut projected = Projected::default();
    for run_row in run_rows(run, plan, only, Beginning::default())? {
        let run_row = run_row?;
        let row = run_row.row.number.0;
        projected.balance.add(&run_row.status, row..row + 1);
        let run_row = if live { run_row } else { run_row.settled() };
        projected.counts.add(run_row.status.state);
        each(&run_row).map_err(|source| RunError::Io { path: run.0.results(), source })?;
    }
    Ok(projected)
}

/// A row of a run, if it has the row. `seek_point` is a position in the snapshot before it, if one is known.
pub fn find_row(
    run: (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    live: bool,
    (wanted, seek_point): (RowNumber, Option<SeekPoint>),
) -> Result<Option<RunRow>, RunError> {
    let is_it =
        |run_row: &Result<RunRow, WalkError>| run_row.as_ref().map_or(true, |run_row| run_row.row.number == wanted);
    // In a run over a part of the list, rows must be counted from the first.
    let whole = run.1.selection == Selection::default();
    let from = if whole { Beginning { row: wanted, seek_point } } else { Beginning::default() };
    let run_row = run_rows(run, plan, only, from)?.find(is_it).transpose()?;
    Ok(if live { run_row } else { run_row.map(RunRow::settled) })
}

fn run_rows<'p, 'e: 'p>(
    (folder, run): (&RunFolder, &RunFile),
    plan: &'p Plan<'e>,
    only: Option<&'p Condition<'e>>,
    from: Beginning,
) -> Result<impl Iterator<Item = Result<RunRow, WalkError>> + use<'p, 'e>, RunError> {
    let statuses = ledger::read(&folder.ledger())?.statuses_from(from.row, Projection::Full)?;
    let range = (run.selection.offset, run.selection.limit);
    Ok(Walk::new(open_snapshot_at(folder, run, from.seek_point)?, plan, only, range, Some(statuses)).from(from.row))
}
