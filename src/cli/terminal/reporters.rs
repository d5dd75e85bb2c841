//! The reporters of a session: progress on the terminal, a log file, events for programs.

use std::io::{self, IsTerminal};
use std::path::Path;

use crate::app::Error;
use crate::diag::Problem;
use crate::exec::Stop;
use crate::report::{BarReporter, Events, JsonReporter, LogReporter, PlainReporter, Reporters};

use super::console;

/// Chooses the reporters: events if requested, a progress bar if the terminal supports it and does not show the events, otherwise
/// plain lines, and the log if there is one.
pub(in crate::cli) fn reporters(events: Option<&Events>, log: Option<LogReporter>) -> Reporters {
    let mut reporters = Reporters::default();
    if let Some(events) = events {
        reporters = reporters.with(JsonReporter::new(events.clone()));
    }
    let is_free = events.is_none() || !io::stdout().is_terminal();
    let bar = (is_free && console::can_move()).then(|| BarReporter::start(console::color()));
    reporters = match bar {
        Some(Ok(bar)) => reporters.with(bar),
        _ if events.is_some() => reporters,
        _ => reporters.with(PlainReporter::new(io::stderr())),
    };
    match log {
        Some(log) => reporters.with(log),
        None => reporters,
    }
}

/// Starts writing events to standard output if `json` is set. An aborted run does not wait for a slow reader.
pub(in crate::cli) fn events(json: bool, stop: &Stop) -> Result<Option<Events>, Error> {
    let stop = stop.clone();
    let told = |error: &io::Error| {
        let problem = console::no_data(error).warning();
        console::problem(&problem.help("the run continues; the ledger has every outcome"));
    };
    let events = json.then(|| Events::start(io::stdout(), move || stop.is_aborting(), told)).transpose();
    events.map_err(|error| Error::unexpected(&error))
}

/// Opens the log file before the first message, so that a wrong path stops the run early.
pub(in crate::cli) fn log(path: Option<&Path>) -> Result<Option<LogReporter>, Problem> {
    let Some(path) = path else { return Ok(None) };
    let at_the_end = path.to_owned();
    let told = move |error: &str| {
        let problem = Problem::new(format!("the log cannot be written: {error}")).warning();
        console::problem(&problem.help("the run continues; the ledger has every outcome").in_file(&at_the_end));
    };
    let log = LogReporter::open(path, told).map_err(|error| {
        let message = format!("--log: cannot be written: {error}; nothing was sent");
        Problem::new(message).help("name a file in an existing folder, or omit --log").in_file(path)
    })?;
    Ok(Some(log))
}
