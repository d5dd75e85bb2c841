//! The messages of a run that arrived or may have, as the memory of the project takes them up.

use crate::ledger::{self, LedgerReader, Reached};
use crate::model::{Addressee, Row, RowKeys};
use crate::rows::DataError;
use crate::run::check::repeats::MessageCounter;
use crate::run::error::RunError;
use crate::run::state::walk::WalkError;
use crate::run_folder::RunFolder;

use super::recipients::Recipients;

/// Passes every message of a run that arrived or may have to `each`, in row order. `false` if an earlier version of Rowcast wrote the
/// ledger and did not record the messages; [`render_reached`] then finds them.
///
/// # Errors
/// The ledger cannot be read, or those of `each`.
pub fn each_reached(
    folder: &RunFolder,
    mut each: impl FnMut(&Reached) -> Result<(), RunError>,
) -> Result<bool, RunError> {
    for reached in ledger::read(&folder.ledger())?.reached()? {
        let reached = reached?;
        if !is_recorded(&reached.to) {
            return Ok(false);
        }
        each(&reached)?;
    }
    Ok(true)
}

/// The same for a ledger that does not record the messages: each is rendered by the recipe that it was sent under.
///
/// # Errors
/// Ledger, list or recipe cannot be read, or those of `each`.
pub fn render_reached(
    recipients: &Recipients<'_, '_>,
    rows: impl Iterator<Item = Result<Row, DataError>>,
    mut each: impl FnMut(&Reached) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let mut reached = ledger::read(&recipients.folder.ledger())?.reached()?.peekable();
    let mut counter = MessageCounter::default();
    for row in rows {
        let row = row.map_err(WalkError::Data)?;
        while let Some(found) = reached.next_if(|next| next.as_ref().map_or(true, |next| next.row <= row.number)) {
            let mut found = found?;
            if !is_recorded(&found.to) {
                let Addressee { recipient, person, keys } = recipients.under(found.revision, row.clone())?;
                let nth = counter.nth(person.as_deref(), keys.message);
                let nth = nth.map_err(|source| RunError::Io { path: std::env::temp_dir(), source })?;
                let message = keys.message.map(|message| message.nth(nth));
                found.to = Addressee { recipient, person, keys: RowKeys { message, ..keys } };
            }
            each(&found)?;
        }
        if reached.peek().is_none() {
            break;
        }
    }
    Ok(())
}

/// Whether an intent tells what was sent. One without a person is no message to anybody.
fn is_recorded(to: &Addressee) -> bool {
    to.recipient.as_deref() == Some(Addressee::FORGOTTEN)
        || to.keys.message.is_some()
        || to.person.is_none() && to.recipient.is_none() && to.keys.once.is_some()
}
