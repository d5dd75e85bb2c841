//! Earlier runs. Rowcast refuses to send the same recipe and list twice from one number unless asked, and warns about
//! similar runs.

use std::path::Path;

use crate::ledger::{self, LedgerReader, Projection};
use crate::model::{Counts, State};
use crate::run::error::RunError;
use crate::run_folder::{ConnectionFacts, Lock, RecipeFacts, RunFile, RunFolder, Selection, list_runs};

/// The states of rows that were sent, or may have been.
const REACHED: [State; 4] = [State::Accepted, State::Held, State::Unknown, State::Sending];

/// An earlier run that may have reached the same people.
#[derive(Debug)]
pub struct Earlier {
    /// Its folder.
    pub folder: RunFolder,
    /// Its `run.json`.
    pub run: RunFile,
    /// Its rows by state.
    pub counts: Counts,
    /// A process works on it now.
    pub live: bool,
    /// What it has in common with the new run.
    pub likeness: Likeness,
}

/// The run that is about to begin.
#[derive(Debug)]
pub struct Intended<'a> {
    /// The recipe.
    pub recipe: RecipeFacts,
    /// The list's digest.
    pub data: &'a str,
    /// The rows of the list.
    pub selection: &'a Selection,
    /// The connections.
    pub connections: Vec<ConnectionFacts>,
    /// It sends to a sandbox of its own.
    pub sandbox: bool,
}

/// What two runs have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// List and recipe.
    Same,
    /// The list and the recipe's file, whose contents were different.
    Edited,
    /// Only the list: another message to the same people.
    List,
    /// Only the recipe: the same message, perhaps to some of the same people.
    Recipe,
}

impl Earlier {
    /// Rows that were sent, or may have been.
    pub fn reached(&self) -> u64 {
        REACHED.iter().map(|state| self.counts.get(*state)).sum()
    }
}

impl Likeness {
    /// True if the run is repeated only on request.
    pub fn is_the_same(self) -> bool {
        matches!(self, Self::Same | Self::Edited)
    }
}

/// The latest run of `runs_dir` that may have sent the same; if there is none, the latest that shares the list or the
/// recipe. A run that reached no recipient counts only if list and recipe are the same.
///
/// # Errors
///
/// The folder or a run in it cannot be read. A run with an unreadable ledger counts with all rows unknown.
pub fn find_earlier(runs_dir: &Path, intended: &Intended<'_>) -> Result<Option<Earlier>, RunError> {
    let runs = list_runs(runs_dir)?.all()?.into_iter();
    let mut alike: Vec<_> = runs.filter_map(|(folder, run)| Some((likeness(&run, intended)?, folder, run))).collect();
    alike.sort_by_key(|(likeness, ..)| likeness.is_the_same());
    for (likeness, folder, run) in alike.into_iter().rev() {
        let (counts, live) = standing_counts(&folder, &run);
        let earlier = Earlier { folder, run, counts, live, likeness };
        if likeness == Likeness::Same || earlier.reached() > 0 {
            return Ok(Some(earlier));
        }
    }
    Ok(None)
}

/// What an earlier run has in common with the new one, if anything. Rehearsals are compared only with rehearsals; tests
/// reached no recipient; messages from another number are other messages.
fn likeness(earlier: &RunFile, intended: &Intended<'_>) -> Option<Likeness> {
    let shares_a_sender =
        || earlier.connections().any(|one| intended.connections.iter().any(|other| one.sends_as(other)));
    if earlier.test.is_some() || earlier.sandbox != intended.sandbox || !(intended.sandbox || shares_a_sender()) {
        return None;
    }
    let any = |is_it: &dyn Fn(&RecipeFacts) -> bool| earlier.recipes.iter().any(is_it);
    let same = any(&|known| known.digest == intended.recipe.digest);
    if intended.sandbox && !(same && earlier.data.digest == intended.data) {
        // Users edit a recipe and rehearse it again and again; no recipient gets anything twice.
        return None;
    }
    let edited = any(&|known| known.path == intended.recipe.path);
    if earlier.data.digest != intended.data {
        return (same || edited).then_some(Likeness::Recipe);
    }
    match earlier.selection.may_overlap(intended.selection) {
        true if same => Some(Likeness::Same),
        true if edited => Some(Likeness::Edited),
        true => Some(Likeness::List),
        // Another part of the list.
        false => None,
    }
}

/// The rows of a run by state, only from its ledger, and whether a process works on it. If not, rows in flight count
/// as unknown. If the ledger cannot be read, all rows do.
pub fn standing_counts(folder: &RunFolder, run: &RunFile) -> (Counts, bool) {
    // Checked first: a run that ends in between has no row in flight.
    let live = Lock::is_held(&folder.lock());
    let mut counts = Counts::default();
    let read = || {
        let reader = ledger::read(&folder.ledger())?;
        if let Some(balance) = reader.balance() {
            counts = balance.counts();
            return Ok(());
        }
        for status in reader.statuses(Projection::StatusOnly)? {
            let state = status?.1.state;
            counts.add(if state == State::Sending && !live { State::Unknown } else { state });
        }
        Ok::<(), crate::ledger::LedgerError>(())
    };
    let rest = if { read }().is_ok() { State::Pending } else { State::Unknown };
    counts.add_many(rest, run.rows.saturating_sub(counts.total()));
    (counts, live)
}
