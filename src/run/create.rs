//! Creates a run: its folder with everything that the run will read.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;

use crate::files::private_file;
use crate::ledger::{self, Fact, Ledger, LedgerWriter};
use crate::model::{Mode, RunToken};
use crate::rows::copy_with_digest;
use crate::run::check::excluded_rows::{ExcludedRow, ExcludedRows};
use crate::run::check::repeats::RepeatedRows;
use crate::run_folder::{Holder, Lock, RunFile, RunFolder, StartRegistry};

use super::error::RunError;

/// A new run, locked, with its first session begun.
#[derive(Debug)]
pub struct NewRun {
    /// Its folder.
    pub folder: RunFolder,
    /// Its ledger.
    pub ledger: Ledger,
    /// The lock, held by this process.
    pub lock: Lock,
    /// The contents of its `run.json`.
    pub run: RunFile,
}

/// Creates the folder of a run with its contents, synced. `recipe` is the text of the copy, without secrets. `data` is
/// the checked file, with the digest in `run.data`. `excluded` has the rows that the checks left out, `repeats` those
/// whose message is not the first of its kind; the ledger records both before anything is sent. If a step fails, the folder is removed.
///
/// # Errors
///
/// The disk, or `data` is not the file that was checked.
pub fn create(
    runs_dir: &Path,
    name: &str,
    mut run: RunFile,
    recipe: &str,
    data: &Path,
    (excluded, repeats): (&mut ExcludedRows, &RepeatedRows),
) -> Result<NewRun, RunError> {
    let now = run.created;
    let folder = RunFolder::create(runs_dir, name, now)?;
    run.run = folder.name();
    run.token = Some(random_token().inspect_err(|_| folder.clone().discard())?);
    let (ledger, lock) =
        fill(&folder, &run, recipe, data, (excluded, repeats)).inspect_err(|_| folder.clone().discard())?;
    Ok(NewRun { folder, ledger, lock, run })
}

/// A token that cannot be guessed.
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
    (excluded, repeats): (&mut ExcludedRows, &RepeatedRows),
) -> Result<(Ledger, Lock), RunError> {
    let lock = Lock::take(&folder.lock(), &holder())?.and_of_run(&StartRegistry::of(&run.run))?;
    folder.write_new(&folder.recipe(1), recipe.as_bytes())?;
    let io = |source| RunError::Io { path: data.to_owned(), source };
    let mut copy = private_file(&folder.data()).map_err(io)?;
    let digest = copy_with_digest(&mut File::open(data).map_err(io)?, &mut copy).map_err(io)?;
    if digest.as_str() != run.data.digest {
        return Err(RunError::Changed(data.to_owned()));
    }
    let mut ledger = ledger::create(&folder.ledger())?;
    let mode = if run.test.is_some() { Mode::Test } else { Mode::Run };
    ledger.begin_session(mode, 1, &holder().host, run.created.as_millisecond())?;
    exclude(&mut ledger, excluded)?;
    if !repeats.is_empty() {
        ledger.keep_repeats(&mut repeats.rows())?;
    }
    // Last, because a folder without it is not a run.
    folder.write_run_file(run)?;
    remember(run, &ledger)?;
    Ok((ledger, lock))
}

/// Rows per commit.
const GROUP: usize = 4096;

/// Records in the ledger which rows are left out, and why.
pub fn exclude(ledger: &mut impl LedgerWriter, excluded: &mut ExcludedRows) -> Result<(), RunError> {
    let temporary = |source| RunError::Io { path: std::env::temp_dir(), source };
    let mut group = Vec::new();
    for row in excluded.rows().map_err(temporary)? {
        let ExcludedRow { row, attempts, exclusion, .. } = row.map_err(temporary)?;
        group.push(Fact::Excluded { row, attempt: attempts, exclusion });
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

/// Records outside the folder how often the run was started. A failure does not stop the run: an older copy of the
/// folder is then harder to recognise.
pub fn remember(run: &RunFile, ledger: &impl LedgerWriter) -> Result<(), RunError> {
    let _ = StartRegistry::of(&run.run).remember(ledger.starts()?);
    Ok(())
}

/// This process, as the lock describes it to others.
pub fn holder() -> Holder {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    Holder { pid: std::process::id(), host, since: Timestamp::now() }
}
