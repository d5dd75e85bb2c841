//! `rowcast report`: writes the report of a run as one HTML page.

use crate::app::{Error, write_report};
use crate::cli::args::ReportArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::open_run::open_run;
use crate::diag::visible;

/// Runs the command.
pub(in crate::cli) fn report(args: &ReportArgs) -> Result<Exit, Error> {
    let open = open_run(&args.which)?;
    let page = write_report(&open, args.output.as_deref(), args.full)?;
    console::data(&format!("{}\n", visible(&page.display().to_string())))?;
    Ok(Exit::Done)
}
