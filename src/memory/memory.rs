//! Looking a message up.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::model::RowNumber;

use super::catalog::{Catalog, Version};
use super::key::{MessageKey, Secret};
use super::segment::Segment;
use super::{MemoryError, claim_files};

/// What a project knows of all its runs, open for reading, by several threads at once. It shows one moment: what is taken up later shows
/// when it is opened again.
#[derive(Debug)]
pub struct Memory {
    dir: PathBuf,
    version: Version,
    secret: Option<Secret>,
    pub(super) catalog: Catalog,
    pub(super) segments: Vec<Segment>,
}

/// What is known of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMessage {
    /// The row that sent it first. One that may not have arrived only if there is no other.
    pub first: Entry,
    /// When it was sent last, or may have been, in Unix milliseconds.
    pub latest_ms: i64,
}

/// A row that sent a message, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The run.
    pub run: String,
    /// The row.
    pub row: RowNumber,
    /// When, in Unix milliseconds, in whole seconds.
    pub at_ms: i64,
    /// Nobody knows whether it arrived.
    pub doubt: bool,
}

impl Memory {
    /// Opens the memory in a folder. One that does not exist is empty, and is not created.
    pub fn open(dir: &Path) -> Result<Self, MemoryError> {
        // A writer may replace the catalog and remove the segments of the old one in between.
        let mut tries = 0;
        loop {
            let version = Version::now(dir);
            match Self::open_version(dir, version) {
                Err(MemoryError::Io { .. }) if tries < 20 && Version::now(dir) != version => tries += 1,
                opened => return opened,
            }
        }
    }

    fn open_version(dir: &Path, version: Version) -> Result<Self, MemoryError> {
        let catalog = Catalog::read(dir)?;
        let secret = Secret::read(dir)?;
        catalog.check(dir, secret.as_ref())?;
        let segments = catalog.segments.iter().map(|name| Segment::open(&dir.join(name))).collect::<Result<_, _>>()?;
        Ok(Self { dir: dir.to_owned(), version, secret, catalog, segments })
    }

    /// True if nothing was taken up since it was opened.
    pub fn is_current(&self) -> bool {
        Version::now(&self.dir) == self.version
    }

    /// The runs that were taken up, each with the state of its ledger.
    pub fn stamps(&self) -> HashMap<&str, &str> {
        self.catalog
            .runs
            .iter()
            .flatten()
            .filter(|known| !known.apart)
            .map(|known| (known.run.as_str(), known.stamp.as_str()))
            .collect()
    }

    /// The names of all runs that it knows of, also of those that are gone.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        self.catalog.runs.iter().flatten().map(|known| known.run.as_str())
    }

    /// The runs of processes that died with claims.
    pub fn dead_claims(&self) -> Vec<String> {
        claim_files::dead(&self.dir).into_iter().map(|(run, _)| run).collect()
    }

    /// What is known of a message, apart from what the run `except` has sent.
    pub fn look(&self, key: &MessageKey, except: Option<&str>) -> Result<Option<KnownMessage>, MemoryError> {
        let Some(secret) = &self.secret else { return Ok(None) };
        if self.segments.is_empty() {
            return Ok(None);
        }
        let (stored, mut found) = (secret.stored(key), Vec::new());
        for segment in &self.segments {
            segment.find(&stored, &mut found)?;
        }
        let mut known: Option<KnownMessage> = None;
        for record in found {
            let Some(run) = self.catalog.run(record.run).filter(|known| Some(known.run.as_str()) != except) else {
                continue;
            };
            let (row, at_ms, doubt) = (RowNumber(record.row), record.at_ms(), record.doubt);
            let entry = || Entry { run: run.run.clone(), row, at_ms, doubt };
            match &mut known {
                None => known = Some(KnownMessage { first: entry(), latest_ms: at_ms }),
                Some(known) => {
                    known.latest_ms = known.latest_ms.max(at_ms);
                    if (doubt, at_ms) < (known.first.doubt, known.first.at_ms) {
                        known.first = entry();
                    }
                }
            }
        }
        Ok(known)
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }
}
