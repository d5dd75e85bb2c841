//! `rowcast run`: checks everything, asks, then sends.

use crate::app::sessions::rehearsal::refuse_stray_options;
use crate::app::{Campaign, Error, Preparation, Prepared, RunOptions};
use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::ask::{Question, may_go};
use crate::cli::terminal::console;
use crate::cli::terminal::observer::{TerminalObserver, tally_line};
use crate::cli::terminal::reporters::log;
use crate::cli::terminal::session::run_session;
use crate::diag::plural;

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
        Preparation::NothingLeft(line) => {
            console::tell(&format!("{line}\n"));
            return Ok(Exit::Done);
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
    run_session((args.json, args.yes), log, |reporter, stop, stage_break| {
        prepared.start(reporter, stop, stage_break, &mut TerminalObserver)
    })
}

/// `Send 3 messages`, with the test number in a test.
fn act(prepared: &Prepared<'_>) -> String {
    let ready = prepared.tally().ready;
    let noun = plural(ready, "message");
    match prepared.test_number() {
        Some(number) => format!("Send {ready} test {noun}, all to {number}"),
        None => format!("Send {ready} {noun}"),
    }
}
