//! What a front end asks for, as plain data.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::State;
use crate::recipe::SendSettings;
use crate::rows::Encoding;
use crate::run_folder::Selection;
use crate::sandbox::Fault;

/// A recipe, and what it is run with.
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
    /// The sheet of a workbook; the first that holds anything if `None`.
    pub sheet: Option<String>,
    /// Values of the recipe's `vars`.
    pub vars: Vec<(String, String)>,
    /// The connection to use instead of the recipe's.
    pub connection: Option<String>,
    /// Do not ask the API for its templates and limits.
    pub offline: bool,
    /// Where connections and secrets are.
    pub secrets: SecretOptions,
    /// Which rows of the list.
    pub selection: Selection,
}

/// Where connections and their secrets are.
#[derive(Debug, Clone, Default)]
pub struct SecretOptions {
    /// The connections file; searched for if `None`.
    pub connections: Option<PathBuf>,
    /// A file of environment variables, instead of `.env`.
    pub env_file: Option<PathBuf>,
}

/// How a rehearsal's sandbox behaves.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// How long it takes to answer.
    pub latency: Option<Duration>,
    /// Which faults it shows, and how often.
    pub faults: Vec<Fault>,
    /// The seed of its random numbers.
    pub seed: Option<u64>,
}

impl SandboxOptions {
    /// True if nothing was asked for.
    pub fn is_default(&self) -> bool {
        self.latency.is_none() && self.faults.is_empty() && self.seed.is_none()
    }
}

/// A check without sending.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// What is checked.
    pub source: SourceOptions,
    /// The folder of the run folders.
    pub runs_dir: PathBuf,
    /// Invalid rows do not make the check fail.
    pub skip_invalid: bool,
    /// Where to write the approval of what was checked.
    pub approve: Option<PathBuf>,
}

/// A new run.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct RunOptions {
    /// What is run.
    pub source: SourceOptions,
    /// Settings that override the recipe's `send`.
    pub send: SendSettings,
    /// End where the run would wait for the window or the next stage.
    pub no_wait: bool,
    /// The folder of the run folders.
    pub runs_dir: PathBuf,
    /// Where the results are written besides the run folder.
    pub output: Option<PathBuf>,
    /// Skip invalid rows instead of refusing the run.
    pub skip_invalid: bool,
    /// Defuse formulas in the list's own cells too, in the results.
    pub safe_cells: bool,
    /// The approval that this run must match.
    pub approved: Option<PathBuf>,
    /// The number that every message goes to, in a test.
    pub to: Option<String>,
    /// Send again what this recipe has sent already.
    pub again: bool,
    /// A rehearsal: send to a sandbox of the run's own.
    pub sandbox: Option<SandboxOptions>,
}

/// A session that continues a run.
#[derive(Debug, Clone, Default)]
pub struct ResumeOptions {
    /// The run: `latest`, or the beginning of its name.
    pub run: String,
    /// The folder of the run folders.
    pub runs_dir: PathBuf,
    /// Where connections and secrets are.
    pub secrets: SecretOptions,
    /// Do not ask the API for templates when a new recipe is checked.
    pub offline: bool,
    /// Settings that override the run's.
    pub send: SendSettings,
    /// End where the run would wait for the window or the next stage.
    pub no_wait: bool,
    /// How the sandbox of a rehearsal behaves.
    pub behaviour: SandboxOptions,
}

/// The rows that a retry sends, besides those that failed.
#[derive(Debug, Clone, Default)]
pub struct RetryOptions {
    /// Rows that the API rejected.
    pub rejected: bool,
    /// Rows that may have been sent already.
    pub unknown: bool,
    /// A recipe that takes the place of the run's.
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
