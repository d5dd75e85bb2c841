//! From ledger and snapshot to results and figures. Nothing here is ever the truth: delete it and write it again.

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

/// What a projection counted.
#[derive(Debug, Clone, Default)]
pub struct Projected {
    /// How the run's rows stand.
    pub counts: Counts,
    /// The same by the ledger alone: a row without an outcome is in flight there, whoever is at work.
    pub balance: Balance,
}

/// Goes through all rows of a run in the order of the input. A row in flight counts as unknown unless the run is `live`.
///
/// # Errors
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

/// One row of a run, if it has it, and a place from which reading comes to it, if one is known.
///
/// # Errors
/// The snapshot or the ledger cannot be read.
pub fn find_row(
    run: (&RunFolder, &RunFile),
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    live: bool,
    (wanted, mark): (RowNumber, Option<SeekPoint>),
) -> Result<Option<Member>, RunError> {
    let is_it = |member: &Result<Member, WalkError>| member.as_ref().map_or(true, |member| member.row.number == wanted);
    // To find a row of a part of the list, its rows have to be counted from the first.
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
