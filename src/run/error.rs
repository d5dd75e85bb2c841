//! Why a run cannot begin or continue.

use crate::ledger::LedgerError;
use crate::run::state::walk::WalkError;
use crate::run_folder::{FolderError, LockError};

/// Why a run cannot begin or continue.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What other runs have sent cannot be read or kept.
    #[error(transparent)]
    Memory(#[from] crate::memory::MemoryError),
    /// The run folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Another process works on the run.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The data or the ledger cannot be read further.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// The error.
        source: std::io::Error,
    },
    /// An earlier version of Rowcast did not record the recipient of a row, and the recipe that the row was sent under
    /// does not tell it.
    #[error("cannot determine the recipient of row {row} from {recipe}")]
    RecipientUnknown {
        /// The row.
        row: crate::model::RowNumber,
        /// The copy of the recipe.
        recipe: std::path::PathBuf,
    },
    /// The data file has changed since it was checked.
    #[error("{0} changed while it was being checked; run the command again")]
    Changed(std::path::PathBuf),
    /// The run folder's copy has changed since the run was created.
    #[error("{0} has changed since this run was created; Rowcast does not send from it")]
    Tampered(std::path::PathBuf),
    /// The run folder is a restored backup.
    #[error(transparent)]
    OlderCopy(#[from] crate::run_folder::OlderCopy),
    /// The operating system refused a thread or a timer.
    #[error("cannot start a thread or a timer: {0}")]
    System(std::io::Error),
}
