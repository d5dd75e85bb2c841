//! The screen of a recipe: excludes duplicates, suppressed recipients and rows sent `once`.

use std::path::Path;

use crate::diag::Problem;
use crate::files::private_file;
use crate::recipe::Unique;
use crate::run::{RunError, Screen, SuppressList, SuppressLists, holder};
use crate::run_folder::{Lock, LockError};

use crate::app::inputs::Inputs;
use crate::app::inputs::project::create_runs_dir;
use crate::app::{Error, ErrorKind};

fn screen_of(
    inputs: &Inputs,
    unique: &Unique,
    runs_dir: &Path,
    sandbox: bool,
    except: Option<&str>,
) -> Result<Screen, Error> {
    let audience = &inputs.recipe.audience;
    let screen = Screen::new(unique).suppress(&suppress_lists(inputs))?;
    Ok(if audience.once.is_some() { screen.reached_before(runs_dir, sandbox, except)? } else { screen })
}

/// The suppress lists. A test has none, because it sends to no recipient of the list.
pub(crate) fn suppress_lists(inputs: &Inputs) -> SuppressLists {
    let lists = inputs.recipe.audience.suppress.iter().filter(|_| inputs.test.is_none());
    let lists = lists.map(|list| SuppressList {
        path: inputs.home.join(&list.file),
        shown: list.file.clone(),
        column: list.column.clone(),
    });
    SuppressLists { lists: lists.collect(), country: inputs.connections.country() }
}

/// The screen of a new run. A test has none, because it sends to no recipient of the list.
pub(crate) fn screen(inputs: &Inputs, runs_dir: &Path, sandbox: bool) -> Result<Option<Screen>, Error> {
    if inputs.test.is_some() {
        return Ok(None);
    }
    screen_of(inputs, &inputs.recipe.audience.unique, runs_dir, sandbox, None).map(Some)
}

/// The screen for the remaining rows of a run. Duplicates were found when the run was created, so they are searched again only
/// for a new recipe. `None` if nothing can have changed.
pub(crate) fn screen_again(
    inputs: &Inputs,
    runs_dir: &Path,
    run: &crate::run_folder::RunFile,
    revised: bool,
) -> Result<Option<Screen>, Error> {
    let audience = &inputs.recipe.audience;
    if run.test.is_some() || !revised && audience.suppress.is_empty() && audience.once.is_none() {
        return Ok(None);
    }
    let unique = if revised { &audience.unique } else { &Unique::Off };
    screen_of(inputs, unique, runs_dir, run.sandbox, Some(run.run.as_str())).map(Some)
}

/// Takes the folder-wide `once` lock: two concurrent runs could not see each other's sends.
/// `None` if the recipe has no `once`.
pub(crate) fn once_lock(inputs: &Inputs, runs_dir: &Path) -> Result<Option<Lock>, Error> {
    if inputs.recipe.audience.once.is_none() || inputs.test.is_some() {
        return Ok(None);
    }
    let path = runs_dir.join(".once.lock");
    let io = |source| RunError::Io { path: path.clone(), source };
    create_runs_dir(runs_dir)?;
    match private_file(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(io(error).into()),
    }
    match Lock::take(&path, &holder()) {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Held(by)) => {
            let by =
                by.map_or(String::new(), |by| format!(": process {} on {}, since {:.0}", by.pid, by.host, by.since));
            let message = format!("another run with `once` is in progress in {}{by}", runs_dir.display());
            let help = "wait until it ends, because this run cannot see what it sends";
            Err(Error::new(ErrorKind::Invalid, Problem::new(message).help(help)))
        }
        Err(error) => Err(RunError::from(error).into()),
    }
}
