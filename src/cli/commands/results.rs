//! `rowcast results`: the results of a run, written again from its ledger.

use std::io::{self, BufWriter, Write};

use crate::diag::{Problem, Problems};
use crate::files::AtomicFile;
use crate::ledger::{Lock, find_run};
use crate::results::{JsonlResults, Results};
use crate::run::{RunError, project};

use crate::cli::args::{Format, ResultsArgs};
use crate::cli::exit::{Exit, Failure};
use crate::cli::finish::{Place, csv_results, with_status};
use crate::cli::inputs::Inputs;
use crate::cli::output::output_beside;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn results(args: &ResultsArgs) -> Result<Exit, Failure> {
    if args.bom && args.format != Format::Csv {
        let problem = Problem::new("--bom is for CSV; JSON has no byte order mark").help("leave one of them out");
        return Err(Failure::new(Exit::Usage, problem));
    }
    let runs_dir = &args.which.runs_dir;
    let (folder, run) = find_run(runs_dir, &args.which.run)?;
    output_beside(args.output.as_deref(), &folder, &run)?;
    let inputs = Inputs::of_run((&folder, &run), None)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    let only = inputs.only(&plan)?;
    let place = Place { folder: &folder, run: &run, plan: &plan, only: only.as_ref(), runs_dir };
    if let Some(path) = &args.output {
        let cannot = |error: io::Error| Problem::new(format!("cannot be written: {error}")).in_file(path);
        let mut file = AtomicFile::beside(path).map_err(cannot)?;
        write(args, &place, &mut file)?.map_err(cannot)?;
        file.commit(path).map_err(|(error, _)| cannot(error))?;
    } else {
        let written = write(args, &place, &mut BufWriter::new(io::stdout().lock()))?;
        console::taken(written)?;
    }
    Ok(Exit::Done)
}

/// What tells Excel that a file is UTF-8, and not in the encoding of its own country.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes the results to `out`: what became of that, if the run can be read.
fn write(args: &ResultsArgs, place: &Place<'_, '_>, out: &mut impl Write) -> Result<io::Result<()>, RunError> {
    let safe_cells = args.safe_cells || place.run.safe_cells;
    if args.bom {
        let marked = out.write_all(BYTE_ORDER_MARK.as_bytes());
        if marked.is_err() {
            return Ok(marked);
        }
    }
    let mut results: Box<dyn Results + '_> = match args.format {
        Format::Csv => match csv_results(place, out, safe_cells) {
            Ok(results) => Box::new(results),
            Err(error) => return Ok(Err(error)),
        },
        Format::Jsonl => Box::new(JsonlResults::new(out, place.plan.header(), with_status(place.plan))),
    };
    let live = Lock::is_held(&place.folder.lock());
    let mut lost = None;
    let projected = project((place.folder, place.run), place.plan, place.only, live, |member| {
        if args.status.is_empty() || args.status.contains(&member.standing.state) {
            // The rest is not worth the reading: what this error is does not matter to the projection.
            results.row(&member.row, &member.standing).map_err(|error| lost.insert(error).kind())?;
        }
        Ok(())
    });
    match lost {
        Some(error) => Ok(Err(error)),
        None => projected.map(|_| results.finish()),
    }
}
