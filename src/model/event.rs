//! What the executor and the committer report. Reporters read these events and nothing else.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Answer, Counts, RowNumber, State};

/// How a session was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The first session of a run.
    Run,
    /// The first session of a test, in which all messages go to one number.
    Test,
    /// Continues with the pending rows.
    Resume,
    /// Sends the failed rows again, and others that the user named.
    Retry,
}

/// The start of a session, for reporters.
#[derive(Debug, Clone)]
pub struct Start {
    /// The run's folder name.
    pub run: String,
    /// How the session was started.
    pub mode: Mode,
    /// Rows that this session covers.
    pub rows: u64,
    /// How many of them will be sent, if the checks found out.
    pub ready: Option<u64>,
    /// Allowed requests per second; `None` means unlimited.
    pub rate: Option<f64>,
    /// The session has stages or a window, so its rate alone does not tell when it ends.
    pub in_parts: bool,
}

/// Why a row was left out without an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// `invalid` or `skipped`. In an event also the unchanged state of a row that a retry does not send.
    pub state: State,
    /// The reason, or the problems of the row.
    pub reason: String,
}

/// The end of a stage, for reporters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageEnd {
    /// Its number, from 1.
    pub stage: usize,
    /// The number of stages.
    pub of: usize,
    /// The states of its rows, as far as they are known.
    pub counts: Counts,
    /// Rows still to be sent.
    pub left: u64,
    /// The user is asked whether to continue, with these figures in the question.
    pub asks: bool,
}

/// A planned pause in which nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The reason, for people.
    pub reason: String,
    /// `window` or `stage`, for programs.
    pub cause: &'static str,
    /// When it ends.
    pub until: Timestamp,
    /// Its length.
    pub wait: Duration,
}

/// The rate that an API was found to take, where it turns away what is above it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRate {
    /// The connection, if there are several.
    pub connection: Option<String>,
    /// Requests per second; `None` if the API takes what is allowed again.
    pub takes: Option<f64>,
    /// Allowed requests per second; `None` means unlimited.
    pub allowed: Option<f64>,
}

/// What happened, reported once it is on stable storage.
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
    /// An attempt was refused, and the row waits for the next one.
    Waiting {
        /// The row.
        row: RowNumber,
        /// The attempt that was refused.
        attempt: u32,
        /// How long it waits.
        wait: Duration,
        /// The connector's answer.
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
        /// The row's new state.
        state: State,
        /// The connector's answer.
        answer: Arc<Answer>,
        /// The duration of that attempt.
        took: Duration,
    },
    /// A row was left out.
    Excluded {
        /// The row.
        row: RowNumber,
        /// The physical line on which the row begins.
        line: u64,
        /// The reason.
        exclusion: Exclusion,
    },
    /// A stage has ended: its rows have their outcome.
    Stage(StageEnd),
    /// A planned pause begins.
    Resting(Rest),
    /// The rate that an API takes was found, or has changed.
    RateFound(FoundRate),
    /// The run, or one of its connections, stops early. Rows in flight are still finished.
    Stopping {
        /// The connection, if the others continue.
        connection: Option<String>,
        /// The reason, for people.
        reason: String,
    },
}

/// How a session ended, with the figures of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct SessionSummary {
    /// The run's folder name.
    pub run: String,
    /// All rows of the run.
    pub rows: u64,
    /// Rows per state.
    pub counts: Counts,
}
