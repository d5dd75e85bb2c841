//! `rowcast resume` and `rowcast retry`: continue a run.

use crate::app::{Continuation, Error, NextRows, NothingLeft, Preflight, ResumeOptions, RetryOptions};
use crate::cli::args::{ResumeArgs, RetryArgs};
use crate::cli::exit::Exit;
use crate::cli::terminal::ask::{Question, may_go};
use crate::cli::terminal::console;
use crate::cli::terminal::observer::TerminalObserver;
use crate::cli::terminal::reporters::log;
use crate::cli::terminal::session::run_session;
use crate::diag::{count, visible};
use crate::model::Mode;
use crate::report::counts_line;

/// Runs `resume`.
pub(in crate::cli) fn resume(args: &ResumeArgs) -> Result<Exit, Error> {
    continue_run(args, None)
}

/// Runs `retry`.
pub(in crate::cli) fn retry(args: &RetryArgs) -> Result<Exit, Error> {
    continue_run(&args.resume, Some(RetryOptions::from(args)))
}

fn continue_run(args: &ResumeArgs, retry: Option<RetryOptions>) -> Result<Exit, Error> {
    let (continuation, claim) = Continuation::open(ResumeOptions::from(args), retry, &mut TerminalObserver)?;
    let resumable = match continuation.prepare(claim, &mut TerminalObserver)? {
        NextRows::Ready(resumable) => resumable,
        NextRows::None(left) => return Ok(nothing_left(&left)),
    };
    let log = log(args.log.as_deref())?;
    let preflight = Preflight { lines: Vec::new(), cautions: resumable.cautions().to_vec() };
    let question = Question {
        connections: resumable.connections(),
        sandbox: resumable.is_rehearsal(),
        act: act(resumable.mode(), resumable.rows()),
        first: None,
        preflight: &preflight,
    };
    if resumable.rows() > 0 && !may_go(&question, args.yes)? {
        return Ok(Exit::Interrupted);
    }
    drop(question);
    run_session((args.json, args.yes), log, |reporter, stop, stage_break| {
        resumable.start(reporter, stop, stage_break, &mut TerminalObserver)
    })
}

fn act(mode: Mode, rows: u64) -> String {
    let rows = count(rows, "row");
    match mode {
        Mode::Retry => format!("Send {rows} again"),
        Mode::Run | Mode::Test | Mode::Resume => format!("Continue with {rows}"),
    }
}

/// Reports that no row is left to send.
fn nothing_left(left: &NothingLeft) -> Exit {
    let (what, exit) = match left.mode {
        Mode::Retry => ("nothing to retry", Exit::Done),
        Mode::Run | Mode::Test | Mode::Resume => ("nothing to resume", Exit::of(None, &left.counts)),
    };
    let line = counts_line(&left.counts);
    let results = left.results.as_ref();
    let results = results.map_or(String::new(), |path| format!("results  {}\n", visible(&path.display().to_string())));
    console::tell(&format!("{what} in {}: {line}\n{results}", left.run));
    exit
}
