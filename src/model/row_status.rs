//! The status of a row: its state and what the ledger's records say about it.

use std::sync::Arc;

use super::{Answer, Exclusion, State};

/// The status of a row, folded from its records. Results, summaries and selections read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowStatus {
    /// The row's state.
    pub state: State,
    /// Attempts that were made: they have an intent and were not withdrawn.
    pub attempts: u32,
    /// The highest attempt number, including withdrawn attempts. The next attempt gets the number after it.
    pub last_attempt: u32,
    /// The connector's answer to the deciding attempt, if there is one.
    pub answer: Option<Arc<Answer>>,
    /// The recipient of the deciding attempt, as its intent recorded it.
    pub recipient: Option<Arc<str>>,
    /// When the deciding attempt's intent was recorded, in Unix milliseconds.
    pub sent_at_ms: Option<i64>,
    /// How long the deciding attempt took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Why the row was left out, if it was.
    pub exclusion: Option<Exclusion>,
    /// Some attempt may have arrived without a trustworthy answer, whatever later attempts say.
    pub doubt: bool,
}

impl RowStatus {
    /// The status of a row without records.
    pub const UNTOUCHED: Self = Self {
        state: State::Pending,
        attempts: 0,
        last_attempt: 0,
        answer: None,
        recipient: None,
        sent_at_ms: None,
        took_ms: None,
        exclusion: None,
        doubt: false,
    };

    /// Shown beside the message of a row that [hides doubt](Self::hides_doubt).
    pub const DOUBT: &str = "an earlier attempt may have arrived";
    /// Shown before the advice of such a row.
    pub const DOUBT_ADVICE: &str = "Check whether an earlier attempt arrived before you send this row again.";

    /// The attempt number under which the ledger records that the row is left out. The ledger keeps one such record per attempt,
    /// and an invalid row already has one.
    pub fn left_out_after(&self) -> u32 {
        self.last_attempt + u32::from(self.state == State::Invalid)
    }

    /// True if the API said never to try this row again.
    pub fn is_never_again(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.note.never_again)
    }

    /// True if an earlier attempt may have arrived and the state, set by a later attempt, does not show it.
    pub fn hides_doubt(&self) -> bool {
        self.doubt && matches!(self.state, State::Rejected | State::Failed)
    }

    /// The code of the refusal, if the row is refused.
    pub fn refused_with(&self) -> Option<&str> {
        let answer = self.answer.as_ref().filter(|_| self.state == State::Rejected)?;
        Some(answer.reply.code())
    }

    /// The status in a run that no process works on: a row in flight may have been sent, so it is unknown.
    #[must_use]
    pub fn settled(self) -> Self {
        if self.state != State::Sending {
            return self;
        }
        Self { state: State::Unknown, answer: Some(Answer::crashed().into()), ..self }
    }
}
