//! The command line: arguments in, exit code out. One file per command.
//!
//! Belongs here: reading arguments, asking the user, printing. Does not belong here: the work of a command.

mod args;
mod commands;
mod exit;
mod process;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::app::Error;

pub use args::Cli;
use args::Command;
use exit::Exit;

/// Runs a command line and returns the exit code. Errors are printed here, once.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    process::harden::harden();
    process::limits::raise();
    process::held_locks::tell(None);
    let done = match Cli::try_parse_from(args) {
        Ok(cli) => dispatch(cli.command),
        Err(error) => {
            let printed = error.print();
            // Help and version are not errors and go to standard output.
            if error.use_stderr() { Ok(Exit::Usage) } else { terminal::console::taken(printed).map(|_| Exit::Done) }
        }
    };
    match done {
        Ok(exit) => exit.into(),
        Err(Error { kind, problems }) => {
            terminal::console::problems(&problems);
            Exit::from(kind).into()
        }
    }
}

fn dispatch(command: Command) -> Result<Exit, Error> {
    match command {
        Command::Run(args) if args.dry_run => commands::dry_run::dry_run(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Check(args) => commands::check::check(&args),
        Command::Resume(args) => commands::resume::resume(&args),
        Command::Retry(args) => commands::resume::retry(&args),
        Command::Runs(args) => commands::runs::runs(&args),
        Command::Find(args) => commands::find::find(&args),
        Command::Forget(args) => commands::forget::forget(&args),
        Command::Show(args) => commands::show::show(&args),
        Command::Results(args) => commands::results::results(&args),
        Command::Suppress(args) => commands::suppress::suppress(&args),
        Command::Report(args) => commands::report::report(&args),
        Command::Sandbox(args) => commands::sandbox::sandbox(&args),
        Command::Init(args) => commands::init::init(&args),
        Command::Schema(args) => commands::schema::schema(&args),
        Command::Templates(args) => commands::templates::templates(&args),
        Command::Tasks(args) => commands::tasks::tasks(&args),
        Command::Man(args) => commands::man::man(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "rowcast", &mut script);
            terminal::console::data(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Done)
        }
    }
}
