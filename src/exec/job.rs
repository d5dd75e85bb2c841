//! A row to be sent, as the executor gets it, and the rows that it gives back because their window closed.
//!
//! Belongs here: a row's request and its earlier state. Does not belong here: the attempts of this execution.

use std::time::SystemTime;

use crate::model::{Reply, Request, State};

/// A row to be sent.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its request.
    pub request: Request,
    /// Attempts of this row that the ledger already has. The next attempt gets the number after it.
    pub before: u32,
    /// The user named this row to be sent again.
    pub asked: bool,
    /// The row's state while it waits for this job.
    pub was: State,
    /// An earlier attempt may have arrived. A further attempt that was not sent does not settle that.
    pub in_doubt: bool,
    /// The code with which the row was refused before. The same refusal again says nothing about the other rows.
    pub refused: Option<String>,
    /// From this time of the wall clock no attempt begins, and the row is put back with its earlier state.
    pub closes: Option<SystemTime>,
}

impl Job {
    /// The row's state after the last attempt of this execution was answered with `reply`. If an earlier attempt may have
    /// arrived, an attempt that was not sent does not settle that: the row stays `unknown`. `ledger::fold` decides the same
    /// from the recorded attempts.
    pub(super) fn final_state(&self, reply: &Reply) -> State {
        match reply.state() {
            State::Failed if self.in_doubt => State::Unknown,
            state => state,
        }
    }

    /// The row's state after `attempts` of this execution, none of which was sent and none of which was the last.
    pub(super) fn state_after(&self, attempts: u32) -> State {
        match self.was {
            State::Unknown | State::Rejected => self.was,
            _ if attempts > 0 => State::Pending,
            was => was,
        }
    }

    /// True if `reply` refuses the row with the same code as before.
    pub(super) fn is_refused_again(&self, reply: &Reply) -> bool {
        matches!(reply, Reply::Rejected { code, .. } if self.refused.as_ref() == Some(code))
    }

    /// True once no further attempt may begin.
    pub(super) fn is_closed(&self, now: SystemTime) -> bool {
        self.closes.is_some_and(|closes| now >= closes)
    }
}

/// Jobs whose window closed before their slot. A later execution may get them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutBack {
    /// Their number.
    pub jobs: u64,
    /// When the last of their windows has closed. Before that, some of them had been told to wait longer.
    pub closed: Option<SystemTime>,
}

impl PutBack {
    pub(super) fn add(&mut self, job: &Job) {
        self.jobs += 1;
        self.closed = self.closed.max(job.closes);
    }

    /// The sum of two executions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { jobs: self.jobs + other.jobs, closed: self.closed.max(other.closed) }
    }
}
