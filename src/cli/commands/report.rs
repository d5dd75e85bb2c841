//! `rowcast report`: writes the report of a run as one HTML page.

use crate::app::{Error, OpenRun, Revision, runs_dir, write_report};
use crate::cli::args::ReportArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::observer::TerminalObserver;
use crate::diag::visible;

/// Runs the command.
pub(in crate::cli) fn report(args: &ReportArgs) -> Result<Exit, Error> {
    let open = OpenRun::open(
        &runs_dir(args.which.runs_dir.as_deref()),
        &args.which.run,
        Revision::Latest,
        &mut TerminalObserver,
    )?;
    let page = write_report(&open, args.output.as_deref(), args.full)?;
    console::data(&format!("{}\n", visible(&page.display().to_string())))?;
    Ok(Exit::Done)
}
