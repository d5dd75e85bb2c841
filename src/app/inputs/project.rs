//! The project: the folder of the nearest `connections.yaml`. Runs and secrets are in it, wherever a command is typed.
//!
//! Belongs here: finding it, and the paths and commands that follow from it. Does not belong here: reading recipes and connections.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::connectors::{Connection, ENV_FILE, Environment};
use crate::diag::{Problem, shell_word, visible};
use crate::files::private_folders;
use crate::run_folder::{RunFile, RunFolder};

/// The name of the file that marks a project's folder.
const CONNECTIONS_FILE: &str = "connections.yaml";

/// The name of the folder that contains a project's run folders.
const RUNS_FOLDER: &str = "runs";

/// The environment variable that names the folder of the run folders.
const RUNS_DIR_VARIABLE: &str = "ROWCAST_RUNS_DIR";

/// The folder that a recipe belongs to, with its runs, its connections and its secrets.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder, without symbolic links.
    folder: PathBuf,
    /// The folder where the successful search began.
    start: PathBuf,
    /// The folders where the search may begin, in order.
    starts: Vec<PathBuf>,
    /// The working folder, without symbolic links.
    here: PathBuf,
}

impl Project {
    /// The project of a recipe: the folder of the nearest `connections.yaml`, upward from the recipe's folder, then from the
    /// working folder. Without one, the recipe's own folder.
    pub fn of_recipe(recipe: &Path) -> Self {
        let here = working_folder();
        let starts = folders_of(recipe).into_iter().chain([here.clone()]).collect();
        Self::search(starts, here)
    }

    /// The project of a command without a recipe: the folder of the nearest `connections.yaml`, upward from the working folder.
    /// Without one, the nearest folder with runs, or the working folder.
    pub fn of_working_folder() -> Self {
        let here = working_folder();
        let mut project = Self::search(vec![here.clone()], here);
        if !has_connections(&project.folder)
            && let Some(folder) = nearest(&project.start, |folder| has_runs(folder, &project.start))
        {
            folder.clone_into(&mut project.folder);
        }
        project
    }

    /// The project of a run: that of its recipe. If the recipe is gone, the search begins at the run's folder.
    pub(crate) fn of_run(folder: &RunFolder, run: &RunFile) -> Self {
        let here = working_folder();
        let recipe = run.recipes.last().map(|recipe| recipe.path.as_path()).filter(|path| path.is_file());
        let runs_dir = fs::canonicalize(folder.path()).ok();
        let beside_runs = runs_dir.as_deref().and_then(|path| path.ancestors().nth(2)).map(Path::to_owned);
        let starts = recipe.map(folders_of).unwrap_or_default().into_iter().chain(beside_runs).chain([here.clone()]);
        Self::search(starts.collect(), here)
    }

    /// Looks upward from each folder of `starts`, which has at least one. Without a result, the first of them is the project.
    fn search(starts: Vec<PathBuf>, here: PathBuf) -> Self {
        let find = |start: &PathBuf| Some((nearest(start, has_connections)?.to_owned(), start.clone()));
        let found = starts.iter().find_map(find);
        let (folder, start) = found.unwrap_or_else(|| (starts[0].clone(), starts[0].clone()));
        let folder = fs::canonicalize(&folder).unwrap_or(folder);
        Self { folder, start, starts, here }
    }

    /// The connections file. It may not exist.
    ///
    /// # Errors
    /// It is in a folder above, and another user wrote it. It decides where a token is sent.
    pub fn connections(&self) -> Result<PathBuf, Problem> {
        self.trusted(CONNECTIONS_FILE, "--connections")
    }

    /// The file of environment variables. It may not exist.
    ///
    /// # Errors
    /// It is in a folder above, and another user wrote it.
    pub fn env_file(&self) -> Result<PathBuf, Problem> {
        self.trusted(ENV_FILE, "--env-file")
    }

    /// The environment, completed by the file `named`, or by the project's `.env` if it exists.
    ///
    /// # Errors
    /// As [`Self::env_file`], or the file cannot be read.
    pub(crate) fn environment(&self, named: Option<&Path>) -> Result<Environment, Problem> {
        match named {
            Some(file) => Environment::read(file, false),
            None => Environment::read(&self.env_file()?, true),
        }
    }

    /// The folder of the run folders, where no other is named.
    pub(crate) fn runs(&self) -> PathBuf {
        self.path(RUNS_FOLDER)
    }

    /// The folder of the run folders: `named`, the one in `ROWCAST_RUNS_DIR`, or `runs` in the project.
    pub fn runs_dir(&self, named: Option<&Path>) -> PathBuf {
        named_runs_dir(named).unwrap_or_else(|| self.runs())
    }

    /// The other `runs` folders, in any folder above the recipe or the working folder.
    pub(crate) fn other_runs(&self) -> Vec<PathBuf> {
        let mut others: Vec<PathBuf> = Vec::new();
        let own = fs::canonicalize(self.runs()).ok();
        for folder in self.starts.iter().flat_map(|start| start.ancestors()) {
            let runs = folder.join(RUNS_FOLDER);
            let shown = shorter(&self.here, &runs);
            let place = fs::canonicalize(&runs).ok().filter(|place| place.is_dir());
            if place.is_some_and(|place| Some(place) != own) && !others.contains(&shown) {
                others.push(shown);
            }
        }
        others
    }

    /// The project's folder. `.` if it is the working folder.
    pub(crate) fn shown(&self) -> PathBuf {
        if self.folder == self.here { PathBuf::from(".") } else { shorter(&self.here, &self.folder) }
    }

    fn path(&self, name: &str) -> PathBuf {
        shorter(&self.here, &self.folder.join(name))
    }

    /// The path of a file, unless it is in a folder above and belongs to a stranger: in a shared folder such as `/tmp`, anyone
    /// could put one there.
    fn trusted(&self, name: &str, flag: &str) -> Result<PathBuf, Problem> {
        let path = self.path(name);
        if is_trusted(&self.folder.join(name), &self.start) {
            return Ok(path);
        }
        let help = format!("if you trust it, name it: `{flag} {}`", shell_word(&path.display().to_string()));
        Err(Problem::new("belongs to another user and was not read").help(visible(&help)).in_file(&path))
    }
}

/// The folder of the run folders, for commands without a recipe: `named`, the one in `ROWCAST_RUNS_DIR`, or `runs` in the
/// project of the working folder.
pub fn runs_dir(named: Option<&Path>) -> PathBuf {
    named_runs_dir(named).unwrap_or_else(|| Project::of_working_folder().runs())
}

/// The folder of the run folders that a flag or `ROWCAST_RUNS_DIR` names.
pub(crate) fn named_runs_dir(flag: Option<&Path>) -> Option<PathBuf> {
    let variable = || std::env::var_os(RUNS_DIR_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    flag.map(Path::to_owned).or_else(variable)
}

/// The arguments that name a run in a command typed in the working folder: `RUN`, with `--runs-dir` where it is needed.
pub fn run_address(run: &str, runs_dir: &Path) -> String {
    format!("{run}{}", runs_dir_flag(runs_dir))
}

/// ` --runs-dir DIR`, or nothing if commands typed in the working folder find this folder by themselves.
pub(crate) fn runs_dir_flag(runs_dir: &Path) -> String {
    if is_same(runs_dir, &self::runs_dir(None)) {
        return String::new();
    }
    format!(" --runs-dir {}", visible(&shell_word(&runs_dir.display().to_string())))
}

/// ` --connections FILE`, or nothing if commands typed in the working folder find this file by themselves.
pub(crate) fn connections_flag(connection: &Connection) -> String {
    let default = Project::of_working_folder().path(CONNECTIONS_FILE);
    if is_same(&connection.file, &default) {
        return String::new();
    }
    format!(" --connections {}", visible(&shell_word(&connection.file.display().to_string())))
}

/// Creates the folder of the run folders.
///
/// # Errors
/// It cannot be created, for example because the project is read-only.
pub(crate) fn create_runs_dir(runs_dir: &Path) -> Result<(), Problem> {
    private_folders(runs_dir).map_err(|error| {
        let help = "runs are kept in the recipe's project; --runs-dir keeps them in another folder";
        Problem::new(format!("cannot be created: {error}")).help(help).in_file(runs_dir)
    })
}

/// An absolute path whose folder has no symbolic links, so that a file has one path wherever a command is typed.
///
/// # Errors
/// The working folder cannot be found.
pub(crate) fn one_path(file: &Path) -> std::io::Result<PathBuf> {
    match (fs::canonicalize(folder_of(file)), file.file_name()) {
        (Ok(folder), Some(name)) => Ok(folder.join(name)),
        _ => std::path::absolute(file),
    }
}

/// True if both paths lead to the same file or folder.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::canonicalize(path).or_else(|_| one_path(path)).ok();
    one == other || place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other))
}

/// The nearest folder upward from `start` for which `holds` is true.
fn nearest(start: &Path, holds: impl Fn(&Path) -> bool) -> Option<&Path> {
    start.ancestors().find(|folder| holds(folder))
}

/// True if a folder has a connections file. A link counts even if its target is missing: the project must not change with it.
fn has_connections(folder: &Path) -> bool {
    let found = folder.join(CONNECTIONS_FILE).symlink_metadata();
    found.is_ok_and(|found| !found.is_dir())
}

/// True if the folder's `runs` has a run. Other programs also write folders of this name.
fn has_runs(folder: &Path, start: &Path) -> bool {
    let runs = folder.join(RUNS_FOLDER);
    let Ok(entries) = fs::read_dir(&runs) else { return false };
    is_trusted(&runs, start) && entries.flatten().any(|entry| RunFolder::at(entry.path()).run_file().exists())
}

/// The folder of a file, without symbolic links, and as it is named. The file itself may be a link: the folder of the link
/// counts. A pipe or a device has none.
fn folders_of(file: &Path) -> Vec<PathBuf> {
    let is_stream = fs::metadata(file).is_ok_and(|found| !found.is_file() && !found.is_dir());
    if is_stream || file.starts_with("/dev") || file.starts_with("/proc") {
        return Vec::new();
    }
    let folder = folder_of(file);
    let mut folders: Vec<PathBuf> = fs::canonicalize(folder).into_iter().chain(as_named(folder)).collect();
    folders.dedup();
    folders
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// An absolute path with its symbolic links kept, except before a `..`, where they decide which folder it is.
fn as_named(folder: &Path) -> Option<PathBuf> {
    let parts: Vec<Component<'_>> = folder.components().collect();
    let up = parts.iter().rposition(|part| *part == Component::ParentDir).map_or(0, |at| at + 1);
    let (resolved, kept): (PathBuf, PathBuf) = (parts[..up].iter().collect(), parts[up..].iter().collect());
    if up == 0 { std::path::absolute(kept).ok() } else { Some(fs::canonicalize(resolved).ok()?.join(kept)) }
}

fn working_folder() -> PathBuf {
    std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default()
}

/// The path relative to `here`, or the absolute path if that is shorter.
fn shorter(here: &Path, path: &Path) -> PathBuf {
    let relative = relative(here, path);
    if relative.as_os_str().len() <= path.as_os_str().len() { relative } else { path.to_owned() }
}

/// The path relative to `here`. Both are absolute.
fn relative(here: &Path, path: &Path) -> PathBuf {
    let common = here.components().zip(path.components()).take_while(|(one, other)| one == other).count();
    if common == 0 {
        return path.to_owned();
    }
    let up = here.components().skip(common).map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

/// True if a file is in the folder where the search began, or belongs to the user, to root, or to the owner of that folder.
#[cfg(unix)]
fn is_trusted(file: &Path, start: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let owner = |path: &Path| path.symlink_metadata().ok().map(|found| found.uid());
    let trusted = [Some(0), Some(rustix::process::geteuid().as_raw()), owner(start)];
    file.parent() == Some(start) || owner(file).is_none_or(|owner| trusted.contains(&Some(owner)))
}

#[cfg(not(unix))]
fn is_trusted(_: &Path, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_wins() {
        let holds = |marked: &'static [&str]| move |folder: &Path| marked.iter().any(|path| Path::new(path) == folder);
        let start = Path::new("/a/b/c");
        for (marked, found) in [
            (&["/a", "/a/b"][..], Some("/a/b")),
            (&["/a/b/c", "/a"], Some("/a/b/c")),
            (&["/"], Some("/")),
            (&["/a/b/c/d", "/x"], None),
        ] {
            assert_eq!(nearest(start, holds(marked)), found.map(Path::new), "{marked:?}");
        }
    }

    #[test]
    fn paths_are_relative_to_the_working_folder_where_that_is_shorter() {
        for (here, path, shown) in [
            ("/home/ann/acme", "/home/ann/acme/runs", "runs"),
            ("/home/ann/acme/recipes/spring", "/home/ann/acme/runs", "../../runs"),
            ("/home/ann", "/home/ann/acme/.env", "acme/.env"),
            ("/var/spool/cron/jobs", "/srv/acme/runs", "/srv/acme/runs"),
            ("/", "/srv/acme/runs", "srv/acme/runs"),
            ("", "/srv/acme/runs", "/srv/acme/runs"),
        ] {
            assert_eq!(shorter(Path::new(here), Path::new(path)), Path::new(shown), "{here} {path}");
        }
    }

    #[test]
    fn a_pipe_has_no_folder() {
        assert!(folders_of(Path::new("/dev/stdin")).is_empty());
        assert!(folders_of(Path::new("/proc/self/fd/0")).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_count_except_before_dots() {
        let place = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(place.path()).unwrap();
        fs::create_dir_all(root.join("real/deep")).unwrap();
        std::os::unix::fs::symlink(root.join("real/deep"), root.join("link")).unwrap();
        assert_eq!(as_named(&root.join("link")), Some(root.join("link")));
        assert_eq!(as_named(&root.join("link/..")), Some(root.join("real")));
        assert_eq!(folders_of(&root.join("link/r.yaml")), [root.join("real/deep"), root.join("link")]);
        assert_eq!(one_path(&root.join("link/../r.yaml")).unwrap(), root.join("real/r.yaml"));
        assert!(is_same(&root.join("link"), &root.join("real/deep")));
    }
}
