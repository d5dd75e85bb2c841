//! One runner per run: a lock that the system frees when its holder dies, and who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

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
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody else works on the run.
    #[error("{}", held(.0.as_ref()))]
    Held(Option<Holder>),
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
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(read_holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(serde_json::to_string(holder).unwrap_or_default().as_bytes())?;
        file.sync_all()?;
        Ok(Self { _file: file })
    }

    /// Takes the lock of a folder, which exists, when nobody else has it any more. For what takes a moment: nobody is told who
    /// has it, and no file is left behind. Where folders cannot be locked there is none.
    pub fn of_folder(path: &Path) -> Option<Self> {
        let folder = File::open(path).ok()?;
        folder.lock().ok()?;
        Some(Self { _file: folder })
    }

    /// True if somebody works on the run of the lock file at `path`.
    pub fn is_held(path: &Path) -> bool {
        // A shared try does not disturb a runner that is just starting: it would only have to be the one process.
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
