//! The rows of a run by state.

use crate::ledger::{self, LedgerReader, Projection};
use crate::model::{Counts, State};
use crate::run_folder::{Lock, RunFile, RunFolder};

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
