//! The run folder: `runs/<name>-<UTC time>-<4 hex>/`, 0700, its files 0600. It holds personal data.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use crate::files::{atomic, private_file, private_folder, private_folders};

use super::RunFile;

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

/// Why a run folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `run.json` is not what it should be.
    #[error("{path}: {message}")]
    RunFile {
        /// Which.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// No run begins with what was given.
    #[error("no run `{wanted}` in {runs_dir}")]
    NotFound {
        /// What was looked for.
        wanted: String,
        /// Where.
        runs_dir: PathBuf,
    },
    /// Somebody else could have put there what is in it.
    #[error("{path}: {why}, so that what is in it cannot be trusted")]
    NotOurs {
        /// Which.
        path: PathBuf,
        /// Why it is not trusted.
        why: &'static str,
    },
    /// A run is there, and what it has sent nobody can say.
    #[error("a run cannot be read: {0}")]
    Unreadable(Box<FolderError>),
    /// Several runs do.
    #[error("`{wanted}` may be any of: {}", .candidates.join(", "))]
    Ambiguous {
        /// What was looked for.
        wanted: String,
        /// What it may be.
        candidates: Vec<String>,
    },
}

impl FolderError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }

    /// True if a `run.json` was looked for where there is none.
    pub(super) fn is_no_run(&self) -> bool {
        use io::ErrorKind::{NotADirectory, NotFound};

        matches!(self, Self::Io { source, .. } if matches!(source.kind(), NotFound | NotADirectory))
    }
}

impl RunFolder {
    /// Creates the folder of a new run with an empty ledger and lock file in it.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create(runs_dir: &Path, name: &str, now: Timestamp) -> Result<Self, FolderError> {
        private_folders(runs_dir).map_err(FolderError::io(runs_dir))?;
        let stamp = now.strftime("%Y%m%dT%H%M%SZ");
        let path = runs_dir.join(format!("{name}-{stamp}-{:04x}", fastrand::u16(..)));
        private_folder(&path).map_err(FolderError::io(&path))?;
        let folder = Self(path);
        for file in [folder.ledger(), folder.lock()] {
            private_file(&file).map_err(FolderError::io(&file))?;
        }
        Ok(folder)
    }

    /// The folder at an existing path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder's name, which is the run's name to the user.
    pub fn name(&self) -> String {
        self.0.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// `ledger.db`.
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger.db")
    }

    /// `lock`.
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// `data.csv`.
    pub fn data(&self) -> PathBuf {
        self.0.join("data.csv")
    }

    /// `results.csv`.
    pub fn results(&self) -> PathBuf {
        self.0.join("results.csv")
    }

    /// The recipe's copy of a revision, counted from 1: `recipe.yaml`, `recipe-2.yaml` …
    pub fn recipe(&self, revision: u32) -> PathBuf {
        self.0.join(if revision <= 1 { "recipe.yaml".to_owned() } else { format!("recipe-{revision}.yaml") })
    }

    /// `run.json`.
    pub fn run_file(&self) -> PathBuf {
        self.0.join("run.json")
    }

    /// Writes a new file, synced, readable by its owner alone.
    ///
    /// # Errors
    /// It exists or cannot be written.
    pub fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
        let write = || {
            let mut file = private_file(path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(FolderError::io(path))
    }

    /// Reads `run.json`.
    ///
    /// # Errors
    /// It cannot be read or is not one.
    pub fn read_run_file(&self) -> Result<RunFile, FolderError> {
        let path = self.run_file();
        let text = fs::read_to_string(&path).map_err(FolderError::io(&path))?;
        serde_json::from_str(&text).map_err(|error| FolderError::RunFile { path, message: error.to_string() })
    }

    /// Writes `run.json` in place of an earlier one, whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_run_file(&self, run: &RunFile) -> Result<(), FolderError> {
        let path = self.run_file();
        let write = || atomic::write(&path, &[&serde_json::to_vec_pretty(run)?[..], b"\n"].concat());
        write().map_err(FolderError::io(&path))
    }

    /// Makes the folder's entries durable.
    ///
    /// # Errors
    /// The sync failed.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }

    /// Removes the folder of a run that did not come to be.
    pub fn discard(self) {
        // What cannot be removed stays as a folder without `run.json`, which is no run.
        let _ = fs::remove_dir_all(self.0);
    }
}
