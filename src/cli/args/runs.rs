//! The commands that work on a run that is there.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::{BehaviourArgs, SecretArgs, SendArgs};
use crate::model::State;

/// Which run.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhichArgs {
    /// The run: `latest`, or the beginning of its name
    #[arg(default_value = "latest")]
    pub(in crate::cli) run: String,
    /// Where the run folders are
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(in crate::cli) runs_dir: PathBuf,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ResumeArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Print the events as JSON on standard output
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Write what happens here too, a line each, behind what the file has
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) log: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
    /// Ask the API for no templates when a new recipe is checked
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
    /// Rows that the API refused, too
    #[arg(long)]
    pub(in crate::cli) rejected: bool,
    /// Rows that may have been sent, too: they may arrive twice
    #[arg(long)]
    pub(in crate::cli) unknown: bool,
    /// Use this recipe from now on, but for its `connection` and `send`, which stay the run's; it is kept as a new revision, and
    /// invalid rows are taken too
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) recipe: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) resume: ResumeArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunsArgs {
    /// Where the run folders are
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(in crate::cli) runs_dir: PathBuf,
    /// Print an object per run as JSON on standard output
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// The number of a row
    pub(in crate::cli) row: Option<u64>,
}

/// The format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    Csv,
    Jsonl,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ResultsArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Only rows in these states, for example failed,unknown
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = state)]
    pub(in crate::cli) status: Vec<State>,
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub(in crate::cli) format: Format,
    /// Write them here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Defuse formulas in the input's cells too
    #[arg(long)]
    pub(in crate::cli) safe_cells: bool,
    /// Begin the CSV with a byte order mark, by which Excel knows UTF-8
    #[arg(long)]
    pub(in crate::cli) bom: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Write the page here instead of to report.html in the run's folder
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Show phone numbers as they are, instead of masked
    #[arg(long)]
    pub(in crate::cli) full: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SuppressArgs {
    #[command(flatten)]
    pub(in crate::cli) which: WhichArgs,
    /// Add them to this list instead of printing them
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
}

fn state(text: &str) -> Result<State, String> {
    State::from_word(text).ok_or_else(|| {
        let words: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
        format!("one of {}", words.join(", "))
    })
}
