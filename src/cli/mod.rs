//! The command line: arguments in, exit code out. One file per command.
//!
//! Belongs here: reading arguments, asking the user, printing. Does not belong here: anything a command is about.

mod approval;
mod args;
mod ask;
mod check;
mod connections;
mod console;
mod data;
mod dry_run;
mod earlier;
mod exit;
mod finish;
mod forecast;
mod go_on;
mod grouped;
mod harden;
mod init;
mod inputs;
mod knowledge;
mod limits;
mod man;
mod nobody;
mod output;
mod preview;
mod report;
mod reporter;
mod results;
mod revision;
mod run;
mod runs;
mod sandbox;
mod schema;
mod screen;
mod show;
mod signals;
mod suppress;
mod tasks;
mod templates;
mod test_run;
mod timetable;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

pub use args::Cli;
use args::Command;
use exit::{Exit, Failure};

/// Runs a command line and returns the exit code. Errors are printed here, once.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    harden::harden();
    limits::raise();
    let done = match Cli::try_parse_from(args) {
        Ok(cli) => obey(cli.command),
        Err(error) => {
            let printed = error.print();
            // Help and version are no errors and go to standard output.
            if error.use_stderr() { Ok(Exit::Usage) } else { console::taken(printed).map(|_| Exit::Done) }
        }
    };
    match done {
        Ok(exit) => exit.into(),
        Err(Failure { exit, problems }) => {
            console::problems(&problems);
            exit.into()
        }
    }
}

fn obey(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) if args.dry_run => dry_run::dry_run(&args),
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::check(&args),
        Command::Resume(args) => go_on::resume(&args),
        Command::Retry(args) => go_on::retry(&args),
        Command::Runs(args) => runs::runs(&args),
        Command::Show(args) => show::show(&args),
        Command::Results(args) => results::results(&args),
        Command::Suppress(args) => suppress::suppress(&args),
        Command::Report(args) => report::report(&args),
        Command::Sandbox(args) => sandbox::sandbox(&args),
        Command::Init(args) => init::init(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Templates(args) => templates::templates(&args),
        Command::Tasks(args) => tasks::tasks(&args),
        Command::Man(args) => man::man(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "rowcast", &mut script);
            console::data(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Done)
        }
    }
}
