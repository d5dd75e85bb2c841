//! What the executor and the desk tell the world. Reporters consume these and nothing else.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Answer, Counts, RowNumber, State};

/// What started a process that works on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The first start.
    Run,
    /// The first start of a test, of which everything goes to one number.
    Test,
    /// Going on with the pending rows.
    Resume,
    /// Rerunning failed rows, and others asked for by name.
    Retry,
}

/// The start of a session, for reporters.
#[derive(Debug, Clone)]
pub struct Start {
    /// The run's folder name.
    pub run: String,
    /// What is being done.
    pub mode: Mode,
    /// Rows that this session will go through.
    pub rows: u64,
    /// How many of them will be sent, as far as that was found out before.
    pub ready: Option<u64>,
    /// Requests a second that are allowed; `None` means unlimited.
    pub rate: Option<f64>,
    /// It sends in stages or in the hours of a window: when it ends is not a matter of its rate alone.
    pub in_parts: bool,
}

/// Why a row was left out without an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// `invalid` or `skipped`; in an event also what the row stays that a retry does not send after all.
    pub state: State,
    /// The reason, or the problems of the row.
    pub reason: String,
}

/// The end of a stage, for reporters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageEnd {
    /// Its number, from 1.
    pub stage: usize,
    /// How many stages there are.
    pub of: usize,
    /// What became of its rows, as far as it is known.
    pub counts: Counts,
    /// Rows that are yet to be sent.
    pub left: u64,
    /// Somebody is asked now whether to go on, in a question that says these figures.
    pub asks: bool,
}

/// Nothing is sent for a while, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Why, in words for people.
    pub reason: String,
    /// `window` or `stage`, for programs.
    pub cause: &'static str,
    /// When it goes on.
    pub until: Timestamp,
    /// How long that is.
    pub wait: Duration,
}

/// What happened, after it is on stable storage.
#[derive(Debug, Clone)]
pub enum Event {
    /// The session begins.
    Started(Start),
    /// A row's intent is on disk; its request may leave now.
    Sending {
        /// The row.
        row: RowNumber,
        /// The attempt, counted from 1 over the whole run.
        attempt: u32,
    },
    /// An attempt was refused and the row waits for the next.
    Waiting {
        /// The row.
        row: RowNumber,
        /// The attempt that was refused.
        attempt: u32,
        /// How long it waits.
        wait: Duration,
        /// What the connector said.
        answer: Arc<Answer>,
    },
    /// A row has its outcome for this session.
    Finished {
        /// The row.
        row: RowNumber,
        /// The physical line on which the row begins.
        line: u64,
        /// The attempt that decided.
        attempt: u32,
        /// The row's state now.
        state: State,
        /// What the connector said.
        answer: Arc<Answer>,
        /// How long that attempt took.
        took: Duration,
    },
    /// A row was left out.
    Left {
        /// The row.
        row: RowNumber,
        /// The physical line on which the row begins.
        line: u64,
        /// Why.
        left: Left,
    },
    /// A stage is over: its rows have their outcome.
    Stage(StageEnd),
    /// Nothing is sent for a while.
    Resting(Rest),
    /// The run stops before its end, or one of its connections; rows in flight are still waited for.
    Stopping {
        /// The connection, if the others go on.
        connection: Option<String>,
        /// Why, in words for people.
        reason: String,
    },
}

/// How a session ended: figures folded from the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The run's folder name.
    pub run: String,
    /// All rows of the run.
    pub rows: u64,
    /// How many are in which state.
    pub counts: Counts,
}
