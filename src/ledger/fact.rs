//! One fact about a row, as it is written and read.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Addressee, Answer, Exclusion, Reply, RowNumber};

/// One fact about a row. The ledger only ever adds facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The row was left out, after so many attempts.
    Excluded {
        /// The row.
        row: RowNumber,
        /// Attempts before, mostly 0.
        attempt: u32,
        /// Why.
        exclusion: Exclusion,
    },
    /// The row is about to be sent.
    Intent {
        /// The row.
        row: RowNumber,
        /// The attempt, from 1.
        attempt: u32,
        /// The user asked by name for this attempt although the row may have been sent or was refused.
        asked: bool,
        /// Whom the attempt is for, and the keys of the row.
        to: Addressee,
        /// When, in Unix milliseconds.
        at_ms: i64,
    },
    /// What the connector said.
    Reply {
        /// The row.
        row: RowNumber,
        /// The attempt, from 1.
        attempt: u32,
        /// When, in Unix milliseconds.
        at_ms: i64,
        /// What it said.
        recorded: Box<Recorded>,
    },
}

/// A connector's answer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The answer.
    pub answer: Arc<Answer>,
    /// No further try of the session follows: a refusal that could be tried again is then `failed`, not `pending`.
    pub last: bool,
    /// How long the attempt took, in milliseconds.
    pub ms: u64,
    /// The attempt was not made: its turn did not come, and the row is what it was before. The answer says why.
    pub withdrawn: bool,
}

impl Recorded {
    /// An answer that took `took`.
    pub fn new(answer: Arc<Answer>, last: bool, took: Duration) -> Self {
        Self { answer, last, ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX), withdrawn: false }
    }

    /// What is written of an attempt that was not made, for this reason.
    pub fn withdrawn(reason: &str) -> Self {
        let answer = Reply::Unreachable { message: reason.to_owned() }.into();
        Self { withdrawn: true, ..Self::new(answer, false, Duration::ZERO) }
    }
}

/// The columns `kind` of the table.
pub(super) mod kind {
    pub(crate) const LEFT: i64 = 0;
    pub(crate) const INTENT: i64 = 1;
    pub(crate) const REPLY: i64 = 2;
}

impl Fact {
    /// The row it is about.
    pub fn row(&self) -> RowNumber {
        match self {
            Self::Excluded { row, .. } | Self::Intent { row, .. } | Self::Reply { row, .. } => *row,
        }
    }

    /// The attempt it is about.
    pub fn attempt(&self) -> u32 {
        match self {
            Self::Excluded { attempt, .. } | Self::Intent { attempt, .. } | Self::Reply { attempt, .. } => *attempt,
        }
    }
}
