//! Was this sent before? The same recipe and list, from the same number, are not sent a second time unasked; and of what is
//! nearly the same somebody is told.

use std::path::Path;

use crate::ledger::{Detail, LedgerReader};
use crate::model::{Counts, State};
use crate::run::error::RunError;
use crate::run_folder::{ConnectionFacts, Lock, RecipeFacts, RunFile, RunFolder, Selection, list_runs};

/// The states of rows that somebody has got, or may have.
const REACHED: [State; 4] = [State::Accepted, State::Held, State::Unknown, State::Sending];

/// An earlier run that may have reached the same people.
#[derive(Debug)]
pub struct Earlier {
    /// Its folder.
    pub folder: RunFolder,
    /// What it was.
    pub run: RunFile,
    /// How its rows stand.
    pub counts: Counts,
    /// Somebody works on it now.
    pub live: bool,
    /// What it has in common with the one that is to begin.
    pub likeness: Likeness,
}

/// What is to be sent.
#[derive(Debug)]
pub struct Intended<'a> {
    /// The recipe.
    pub recipe: RecipeFacts,
    /// The list's digest.
    pub data: &'a str,
    /// Which rows of it.
    pub selection: &'a Selection,
    /// The connections that it goes by.
    pub connections: Vec<ConnectionFacts>,
    /// To a sandbox of its own.
    pub sandbox: bool,
}

/// What two runs have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The list and the recipe.
    Same,
    /// The list and the file of the recipe, in which something else stood.
    Edited,
    /// The list alone: another message to the same people.
    List,
    /// The recipe alone: the same message, perhaps to some of the same people.
    Recipe,
}

impl Earlier {
    /// How many of its rows were sent, or may have been.
    pub fn reached(&self) -> u64 {
        REACHED.iter().map(|state| self.counts.get(*state)).sum()
    }
}

impl Likeness {
    /// True if it is to be sent again only when somebody asks for that.
    pub fn is_the_same(self) -> bool {
        matches!(self, Self::Same | Self::Edited)
    }
}

/// The latest run of `runs_dir` that may have sent what is to be sent; if there is none, the latest that has the list or the recipe
/// in common with it. Only the very same counts also if it has reached nobody.
///
/// # Errors
/// The folder or a run in it cannot be read. An earlier run whose ledger cannot be read counts with all its rows unknown.
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

/// What a run has in common with what is to be sent, if anything. A rehearsal in the sandbox says nothing about real sending, nor
/// the other way round; a test has sent to no recipient; and another number's messages are other messages.
fn likeness(earlier: &RunFile, intended: &Intended<'_>) -> Option<Likeness> {
    let shares_a_sender =
        || earlier.connections().any(|one| intended.connections.iter().any(|other| one.sends_as(other)));
    if earlier.test.is_some() || earlier.sandbox != intended.sandbox || !(intended.sandbox || shares_a_sender()) {
        return None;
    }
    let any = |is_it: &dyn Fn(&RecipeFacts) -> bool| earlier.recipes.iter().any(is_it);
    let same = any(&|known| known.digest == intended.recipe.digest);
    if intended.sandbox && !(same && earlier.data.digest == intended.data) {
        // A recipe is edited and rehearsed, edited and rehearsed; nobody gets anything twice.
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

/// How a run's rows stand, from its ledger alone, and whether somebody works on it: if not, rows in flight count as unknown. With
/// a ledger that cannot be read all do.
pub fn standing_counts(folder: &RunFolder, run: &RunFile) -> (Counts, bool) {
    // Asked first: a run that ends in between has no row in flight any more.
    let live = Lock::is_held(&folder.lock());
    let mut counts = Counts::default();
    let read = || {
        let reader = LedgerReader::open(&folder.ledger())?;
        if let Some(balance) = reader.balance() {
            counts = balance.counts();
            return Ok(());
        }
        for standing in reader.standings(Detail::Deciding)? {
            let state = standing?.1.state;
            counts.add(if state == State::Sending && !live { State::Unknown } else { state });
        }
        Ok::<(), crate::ledger::LedgerError>(())
    };
    let rest = if { read }().is_ok() { State::Pending } else { State::Unknown };
    counts.add_many(rest, run.rows.saturating_sub(counts.total()));
    (counts, live)
}
