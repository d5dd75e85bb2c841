//! SQLite's errors as the ledger's.

use std::path::Path;

use crate::ledger::LedgerError;

/// SQLite's error as the ledger's, with the file it concerns.
pub(super) fn failed(path: &Path) -> impl FnOnce(rusqlite::Error) -> LedgerError + '_ {
    |source| LedgerError::Store { path: path.to_owned(), source: source.into() }
}
