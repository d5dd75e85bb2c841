//! A new run: its folder, with everything that it will ever read in it.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;

use crate::files::private_file;
use crate::ledger::{Fact, Ledger};
use crate::model::{Mode, RunToken};
use crate::rows::copy_with_digest;
use crate::run::check::left_out::{LeftOut, LeftRow};
use crate::run_folder::{Holder, Lock, RunFile, RunFolder, Starts};

use super::error::RunError;

/// A run that was just created, under its lock, its first session begun.
#[derive(Debug)]
pub struct NewRun {
    /// Its folder.
    pub folder: RunFolder,
    /// Its ledger.
    pub ledger: Ledger,
    /// The right to work on it.
    pub lock: Lock,
    /// What was written to `run.json`.
    pub run: RunFile,
}

/// Creates the folder of a run and everything in it, synced. `recipe` is the text of the copy, without secrets; `data` is
/// the file that was checked, whose digest `run.data` has; `left_out` is what the checks have decided to leave out, which is
/// in the ledger before anything is sent. If anything fails the folder is removed again.
///
/// # Errors
/// The disk, or the data file is not the one that was checked.
pub fn create(
    runs_dir: &Path,
    name: &str,
    mut run: RunFile,
    recipe: &str,
    data: &Path,
    left_out: &mut LeftOut,
) -> Result<NewRun, RunError> {
    let now = run.created;
    let folder = RunFolder::create(runs_dir, name, now)?;
    run.run = folder.name();
    run.token = Some(random_token().inspect_err(|_| folder.clone().discard())?);
    let (ledger, lock) = fill(&folder, &run, recipe, data, left_out).inspect_err(|_| folder.clone().discard())?;
    Ok(NewRun { folder, ledger, lock, run })
}

/// A token that nobody can guess.
fn random_token() -> Result<RunToken, RunError> {
    let mut token = [0; RunToken::BYTES];
    getrandom::fill(&mut token).map_err(|error| RunError::System(error.into()))?;
    Ok(RunToken(token))
}

fn fill(
    folder: &RunFolder,
    run: &RunFile,
    recipe: &str,
    data: &Path,
    left_out: &mut LeftOut,
) -> Result<(Ledger, Lock), RunError> {
    let lock = Lock::take(&folder.lock(), &holder())?;
    folder.write_new(&folder.recipe(1), recipe.as_bytes())?;
    let io = |source| RunError::Io { path: data.to_owned(), source };
    let mut copy = private_file(&folder.data()).map_err(io)?;
    let digest = copy_with_digest(&mut File::open(data).map_err(io)?, &mut copy).map_err(io)?;
    if digest.as_str() != run.data.digest {
        return Err(RunError::Changed(data.to_owned()));
    }
    let mut ledger = Ledger::create(&folder.ledger())?;
    let mode = if run.test.is_some() { Mode::Test } else { Mode::Run };
    ledger.begin_session(mode, 1, &holder().host, run.created.as_millisecond())?;
    leave_out(&mut ledger, left_out)?;
    // Last: a folder without it is no run.
    folder.write_run_file(run)?;
    remember(run, &ledger)?;
    Ok((ledger, lock))
}

/// Rows that go into one commit.
const GROUP: usize = 4096;

/// Writes to the ledger which rows are left out, and why.
///
/// # Errors
/// The ledger cannot be written, or the temporary file not be read.
pub fn leave_out(ledger: &mut Ledger, left_out: &mut LeftOut) -> Result<(), RunError> {
    let temporary = |source| RunError::Io { path: std::env::temp_dir(), source };
    let mut group = Vec::new();
    for row in left_out.rows().map_err(temporary)? {
        let LeftRow { row, attempts, left, .. } = row.map_err(temporary)?;
        group.push(Fact::Left { row, attempt: attempts, left });
        if group.len() == GROUP {
            ledger.commit(&group)?;
            group.clear();
        }
    }
    if !group.is_empty() {
        ledger.commit(&group)?;
    }
    Ok(())
}

/// Remembers outside the folder how often the run was started. That this fails is no reason not to send: it only makes
/// an older copy of the folder harder to recognise.
pub fn remember(run: &RunFile, ledger: &Ledger) -> Result<(), RunError> {
    let _ = Starts::of(&run.run).remember(ledger.starts()?);
    Ok(())
}

/// This process, as others will see it in the lock.
pub fn holder() -> Holder {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    Holder { pid: std::process::id(), host, since: Timestamp::now() }
}
