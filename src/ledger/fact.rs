//! One fact about a row, as it is written and read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Answer, Left, Mark, Note, Reply, RowNumber};

/// One fact about a row. The ledger only ever adds facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The row was left out, after so many attempts.
    Left {
        /// The row.
        row: RowNumber,
        /// Attempts before, mostly 0.
        attempt: u32,
        /// Why.
        left: Left,
    },
    /// The row is about to be sent.
    Intent {
        /// The row.
        row: RowNumber,
        /// The attempt, from 1.
        attempt: u32,
        /// The user asked by name for this attempt although the row may have been sent or was refused.
        asked: bool,
        /// The key of what the recipe sends once, if it has one.
        once: Option<Mark>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Flat")]
pub struct Recorded {
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
    /// No further try of the session follows: a refusal that could be tried again is then `failed`, not `pending`.
    #[serde(rename = "final")]
    pub last: bool,
    /// How long the attempt took, in milliseconds.
    pub ms: u64,
}

impl Recorded {
    /// An answer that took `took`.
    pub fn new(answer: Answer, last: bool, took: Duration) -> Self {
        Self { answer, last, ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// A recorded answer as it is read: `flatten` would keep a copy of every field until it knew whose it is.
#[derive(Deserialize)]
struct Flat {
    reply: Reply,
    #[serde(rename = "final")]
    last: bool,
    ms: u64,
    #[serde(default)]
    http_status: Option<u16>,
    #[serde(default)]
    advice: Option<String>,
    #[serde(default)]
    never_again: bool,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    subcode: Option<i64>,
    #[serde(default)]
    trace: Option<String>,
    #[serde(default)]
    raw: Option<String>,
}

impl From<Flat> for Recorded {
    fn from(flat: Flat) -> Self {
        let Flat { reply, last, ms, http_status, advice, never_again, title, code, subcode, trace, raw } = flat;
        let note = Note { http_status, advice, never_again, title, code, subcode, trace, raw };
        Self { answer: Answer { reply, note }, last, ms }
    }
}

/// What is stored of an intent beside its key and its time, if there is anything.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct IntentData {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) asked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) once: Option<Mark>,
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
            Self::Left { row, .. } | Self::Intent { row, .. } | Self::Reply { row, .. } => *row,
        }
    }

    /// The attempt it is about.
    pub fn attempt(&self) -> u32 {
        match self {
            Self::Left { attempt, .. } | Self::Intent { attempt, .. } | Self::Reply { attempt, .. } => *attempt,
        }
    }

    pub(super) fn kind(&self) -> i64 {
        match self {
            Self::Left { .. } => kind::LEFT,
            Self::Intent { .. } => kind::INTENT,
            Self::Reply { .. } => kind::REPLY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let reply = Reply::Rejected { code: "131026".to_owned(), message: "no".to_owned() };
        let bare = Recorded::new(Answer::from(reply.clone()), true, Duration::from_millis(7));
        let text = |text: &str| Some(text.to_owned());
        // Every field has a value, so that none is forgotten.
        let note = Note {
            http_status: Some(400),
            advice: text("advice"),
            never_again: true,
            title: text("title"),
            code: Some(131_026),
            subcode: Some(2),
            trace: text("trace"),
            raw: text("raw"),
        };
        let full = Recorded { answer: Answer { reply, note }, last: false, ms: 8 };
        for recorded in [bare, full] {
            let json = serde_json::to_string(&recorded).unwrap();
            assert_eq!(serde_json::from_str::<Recorded>(&json).unwrap(), recorded, "{json}");
        }
    }
}
