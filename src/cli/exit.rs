//! Exit codes, and the code of each outcome.

use std::process::ExitCode;

use crate::app::{ErrorKind, Outcome};
use crate::exec::Halt;
use crate::model::{Counts, State};

/// The exit code of a command. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Every row accepted, held or skipped; for other commands: done.
    Done = 0,
    /// An unexpected error.
    Bug = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Recipe, connection or data are invalid; nothing was sent.
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
    /// The code of a session. If several apply, the first of 1, 130, 6, 5, 4.
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

impl From<&Outcome> for Exit {
    /// An interrupt takes precedence over an earlier reason to stop.
    fn from(outcome: &Outcome) -> Self {
        let halt = if outcome.interrupted { Some(&Halt::Interrupted) } else { outcome.halt.as_ref() };
        match &outcome.summary {
            _ if outcome.bug.is_some() => Self::Bug,
            Ok(summary) => Self::of(halt, &summary.judged),
            // The session began and may have sent rows, so this is not a refusal.
            Err(_) if outcome.halt.is_some() => Self::of(halt, &outcome.session),
            Err(_) => Self::Bug,
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Unexpected => Self::Bug,
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Invalid => Self::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_code_that_applies() {
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
