//! Why a ledger cannot be used.

use std::error::Error;
use std::path::PathBuf;

use thiserror::Error;

/// Why the ledger cannot be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The engine failed.
    #[error("the ledger {path}: {source}")]
    Store {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A later Rowcast wrote it.
    #[error("the ledger {path} has format {found}, this Rowcast knows {known}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that is known.
        known: i64,
    },
    /// A check found damage.
    #[error("the ledger {path} is damaged: {report}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check said.
        report: String,
    },
    /// It held more before.
    #[error("the ledger {path} was harmed: {what}")]
    Harmed {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: String,
    },
    /// Its high-water mark cannot be written.
    #[error("the high-water mark {path} cannot be written: {source}")]
    Unmarked {
        /// The file of the mark.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no room beside it for the outcomes of a full disk.
    #[error("no room beside the ledger {path}: {source}")]
    NoRoom {
        /// The ledger.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no longer where it was: its run's folder was removed or renamed.
    #[error("the ledger {path} is gone{}; nothing more is sent", moved(.now.as_ref()))]
    Gone {
        /// Where it was.
        path: PathBuf,
        /// Where its folder is now, if that can be found out.
        now: Option<PathBuf>,
    },
    /// An earlier write failed.
    #[error("the ledger is not written any more since a write failed")]
    Poisoned,
    /// The operating system refused a thread to read with.
    #[error("the system gave no threads: {0}")]
    NoThread(std::io::Error),
    /// The thread that reads is gone: a bug.
    #[error("the reading of the ledger broke off; this is a bug in Rowcast")]
    BrokenOff,
}

fn moved(now: Option<&PathBuf>) -> String {
    now.map_or_else(
        || ": its folder was removed".to_owned(),
        |now| format!(": its folder is now {}, and `rowcast resume` goes on there", now.display()),
    )
}
