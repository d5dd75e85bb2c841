//! What the executor is given of a row, and takes back of those whose window has closed.
//!
//! Belongs here: a row's request and what was known of the row before. Does not belong here: what is tried with it.

use std::time::SystemTime;

use crate::model::{Reply, Request, State};

/// One row to be sent.
#[derive(Debug, Clone)]
pub struct Job {
    /// What to send.
    pub request: Request,
    /// Attempts that the ledger has of this row from before; the next one is one more.
    pub before: u32,
    /// The user asked by name for this row to be sent again.
    pub asked: bool,
    /// What the row is while it waits for this job.
    pub was: State,
    /// An earlier attempt may have been sent: a further one that was not does not settle that.
    pub in_doubt: bool,
    /// The code with which the row was refused before. To be refused with it again tells nothing new of the list.
    pub refused: Option<String>,
    /// From this moment of the wall clock on no attempt begins, and the row is put back: it stays what it was.
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

    /// What the row is after so many attempts of this execution, none of which was sent and none the last.
    pub(super) fn state_after(&self, attempts: u32) -> State {
        match self.was {
            State::Unknown | State::Rejected => self.was,
            _ if attempts > 0 => State::Pending,
            was => was,
        }
    }

    /// True if this refuses the row as it was refused before.
    pub(super) fn is_refused_again(&self, reply: &Reply) -> bool {
        matches!(reply, Reply::Rejected { code, .. } if self.refused.as_ref() == Some(code))
    }

    /// True once no attempt may begin any more.
    pub(super) fn is_closed(&self, now: SystemTime) -> bool {
        self.closes.is_some_and(|closes| now >= closes)
    }
}

/// Jobs whose window closed before their turn. They may be fed to another execution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutBack {
    /// How many.
    pub jobs: u64,
    /// When the last of their windows has closed. Before that some of them were told to wait for longer.
    pub closed: Option<SystemTime>,
}

impl PutBack {
    pub(super) fn add(&mut self, job: &Job) {
        self.jobs += 1;
        self.closed = self.closed.max(job.closes);
    }

    /// Those of two executions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { jobs: self.jobs + other.jobs, closed: self.closed.max(other.closed) }
    }
}
