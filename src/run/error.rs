//! Why a run cannot begin or go on.

use crate::ledger::LedgerError;
use crate::run::state::walk::WalkError;
use crate::run_folder::{FolderError, LockError};

/// Why a run cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The run folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Somebody else works on the run.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The data and the ledger.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An earlier Rowcast did not record whom a row was sent to, and the recipe that it was sent under does not say it.
    #[error("cannot find out whom row {row} was sent to: {recipe} does not say it")]
    RecipientUnknown {
        /// The row.
        row: crate::model::RowNumber,
        /// The copy of the recipe.
        recipe: std::path::PathBuf,
    },
    /// The data file is not what was checked.
    #[error("{0} was changed while it was being checked; run it again")]
    Changed(std::path::PathBuf),
    /// The run folder's copy is not what the run was made with.
    #[error("{0} is not the copy that this run was made with; nothing is sent from it")]
    Tampered(std::path::PathBuf),
    /// The run folder is a restored backup.
    #[error(transparent)]
    OlderCopy(#[from] crate::run_folder::OlderCopy),
    /// The operating system refused a thread or a timer.
    #[error("the system gave no threads: {0}")]
    System(std::io::Error),
}
