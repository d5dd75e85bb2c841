//! `rowcast results`: exports the results of a run from its ledger.

use std::io::{self, BufWriter};

use crate::app::{Error, ExportFormat, ExportOptions, export, export_to_file};
use crate::cli::args::{ResultsArgs, ResultsFormat};
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::open_run::open_run;
use crate::diag::Problem;

/// Runs the command.
pub(in crate::cli) fn results(args: &ResultsArgs) -> Result<Exit, Error> {
    let format = match args.format {
        ResultsFormat::Csv => ExportFormat::Csv,
        ResultsFormat::Jsonl => ExportFormat::Jsonl,
    };
    if args.bom && format != ExportFormat::Csv {
        let problem =
            Problem::new("--bom applies only to CSV; JSON has no byte order mark").help("omit --bom or --format");
        return Err(Error::usage(problem));
    }
    let options = ExportOptions { format, states: args.status.clone(), safe_cells: args.safe_cells, bom: args.bom };
    let open = open_run(&args.which)?;
    if let Some(path) = &args.output {
        export_to_file(&open, &options, path)?;
    } else {
        let written = export(&open, &options, &mut BufWriter::new(io::stdout().lock()))?;
        console::taken(written)?;
    }
    Ok(Exit::Done)
}
