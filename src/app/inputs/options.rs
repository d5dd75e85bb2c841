//! The options of every operation, as plain data.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::State;
use crate::recipe::SendSettings;
use crate::rows::Encoding;
use crate::run_folder::Selection;
use crate::sandbox::Fault;

/// A recipe and its inputs.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// The recipe file.
    pub recipe: PathBuf,
    /// The list, instead of the recipe's; `-` is standard input.
    pub data: Option<PathBuf>,
    /// The delimiter of a CSV list; detected if `None`.
    pub delimiter: Option<u8>,
    /// The encoding of the list; detected if `None`.
    pub encoding: Option<Encoding>,
    /// The sheet of a workbook; the first visible sheet with data if `None`.
    pub sheet: Option<String>,
    /// Values that override the recipe's `vars`.
    pub vars: Vec<(String, String)>,
    /// The connection to use instead of the recipe's.
    pub connection: Option<String>,
    /// Do not ask the API for its templates and limits.
    pub offline: bool,
    /// Where connections and secrets are.
    pub secrets: SecretOptions,
    /// The selected rows of the list.
    pub selection: Selection,
}

/// Where connections and their secrets are.
#[derive(Debug, Clone, Default)]
pub struct SecretOptions {
    /// The connections file; `connections.yaml` in the project if `None`.
    pub connections: Option<PathBuf>,
    /// A file of environment variables, instead of `.env` in the project.
    pub env_file: Option<PathBuf>,
}

/// The behaviour of a rehearsal's sandbox.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// The delay of each answer.
    pub latency: Option<Duration>,
    /// The faults that it simulates, with their shares.
    pub faults: Vec<Fault>,
    /// The seed of its random numbers.
    pub seed: Option<u64>,
}

impl SandboxOptions {
    /// True if no option is set.
    pub fn is_default(&self) -> bool {
        self.latency.is_none() && self.faults.is_empty() && self.seed.is_none()
    }
}

/// The options of a check, which sends nothing.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// The recipe and its inputs.
    pub source: SourceOptions,
    /// The folder of the run folders. `None`: the one in `ROWCAST_RUNS_DIR`, or `runs` in the project.
    pub runs_dir: Option<PathBuf>,
    /// Invalid rows do not make the check fail.
    pub skip_invalid: bool,
    /// Where to write the approval of what was checked.
    pub approve: Option<PathBuf>,
}

/// The options of a new run.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each field is a separate option")]
pub struct RunOptions {
    /// The recipe and its inputs.
    pub source: SourceOptions,
    /// Settings that override the recipe's `send`.
    pub send: SendSettings,
    /// End the session instead of waiting for the window or the next stage.
    pub no_wait: bool,
    /// The folder of the run folders. `None`: the one in `ROWCAST_RUNS_DIR`, or `runs` in the project.
    pub runs_dir: Option<PathBuf>,
    /// A second file for the results, besides the one in the run folder.
    pub output: Option<PathBuf>,
    /// Skip invalid rows instead of refusing the run.
    pub skip_invalid: bool,
    /// Also escape spreadsheet formulas in the list's own cells, in the results.
    pub safe_cells: bool,
    /// The approval that this run must match.
    pub approved: Option<PathBuf>,
    /// In a test: the number that receives every message.
    pub to: Option<String>,
    /// Send a list again that this recipe already sent.
    pub again: bool,
    /// Rehearse: send to a sandbox that the run starts.
    pub sandbox: Option<SandboxOptions>,
}

/// The options of a session that continues a run.
#[derive(Debug, Clone, Default)]
pub struct ResumeOptions {
    /// The run name or a unique prefix of it, or `latest`.
    pub run: String,
    /// The folder of the run folders. `None`: the one in `ROWCAST_RUNS_DIR`, or `runs` in the project.
    pub runs_dir: Option<PathBuf>,
    /// Where connections and secrets are.
    pub secrets: SecretOptions,
    /// Do not ask the API for templates when a new recipe is checked.
    pub offline: bool,
    /// Settings that override the run's.
    pub send: SendSettings,
    /// End the session instead of waiting for the window or the next stage.
    pub no_wait: bool,
    /// The ledger was harmed: take each row of which it may lack the record as unknown.
    pub lost: bool,
    /// The behaviour of a rehearsal's sandbox.
    pub behaviour: SandboxOptions,
}

/// The rows that a retry sends, besides failed ones.
#[derive(Debug, Clone, Default)]
pub struct RetryOptions {
    /// Include rows that the API rejected.
    pub rejected: bool,
    /// Include rows that may have been sent already.
    pub unknown: bool,
    /// A recipe that replaces the run's.
    pub recipe: Option<PathBuf>,
}

impl RetryOptions {
    /// The states of the rows that are sent again.
    pub fn states(&self) -> impl Iterator<Item = State> + use<> {
        let chosen = [
            (true, State::Failed),
            (self.rejected, State::Rejected),
            (self.unknown, State::Unknown),
            (self.recipe.is_some(), State::Invalid),
        ];
        chosen.into_iter().filter_map(|(chosen, state)| chosen.then_some(state))
    }
}
