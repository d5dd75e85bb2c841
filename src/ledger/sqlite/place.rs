//! The place of a ledger that is written: a run whose folder is removed or renamed must not go on into a file that nobody finds.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::ledger::LedgerError;

/// The file of a ledger, and its folder, as they were opened.
#[derive(Debug)]
pub(super) struct LedgerPlace {
    path: PathBuf,
    /// Identifies the file. `None` where the system has no such number.
    file: Option<(u64, u64)>,
    /// Kept open, because its path can still be asked for when it was renamed.
    folder: Option<File>,
}

impl LedgerPlace {
    pub(super) fn of(path: &Path) -> Self {
        let folder = path.parent().and_then(|folder| File::open(folder).ok());
        Self { path: path.to_owned(), file: identity(path), folder }
    }

    /// The path as it was opened. The engine knows only paths that are text.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if the path is no longer that of the file.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        if self.file.is_none() || identity(&self.path) == self.file {
            return Ok(());
        }
        Err(LedgerError::Gone { path: self.path.clone(), now: self.folder.as_ref().and_then(path_of) })
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// The path of an open folder, if it still has one.
#[cfg(target_os = "linux")]
fn path_of(folder: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd as _;

    let path = fs::read_link(format!("/proc/self/fd/{}", folder.as_raw_fd())).ok()?;
    path.exists().then_some(path)
}

#[cfg(not(target_os = "linux"))]
fn path_of(_: &File) -> Option<PathBuf> {
    None
}
