//! A connector's whole vocabulary: what it says of one attempt.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ReplyKind, State, UnknownReason};

/// What a connector says of an attempt. Keep it small: a remote worker can later be just another connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Reply {
    /// The API took the request and gave a message id. Not: delivered.
    Accepted {
        /// The API's id of the message, never empty.
        id: String,
        /// The recipient according to the API; it may differ from the number in the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipient: Option<String>,
        /// The API's word on the message, if it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// The status says that the message waits on the API's side and may still be dropped.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        held: bool,
    },
    /// Refused for this row's content or recipient.
    Rejected {
        /// The API's error code, or `http_4xx`.
        code: String,
        /// The API's text.
        message: String,
    },
    /// Refused before sending; the same request may go again after a wait.
    Throttled {
        /// The rows that have to wait.
        scope: Scope,
        /// How long at least, if the API said so.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "millis")]
        after: Option<Duration>,
        /// The API's error code, or `http_429`.
        code: String,
        /// The API's text.
        message: String,
    },
    /// Proof that the body never left this machine.
    Unreachable {
        /// What failed.
        message: String,
    },
    /// The request may have arrived; there is no trustworthy answer. Never sent again unasked.
    Unknown {
        /// Why it is not known.
        reason: UnknownReason,
        /// What happened.
        message: String,
    },
    /// A refusal that would meet every row: the run stops.
    Fatal {
        /// The API's error code, or a word such as `redirect`.
        code: String,
        /// The API's text.
        message: String,
    },
}

/// The rows that a throttling concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// This recipient alone; the others continue.
    Lane,
    /// Every row of the connection.
    Connection,
}

impl Reply {
    /// The row's state if this reply is the last of the row.
    pub fn state(&self) -> State {
        self.kind().state(matches!(self, Self::Accepted { held: true, .. }))
    }

    /// Its kind.
    pub fn kind(&self) -> ReplyKind {
        match self {
            Self::Accepted { .. } => ReplyKind::Accepted,
            Self::Rejected { .. } => ReplyKind::Rejected,
            Self::Throttled { .. } => ReplyKind::Throttled,
            Self::Unreachable { .. } => ReplyKind::Unreachable,
            Self::Unknown { .. } => ReplyKind::Unknown,
            Self::Fatal { .. } => ReplyKind::Fatal,
        }
    }

    /// True if this reply proves that the row was not sent and may be tried again.
    pub fn proves_not_sent(&self) -> bool {
        self.kind().proves_not_sent()
    }

    /// The code or reason that results and summaries show; empty where there is none.
    pub fn code(&self) -> &str {
        match self {
            Self::Accepted { .. } => "",
            Self::Unreachable { .. } => "unreachable",
            Self::Unknown { reason, .. } => reason.as_str(),
            Self::Rejected { code, .. } | Self::Throttled { code, .. } | Self::Fatal { code, .. } => code,
        }
    }

    /// The text that results and summaries show; empty for an accepted row.
    pub fn message(&self) -> &str {
        match self {
            Self::Accepted { .. } => "",
            Self::Rejected { message, .. }
            | Self::Throttled { message, .. }
            | Self::Unreachable { message }
            | Self::Unknown { message, .. }
            | Self::Fatal { message, .. } => message,
        }
    }
}

/// Durations as integer milliseconds.
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde's `with` passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        value.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_millis))
    }
}
