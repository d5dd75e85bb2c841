//! A session as a command runs it: signals, reporters, the question between two stages, the summary.

use std::sync::Arc;

use crate::app::{Error, Outcome, StageBreak};
use crate::cli::exit::Exit;
use crate::cli::process::{held_locks, signals};
use crate::diag::visible;
use crate::exec::Stop;
use crate::report::{LogReporter, Reporter};

use super::ask::ask;
use super::console;
use super::finish::finish;
use super::reporters::{events, reporters};

/// Runs a session that `start` starts, with JSON events if `json` is set. Prints the summary and returns the exit code.
pub(in crate::cli) fn run_session(
    (json, yes): (bool, bool),
    log: Option<LogReporter>,
    start: impl FnOnce(&mut dyn Reporter, &Stop, &StageBreak) -> Result<Outcome, Error>,
) -> Result<Exit, Error> {
    let stop = Stop::default();
    let events = events(json, &stop)?;
    signals::listen(&stop).map_err(|error| Error::unexpected(&error))?;
    held_locks::tell(Some(stop.clone()));
    let mut reporters = reporters(events.as_ref(), log);
    let outcome = start(&mut reporters, &stop, &stage_break(yes))?;
    Ok(finish(&outcome, events.as_ref()))
}

/// What happens between two stages: continue with `yes`, ask on a terminal, end the session elsewhere.
fn stage_break(yes: bool) -> StageBreak {
    match () {
        () if yes => StageBreak::Continue,
        () if console::can_ask() => StageBreak::Ask(Arc::new(|question| ask(&visible(question)))),
        () => StageBreak::End,
    }
}
