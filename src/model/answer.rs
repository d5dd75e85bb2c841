//! A connector's reply together with what is kept of it for people and for the API's support.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Reply, UnknownReason};

/// What a connector returns of one attempt: the reply that decides, and the facts that are kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What decides the row's state.
    pub reply: Reply,
    /// What is kept to explain it.
    #[serde(flatten)]
    pub note: Note,
}

/// Facts about an attempt that explain it but decide nothing. Server text in here is redacted and at most 4 KiB.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The HTTP status, if an answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// One line of advice for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The API said never to write to this recipient again; `retry --rejected` leaves the row out too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub never_again: bool,
    /// The API's title of the error, where `Reply` carries the details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The API's error code where `Reply` carries only a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The API's subcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcode: Option<i64>,
    /// The API's trace id, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The answer's body where it could not be understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

impl Answer {
    /// The answer for a row that was in flight when its process ended.
    pub fn crashed() -> Self {
        Self::in_doubt(UnknownReason::Crashed, "the process ended while the row was in flight")
    }

    /// The answer for a row of which a harmed ledger may lack the record.
    pub fn lost() -> Self {
        Self::in_doubt(UnknownReason::Lost, "its record was lost with a part of the ledger; it may have been sent")
    }

    /// The answer for a row that was in flight when the user gave up waiting.
    pub fn aborted() -> Self {
        Self::in_doubt(UnknownReason::Aborted, "interrupted while in flight")
    }

    fn in_doubt(reason: UnknownReason, message: &str) -> Self {
        let advice = "Find out whether the message arrived before `rowcast retry --unknown`.".to_owned();
        Self {
            reply: Reply::Unknown { reason, message: message.to_owned() },
            note: Note { advice: Some(advice), ..Note::default() },
        }
    }
}

/// An answer that is shared, as those of a run are.
impl From<Reply> for Arc<Answer> {
    fn from(reply: Reply) -> Self {
        Answer::from(reply).into()
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self { reply, note: Note::default() }
    }
}
