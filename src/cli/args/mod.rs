//! The arguments of each command, as data.

// The heading of a flattened group also applies to the arguments after it, so groups come last in every struct.

mod options;
mod run;
mod runs;
mod sandbox;
mod send;
mod source;
mod templates;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use run::{CheckArgs, RunArgs};
pub(super) use runs::{
    FindArgs, ForgetArgs, ReportArgs, ResultsArgs, ResultsFormat, ResumeArgs, RetryArgs, RunsArgs, ShowArgs,
    SuppressArgs, WhichArgs,
};
pub(super) use sandbox::{BehaviourArgs, SandboxArgs};
pub(super) use send::SendArgs;
pub(super) use source::{SecretArgs, SourceArgs};
pub(super) use templates::{TemplatesArgs, TemplatesCommand, WhoseArgs};

const FIRST_STEPS: &str = "\
First steps:
  rowcast init DIR                create a starter project that runs in the sandbox
  rowcast check RECIPE            find every mistake in recipe, connection and list
  rowcast run RECIPE --dry-run    see what would be sent
  rowcast run RECIPE --sandbox    send to a simulated API on this machine; needs no token
  rowcast run RECIPE              send the messages

Project:
  The folder of the nearest connections.yaml, upward from the recipe, then from the working folder;
  without one, the recipe's folder. It contains .env and runs/, wherever you type a command.

Exit codes:
  0  all rows accepted, held or skipped      4  finished; some rows failed, rejected or invalid
  1  unexpected error                        5  finished; some rows unknown: they may have arrived
  2  wrong command line                      6  stopped: a threshold, a run-wide error, the ledger
  3  invalid input; nothing was sent         130  interrupted or paused; continue with `resume`";

/// Send WhatsApp messages to a CSV or Excel list, one per row, never twice unless you ask.
#[derive(Debug, Parser)]
#[command(name = "rowcast", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Send a message to each row of a list, after checking everything
    Run(Box<RunArgs>),
    /// Find every mistake in a recipe, its connection and its list; send nothing
    Check(CheckArgs),
    /// Continue an interrupted run
    Resume(ResumeArgs),
    /// Send the failed rows of a run again
    Retry(RetryArgs),
    /// List all runs and the state of their rows
    Runs(RunsArgs),
    /// Show the details of a run, or of one row: cells, request, attempts, advice
    Show(ShowArgs),
    /// Find everything that a person was sent, over all runs
    Find(FindArgs),
    /// Remove old runs, or everything that the runs hold of a person
    Forget(ForgetArgs),
    /// List recipients who opted out during a run
    Suppress(SuppressArgs),
    /// Export the results of a run as CSV or JSON lines
    Results(ResultsArgs),
    /// Write a report of a run as one HTML page
    Report(ReportArgs),
    /// List, show or save the message templates of a WhatsApp account
    Templates(TemplatesArgs),
    /// Start a simulated WhatsApp API on this machine, for trying things out
    Sandbox(SandboxArgs),
    /// List the tasks (kinds of message), or explain one with an example
    Tasks(TasksArgs),
    /// Create a starter project that runs in the sandbox
    Init(InitArgs),
    /// Print the JSON Schema that lets an editor complete and check recipes
    Schema(SchemaArgs),
    /// Print the completion script for a shell
    Completions {
        /// Shell to print the completion script for
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands
    Man(ManArgs),
}

/// The files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Schema {
    Recipe,
    Connections,
}

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Kind of file to print the schema of
    #[arg(value_enum, default_value_t = Schema::Recipe)]
    pub(super) of: Schema,
}

#[derive(Debug, Args)]
pub(super) struct TasksArgs {
    /// Task to explain, by id or short name [default: list all]
    pub(super) task: Option<String>,
    /// Print one JSON object per task to standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Folder to create the project in; created if missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write the pages of the program and of each command to this folder
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_are_listed_under_their_headings() {
        let mut command = Cli::command();
        let mut heading = |name: &str, flag: &str| {
            let command = command.find_subcommand_mut(name).unwrap();
            command.build();
            let flag = command.get_arguments().find(|argument| argument.get_long() == Some(flag)).unwrap();
            flag.get_help_heading().map(str::to_owned)
        };
        for (command, flag, wanted) in [
            ("run", "data", None),
            ("run", "dry-run", None),
            ("run", "yes", None),
            ("run", "env-file", Some("Connection")),
            ("run", "limit", Some("Rows")),
            ("run", "fault", Some("Sandbox")),
            ("check", "skip-invalid", None),
            ("retry", "runs-dir", None),
            ("retry", "json", None),
            ("retry", "unknown", None),
        ] {
            assert_eq!(heading(command, flag).as_deref(), wanted, "{command} --{flag}");
        }
    }

    #[test]
    fn there_is_no_token_flag() {
        for args in [&["rowcast", "run", "r.yaml", "--token", "x"][..], &["rowcast", "check", "r.yaml", "--token=x"]] {
            assert!(Cli::try_parse_from(args).is_err());
        }
    }
}
