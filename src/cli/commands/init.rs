//! `rowcast init`: a folder that runs in the sandbox as it is. Nothing is ever overwritten; it is all or nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::diag::{Problem, Problems};

use crate::app;
use crate::cli::args::{InitArgs, Schema};
use crate::cli::commands::schema;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// The files, but for the two schemas. The numbers of the list are set aside for fiction: +46 70 174 06 xx (PTS, numbers
/// for drama), 555-01xx (North American Numbering Plan) and +61 491 570 156 (ACMA, numbers for film and television).
const FILES: &[(&str, &str)] = &[
    ("recipe.yaml", include_str!("init/recipe.yaml")),
    ("contacts.csv", include_str!("init/contacts.csv")),
    ("connections.yaml", include_str!("init/connections.yaml")),
    (".env.example", include_str!("init/env.example")),
    (".gitignore", include_str!("init/gitignore")),
    ("README.md", include_str!("init/README.md")),
];

/// Runs the command.
pub(in crate::cli) fn init(args: &InitArgs) -> Result<Exit, app::Error> {
    // What stands in the working folder is named as people name it, without a `./`.
    let folder = args.folder.strip_prefix(".").unwrap_or(&args.folder);
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    files.push(("recipe.schema.json", schema::text(Schema::Recipe)));
    files.push(("connections.schema.json", schema::text(Schema::Connections)));
    refuse_taken(folder, &files)?;
    let mut made = Made::default();
    let written = made.write(folder, &files);
    if let Err((path, error)) = written {
        made.undo();
        let problem = Problem::new(format!("cannot be written: {error}; nothing was left behind")).in_file(&path);
        return Err(app::Error::new(app::ErrorKind::Unexpected, problem));
    }
    console::tell(&said(folder, &files));
    Ok(Exit::Done)
}

/// Every file that is there already is a problem of its own, and so is a file where the folder should be.
fn refuse_taken(folder: &Path, files: &[(&str, String)]) -> Result<(), app::Error> {
    let mut problems = Problems::default();
    if folder.exists() && !folder.is_dir() {
        problems.push(Problem::new("is not a folder").help("name another one").in_file(folder));
    } else {
        for (name, _) in files {
            let path = folder.join(name);
            // A link that leads nowhere is taken as well.
            if path.symlink_metadata().is_ok() {
                let problem = Problem::new("is there already; nothing was written");
                problems.push(problem.help("name an empty folder, or move the file away").in_file(&path));
            }
        }
    }
    if problems.has_errors() { Err(app::Error { kind: app::ErrorKind::Usage, problems }) } else { Ok(()) }
}

/// What was made so far, so that it can be taken back.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Made {
    /// Writes all files, or says which one could not be written and why.
    fn write(&mut self, folder: &Path, files: &[(&str, String)]) -> Result<(), (PathBuf, io::Error)> {
        self.folder(folder).map_err(|error| (folder.to_owned(), error))?;
        for (name, text) in files {
            let path = folder.join(name);
            self.file(&path, text).map_err(|error| (path, error))?;
        }
        Ok(())
    }

    /// The folder, and those above it that are missing.
    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.folder(parent)?;
        }
        match fs::create_dir(folder) {
            Ok(()) => self.folders.push(folder.to_owned()),
            // `a/..` is there once `a` is.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// A file that was not there a moment ago: who made it meanwhile keeps it.
    fn file(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        self.files.push(path.to_owned());
        file.write_all(text.as_bytes())
    }

    /// Takes everything back that was made. What cannot be taken back stays; the error that led here is the one to tell.
    fn undo(self) {
        for file in self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.into_iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// What was written, and what to do with it.
fn said(folder: &Path, files: &[(&str, String)]) -> String {
    let here = folder.as_os_str().is_empty();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let place = if here { String::new() } else { format!(" in {}", folder.display()) };
    let step = if here { String::new() } else { format!("cd {} && ", quoted(folder)) };
    format!(
        "written{place}: {}\n\nnext     {step}rowcast check recipe.yaml\nnext     rowcast run recipe.yaml --dry-run\n\
         next     rowcast run recipe.yaml --sandbox\n         # a stand-in on this machine takes the messages; no token is needed\n",
        names.join(", ")
    )
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if path.chars().all(plain) && !path.starts_with('-') { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_can_be_pasted_into_a_shell() {
        for (path, shown) in [("a/b-c", "a/b-c"), ("my lists", "'my lists'"), ("it's", r"'it'\''s'"), ("-x", "'-x'")] {
            assert_eq!(quoted(Path::new(path)), shown);
        }
    }

    #[test]
    fn what_was_made_is_taken_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        let mut made = Made::default();
        let files = [("one", "1".to_owned()), ("none/two", "2".to_owned())];
        let (path, _) = made.write(&folder, &files).unwrap_err();
        assert!(path.ends_with("none/two") && folder.join("one").exists());
        made.undo();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
