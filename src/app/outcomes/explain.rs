//! Explains one row of a run: its cells, its rendered request, every attempt and answer.

use std::path::Path;

use crate::app::{Error, Observer};
use crate::diag::Problem;
use crate::ledger::{self, Fact, LedgerReader};
use crate::model::{Request, Row, RowNumber, RowStatus, Skip};
use crate::plan::{CellTrace, Verdict};
use crate::run::{RunRow, find_row};
use crate::run_folder::find_run;

use super::open_run::{OpenRun, Revision};

/// The history of one row.
pub struct RowStory {
    /// The run, opened at the recipe revision of the row's last attempt.
    pub open: OpenRun,
    /// The row.
    pub row: Row,
    /// Its state and last answer.
    pub status: RowStatus,
    /// The request that the recipe renders for it.
    pub rendered: Rendered,
    /// Its records in the ledger, each with its session, in order.
    pub facts: Vec<(i64, Fact)>,
}

/// The result of rendering a row.
pub enum Rendered {
    /// A request, and the name of its connection if the run has several.
    Ready(Box<Request>, Option<String>),
    /// The row is skipped.
    Skipped(Skip),
    /// The row is invalid: its errors, each with lines about its cells.
    Invalid(Vec<(String, Vec<String>)>),
}

/// Explains a row.
pub fn explain_row(
    (runs_dir, name): (&Path, &str),
    wanted: RowNumber,
    observer: &mut dyn Observer,
) -> Result<RowStory, Error> {
    let (folder, run) = find_run(runs_dir, name)?;
    let reader = ledger::read(&folder.ledger())?;
    let (facts, sessions) = (reader.facts(wanted)?, reader.sessions()?);
    let last = facts.iter().rev().find(|(_, fact)| matches!(fact, Fact::Intent { .. })).map(|(session, _)| *session);
    let revision = sessions.iter().find(|known| Some(known.id) == last).map(|session| session.revision);
    let revision = revision.map_or(Revision::Latest, Revision::Number);
    let open = OpenRun::of_folder(runs_dir, (folder, run), revision, observer)?;
    let (run_row, rendered) = find_and_render(&open, wanted)?;
    let RunRow { row, status } = run_row;
    Ok(RowStory { open, row, status, rendered, facts })
}

fn find_and_render(open: &OpenRun, wanted: RowNumber) -> Result<(RunRow, Rendered), Error> {
    let view = open.view()?;
    let place = (wanted, open.inputs.data.seek_point(wanted));
    let found = find_row((view.folder, view.run), &view.plan, view.only.as_ref(), open.live, place)?;
    let run_row = found.ok_or_else(|| Problem::new(format!("{} has no row {wanted}", view.run.run)))?;
    let scope = view.plan.scope(run_row.row.clone());
    let rendered = match view.plan.verdict(&scope, run_row.row.number, run_row.row.line) {
        Verdict::Ready(request, _) => {
            let connection =
                view.run.connections().nth(request.connection.index()).filter(|_| !view.run.others.is_empty());
            let name = connection.map(|connection| connection.name.clone());
            Rendered::Ready(Box::new(request), name)
        }
        Verdict::Skipped(reason) => Rendered::Skipped(reason),
        Verdict::Invalid(errors) => {
            let trace = CellTrace::new(&view.plan, &scope);
            Rendered::Invalid(errors.iter().map(|error| (error.to_string(), trace.lines(error))).collect())
        }
    };
    Ok((run_row, rendered))
}
