//! Exports the results of a run to a file or stream.

use std::io::{self, Write};
use std::path::Path;

use crate::app::Error;
use crate::app::inputs::output::output_beside;
use crate::diag::Problem;
use crate::files::AtomicFile;
use crate::model::State;
use crate::results::{JsonlResults, Results};
use crate::run::{RunError, project};

use super::open_run::{OpenRun, RunView};
use super::results::{csv_results, with_status};

/// The options of an export.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// The format.
    pub format: ExportFormat,
    /// Export only rows in these states; all rows if empty.
    pub states: Vec<State>,
    /// Also escape spreadsheet formulas in the list's own cells.
    pub safe_cells: bool,
    /// Start CSV with a byte order mark.
    pub bom: bool,
}

/// A format of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// CSV.
    #[default]
    Csv,
    /// JSON lines.
    Jsonl,
}

/// Writes the results of a run to a file, completely or not at all.
pub fn export_to_file(open: &OpenRun, options: &ExportOptions, path: &Path) -> Result<(), Error> {
    output_beside(Some(path), &open.folder, &open.run)?;
    let view = open.view()?;
    let cannot = |error: io::Error| Problem::new(format!("cannot be written: {error}")).in_file(path);
    let mut file = AtomicFile::beside(path).map_err(cannot)?;
    write(options, open, &view, &mut file)?.map_err(cannot)?;
    file.commit(path).map_err(|(error, _)| cannot(error))?;
    Ok(())
}

/// Writes the results of a run to `out`. The inner result is the error of writing to `out`.
pub fn export(open: &OpenRun, options: &ExportOptions, out: &mut impl Write) -> Result<io::Result<()>, Error> {
    let view = open.view()?;
    Ok(write(options, open, &view, out)?)
}

/// Tells Excel that a file is UTF-8 rather than in the local encoding.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes the results to `out`. The inner result is the error of writing to `out`.
fn write(
    options: &ExportOptions,
    open: &OpenRun,
    view: &RunView<'_, '_>,
    out: &mut impl Write,
) -> Result<io::Result<()>, RunError> {
    let safe_cells = options.safe_cells || view.run.safe_cells;
    if options.bom {
        let marked = out.write_all(BYTE_ORDER_MARK.as_bytes());
        if marked.is_err() {
            return Ok(marked);
        }
    }
    let mut results: Box<dyn Results + '_> = match options.format {
        ExportFormat::Csv => match csv_results(view, out, safe_cells) {
            Ok(results) => Box::new(results),
            Err(error) => return Ok(Err(error)),
        },
        ExportFormat::Jsonl => Box::new(JsonlResults::new(out, view.plan.header(), with_status(&view.plan))),
    };
    let mut lost = None;
    let projected = project((view.folder, view.run), &view.plan, view.only.as_ref(), open.live, |run_row| {
        if options.states.is_empty() || options.states.contains(&run_row.status.state) {
            // Stop the projection; the caller gets the error from `lost`.
            results.row(&run_row.row, &run_row.status).map_err(|error| lost.insert(error).kind())?;
        }
        Ok(())
    });
    match lost {
        Some(error) => Ok(Err(error)),
        None => projected.map(|_| results.finish()),
    }
}
