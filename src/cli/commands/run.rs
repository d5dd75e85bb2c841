//! `rowcast run`: checks everything, asks, then sends.

use std::sync::Arc;

use crate::app::sessions::rehearsal::refuse_stray_options;
use crate::app::{Campaign, Error, Preparation, Prepared, RunOptions, StageBreak};
use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::process::signals;
use crate::cli::terminal::ask::{Question, ask, may_go};
use crate::cli::terminal::console;
use crate::cli::terminal::finish::finish;
use crate::cli::terminal::observer::{TerminalObserver, tally_line};
use crate::cli::terminal::reporters::{events, log, reporters};
use crate::diag::visible;
use crate::exec::Stop;

/// Runs the command.
pub(in crate::cli) fn run(args: &RunArgs) -> Result<Exit, Error> {
    refuse_stray_options(args.sandbox, &(&args.behaviour).into())?;
    let campaign = Campaign::open(RunOptions::from(args), &mut TerminalObserver)?;
    let prepared = match campaign.prepare(&mut TerminalObserver)? {
        Preparation::Ready(prepared) => prepared,
        Preparation::Refused(tally) => {
            console::tell(&format!("{}; nothing was sent\n", tally_line(&tally)));
            return Ok(Exit::Invalid);
        }
    };
    // Open the log before the first message, so that a wrong path stops the run early.
    let log = log(args.log.as_deref())?;
    let question = Question {
        connections: prepared.connections(),
        sandbox: args.sandbox,
        act: format!("{}. {}", tally_line(prepared.tally()), act(&prepared)),
        first: prepared.first(),
        preflight: prepared.preflight(),
    };
    if !may_go(&question, args.yes)? {
        return Ok(Exit::Interrupted);
    }
    drop(question);
    let stop = Stop::default();
    let events = events(args.json, &stop)?;
    signals::listen(&stop).map_err(|error| Error::unexpected(&error))?;
    let mut reporters = reporters(events.as_ref(), log);
    let outcome = prepared.start(&mut reporters, &stop, &stage_break(args.yes), &mut TerminalObserver)?;
    Ok(finish(&outcome, events.as_ref()))
}

/// What happens between two stages: continue with `yes`, ask on a terminal, end the session elsewhere.
pub(super) fn stage_break(yes: bool) -> StageBreak {
    match () {
        () if yes => StageBreak::Continue,
        () if console::can_ask() => StageBreak::Ask(Arc::new(|question| ask(&visible(question)))),
        () => StageBreak::End,
    }
}

/// `Send 3 messages`, with the test number in a test.
fn act(prepared: &Prepared<'_>) -> String {
    let ready = prepared.tally().ready;
    let noun = if ready == 1 { "message" } else { "messages" };
    match prepared.test_number() {
        Some(number) => format!("Send {ready} test {noun}, all to {number}"),
        None => format!("Send {ready} {noun}"),
    }
}
