//! `run` and `check`.

use std::path::PathBuf;

use clap::Args;

use super::{BehaviourArgs, SendArgs, SourceArgs};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(in crate::cli) struct RunArgs {
    /// Show what would be sent, and send nothing; exit code 3 unless every row is valid
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// With --dry-run: print the requests as curl commands
    #[arg(long, requires = "dry_run", conflicts_with = "json")]
    pub(in crate::cli) curl: bool,
    /// With --dry-run: write a page here that shows the messages as their recipients will see them
    #[arg(long, value_name = "FILE", requires = "dry_run", conflicts_with_all = ["json", "curl"])]
    pub(in crate::cli) html: Option<PathBuf>,
    /// With --html: show the first so many rows, and every row with a problem
    #[arg(long, value_name = "ROWS", default_value_t = 1000, requires = "html")]
    pub(in crate::cli) html_rows: u64,
    /// Print JSON on standard output: an object per row of a dry run, or the events of a run
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Write what happens here too, a line each, behind what the file has
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(in crate::cli) log: Option<PathBuf>,
    /// Leave out rows that do not render, instead of sending nothing; the exit code of a dry run tells of them all the same
    #[arg(long)]
    pub(in crate::cli) skip_invalid: bool,
    /// Write the results here too
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Defuse formulas in the input's cells too when writing results
    #[arg(long)]
    pub(in crate::cli) safe_cells: bool,
    /// Where the run folders are
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(in crate::cli) runs_dir: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
    /// Send only what was approved: the file that `check --approve` has written
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "dry_run"])]
    pub(in crate::cli) approved: Option<PathBuf>,
    /// A test: send the rows to this number of your own instead; needs --limit
    #[arg(long, value_name = "NUMBER", requires = "limit")]
    pub(in crate::cli) to: Option<String>,
    /// Send a list again that this recipe has sent already
    #[arg(long)]
    pub(in crate::cli) again: bool,
    #[command(flatten)]
    pub(in crate::cli) source: SourceArgs,
    #[command(flatten)]
    pub(in crate::cli) send: SendArgs,
    /// Send to a sandbox of its own on this machine; needs no token
    #[arg(long, help_heading = "Sandbox")]
    pub(in crate::cli) sandbox: bool,
    #[command(flatten)]
    pub(in crate::cli) behaviour: BehaviourArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// Take rows that do not render for left out, as `run --skip-invalid` does
    #[arg(long)]
    pub(in crate::cli) skip_invalid: bool,
    /// Write down what would be sent, for `run --approved`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) approve: Option<PathBuf>,
    /// Where the run folders are: what was sent once is looked up there
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(in crate::cli) runs_dir: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) source: SourceArgs,
}
