//! The arguments of every command, as data.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::model::State;
use crate::recipe::{MaxFailures, Rate, Send, parse_duration};
use crate::sandbox::Fault;

const FIRST_STEPS: &str = "\
First steps:
  rowcast check RECIPE            find every mistake in recipe, connection and list
  rowcast run RECIPE --dry-run    see what would be sent
  rowcast run RECIPE --sandbox    send it to a stand-in on this machine, without a token
  rowcast run RECIPE              send it

Exit codes:
  0  all rows accepted, held or skipped      4  finished; some rows failed, rejected or invalid
  1  unexpected error                        5  finished; some rows unknown: they may have arrived
  2  wrong command line                      6  stopped: a threshold, a run-wide error, the ledger
  3  something is invalid, nothing was sent  130  interrupted; `rowcast resume` goes on";

/// Sends one API request per row of a CSV file, as a recipe says, and never a row twice unasked.
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
    Resume(GoOnArgs),
    /// Rerun only the failed rows of a run, in the same run
    Retry(RetryArgs),
    /// List the runs
    Runs(RunsArgs),
    /// Explain one run, or one row of it: cells, request, every attempt, advice
    Show(ShowArgs),
    /// Write the results of a run again
    Results(ResultsArgs),
    /// Start a local stand-in for the Cloud API
    Sandbox(SandboxArgs),
    /// List the tasks, or explain one: its fields, limits and outputs
    Tasks(TasksArgs),
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

// A flattened group's heading holds for whatever follows it: the groups stand last in every struct.

/// What a recipe is run with.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// The recipe, a YAML file
    pub(super) recipe: PathBuf,
    /// The data, a CSV file, instead of the recipe's; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// The character between the cells; found by itself if not given
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(super) delimiter: Option<u8>,
    /// Set a var of the recipe
    #[arg(long, value_name = "NAME=VALUE", value_parser = var)]
    pub(super) var: Vec<(String, String)>,
    /// The connection to use instead of the recipe's
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub(super) connection: Option<String>,
    #[command(flatten)]
    pub(super) secrets: SecretArgs,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
}

/// Where connections and their secrets are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct SecretArgs {
    /// The connections file, if it is neither beside the recipe nor in the working folder
    #[arg(long, value_name = "FILE")]
    pub(super) connections: Option<PathBuf>,
    /// A file of environment variables, instead of `.env` in the working folder
    #[arg(long, value_name = "FILE")]
    pub(super) env_file: Option<PathBuf>,
}

/// Which rows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(super) struct SelectionArgs {
    /// Take at most so many rows
    #[arg(long, value_name = "ROWS")]
    pub(super) limit: Option<u64>,
    /// Pass over so many rows first
    #[arg(long, value_name = "ROWS", default_value_t = 0, hide_default_value = true)]
    pub(super) offset: u64,
    /// Take only rows for which this expression is true, for example "country == 'DE'"
    #[arg(long, value_name = "EXPR")]
    pub(super) only: Option<String>,
}

/// How to send; each overrides the recipe's `send`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sending (each overrides the recipe's `send`)")]
pub(super) struct SendArgs {
    /// Rows in flight at most [default: the recipe's, else 64]
    #[arg(short = 'j', long, value_name = "ROWS")]
    pub(super) concurrency: Option<NonZeroU32>,
    /// At most so many requests per s, m, h or d, for example 80/s
    #[arg(long, value_name = "RATE")]
    pub(super) rate: Option<Rate>,
    /// Further attempts where nothing was sent for certain [default: the recipe's, else 3]
    #[arg(long, value_name = "N")]
    pub(super) retries: Option<u32>,
    /// How long one request may take, for example 30s [default: the recipe's, else 30s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(super) timeout: Option<Duration>,
    /// Stop when more than so many rows, or percent of the rows tried, were not accepted
    #[arg(long, value_name = "N|N%")]
    pub(super) max_failures: Option<MaxFailures>,
    /// Send nothing after this moment, for example 2026-12-01T18:00:00Z
    #[arg(long, value_name = "MOMENT")]
    pub(super) not_after: Option<Timestamp>,
}

impl SendArgs {
    pub(super) fn settings(&self) -> Send {
        let Self { concurrency, rate, retries, timeout, max_failures, not_after } = *self;
        Send { concurrency, rate, retries, timeout, max_failures, not_after }
    }
}

/// How the sandbox behaves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox")]
pub(super) struct BehaviourArgs {
    /// How long the sandbox takes for an answer, for example 120ms
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(super) latency: Option<Duration>,
    /// Let the sandbox misbehave, for example 130429=2%, timeout=0.5% or drop-after-accept=1%
    #[arg(long, value_name = "NAME=SHARE")]
    pub(super) fault: Vec<Fault>,
    /// The seed that decides which requests are hit
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct RunArgs {
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// With --dry-run: print the requests as curl commands
    #[arg(long, requires = "dry_run", conflicts_with = "json")]
    pub(super) curl: bool,
    /// Print JSON on standard output: an object per row of a dry run, or the events of a run
    #[arg(long)]
    pub(super) json: bool,
    /// Leave out rows that do not render, instead of sending nothing
    #[arg(long)]
    pub(super) skip_invalid: bool,
    /// Write the results here too
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Defuse formulas in the input's cells too when writing results
    #[arg(long)]
    pub(super) safe_cells: bool,
    /// Where the run folders are
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) runs_dir: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Send a list again that this recipe has sent already
    #[arg(long)]
    pub(super) again: bool,
    #[command(flatten)]
    pub(super) source: SourceArgs,
    #[command(flatten)]
    pub(super) send: SendArgs,
    /// Send to a sandbox of its own on this machine; needs no token
    #[arg(long, help_heading = "Sandbox")]
    pub(super) sandbox: bool,
    #[command(flatten)]
    pub(super) behaviour: BehaviourArgs,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Take rows that do not render for left out, as `run --skip-invalid` does
    #[arg(long)]
    pub(super) skip_invalid: bool,
    #[command(flatten)]
    pub(super) source: SourceArgs,
}

/// Which run.
#[derive(Debug, Args)]
pub(super) struct WhichArgs {
    /// The run: `latest`, or the beginning of its name
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Where the run folders are
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) runs_dir: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct GoOnArgs {
    #[command(flatten)]
    pub(super) which: WhichArgs,
    /// Print the events as JSON on standard output
    #[arg(long)]
    pub(super) json: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(super) yes: bool,
    #[command(flatten)]
    pub(super) secrets: SecretArgs,
    #[command(flatten)]
    pub(super) send: SendArgs,
    #[command(flatten)]
    pub(super) behaviour: BehaviourArgs,
}

#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    /// Rows that the API refused, too
    #[arg(long)]
    pub(super) rejected: bool,
    /// Rows that may have been sent, too: they may arrive twice
    #[arg(long)]
    pub(super) unknown: bool,
    /// Use this recipe from now on; it is kept as a new revision, and invalid rows are taken too
    #[arg(long, value_name = "FILE")]
    pub(super) recipe: Option<PathBuf>,
    #[command(flatten)]
    pub(super) go_on: GoOnArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunsArgs {
    /// Where the run folders are
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) runs_dir: PathBuf,
    /// Print an object per run as JSON on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    pub(super) which: WhichArgs,
    /// The number of a row
    pub(super) row: Option<u64>,
}

/// The format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Csv,
    Jsonl,
}

#[derive(Debug, Args)]
pub(super) struct ResultsArgs {
    #[command(flatten)]
    pub(super) which: WhichArgs,
    /// Only rows in these states, for example failed,unknown
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = state)]
    pub(super) status: Vec<State>,
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub(super) format: Format,
    /// Write them here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Defuse formulas in the input's cells too
    #[arg(long)]
    pub(super) safe_cells: bool,
}

#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// The port to listen on, on this machine alone
    #[arg(long, default_value_t = 8025)]
    pub(super) port: u16,
    /// The only token that is let in; any is, if not given
    #[arg(long, value_name = "TOKEN", env = "ROWCAST_SANDBOX_TOKEN", hide_env_values = true)]
    pub(super) token: Option<String>,
    /// Messages a second that the number may send, or `unlimited`
    #[arg(long, value_name = "RATE", default_value = "80/s")]
    pub(super) throughput: String,
    #[command(flatten)]
    pub(super) behaviour: BehaviourArgs,
}

#[derive(Debug, Args)]
pub(super) struct TasksArgs {
    /// A task: its id or its short name
    pub(super) task: Option<String>,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => Err("one character: , ; | or tab".to_owned()),
        },
    }
}

fn var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("must be longer than nothing".to_owned()),
        timeout => Ok(timeout),
    }
}

fn state(text: &str) -> Result<State, String> {
    State::from_word(text).ok_or_else(|| {
        let words: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
        format!("one of {}", words.join(", "))
    })
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
