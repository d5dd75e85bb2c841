//! How often a run was started, and whether it came to its end, remembered outside its folder: a restored backup of the folder must
//! not send again what was sent since the backup was made.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::PathBuf;

use tempfile::NamedTempFile;
use thiserror::Error;

/// The registry of one run's starts, in the user's state folder (XDG Base Directory Specification).
#[derive(Debug)]
pub struct StartRegistry(Option<PathBuf>);

/// The run's folder is older than what this machine remembers of the run.
#[derive(Debug, Error)]
pub enum OlderCopy {
    /// It was started since the copy was made.
    #[error(
        "the ledger of this run knows of {known} starts, this machine remembers {remembered}: the folder is an older copy"
    )]
    Starts {
        /// Starts in the ledger.
        known: u64,
        /// Starts that were remembered.
        remembered: u64,
    },
    /// The copy was made while a process worked on the run.
    #[error(
        "this machine remembers that start {start} of this run came to its end, its ledger does not: the folder is an older copy"
    )]
    Unfinished {
        /// The last start.
        start: u64,
    },
}

/// What is written down behind the number of starts when the last one has come to its end.
const ENDED: &str = "ended";

impl StartRegistry {
    /// The registry of the run `name`. A machine without a state folder has none.
    pub fn of(name: &str) -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
        Self(state.filter(|path| path.is_absolute()).map(|path| path.join("rowcast/starts").join(name)))
    }

    /// Compares with the ledger, which knows of so many starts, and whether the last of them came to its end.
    ///
    /// # Errors
    /// More is remembered than the ledger knows of.
    pub fn check(&self, known: u64, has_ended: bool) -> Result<(), OlderCopy> {
        let text = self.0.as_ref().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        let mut words = text.split_whitespace();
        let remembered = words.next().and_then(|starts| starts.parse().ok()).unwrap_or(0);
        if remembered > known {
            return Err(OlderCopy::Starts { known, remembered });
        }
        if remembered == known && words.next() == Some(ENDED) && !has_ended {
            return Err(OlderCopy::Unfinished { start: known });
        }
        Ok(())
    }

    /// Remembers so many starts. A copy of the folder that was made before is known by that.
    ///
    /// # Errors
    /// The state folder cannot be written. That is no reason not to send.
    pub fn remember(&self, starts: u64) -> io::Result<()> {
        self.write(&starts.to_string())
    }

    /// Remembers that the last of so many starts has come to its end, and that the ledger says so. A copy that was made while it
    /// was at work is known by that.
    ///
    /// # Errors
    /// The state folder cannot be written.
    pub fn remember_end(&self, starts: u64) -> io::Result<()> {
        self.write(&format!("{starts} {ENDED}"))
    }

    /// Takes the lock of the run, held as long as the file is open. `None` without a state folder.
    ///
    /// # Errors
    /// A process has it, or the state folder cannot be written.
    pub(super) fn lock(&self) -> Result<Option<File>, TryLockError> {
        let Some(path) = &self.0 else { return Ok(None) };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        if let Some(folder) = path.parent() {
            crate::files::private_folders(folder).map_err(TryLockError::Error)?;
        }
        let file = crate::files::lock_file(&path.with_file_name(name)).map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(Some(file))
    }

    fn write(&self, line: &str) -> io::Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        let Some(folder) = path.parent() else { return Ok(()) };
        crate::files::private_folders(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        writeln!(file, "{line}")?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_is_remembered_is_an_older_copy() {
        let folder = tempfile::tempdir().unwrap();
        let starts = StartRegistry(Some(folder.path().join("rowcast/starts/r-1")));
        assert!(starts.check(0, false).is_ok(), "nothing is remembered yet");
        starts.remember(2).unwrap();
        assert!(starts.check(2, false).is_ok() && starts.check(3, false).is_ok());
        assert!(matches!(starts.check(1, true), Err(OlderCopy::Starts { known: 1, remembered: 2 })));
        starts.remember_end(2).unwrap();
        assert!(starts.check(2, true).is_ok() && starts.check(3, false).is_ok());
        assert!(matches!(starts.check(2, false), Err(OlderCopy::Unfinished { start: 2 })));
        assert!(matches!(starts.check(1, true), Err(OlderCopy::Starts { .. })));
        starts.remember(3).unwrap();
        assert!(starts.check(2, true).is_err() && starts.check(3, false).is_ok());
        let nowhere = StartRegistry(None);
        assert!(nowhere.check(0, false).is_ok() && nowhere.remember(1).is_ok() && nowhere.remember_end(1).is_ok());
    }
}
