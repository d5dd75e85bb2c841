//! Who is told what happens while a run works: a terminal, a log, a program.

use std::io::{self, IsTerminal};
use std::path::Path;

use crate::diag::Problem;
use crate::report::{BarReporter, JsonReporter, LogReporter, PlainReporter, Reporters};

use super::console;

/// The reporters for where we are: events on standard output for a program, if it asks for them; for people a line that
/// moves where it can, unless the events stand on the same terminal; and a log, if there is to be one.
pub(super) fn reporters(json: bool, log: Option<&Path>) -> Reporters {
    let mut reporters = Reporters::default();
    if json {
        reporters = reporters.with(JsonReporter::new(io::stdout()));
    }
    let is_free = !json || !io::stdout().is_terminal();
    let bar = (is_free && console::can_move()).then(|| BarReporter::start(console::color()));
    reporters = match bar {
        Some(Ok(bar)) => reporters.with(bar),
        _ if json => reporters,
        _ => reporters.with(PlainReporter::new(io::stderr())),
    };
    let Some(path) = log else { return reporters };
    let at_the_end = path.to_owned();
    match LogReporter::open(path, move |error| not_logged(&at_the_end, error)) {
        Ok(log) => reporters.with(log),
        Err(error) => {
            not_logged(path, &error.to_string());
            reporters
        }
    }
}

/// A log is a help, and no part of the run.
fn not_logged(path: &Path, error: &str) {
    let problem = Problem::new(format!("the log cannot be written: {error}")).warning();
    console::problem(&problem.help("the run does not need it: all of it is in the ledger").in_file(path));
}
