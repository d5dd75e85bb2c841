//! Why the memory cannot be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the memory of a project cannot be used.
#[derive(Debug, Error)]
pub enum MemoryError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not what was written.
    #[error(
        "{0} is damaged; remove the folder {dir}, and the next run builds it again from the runs that are there (what is remembered \
         of removed runs is lost)",
        dir = folder(.0)
    )]
    Damaged(PathBuf),
    /// The secret is missing or another one.
    #[error(
        "{0} is not the key that this memory was written with; restore the file, or remove the folder {dir}, and the next run builds it \
         again from the runs that are there (what is remembered of removed runs is lost)",
        dir = folder(.0)
    )]
    WrongKey(PathBuf),
    /// A later version of Rowcast wrote it.
    #[error("{0} was written by a later version of Rowcast; use that version")]
    Later(PathBuf),
}

fn folder(file: &std::path::Path) -> String {
    file.parent().unwrap_or(file).display().to_string()
}

impl MemoryError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
