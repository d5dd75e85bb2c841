//! Where a row stands: everything that the ledger's records of it come to.

use std::sync::Arc;

use super::{Answer, Left, State};

/// Where a row stands. The fold of its records makes it; results, summaries and selections read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The row's state.
    pub state: State,
    /// Attempts that were made: those that have an intent and were not withdrawn before they were sent.
    pub attempts: u32,
    /// The highest number that an attempt has, whatever became of it; the next one has the number after it.
    pub last_attempt: u32,
    /// What the connector said of the attempt that decides, if it said anything.
    pub answer: Option<Arc<Answer>>,
    /// The recipient of the deciding attempt, as its intent recorded it.
    pub recipient: Option<Arc<str>>,
    /// When the deciding attempt's intent was recorded, in Unix milliseconds.
    pub sent_at_ms: Option<i64>,
    /// How long the deciding attempt took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Why the row was left out, if it was.
    pub left: Option<Left>,
    /// Of some attempt nobody knows whether it arrived, whatever the later ones came to.
    pub doubt: bool,
}

impl Standing {
    /// Where a row stands of which the ledger has no record.
    pub const UNTOUCHED: Self = Self {
        state: State::Pending,
        attempts: 0,
        last_attempt: 0,
        answer: None,
        recipient: None,
        sent_at_ms: None,
        took_ms: None,
        left: None,
        doubt: false,
    };

    /// What is said beside the message of a row that [hides doubt](Self::hides_doubt),
    pub const DOUBT: &str = "an earlier attempt may have arrived";
    /// and before its advice.
    pub const DOUBT_ADVICE: &str = "Find out whether an earlier attempt arrived before this row is sent again.";

    /// The attempt number under which the ledger records that the row is left out. The ledger keeps one such record per attempt,
    /// and an invalid row already has one.
    pub fn left_out_after(&self) -> u32 {
        self.last_attempt + u32::from(self.state == State::Invalid)
    }

    /// True if the API has said never to try this row again.
    pub fn is_never_again(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.note.never_again)
    }

    /// True if the row may have arrived and its state, which is of a later attempt, does not say so.
    pub fn hides_doubt(&self) -> bool {
        self.doubt && matches!(self.state, State::Rejected | State::Failed)
    }

    /// The code with which the row is refused, if it is.
    pub fn refused_with(&self) -> Option<&str> {
        let answer = self.answer.as_ref().filter(|_| self.state == State::Rejected)?;
        Some(answer.reply.code())
    }

    /// The same in a run that nobody works on: a row in flight may have been sent, and nobody will ever hear.
    #[must_use]
    pub fn settled(self) -> Self {
        if self.state != State::Sending {
            return self;
        }
        Self { state: State::Unknown, answer: Some(Answer::crashed().into()), ..self }
    }
}
