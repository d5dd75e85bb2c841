//! The catalog: which segments there are, and which runs their records are of. One small file that is replaced as a whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::files::atomic;

use super::MemoryError;
use super::key::Secret;

/// The version of the files.
const FORMAT: u32 = 1;

/// What the file has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Catalog {
    format: u32,
    /// Tells whether the secret is the one that the segments were written with.
    check: String,
    /// The next number for the name of a segment.
    pub(super) next: u64,
    /// The segments, by file name.
    pub(super) segments: Vec<String>,
    /// The runs by index. `None` for one that was taken up again under another index, or forgotten.
    pub(super) runs: Vec<Option<TakenUp>>,
}

/// A run as it was taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TakenUp {
    /// Its name.
    pub(super) run: String,
    /// The state of its ledger then.
    pub(super) stamp: String,
    /// How many records it has.
    #[serde(default)]
    pub(super) records: u64,
    /// What of the run is in no ledger any more, because a person was forgotten in it. It stays when the run is taken up again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) apart: bool,
}

/// Which version of the file was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Version(Option<(u64, SystemTime, u64)>);

impl Version {
    /// The version that is there now.
    pub(super) fn now(dir: &Path) -> Self {
        let found = fs::metadata(Catalog::path(dir)).ok();
        Self(found.and_then(|found| Some((found.len(), found.modified().ok()?, inode(&found)))))
    }
}

#[cfg(unix)]
fn inode(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

impl Catalog {
    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join("catalog.json")
    }

    /// Reads the catalog. One that does not exist is empty.
    pub(super) fn read(dir: &Path) -> Result<Self, MemoryError> {
        let path = Self::path(dir);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(MemoryError::io(path)(error)),
        };
        let format: Option<u64> =
            serde_json::from_slice(&text).ok().and_then(|known: serde_json::Value| known.get("format")?.as_u64());
        if format.is_some_and(|format| format > FORMAT.into()) {
            return Err(MemoryError::Later(path));
        }
        serde_json::from_slice(&text).map_err(|_| MemoryError::Damaged(path))
    }

    /// Replaces the catalog.
    pub(super) fn write(&mut self, dir: &Path, secret: &Secret) -> Result<(), MemoryError> {
        (self.format, self.check) = (FORMAT, secret.check());
        let path = Self::path(dir);
        let text = serde_json::to_vec(&*self).map_err(|error| MemoryError::io(&path)(error.into()))?;
        atomic::write(&path, &text).map_err(MemoryError::io(&path))
    }

    /// Fails if the segments were written with another secret, or there is none.
    pub(super) fn check(&self, dir: &Path, secret: Option<&Secret>) -> Result<(), MemoryError> {
        let is_right = self.check.is_empty() || secret.is_some_and(|secret| secret.check() == self.check);
        if is_right { Ok(()) } else { Err(MemoryError::WrongKey(Secret::path(dir))) }
    }

    /// The run of a record, unless the record counts no longer.
    pub(super) fn run(&self, index: u32) -> Option<&TakenUp> {
        self.runs.get(usize::try_from(index).ok()?)?.as_ref()
    }
}
