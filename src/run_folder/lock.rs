//! One runner per run: a lock that the system frees when its holder dies, and who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::StartRegistry;

/// Who works on a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process id.
    pub pid: u32,
    /// The machine's name.
    pub host: String,
    /// Since when.
    pub since: Timestamp,
}

/// The right to work on a run, held as long as this lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// The lock of the run wherever its folder is, held as long as that of the folder.
    of_run: Option<File>,
}

/// Whoever has just taken the lock has not written yet who it is: so often its text is looked at,
const LOOKS: u32 = 10;
/// and so long is waited before each look but the first.
const PAUSE: Duration = Duration::from_millis(5);

/// Why the lock was not taken.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody else works on the run.
    #[error("{}", held(.0.as_ref()))]
    Held(Option<Holder>),
    /// A process works on the same run in another folder.
    #[error("another process works on this run in another folder: this folder is a copy, or that one is")]
    Copy,
    /// The lock file cannot be used.
    #[error("the lock file: {0}")]
    Io(#[from] io::Error),
}

fn held(holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { pid, host, since }) => {
            format!("another process works on this run: process {pid} on {host}, since {since:.0}")
        }
        None => "another process works on this run".to_owned(),
    }
}

impl Lock {
    /// Takes the lock of the file at `path`, which exists.
    ///
    /// # Errors
    /// Somebody else has it, or the file cannot be used.
    pub fn take(path: &Path, holder: &Holder) -> Result<Self, LockError> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held(read_holder(&mut file, || thread::sleep(PAUSE))));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(serde_json::to_string(holder).unwrap_or_default().as_bytes())?;
        file.sync_all()?;
        Ok(Self { file, of_run: None })
    }

    /// Takes the lock of the run as well, which a copy of its folder has in common with it: two processes that work on the run and
    /// on a copy of it would send everything twice. A machine without a state folder has none.
    ///
    /// # Errors
    /// A process works on the run in another folder.
    pub fn and_of_run(mut self, starts: &StartRegistry) -> Result<Self, LockError> {
        match starts.lock() {
            Ok(of_run) => {
                self.of_run = of_run;
                Ok(self)
            }
            Err(TryLockError::WouldBlock) => Err(LockError::Copy),
            // That nothing can be remembered here is no reason not to send.
            Err(TryLockError::Error(_)) => Ok(self),
        }
    }

    /// True if somebody works on the run of the lock file at `path`.
    pub fn is_held(path: &Path) -> bool {
        // A shared try does not disturb a runner that is just starting: it would only have to be the one process.
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

impl Drop for Lock {
    /// The next to be refused must not be told of this one. If it cannot be done, it may be.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        drop(self.of_run.take());
    }
}

fn read_holder(file: &mut File, mut pause: impl FnMut()) -> Option<Holder> {
    for look in 0..LOOKS {
        if look > 0 {
            pause();
        }
        let mut text = String::new();
        file.rewind().ok()?;
        file.take(4096).read_to_string(&mut text).ok()?;
        if let Ok(holder) = serde_json::from_str(&text) {
            return Some(holder);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_refused_is_told_by_whom_also_a_moment_too_early() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let holder = Holder { pid: 7, host: "here".to_owned(), since: Timestamp::UNIX_EPOCH };
        let lock = Lock::take(&path, &holder).unwrap();
        assert!(matches!(Lock::take(&path, &holder), Err(LockError::Held(Some(found))) if found == holder));
        drop(lock);
        // It is not the one before.
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        let text = serde_json::to_string(&holder).unwrap();
        let mut early = File::open(&path).unwrap();
        let mut left = [&text[..9], &text[9..]].into_iter();
        let write = || file.write_all(left.next().unwrap().as_bytes()).unwrap();
        assert_eq!(read_holder(&mut early, write), Some(holder));
        // Somebody who never says who it is holds nobody up.
        let mut pauses = 0;
        let mut silent = tempfile::tempfile().unwrap();
        assert_eq!(read_holder(&mut silent, || pauses += 1), None);
        assert_eq!(pauses, LOOKS - 1);
    }
}
