//! Was this list sent before? The same recipe and list, over the same connection, are not sent a second time unasked.

use std::path::Path;

use crate::ledger::{Detail, LedgerReader, RunFile, RunFolder, list_runs};
use crate::model::{Counts, State};

use super::RunError;

/// An earlier run of the same recipe and list.
#[derive(Debug)]
pub struct Earlier {
    /// Its folder.
    pub folder: RunFolder,
    /// What it was.
    pub run: RunFile,
    /// How its rows stand.
    pub counts: Counts,
}

/// The latest run of `runs_dir` that may have sent some of the rows that `run` would send.
///
/// # Errors
/// The folder cannot be read. An earlier run whose ledger cannot be read counts with all its rows unknown.
pub fn find_earlier(runs_dir: &Path, run: &RunFile) -> Result<Option<Earlier>, RunError> {
    let mut runs = list_runs(runs_dir)?;
    while let Some((folder, earlier)) = runs.pop() {
        if is_same(&earlier, run) {
            let counts = standing_counts(&folder, &earlier);
            return Ok(Some(Earlier { folder, run: earlier, counts }));
        }
    }
    Ok(None)
}

/// A rehearsal in the sandbox says nothing about real sending, nor the other way round; a test has sent to no recipient.
fn is_same(earlier: &RunFile, run: &RunFile) -> bool {
    let recipe = run.recipes.last().map(|recipe| &recipe.digest);
    earlier.test.is_none()
        && run.test.is_none()
        && earlier.sandbox == run.sandbox
        && (run.sandbox || share_a_connection(earlier, run))
        && earlier.data.digest == run.data.digest
        && earlier.recipes.iter().any(|known| Some(&known.digest) == recipe)
        && earlier.selection.may_overlap(&run.selection)
}

/// Which rows went by it may differ; that it sent some of them is enough.
fn share_a_connection(earlier: &RunFile, run: &RunFile) -> bool {
    run.connections().any(|one| earlier.connections().any(|other| one.endpoint == other.endpoint))
}

/// How a run's rows stand, from its ledger alone. Rows in flight count as unknown; with a ledger that cannot be read all do.
pub fn standing_counts(folder: &RunFolder, run: &RunFile) -> Counts {
    let mut counts = Counts::default();
    let read = || {
        let reader = LedgerReader::open(&folder.ledger())?;
        if let Some(balance) = reader.balance() {
            counts = balance.counts();
            return Ok(());
        }
        for standing in reader.standings(Detail::Deciding)? {
            let (_, standing) = standing?;
            counts.add(if standing.state == State::Sending { State::Unknown } else { standing.state });
        }
        Ok::<(), crate::ledger::LedgerError>(())
    };
    let rest = if { read }().is_ok() { State::Pending } else { State::Unknown };
    counts.add_many(rest, run.rows.saturating_sub(counts.total()));
    counts
}
