//! Writes the results of a run from its ledger.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::app::Observer;
use crate::app::inputs::project::run_address;
use crate::diag::Problem;
use crate::files::AtomicFile;
use crate::ledger::{self, LedgerError, LedgerWriter};
use crate::plan::Plan;
use crate::results::{CsvResults, Results};
use crate::run::{Projected, RunError, RunRow, project};
use crate::run_folder::StartRegistry;

use super::open_run::RunView;

/// Writes `results.csv` and the copy that the user asked for. If a file cannot be replaced (open in a spreadsheet, read-only),
/// writes `results-2.csv` beside it. If nothing can be written, only warns, because the ledger has all results. Also stores the
/// balance of states in the ledger, so the caller must hold the run's lock.
pub(crate) fn write_results(
    view: &RunView<'_, '_>,
    observer: &mut dyn Observer,
    mut each: impl FnMut(&RunRow),
) -> Result<(Projected, Option<PathBuf>), RunError> {
    let target = view.folder.results();
    let mut lost = None;
    let mut file = AtomicFile::beside(&target).map_err(|error| lost = Some(error)).ok();
    let mut results = file
        .as_mut()
        .and_then(|file| csv_results(view, file, view.run.safe_cells).map_err(|error| lost = Some(error)).ok());
    let whole = (view.folder, view.run);
    let projected = project(whole, &view.plan, view.only.as_ref(), false, |run_row| {
        each(run_row);
        if let Some(Err(error)) = results.as_mut().map(|results| results.row(&run_row.row, &run_row.status)) {
            lost = Some(error);
            results = None;
        }
        Ok(())
    })?;
    if let Some(Err(error)) = results.as_mut().map(Results::finish) {
        lost = Some(error);
    }
    drop(results);
    let written = match (file, lost) {
        (Some(file), None) => place_file(file, &target, observer),
        (_, lost) => Err(lost.unwrap_or_else(|| io::ErrorKind::WriteZero.into())),
    };
    let written = written.map_err(|error| warn_unwritten(view, &target, &error, observer)).ok();
    if let (Some(output), Some(written)) = (&view.run.output, &written) {
        let copied = AtomicFile::beside(output).and_then(|mut copy| {
            io::copy(&mut File::open(written)?, &mut copy)?;
            place_file(copy, output, observer)
        });
        if let Err(error) = copied {
            warn_unwritten(view, output, &error, observer);
        }
    }
    keep_balance(view, &projected);
    Ok((projected, written))
}

/// Warns that a results file could not be written.
fn warn_unwritten(view: &RunView<'_, '_>, path: &Path, error: &io::Error, observer: &mut dyn Observer) {
    let problem = Problem::new(format!("cannot be written: {error}")).warning();
    let help =
        format!("write the results again with `rowcast results {} -o FILE`", run_address(&view.run.run, view.runs_dir));
    observer.problem(&problem.help(help).in_file(path));
}

/// Stores the balance of states for the next session. If this fails, the next session counts the rows itself.
fn keep_balance(view: &RunView<'_, '_>, projected: &Projected) {
    let keep = || {
        let mut ledger = ledger::open(&view.folder.ledger())?;
        if ledger.keep_balance(&projected.balance)? {
            // A ledger that records its end can be told apart from an older copy.
            let _ = StartRegistry::of(&view.run.run).remember_end(ledger.starts()?);
        }
        Ok::<(), LedgerError>(())
    };
    if projected.counts.total() == view.run.rows {
        let _ = keep();
    }
}

/// CSV results of this run.
pub(crate) fn csv_results<W: io::Write>(view: &RunView<'_, '_>, out: W, safe_cells: bool) -> io::Result<CsvResults<W>> {
    let delimiter = u8::try_from(view.run.data.delimiter).unwrap_or(b',');
    CsvResults::new(out, view.plan.header(), delimiter, with_status(&view.plan), safe_cells)
}

/// True if the task's messages have a message status.
pub(crate) fn with_status(plan: &Plan<'_>) -> bool {
    plan.task().outputs.contains(&"message-status")
}

/// Moves a file to its target, or beside it as `name-2.csv` if the target cannot be replaced.
fn place_file(file: AtomicFile, target: &Path, observer: &mut dyn Observer) -> io::Result<PathBuf> {
    let (file, error) = match file.commit(target) {
        Ok(()) => return Ok(target.to_owned()),
        Err((error, None)) => return Err(error),
        Err((error, Some(file))) => (file, error),
    };
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    let extension = target.extension().map_or(String::new(), |ext| format!(".{}", ext.to_string_lossy()));
    let neighbour = target.with_file_name(format!("{stem}-2{extension}"));
    file.commit(&neighbour).map_err(|(error, _)| error)?;
    let message = format!("cannot be replaced ({error}); the results are in {}", neighbour.display());
    observer.problem(&Problem::new(message).warning().in_file(target));
    Ok(neighbour)
}
