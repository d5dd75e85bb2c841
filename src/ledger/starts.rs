//! How often a run was started, remembered outside its folder: a restored backup of the folder must not send again what
//! was sent since the backup was made.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use tempfile::NamedTempFile;
use thiserror::Error;

/// The memory of one run's starts, in the user's state folder (XDG Base Directory Specification).
#[derive(Debug)]
pub struct Starts(Option<PathBuf>);

/// The run's folder is older than what this machine remembers of the run.
#[derive(Debug, Error)]
#[error(
    "the ledger of this run knows of {known} starts, this machine remembers {remembered}: the folder is an older copy"
)]
pub struct OlderCopy {
    /// Starts in the ledger.
    pub known: u64,
    /// Starts that were remembered.
    pub remembered: u64,
}

impl Starts {
    /// The memory of the run `name`. On a machine without a state folder there is none.
    pub fn of(name: &str) -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
        Self(state.filter(|path| path.is_absolute()).map(|path| path.join("rowcast/starts").join(name)))
    }

    /// Compares with the ledger, which knows of so many starts.
    ///
    /// # Errors
    /// More are remembered than the ledger knows of.
    pub fn check(&self, known: u64) -> Result<(), OlderCopy> {
        let text = self.0.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let remembered = text.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        if remembered > known { Err(OlderCopy { known, remembered }) } else { Ok(()) }
    }

    /// Remembers so many starts.
    ///
    /// # Errors
    /// The state folder cannot be written. That is no reason not to send.
    pub fn remember(&self, starts: u64) -> io::Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        let Some(folder) = path.parent() else { return Ok(()) };
        super::folder::private_folders(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        writeln!(file, "{starts}")?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_starts_than_remembered_are_an_older_copy() {
        let folder = tempfile::tempdir().unwrap();
        let starts = Starts(Some(folder.path().join("rowcast/starts/r-1")));
        assert!(starts.check(0).is_ok(), "nothing is remembered yet");
        starts.remember(2).unwrap();
        assert!(starts.check(2).is_ok() && starts.check(3).is_ok());
        assert_eq!(starts.check(1).unwrap_err().remembered, 2);
        starts.remember(3).unwrap();
        assert!(starts.check(2).is_err());
        assert!(Starts(None).check(0).is_ok() && Starts(None).remember(1).is_ok());
    }
}
