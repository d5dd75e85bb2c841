//! `rowcast check`: reports every problem of recipe, connection and list. Sends nothing.

use crate::app::{CheckOptions, Error};
use crate::cli::args::CheckArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::observer::{TerminalObserver, tally_line};
use crate::cli::terminal::preflight::preflight_text;
use crate::diag::{count, visible};

/// Runs the command.
pub(in crate::cli) fn check(args: &CheckArgs) -> Result<Exit, Error> {
    let report = crate::app::check(&CheckOptions::from(args), &mut TerminalObserver)?;
    if let Some(preflight) = &report.preflight {
        console::tell(&preflight_text(preflight));
    }
    console::tell(&format!("{}\n", tally_line(&report.tally)));
    if let Some((messages, path)) = &report.approved {
        let messages = count(*messages, "message");
        console::tell(&format!("approved {messages}: {}\n", visible(&path.display().to_string())));
    }
    Ok(if report.preflight.is_some() { Exit::Done } else { Exit::Invalid })
}
