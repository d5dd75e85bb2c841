//! Checks an output file before any work: its folder exists, and it would not overwrite an input.
//!
//! Does not belong here: writing the file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diag::Problem;
use crate::run_folder::{RunFile, RunFolder};

use super::Inputs;
use super::options::RunOptions;

/// Checks the results file of a new run before its first message.
///
/// # Errors
/// Its folder does not exist, it is a folder, or it is an input of the run.
pub(crate) fn output_of_run(options: &RunOptions, inputs: &Inputs) -> Result<(), Problem> {
    let Some(output) = &options.output else { return Ok(()) };
    let env_file = match &options.source.secrets.env_file {
        Some(file) => file.clone(),
        None => inputs.project.env_file()?,
    };
    let lists = inputs.recipe.audience.suppress.iter().map(|list| inputs.home.join(&list.file));
    let connections = inputs.connections.iter().flat_map(|(_, connection)| connection.files());
    let named = [inputs.recipe.source.path.clone(), inputs.data.shown.clone(), env_file].into_iter();
    is_free(output, named.chain(options.approved.clone()).chain(connections).chain(lists))
}

/// Checks an output file of an existing run, which must not overwrite a file in the run folder or an input of the run.
///
/// # Errors
/// As [`output_of_run`].
pub(crate) fn output_beside(output: Option<&Path>, folder: &RunFolder, run: &RunFile) -> Result<(), Problem> {
    let Some(output) = output else { return Ok(()) };
    let revisions = (1..).take(run.recipes.len()).map(|revision| folder.recipe(revision));
    let own = [folder.ledger(), folder.data(), folder.lock(), folder.run_file()].into_iter().chain(revisions);
    let recipes = run.recipes.iter().map(|recipe| recipe.path.clone());
    let connections = run.connections().filter_map(|connection| connection.file.clone());
    is_free(output, own.chain(recipes).chain(connections).chain([run.data.path.clone()]))
}

fn is_free(output: &Path, needed: impl IntoIterator<Item = PathBuf>) -> Result<(), Problem> {
    let refused = |why: String, hint| Err(Problem::new(format!("--output: {why}")).help(hint));
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return refused(format!("the folder {} does not exist", folder.display()), "create it, or name another file");
    }
    if output.is_dir() {
        return refused(format!("{} is a folder", output.display()), "name a file in this folder");
    }
    // A file that does not exist cannot be an input.
    let Ok(place) = fs::canonicalize(output) else { return Ok(()) };
    if needed.into_iter().any(|file| fs::canonicalize(file).is_ok_and(|file| file == place)) {
        return refused(
            format!("{} is an input of this run and must not be overwritten", output.display()),
            "name another file",
        );
    }
    Ok(())
}
