//! Who is left out: the screen that a recipe asks for.

use std::path::Path;

use crate::diag::Problem;
use crate::files::{private_file, private_folders};
use crate::recipe::Unique;
use crate::run::{RunError, Screen, SuppressList, SuppressLists, holder};
use crate::run_folder::{Lock, LockError};

use crate::app::inputs::Inputs;
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

/// The lists of people who are not written to. A test writes to none of those in its list.
pub(crate) fn suppress_lists(inputs: &Inputs) -> SuppressLists {
    let lists = inputs.recipe.audience.suppress.iter().filter(|_| inputs.test.is_none());
    let lists = lists.map(|list| SuppressList {
        path: inputs.home.join(&list.file),
        shown: list.file.clone(),
        column: list.column.clone(),
    });
    SuppressLists { lists: lists.collect(), country: inputs.connections.country() }
}

/// The screen of a recipe that is about to be run. A test has none: it reaches nobody.
pub(crate) fn screen(inputs: &Inputs, runs_dir: &Path, sandbox: bool) -> Result<Option<Screen>, Error> {
    if inputs.test.is_some() {
        return Ok(None);
    }
    screen_of(inputs, &inputs.recipe.audience.unique, runs_dir, sandbox, None).map(Some)
}

/// The screen for the rows that a run still has. Whether rows are the same was decided when the run was made, unless its recipe
/// is a new one. `None` if nothing can have changed since.
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

/// The right to send what is sent once by all runs of a folder: two runs at the same time would not know of each other.
/// `None` if the recipe has no `once`.
pub(crate) fn once_lock(inputs: &Inputs, runs_dir: &Path) -> Result<Option<Lock>, Error> {
    if inputs.recipe.audience.once.is_none() || inputs.test.is_some() {
        return Ok(None);
    }
    let path = runs_dir.join(".once.lock");
    let io = |source| RunError::Io { path: path.clone(), source };
    private_folders(runs_dir).map_err(io)?;
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
            let message = format!("another run with `once` is at work in {}{by}", runs_dir.display());
            let help = "wait for its end: what it sends now would not be known here";
            Err(Error::new(ErrorKind::Invalid, Problem::new(message).help(help)))
        }
        Err(error) => Err(RunError::from(error).into()),
    }
}
