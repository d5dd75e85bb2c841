//! Opens an existing run for reading: its files, its inputs and its compiled recipe.

use std::path::{Path, PathBuf};

use crate::app::inputs::Inputs;
use crate::app::{Error, Observer};
use crate::diag::Problems;
use crate::model::Header;
use crate::plan::Plan;
use crate::run::Recipients;
use crate::run_folder::{Lock, RunFile, RunFolder, find_run};
use crate::template::Condition;

/// Selects a recipe revision of a run. `retry --recipe` adds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// The newest.
    Latest,
    /// The revision of this number, counted from 1.
    Number(u32),
}

/// An existing run.
pub struct OpenRun {
    /// Its folder.
    pub folder: RunFolder,
    /// Its `run.json`.
    pub run: RunFile,
    /// Whether a process is working on it.
    pub live: bool,
    pub(crate) inputs: Inputs,
    runs_dir: PathBuf,
}

impl OpenRun {
    /// Opens the run called `name` in `runs_dir`.
    pub fn open(runs_dir: &Path, name: &str, revision: Revision, observer: &mut dyn Observer) -> Result<Self, Error> {
        Self::of_folder(runs_dir, find_run(runs_dir, name)?, revision, observer)
    }

    /// Opens the run of a folder.
    pub(crate) fn of_folder(
        runs_dir: &Path,
        (folder, run): (RunFolder, RunFile),
        revision: Revision,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let recipe = match revision {
            Revision::Latest => None,
            Revision::Number(number) => Some(folder.recipe(number)),
        };
        let inputs = Inputs::of_run((&folder, &run), recipe.as_deref(), observer)?;
        // Read the lock before the ledger: a run that ends in between then has no row in flight.
        let live = Lock::is_held(&folder.lock());
        Ok(Self { folder, run, live, inputs, runs_dir: runs_dir.to_owned() })
    }

    /// The environment variable that holds the token, where a command names it.
    pub fn token_variable(&self) -> &'static str {
        self.inputs.connections.entry().token_variable
    }

    /// The header of the run's list.
    pub fn header(&self) -> &Header {
        &self.inputs.data.header
    }

    /// Compiles the recipe for the run's list. Its problems were reported when the run was created.
    pub(crate) fn view(&self) -> Result<RunView<'_, '_>, Error> {
        let plan = self.inputs.plan(&mut Problems::default());
        let only = self.inputs.only(&plan)?;
        let earlier = self.inputs.earlier_plans();
        Ok(RunView { folder: &self.folder, run: &self.run, plan, earlier, only, runs_dir: &self.runs_dir })
    }
}

/// A run with its compiled recipe, the input of results, summary and report.
pub(crate) struct RunView<'r, 'e> {
    pub(crate) folder: &'r RunFolder,
    pub(crate) run: &'r RunFile,
    pub(crate) plan: Plan<'e>,
    /// The recipes before it, by revision. `None` for one that cannot be read.
    pub(crate) earlier: Vec<Option<Plan<'e>>>,
    pub(crate) only: Option<Condition<'e>>,
    pub(crate) runs_dir: &'r Path,
}

impl<'e> RunView<'_, 'e> {
    /// Who the rows were sent to.
    pub(crate) fn recipients(&self) -> Recipients<'_, 'e> {
        Recipients::new(self.folder, &self.plan, &self.earlier)
    }
}
