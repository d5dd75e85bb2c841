//! What is wrong, where, and what to do about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text that problems point into, and the name it is shown under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Its text.
    pub text: Arc<str>,
}

impl Source {
    /// A source of `text` that is shown as `path`.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The folder that relative paths in this source refer to; empty for the working folder, so that a path joined to it
    /// reads as people write it.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// What a relative path in this source refers to, without a `./` that nobody wrote.
    pub fn beside(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path.with_file_name("").join(path)
    }
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look; nothing is refused for it.
    Warning,
    /// Nothing is sent while it stands.
    Error,
}

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a text: line and column counted from 1, the column in characters; `len` characters are underlined.
    Text {
        /// The text.
        source: Source,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// How many characters to underline, at least 1.
        len: usize,
    },
    /// In a row of the data file.
    Row {
        /// The data file.
        path: Box<Path>,
        /// The physical line, from 1.
        line: u64,
        /// The row's number, if the record is one.
        row: Option<u64>,
        /// The cells to blame, a line each: see [`cell_lines`](super::cell_lines).
        cells: Box<[String]>,
    },
    /// In a file as a whole.
    File(PathBuf),
    /// On the command line or in the environment.
    Nowhere,
}

/// A problem that the user can mend. Messages are lower-case fragments without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// The way out, if there is more to say than the message does.
    pub help: Option<String>,
}

impl Problem {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place: Place::Nowhere, message: message.into(), help: None }
    }

    /// The same problem as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same problem with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same problem at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same problem at a line and column of a text.
    #[must_use]
    pub fn at_text(self, source: &Source, (line, column): (usize, usize), len: usize) -> Self {
        self.at(Place::Text { source: source.clone(), line, column, len: len.max(1) })
    }

    /// The same problem in a file.
    #[must_use]
    pub fn in_file(self, path: &Path) -> Self {
        self.at(Place::File(path.to_owned()))
    }
}

/// Problems in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// True if one of them stops the run.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// How many errors there are, warnings not counted.
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// True if there is not even a warning.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl Extend<Problem> for Problems {
    fn extend<T: IntoIterator<Item = Problem>>(&mut self, problems: T) {
        self.0.extend(problems);
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_beside_a_source_reads_as_people_write_it() {
        for (source, beside) in [("r.yaml", "list.csv"), ("a/r.yaml", "a/list.csv"), ("/a/r.yaml", "/a/list.csv")] {
            assert_eq!(Source::new(source, "").folder().join("list.csv"), Path::new(beside));
        }
    }
}
