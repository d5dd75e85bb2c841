//! The arguments of `run` and `check`.

use std::path::PathBuf;

use clap::Args;

use super::{BehaviourArgs, SendArgs, SourceArgs};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each field is a separate flag")]
pub(in crate::cli) struct RunArgs {
    /// Print the messages without sending them; exit with 3 if a row is invalid
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// With --dry-run: print each request as a curl command
    #[arg(long, requires = "dry_run", conflicts_with = "json")]
    pub(in crate::cli) curl: bool,
    /// With --dry-run: write an HTML preview of the messages, as recipients will see them, to this file
    #[arg(long, value_name = "FILE", requires = "dry_run", conflicts_with_all = ["json", "curl"])]
    pub(in crate::cli) html: Option<PathBuf>,
    /// With --html: show the first N rows, and every row with a problem
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "html")]
    pub(in crate::cli) html_rows: u64,
    /// Print JSON lines to standard output: the events of a run, or the rows of a dry run
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Append a log of events to this file, one line per event
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(in crate::cli) log: Option<PathBuf>,
    /// Skip invalid rows instead of refusing the run; a dry run still exits with 3
    #[arg(long)]
    pub(in crate::cli) skip_invalid: bool,
    /// Also write the results to this file
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Also escape spreadsheet formulas in the list's own cells when writing results
    #[arg(long)]
    pub(in crate::cli) safe_cells: bool,
    /// Folder that contains the run folders [default: `ROWCAST_RUNS_DIR`, or runs in the project]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) runs_dir: Option<PathBuf>,
    /// Send without asking for confirmation
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
    /// Send only if everything matches this approval, a file written by `check --approve`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "dry_run"])]
    pub(in crate::cli) approved: Option<PathBuf>,
    /// Send a test: every message goes to this number instead of its recipient; needs --limit
    #[arg(long, value_name = "NUMBER", requires = "limit")]
    pub(in crate::cli) to: Option<String>,
    /// Send to everybody once more, also to those who have the message
    #[arg(long)]
    pub(in crate::cli) again: bool,
    #[command(flatten)]
    pub(in crate::cli) source: SourceArgs,
    #[command(flatten)]
    pub(in crate::cli) send: SendArgs,
    /// Send to a simulated WhatsApp API on this machine; needs no token
    #[arg(long, help_heading = "Sandbox")]
    pub(in crate::cli) sandbox: bool,
    #[command(flatten)]
    pub(in crate::cli) behaviour: BehaviourArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// Accept invalid rows, as `run --skip-invalid` does
    #[arg(long)]
    pub(in crate::cli) skip_invalid: bool,
    /// Write an approval of these messages to this file, for `run --approved`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) approve: Option<PathBuf>,
    /// Folder that contains the run folders, to look up earlier sends [default: `ROWCAST_RUNS_DIR`, or runs in the project]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) runs_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) source: SourceArgs,
}
