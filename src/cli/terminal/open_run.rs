//! Opens the run that the arguments of a command select.

use crate::app::{Error, OpenRun, Revision, runs_dir};
use crate::cli::args::WhichArgs;

use super::observer::TerminalObserver;

/// Opens the run, with its newest recipe. Prints warnings.
pub(in crate::cli) fn open_run(which: &WhichArgs) -> Result<OpenRun, Error> {
    OpenRun::open(&runs_dir(which.runs_dir.as_deref()), &which.run, Revision::Latest, &mut TerminalObserver)
}
