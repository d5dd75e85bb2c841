//! Exit codes: a table, and which one an outcome comes to.

use std::process::ExitCode;

use crate::diag::{Problem, Problems};
use crate::exec::Halt;
use crate::ledger::FolderError;
use crate::model::{Counts, State};
use crate::run::{RunError, WalkError};

/// How a command ends. Programs rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Every row accepted, held or skipped; for other commands: done.
    Done = 0,
    /// An unexpected error.
    Bug = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Recipe, connection or data are wrong; nothing was sent.
    Invalid = 3,
    /// Some rows failed, were rejected or are invalid.
    RowsFailed = 4,
    /// Some rows are unknown.
    RowsUnknown = 5,
    /// Stopped by a threshold, a run-wide error or a ledger that cannot be written.
    Stopped = 6,
    /// Interrupted or paused; can be resumed.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// The code of a session. Where several fit, the first of 1, 130, 6, 5, 4.
    pub(super) fn of(halt: Option<&Halt>, counts: &Counts) -> Self {
        let any = |states: &[State]| states.iter().any(|state| counts.get(*state) > 0);
        match halt {
            Some(Halt::Interrupted | Halt::Paused(_)) => Self::Interrupted,
            Some(Halt::Stopped(_)) => Self::Stopped,
            None if any(&[State::Unknown]) => Self::RowsUnknown,
            None if any(&[State::Failed, State::Rejected, State::Invalid]) => Self::RowsFailed,
            None => Self::Done,
        }
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) problems: Problems,
}

impl Failure {
    /// A failure with one problem.
    pub(super) fn new(exit: Exit, problem: Problem) -> Self {
        Self { exit, problems: problem.into() }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self { exit: Exit::Invalid, problems }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(Exit::Invalid, problem)
    }
}

/// None of these errors comes after something was sent by this process: sending reports its own end.
impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let exit = match &error {
            RunError::System(_) | RunError::Walk(WalkError::Stray(_)) => Exit::Bug,
            _ => Exit::Invalid,
        };
        let problem = Problem::new(error.to_string());
        let problem = match &error {
            RunError::Folder(FolderError::NotFound { .. }) => problem.help("`rowcast runs` lists them"),
            RunError::Folder(FolderError::Unreadable(_)) => problem.help(
                "it may have sent what would be sent now: mend the file, or move the run's folder away once you know",
            ),
            _ => problem,
        };
        Self::new(exit, problem)
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        RunError::from(error).into()
    }
}

impl From<crate::ledger::LedgerError> for Failure {
    fn from(error: crate::ledger::LedgerError) -> Self {
        RunError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_fits() {
        let counts = |states: &[State]| {
            let mut counts = Counts::default();
            for state in states {
                counts.add(*state);
            }
            counts
        };
        let stopped = Halt::Stopped(String::new());
        for (halt, states, exit) in [
            (None, &[State::Accepted, State::Held, State::Skipped][..], Exit::Done),
            (None, &[State::Accepted, State::Rejected], Exit::RowsFailed),
            (None, &[State::Invalid], Exit::RowsFailed),
            (None, &[State::Failed, State::Unknown], Exit::RowsUnknown),
            (Some(&stopped), &[State::Unknown, State::Pending], Exit::Stopped),
            (Some(&Halt::Interrupted), &[State::Unknown], Exit::Interrupted),
            (Some(&Halt::Paused(String::new())), &[State::Failed, State::Pending], Exit::Interrupted),
        ] {
            assert_eq!(Exit::of(halt, &counts(states)), exit, "{halt:?} {states:?}");
        }
    }
}
