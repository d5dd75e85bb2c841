//! The place of a ledger in SQLite.

use std::path::{Path, PathBuf};

use crate::ledger::{Harm, LedgerError, RunStore};

use super::harm::harm;
use super::reader::SqliteReader;
use super::store::SqliteWriter;

/// The place of a ledger in SQLite: a file in the run's folder.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    path: PathBuf,
}

impl SqliteStore {
    /// The ledger in the file at `path`.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }
}

impl RunStore for SqliteStore {
    type Writer = SqliteWriter;
    type Reader = SqliteReader;

    fn create(&self) -> Result<Self::Writer, LedgerError> {
        Self::Writer::create(&self.path)
    }

    fn open(&self) -> Result<Self::Writer, LedgerError> {
        Self::Writer::open(&self.path)
    }

    fn harm(&self) -> Result<Option<Harm>, LedgerError> {
        harm(&self.path)
    }

    fn open_harmed(&self, harm: &Harm) -> Result<Self::Writer, LedgerError> {
        Self::Writer::open_harmed(&self.path, harm)
    }

    fn read_harmed(&self) -> Result<Self::Reader, LedgerError> {
        Self::Reader::open_harmed(&self.path)
    }

    fn read(&self) -> Result<Self::Reader, LedgerError> {
        Self::Reader::open(&self.path)
    }
}
