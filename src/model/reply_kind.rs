//! The six kinds of replies, and the state that each leads to.

use serde::{Deserialize, Serialize};

use super::State;

/// The kind of a [`Reply`](super::Reply), without what the API said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyKind {
    /// The API took the request.
    Accepted,
    /// Refused for this row's content or recipient.
    Rejected,
    /// Refused before sending; the same request may go again after a wait.
    Throttled,
    /// The body never left this machine.
    Unreachable,
    /// The request may have arrived.
    Unknown,
    /// A refusal that would meet every row.
    Fatal,
}

impl ReplyKind {
    /// All kinds.
    const ALL: [Self; 6] =
        [Self::Accepted, Self::Rejected, Self::Throttled, Self::Unreachable, Self::Unknown, Self::Fatal];

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The row's state if this reply is the last of the row. `held` says that the API holds an accepted message back.
    pub fn state(self, held: bool) -> State {
        match self {
            Self::Accepted if held => State::Held,
            Self::Accepted => State::Accepted,
            Self::Rejected => State::Rejected,
            Self::Throttled | Self::Unreachable | Self::Fatal => State::Failed,
            Self::Unknown => State::Unknown,
        }
    }

    /// True if this reply proves that the row was not sent and may be tried again.
    pub fn proves_not_sent(self) -> bool {
        matches!(self, Self::Throttled | Self::Unreachable)
    }

    /// The kind's word, as the ledger records it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
            Self::Fatal => "fatal",
        }
    }
}
