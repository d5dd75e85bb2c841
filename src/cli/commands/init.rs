//! `rowcast init`: creates a starter project that runs in the sandbox. Writes all files or none, and overwrites nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::diag::{Problem, Problems, shell_word};

use crate::app;
use crate::cli::args::{InitArgs, Schema};
use crate::cli::commands::schema;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// The files without the two schemas. The phone numbers are reserved for fiction: +46 70 174 06 xx (PTS, numbers
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
    // Name files in the working folder without `./`.
    let folder = args.folder.strip_prefix(".").unwrap_or(&args.folder);
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    files.push(("recipe.schema.json", schema::text(Schema::Recipe)));
    files.push(("connections.schema.json", schema::text(Schema::Connections)));
    refuse_taken(folder, &files)?;
    let mut made = Made::default();
    let written = made.write(folder, &files);
    if let Err((path, error)) = written {
        made.undo();
        let problem = Problem::new(format!("cannot be written: {error}; all new files were removed")).in_file(&path);
        return Err(app::Error::new(app::ErrorKind::Unexpected, problem));
    }
    console::tell(&said(folder, &files));
    Ok(Exit::Done)
}

/// Reports every file that already exists, and a file in place of the folder.
fn refuse_taken(folder: &Path, files: &[(&str, String)]) -> Result<(), app::Error> {
    let mut problems = Problems::default();
    if folder.exists() && !folder.is_dir() {
        problems.push(Problem::new("is not a folder").help("name another folder").in_file(folder));
    } else {
        for (name, _) in files {
            let path = folder.join(name);
            // A dangling link counts as existing.
            if path.symlink_metadata().is_ok() {
                let problem = Problem::new("already exists; nothing was written");
                problems.push(problem.help("name an empty folder, or move this file away").in_file(&path));
            }
        }
    }
    if problems.has_errors() { Err(app::Error { kind: app::ErrorKind::Usage, problems }) } else { Ok(()) }
}

/// The folders and files created so far, so that they can be removed.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Made {
    /// Writes all files. The error names the file that could not be written.
    fn write(&mut self, folder: &Path, files: &[(&str, String)]) -> Result<(), (PathBuf, io::Error)> {
        self.folder(folder).map_err(|error| (folder.to_owned(), error))?;
        for (name, text) in files {
            let path = folder.join(name);
            self.file(&path, text).map_err(|error| (path, error))?;
        }
        Ok(())
    }

    /// Creates the folder and its missing parents.
    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.folder(parent)?;
        }
        match fs::create_dir(folder) {
            Ok(()) => self.folders.push(folder.to_owned()),
            // `a/..` exists once `a` does.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Creates a file. Fails if another process created it meanwhile.
    fn file(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        self.files.push(path.to_owned());
        file.write_all(text.as_bytes())
    }

    /// Removes everything that was created. Ignores errors, because the first error is the one to report.
    fn undo(self) {
        for file in self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.into_iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The message about the written files and the next commands.
fn said(folder: &Path, files: &[(&str, String)]) -> String {
    let here = folder.as_os_str().is_empty();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let place = if here { String::new() } else { format!(" in {}", folder.display()) };
    let step = if here { String::new() } else { format!("cd {} && ", shell_word(&folder.display().to_string())) };
    format!(
        "created{place}: {}\n\nnext     {step}rowcast check recipe.yaml\nnext     rowcast run recipe.yaml --dry-run\n\
         next     rowcast run recipe.yaml --sandbox\n         # sends to a simulated API on this machine; needs no token\n",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_files_are_removed() {
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
