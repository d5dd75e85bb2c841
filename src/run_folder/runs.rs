//! The runs of a folder: which there are, and which of them the user means.
//!
//! A run that is there and cannot be read is none of those that one can go on with, but it may have sent something: whoever
//! asks what was sent has to be told of it.

use std::fs;
use std::io;
use std::path::Path;

use super::{FolderError, RunFile, RunFolder};

/// What is found in a folder of runs.
#[derive(Debug, Default)]
pub struct Runs {
    /// The runs, the oldest first.
    pub readable: Vec<(RunFolder, RunFile)>,
    /// Folders whose `run.json` is there, or may be, and cannot be read, by their names; and why.
    pub unreadable: Vec<(RunFolder, FolderError)>,
}

impl Runs {
    /// The first of those that cannot be read, for whoever has to know them all.
    ///
    /// # Errors
    /// There is one.
    pub fn all(self) -> Result<Vec<(RunFolder, RunFile)>, FolderError> {
        match self.unreadable.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(self.readable),
        }
    }
}

/// All runs of a folder. A folder without `run.json` is no run. Whoever made a run, it counts: a list that was sent is not to
/// be sent again.
///
/// # Errors
/// The folder cannot be read. One that does not exist has no runs.
pub fn list_runs(runs_dir: &Path) -> Result<Runs, FolderError> {
    let mut runs = Runs::default();
    let entries = match fs::read_dir(runs_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(runs),
        Err(error) => return Err(FolderError::io(runs_dir)(error)),
    };
    for entry in entries {
        let folder = RunFolder::at(entry.map_err(FolderError::io(runs_dir))?.path());
        match folder.read_run_file() {
            Ok(run) => runs.readable.push((folder, run)),
            Err(error) if error.is_no_run() => {}
            Err(error) => runs.unreadable.push((folder, FolderError::Unreadable(Box::new(error)))),
        }
    }
    runs.readable.sort_by(|(_, one), (_, other)| (one.created, &one.run).cmp(&(other.created, &other.run)));
    runs.unreadable.sort_by_key(|(folder, _)| folder.name());
    Ok(runs)
}

/// The run that `wanted` names: `latest`, or an unambiguous prefix of a folder name. It is the user's own: a run says where
/// requests go, and they carry the token.
///
/// # Errors
/// There is none, or several; it cannot be read; or somebody else may have put it there.
pub fn find_run(runs_dir: &Path, wanted: &str) -> Result<(RunFolder, RunFile), FolderError> {
    let (folder, run) = find(list_runs(runs_dir)?, runs_dir, wanted)?;
    match not_ours(folder.path()) {
        Some(why) => Err(FolderError::NotOurs { path: folder.path().to_owned(), why }),
        None => Ok((folder, run)),
    }
}

fn find(runs: Runs, runs_dir: &Path, wanted: &str) -> Result<(RunFolder, RunFile), FolderError> {
    let Runs { mut readable, mut unreadable } = runs;
    let not_found = || FolderError::NotFound { wanted: wanted.to_owned(), runs_dir: runs_dir.to_owned() };
    if wanted == "latest" {
        let latest = readable.pop();
        let since = latest.as_ref().map(|(folder, _)| stamp(&folder.name()).to_owned());
        // Which one is the latest nobody can say if one that is as late cannot be read.
        unreadable.retain(|(folder, _)| since.as_deref().is_none_or(|since| stamp(&folder.name()) >= since));
        return match unreadable.pop() {
            Some((_, error)) => Err(error),
            None => latest.ok_or_else(not_found),
        };
    }
    readable.retain(|(folder, _)| folder.name().starts_with(wanted));
    unreadable.retain(|(folder, _)| folder.name().starts_with(wanted));
    if let Some(exact) = readable.iter().position(|(folder, _)| folder.name() == wanted) {
        return Ok(readable.swap_remove(exact));
    }
    let names = readable.iter().map(|(folder, _)| folder).chain(unreadable.iter().map(|(folder, _)| folder));
    let candidates: Vec<String> = names.map(RunFolder::name).collect();
    if candidates.len() > 1 {
        return Err(FolderError::Ambiguous { wanted: wanted.to_owned(), candidates });
    }
    match unreadable.pop() {
        Some((_, error)) => Err(error),
        None => readable.pop().ok_or_else(not_found),
    }
}

/// The time in the name of a run's folder; the name, if there is none.
fn stamp(name: &str) -> &str {
    name.rsplit('-').nth(1).unwrap_or(name)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::private_file;

    fn unreadable(runs_dir: &Path, name: &str) -> (RunFolder, FolderError) {
        let path = runs_dir.join(name);
        let error = FolderError::RunFile { path: path.join("run.json"), message: "broken".to_owned() };
        (RunFolder::at(path), FolderError::Unreadable(Box::new(error)))
    }

    #[test]
    fn a_run_that_cannot_be_read_is_not_passed_over_for_an_older_one() {
        let runs_dir = Path::new("runs");
        let found = |wanted| {
            let unreadable = vec![unreadable(runs_dir, "a-20261101T000000Z-0001"), unreadable(runs_dir, "b")];
            find(Runs { readable: Vec::new(), unreadable }, runs_dir, wanted)
        };
        assert!(matches!(found("latest"), Err(FolderError::Unreadable(_))));
        assert!(matches!(found("a-"), Err(FolderError::Unreadable(_))));
        assert!(matches!(found("c"), Err(FolderError::NotFound { .. })));
        assert!(matches!(found(""), Err(FolderError::Ambiguous { .. })));
    }

    #[test]
    fn the_time_of_a_run_is_in_its_name() {
        assert_eq!(stamp("order-update-20261127T083647Z-3468"), "20261127T083647Z");
        assert_eq!(stamp("mine"), "mine");
    }

    #[test]
    fn what_is_no_run_is_passed_over_and_a_broken_one_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("of the user")).unwrap();
        private_file(&folder.path().join(".once.lock")).unwrap();
        assert!(list_runs(folder.path()).unwrap().all().unwrap().is_empty());
        fs::create_dir(folder.path().join("r")).unwrap();
        // An empty one makes no sense either.
        private_file(&folder.path().join("r/run.json")).unwrap();
        let runs = list_runs(folder.path()).unwrap();
        assert_eq!(runs.unreadable[0].0.name(), "r");
        assert!(matches!(runs.all(), Err(FolderError::Unreadable(_))));
    }
}
