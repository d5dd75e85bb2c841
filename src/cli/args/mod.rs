//! The arguments of every command, as data.

// A flattened group's heading holds for whatever follows it: the groups stand last in every struct.

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
pub(super) use runs::{Format, ReportArgs, ResultsArgs, ResumeArgs, RetryArgs, RunsArgs, ShowArgs, SuppressArgs};
pub(super) use sandbox::{BehaviourArgs, SandboxArgs};
pub(super) use send::SendArgs;
pub(super) use source::{SecretArgs, SourceArgs};
pub(super) use templates::{TemplatesArgs, TemplatesCommand, WhoseArgs};

const FIRST_STEPS: &str = "\
First steps:
  rowcast init DIR                write a folder to begin with, which works as it is
  rowcast check RECIPE            find every mistake in recipe, connection and list
  rowcast run RECIPE --dry-run    see what would be sent
  rowcast run RECIPE --sandbox    send it to a stand-in on this machine, without a token
  rowcast run RECIPE              send it

Exit codes:
  0  all rows accepted, held or skipped      4  finished; some rows failed, rejected or invalid
  1  unexpected error                        5  finished; some rows unknown: they may have arrived
  2  wrong command line                      6  stopped: a threshold, a run-wide error, the ledger
  3  something is invalid, nothing was sent  130  interrupted or paused; `rowcast resume` goes on";

/// Sends one API request per row of a list, as a recipe says, and never a row twice unasked.
#[derive(Debug, Parser)]
#[command(name = "rowcast", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check everything, then send
    Run(Box<RunArgs>),
    /// The same checks, nothing is sent: every problem with its place and a way out
    Check(CheckArgs),
    /// Go on with an interrupted run: its pending rows
    Resume(ResumeArgs),
    /// Rerun only the failed rows of a run, in the same run
    Retry(RetryArgs),
    /// List the runs
    Runs(RunsArgs),
    /// Explain one run, or one row of it: cells, request, every attempt, advice
    Show(ShowArgs),
    /// List who asked in a run not to be written to again
    Suppress(SuppressArgs),
    /// Write the results of a run again
    Results(ResultsArgs),
    /// Write a run as one page, to be read, printed and forwarded
    Report(ReportArgs),
    /// List the message templates of an account, show one, keep a copy for checks
    Templates(TemplatesArgs),
    /// Start a local stand-in for the Cloud API
    Sandbox(SandboxArgs),
    /// List the tasks, or explain one: its fields, limits, outputs and an example
    Tasks(TasksArgs),
    /// Write a folder to begin with, which runs in the sandbox as it is
    Init(InitArgs),
    /// Print the schema by which an editor completes and checks recipes
    Schema(SchemaArgs),
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands
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
    /// Of which file
    #[arg(value_enum, default_value_t = Schema::Recipe)]
    pub(super) of: Schema,
}

#[derive(Debug, Args)]
pub(super) struct TasksArgs {
    /// A task: its id or its short name
    pub(super) task: Option<String>,
    /// Print an object per task as JSON on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write the page of the program and one for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_stand_under_their_headings() {
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
