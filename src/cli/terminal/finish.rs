//! Prints the end of a session.

use crate::app::{Outcome, Summary};
use crate::cli::exit::Exit;
use crate::diag::{Problem, visible};
use crate::exec::Halt;
use crate::report::{Events, SummaryText, finished_run};

use super::console;

/// Prints the summary of a session, ends the events, and returns the exit code.
pub(in crate::cli) fn finish(outcome: &Outcome, events: Option<&Events>) -> Exit {
    match &outcome.summary {
        Ok(summary) => print_summary(outcome, summary, events),
        Err(problem) => console::problem(problem),
    }
    if let Some(bug) = &outcome.bug {
        console::problem(bug);
    }
    Exit::from(outcome)
}

fn print_summary(outcome: &Outcome, summary: &Summary, events: Option<&Events>) {
    let results = summary.results.as_ref().map(|path| path.display().to_string());
    if let Some(events) = events {
        events.line(finished_run(&outcome.run, &summary.counts, results.as_deref()));
        if !events.close() {
            console::problem(&Problem::new("the event output ends early: its reader closed the pipe").warning());
        }
    }
    let results = results.as_deref().map(visible);
    let text = SummaryText {
        run: &outcome.run,
        counts: &summary.counts,
        rates: &summary.rates,
        rows: &summary.rows,
        more: summary.more,
        results: results.as_deref(),
        next: &summary.next,
    };
    console::tell(&text.on(console::text_style()));
    if let Some(left_out) = &outcome.left_out {
        console::problem(&Problem::new(visible(left_out)).warning());
    }
    match &outcome.halt {
        Some(Halt::Stopped(reason)) => {
            console::problem(&Problem::new(format!("the run was stopped: {}", visible(reason))));
        }
        Some(Halt::Paused(reason)) => {
            let help = format!("continue with `rowcast resume {}`", outcome.address);
            let problem = Problem::new(format!("the run is paused: {}", visible(reason)));
            console::problem(&problem.warning().help(help));
        }
        Some(Halt::Interrupted) | None => {}
    }
}
