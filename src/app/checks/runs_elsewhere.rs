//! Finds runs of a recipe outside its project. A run that does not know them could send everything twice.

use std::path::{Path, PathBuf};

use crate::app::Error;
use crate::app::inputs::Inputs;
use crate::app::inputs::project::{is_same, named_runs_dir};
use crate::diag::{Problem, count, shell_word, visible};
use crate::run_folder::{FolderError, Lock, RecipeFacts, RunFile, RunFolder, list_runs};

use super::checked::Checked;

/// Runs of a recipe in a `runs` folder that is not its project's.
struct RunsElsewhere {
    runs_dir: PathBuf,
    runs: Vec<RunFolder>,
}

/// Refuses a run whose recipe has runs in another folder, unless the folder of the run folders is named. Rehearsals and tests
/// reach no recipient and are not refused.
///
/// # Errors
/// Another `runs` folder has runs of this recipe, or one of them cannot be read.
pub(crate) fn refuse_elsewhere(
    inputs: &Inputs,
    checked: &Checked,
    named: Option<&Path>,
    sandbox: bool,
) -> Result<(), Error> {
    if sandbox || inputs.test.is_some() || named_runs_dir(named).is_some() {
        return Ok(());
    }
    let recipe = inputs.recipe_facts()?;
    for runs_dir in inputs.project.other_runs() {
        let found = RunsElsewhere::find(runs_dir, &inputs.recipe.name, &recipe, checked.digest.as_str())?;
        if !found.runs.is_empty() {
            return Err(found.refusal(inputs).into());
        }
    }
    Ok(())
}

/// The message of [`refuse_elsewhere`], in one line.
pub(crate) fn foretell_elsewhere(inputs: &Inputs, checked: &Checked, named: Option<&Path>) -> Option<String> {
    let refusal = refuse_elsewhere(inputs, checked, named, false).err()?;
    let why = refusal.problems.into_iter().next()?.message;
    Some(format!("`run` will refuse this: {why}"))
}

impl RunsElsewhere {
    /// The runs of a recipe in a folder. A folder of another user has none: this user could not write there.
    fn find(runs_dir: PathBuf, name: &str, recipe: &RecipeFacts, list: &str) -> Result<Self, FolderError> {
        let found = match list_runs(&runs_dir) {
            Err(FolderError::Io { source, .. }) if source.kind() == std::io::ErrorKind::PermissionDenied => {
                return Ok(Self { runs_dir, runs: Vec::new() });
            }
            found => found?,
        };
        let prefix = format!("{name}-");
        if let Some((_, error)) = found.unreadable.into_iter().find(|(folder, _)| folder.name().starts_with(&prefix)) {
            return Err(error);
        }
        let ours = found.readable.into_iter().filter(|(_, run)| is_of(run, recipe, list));
        Ok(Self { runs_dir, runs: ours.map(|(folder, _)| folder).collect() })
    }

    fn refusal(&self, inputs: &Inputs) -> Problem {
        let Self { runs_dir, runs } = self;
        let (project, target) = (inputs.project.shown(), inputs.project.runs());
        let message = format!(
            "{} has {} of this recipe, but the recipe's project is {}; nothing was sent",
            runs_dir.display(),
            count(runs.len() as u64, "run"),
            project.display()
        );
        let word = |path: &Path| visible(&shell_word(&path.display().to_string()));
        let names: Vec<String> = runs.iter().map(|folder| word(folder.path())).collect();
        let target = word(&target);
        let first = match runs.iter().find(|folder| Lock::is_held(&folder.lock())) {
            Some(folder) => format!("wait until {} has ended, then move", folder.name()),
            None => "move".to_owned(),
        };
        let help = format!(
            "{first} the runs to the project: `mkdir -p -m 700 {target} && mv {} {target}/`\n\
             or keep them where they are: add `--runs-dir {}`",
            names.join(" "),
            word(runs_dir)
        );
        Problem::new(message).help(help)
    }
}

/// True if a run sent this recipe to people. A copy of the recipe whose original still exists is another recipe, unless both
/// have the same list. All recipes that come from a pipe have the same path.
fn is_of(run: &RunFile, recipe: &RecipeFacts, list: &str) -> bool {
    let is_it = |known: &RecipeFacts| {
        recipe.path.is_file() && is_same(&known.path, &recipe.path)
            || known.digest == recipe.digest && (run.data.digest == list || !known.path.exists())
    };
    !run.sandbox && run.test.is_none() && run.recipes.iter().any(is_it)
}
