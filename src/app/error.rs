//! The error of every operation of the application.

use std::fmt;

use crate::diag::{Problem, Problems, render};
use crate::ledger::LedgerError;
use crate::run::{RunError, WalkError};
use crate::run_folder::FolderError;

use super::inputs::project::runs_dir_flag;

/// The kind of an [`Error`]: a front end derives its exit code or HTTP status from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The system refused something that should work, or there is a bug in Rowcast.
    Unexpected,
    /// The options contradict each other or are not valid.
    Usage,
    /// The recipe, a connection, the list or the run is invalid. Nothing was sent.
    Invalid,
}

/// An error with all problems, in words for users.
#[derive(Debug)]
pub struct Error {
    /// The kind of error.
    pub kind: ErrorKind,
    /// The problems, at least one.
    pub problems: Problems,
}

impl Error {
    /// Creates an error with one problem.
    pub fn new(kind: ErrorKind, problem: Problem) -> Self {
        Self { kind, problems: problem.into() }
    }

    /// Creates an error about invalid options.
    pub fn usage(problem: Problem) -> Self {
        Self::new(ErrorKind::Usage, problem)
    }

    /// Creates an error for an operation that should have worked.
    pub fn unexpected(error: &dyn std::fmt::Display) -> Self {
        Self::new(ErrorKind::Unexpected, Problem::new(error.to_string()))
    }
}

/// All problems, as the terminal shows them, without colours.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.problems.iter().map(|problem| render(problem, false)).collect();
        f.write_str(text.trim_end())
    }
}

impl std::error::Error for Error {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self { kind: ErrorKind::Invalid, problems }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::new(ErrorKind::Invalid, problem)
    }
}

/// None of these errors comes after this process sent something: a session reports its own end as an outcome.
impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        let kind = match &error {
            RunError::System(_) | RunError::Walk(WalkError::Stray(_)) => ErrorKind::Unexpected,
            _ => ErrorKind::Invalid,
        };
        let problem = Problem::new(error.to_string());
        let problem = match &error {
            RunError::Folder(FolderError::NotFound { runs_dir, .. }) => {
                problem.help(format!("`rowcast runs{}` lists them", runs_dir_flag(runs_dir)))
            }
            RunError::Folder(FolderError::Unreadable(_)) => problem.help(
                "this run may have sent the same messages: repair the file, or move the run folder away once you are sure it did not",
            ),
            RunError::Ledger(LedgerError::Harmed { path, .. })
            | RunError::Walk(WalkError::Ledger(LedgerError::Harmed { path, .. })) => {
                let run = path.parent().and_then(|folder| folder.file_name()).unwrap_or_default().display();
                problem.help(format!(
                    "rows that were sent may look unsent. Put the run's folder back from a copy with all of its files; or run \
                     `rowcast resume {run} --lost`: rows that may have been sent become unknown, and are not sent again by themselves"
                ))
            }
            _ => problem,
        };
        Self::new(kind, problem)
    }
}

impl From<FolderError> for Error {
    fn from(error: FolderError) -> Self {
        RunError::from(error).into()
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Self {
        RunError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_all_its_problems() {
        let mut problems = Problems::from(Problem::new("first"));
        problems.push(Problem::new("second").help("mend it"));
        assert_eq!(Error::from(problems).to_string(), "error: first\nerror: second\n  help: mend it");
    }
}
