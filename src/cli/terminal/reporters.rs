//! Who is told what happens while a run works: a terminal, a log, a program.

use std::io::{self, IsTerminal};
use std::path::Path;

use crate::app::Error;
use crate::diag::Problem;
use crate::exec::Stop;
use crate::report::{BarReporter, Events, JsonReporter, LogReporter, PlainReporter, Reporters};

use super::console;

/// The reporters for where we are: events on standard output for a program, if it asks for them; for people a line that
/// moves where it can, unless the events stand on the same terminal; and a log, if there is to be one.
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

/// The way to the program that asked for events, if one did. Whoever gives the run up waits for no reader.
pub(in crate::cli) fn events(json: bool, stop: &Stop) -> Result<Option<Events>, Error> {
    let stop = stop.clone();
    let told = |error: &io::Error| {
        let problem = console::no_data(error).warning();
        console::problem(&problem.help("the run does not need it: all of it is in the ledger"));
    };
    let events = json.then(|| Events::start(io::stdout(), move || stop.is_aborting(), told)).transpose();
    events.map_err(|error| Error::unexpected(&error))
}

/// The log that was asked for. That it cannot be written to is better known before the first message than after the last.
pub(in crate::cli) fn log(path: Option<&Path>) -> Result<Option<LogReporter>, Problem> {
    let Some(path) = path else { return Ok(None) };
    let at_the_end = path.to_owned();
    let told = move |error: &str| {
        let problem = Problem::new(format!("the log cannot be written: {error}")).warning();
        console::problem(&problem.help("the run does not need it: all of it is in the ledger").in_file(&at_the_end));
    };
    let log = LogReporter::open(path, told).map_err(|error| {
        let message = format!("--log: cannot be written: {error}; nothing was sent");
        Problem::new(message).help("name a file in a folder that exists, or leave it out").in_file(path)
    })?;
    Ok(Some(log))
}
