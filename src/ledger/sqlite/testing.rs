//! Empty places for ledgers, for tests.

use std::cell::Cell;

use crate::files::private_file;

use super::SqliteStore;

/// A function that makes another place on every call. The folder lives as long as the function.
pub(in crate::ledger) fn places() -> impl Fn() -> SqliteStore {
    let (folder, count) = (tempfile::tempdir().unwrap(), Cell::new(0));
    move || {
        count.set(count.get() + 1);
        let path = folder.path().join(format!("ledger-{}.db", count.get()));
        private_file(&path).unwrap();
        SqliteStore::at(&path)
    }
}
