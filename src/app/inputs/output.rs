//! Where the user wants a file to be written: a place that can be written to, and that holds nothing that is needed.
//!
//! Belongs here: what is refused before anything is done. Does not belong here: the writing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::connectors::ENV_FILE;
use crate::diag::Problem;
use crate::run_folder::{RunFile, RunFolder};

use super::Inputs;
use super::options::RunOptions;

/// The results have a place to go to: better known before the first message than after the last.
///
/// # Errors
/// There is no such folder; it is a folder itself; or it is one of the files that are read.
pub(crate) fn output_of_run(options: &RunOptions, inputs: &Inputs) -> Result<(), Problem> {
    let Some(output) = &options.output else { return Ok(()) };
    let env_file = options.source.secrets.env_file.clone().unwrap_or_else(|| ENV_FILE.into());
    let lists = inputs.recipe.audience.suppress.iter().map(|list| inputs.home.join(&list.file));
    let connections = inputs.connections.iter().flat_map(|(_, connection)| connection.files());
    let named = [inputs.recipe.source.path.clone(), inputs.data.shown.clone(), env_file].into_iter();
    is_free(output, named.chain(options.approved.clone()).chain(connections).chain(lists))
}

/// The same for what is written of a run: its folder has to stay what it is, as have the files that it was made from.
///
/// # Errors
/// As above.
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
        return refused(format!("the folder {} does not exist", folder.display()), "create it, or name another place");
    }
    if output.is_dir() {
        return refused(format!("{} is a folder", output.display()), "name a file in it");
    }
    // What is not there yet is no file that is read.
    let Ok(place) = fs::canonicalize(output) else { return Ok(()) };
    if needed.into_iter().any(|file| fs::canonicalize(file).is_ok_and(|file| file == place)) {
        return refused(format!("{} is needed as it is", output.display()), "name another place");
    }
    Ok(())
}
