//! The run folder: `runs/<name>-<UTC time>-<4 hex>/`, 0700, its files 0600. It holds personal data.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

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
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
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

    fn run_file(&self) -> PathBuf {
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
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
            file.write_all(&[&serde_json::to_vec_pretty(run)?[..], b"\n"].concat())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            self.sync()
        };
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

/// Creates a file that its owner alone may read and that was not there before; a symbolic link is not followed.
///
/// # Errors
/// It exists or cannot be created.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a folder and those above it that are missing, each its owner's alone.
///
/// # Errors
/// One of them cannot be created.
pub fn private_folders(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// All runs of a folder, the oldest first. A folder without `run.json` is no run. Whoever made a run, it counts: a list that
/// was sent is not to be sent again.
///
/// # Errors
/// The folder cannot be read. One that does not exist has no runs.
pub fn list_runs(runs_dir: &Path) -> Result<Vec<(RunFolder, RunFile)>, FolderError> {
    let entries = match fs::read_dir(runs_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FolderError::io(runs_dir)(error)),
    };
    let mut runs: Vec<(RunFolder, RunFile)> = entries
        .filter_map(|entry| Some(RunFolder(entry.ok()?.path())))
        .filter_map(|folder| folder.read_run_file().ok().map(|run| (folder, run)))
        .collect();
    runs.sort_by(|(_, one), (_, other)| (one.created, &one.run).cmp(&(other.created, &other.run)));
    Ok(runs)
}

/// The run that `wanted` names: `latest`, or an unambiguous prefix of a folder name. It is the user's own: a run says where
/// requests go, and they carry the token.
///
/// # Errors
/// There is none, or several; or somebody else may have put it there.
pub fn find_run(runs_dir: &Path, wanted: &str) -> Result<(RunFolder, RunFile), FolderError> {
    let (folder, run) = find(list_runs(runs_dir)?, runs_dir, wanted)?;
    match not_ours(folder.path()) {
        Some(why) => Err(FolderError::NotOurs { path: folder.0, why }),
        None => Ok((folder, run)),
    }
}

fn find(
    mut runs: Vec<(RunFolder, RunFile)>,
    runs_dir: &Path,
    wanted: &str,
) -> Result<(RunFolder, RunFile), FolderError> {
    let not_found = || FolderError::NotFound { wanted: wanted.to_owned(), runs_dir: runs_dir.to_owned() };
    if wanted == "latest" {
        return runs.pop().ok_or_else(not_found);
    }
    runs.retain(|(folder, _)| folder.name().starts_with(wanted));
    if let Some(exact) = runs.iter().position(|(folder, _)| folder.name() == wanted) {
        return Ok(runs.swap_remove(exact));
    }
    if runs.len() > 1 {
        let candidates = runs.into_iter().map(|(folder, _)| folder.name()).collect();
        return Err(FolderError::Ambiguous { wanted: wanted.to_owned(), candidates });
    }
    runs.pop().ok_or_else(not_found)
}

/// Why a run folder is not to be trusted, if it is not. The folder of all runs may be a link: it is the user's to place.
/// Modes say nothing here: the folder was made for its owner alone, and some file systems know no modes.
#[cfg(unix)]
fn not_ours(path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;

    let found = path.symlink_metadata().ok()?;
    if found.is_symlink() {
        Some("it is a symbolic link")
    } else if found.uid() != rustix::process::geteuid().as_raw() {
        Some("it belongs to another user")
    } else {
        None
    }
}

#[cfg(not(unix))]
fn not_ours(_: &Path) -> Option<&'static str> {
    None
}
