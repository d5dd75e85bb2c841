//! The arguments of commands that work on an existing run.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::{BehaviourArgs, SecretArgs, SendArgs};
use crate::model::State;
use crate::recipe::parse_span;

/// Selects a run.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhichArgs {
    /// Run name or a unique prefix of it, or `latest`
    #[arg(default_value = "latest")]
    pub(in crate::cli) run: String,
    /// Folder that contains the run folders [default: `ROWCAST_RUNS_DIR`, or runs in the project]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) runs_dir: Option<PathBuf>,
}

#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, Args)]
pub(in crate::cli) struct ResumeArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Print events as JSON lines to standard output
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Append a log of events to this file, one line per event
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) log: Option<PathBuf>,
    /// Send without asking for confirmation
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
    /// Go on although the run's ledger was harmed: rows of which it may lack the record become unknown
    #[arg(long)]
    pub(in crate::cli) lost: bool,
    /// Do not fetch templates from the API when checking a new recipe
    #[arg(long, env = "ROWCAST_OFFLINE", value_parser = FalseyValueParser::new())]
    pub(in crate::cli) offline: bool,
    #[command(flatten)]
    pub(in crate::cli) secrets: SecretArgs,
    #[command(flatten)]
    pub(in crate::cli) send: SendArgs,
    #[command(flatten)]
    pub(in crate::cli) behaviour: BehaviourArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RetryArgs {
    /// Also retry rows that the API rejected
    #[arg(long)]
    pub(in crate::cli) rejected: bool,
    /// Also retry rows that may have been sent; recipients may get the message twice
    #[arg(long)]
    pub(in crate::cli) unknown: bool,
    /// Use this recipe from now on, saved as a new revision, and retry invalid rows too; the run keeps its own `connection` and
    /// `send`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) recipe: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) resume: ResumeArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunsArgs {
    /// Folder that contains the run folders [default: `ROWCAST_RUNS_DIR`, or runs in the project]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) runs_dir: Option<PathBuf>,
    /// Print one JSON object per run to standard output
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FindArgs {
    /// Phone number of the person, with + and country code
    #[arg(value_name = "PHONE", allow_hyphen_values = true)]
    pub(in crate::cli) phone: String,
    /// Folder that contains the run folders [default: `ROWCAST_RUNS_DIR`, or runs in the project]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) runs_dir: Option<PathBuf>,
    /// Print one JSON object per row to standard output
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ForgetArgs {
    /// Run name or a unique prefix of it, or `latest`
    pub(in crate::cli) run: Option<String>,
    /// Remove all runs that are older, for example 90d
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    pub(in crate::cli) before: Option<Duration>,
    /// Remove what all runs hold of this person; phone number with + and country code
    #[arg(long, value_name = "PHONE", allow_hyphen_values = true)]
    pub(in crate::cli) person: Option<String>,
    /// Forget who has which message, too: these people may get the same text again
    #[arg(long)]
    pub(in crate::cli) memory: bool,
    /// Remove without asking for confirmation
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
    /// Folder that contains the run folders [default: `ROWCAST_RUNS_DIR`, or runs in the project]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) runs_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Row number, counted from 1 without the header
    pub(in crate::cli) row: Option<u64>,
}

/// A format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ResultsFormat {
    Csv,
    Jsonl,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ResultsArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Export only rows in these states, for example failed,unknown
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = state)]
    pub(in crate::cli) status: Vec<State>,
    /// Output format
    #[arg(long, value_enum, default_value_t = ResultsFormat::Csv)]
    pub(in crate::cli) format: ResultsFormat,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Also escape spreadsheet formulas in the list's own cells
    #[arg(long)]
    pub(in crate::cli) safe_cells: bool,
    /// Start the CSV with a byte order mark, so that Excel reads it as UTF-8
    #[arg(long)]
    pub(in crate::cli) bom: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Write the report to this file [default: report.html in the run folder]
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Show full phone numbers instead of masking them
    #[arg(long)]
    pub(in crate::cli) full: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SuppressArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Add the recipients to this file instead of printing them
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
}

fn state(text: &str) -> Result<State, String> {
    State::from_word(text).ok_or_else(|| {
        let words: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
        format!("expected one of {}", words.join(", "))
    })
}
