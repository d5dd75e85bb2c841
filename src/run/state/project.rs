//! Results and figures from ledger and snapshot. They are derived: delete them and write them again.

use std::io;

use crate::ledger::{Balance, Detail, LedgerReader};
use crate::model::{Counts, RowNumber};
use crate::plan::Plan;
use crate::rows::SeekPoint;
use crate::run::error::RunError;
use crate::run_folder::{RunFile, RunFolder, Selection};
use crate::template::Condition;

use super::snapshot::{Beginning, open_snapshot_at};
use super::walk::{Member, Walk, WalkError};

/// The counts of a projection.
#[derive(Debug, Clone, Default)]
pub struct Projected {
    /// The run's rows by state.
    pub counts: Counts,
    /// The same from the ledger alone: a row without an outcome counts as in flight, whether or not a process works on
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
    mut each: impl FnMut(&Member) -> io::Result<()>,
) -> Result<Projected, RunError> {
    let mut projected = Projected::default();
    for member in members(run, plan, only, Beginning::default())? {
        let member = member?;
        let row = member.row.number.0;
        projected.balance.add(&member.standing, row..row + 1);
        let member = if live { member } else { member.settled() };
        projected.counts.add(member.standing.state);
        each(&member).map_err(|source| RunError::Io { path: run.0.results(), source })?;
    }
    Ok(projected)
}

/// A row of a run, if it has the row. `mark` is a position in the snapshot before it, if one is known.
pub fn find_row(
    run: (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    live: bool,
    (wanted, mark): (RowNumber, Option<SeekPoint>),
) -> Result<Option<Member>, RunError> {
    let is_it = |member: &Result<Member, WalkError>| member.as_ref().map_or(true, |member| member.row.number == wanted);
    // In a run over a part of the list, rows must be counted from the first.
    let whole = run.1.selection == Selection::default();
    let from = if whole { Beginning { row: wanted, mark } } else { Beginning::default() };
    let member = members(run, plan, only, from)?.find(is_it).transpose()?;
    Ok(if live { member } else { member.map(Member::settled) })
}

fn members<'p, 'e: 'p>(
    (folder, run): (&RunFolder, &RunFile),
    plan: &'p Plan<'e>,
    only: Option<&'p Condition<'e>>,
    from: Beginning,
) -> Result<impl Iterator<Item = Result<Member, WalkError>> + use<'p, 'e>, RunError> {
    let standings = LedgerReader::open(&folder.ledger())?.standings_from(from.row, Detail::Whole)?;
    let range = (run.selection.offset, run.selection.limit);
    Ok(Walk::new(open_snapshot_at(folder, run, from.mark)?, plan, only, range, Some(standings)).from(from.row))
}
