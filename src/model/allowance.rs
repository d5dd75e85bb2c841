//! How much a sender may send, as its API says.

use std::num::NonZeroU32;

/// What an API allows a sender. A part is `None` where the API did not say, or said a word that is not known; then the word
/// is in `unclear`. Nothing is ever guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Messages a second.
    pub per_second: Option<NonZeroU32>,
    /// Recipients in any 24 hours to whom the sender may write first.
    pub recipients_per_day: Option<DailyLimit>,
    /// What the API thinks of the sender's messages, in its own word.
    pub quality: Option<String>,
    /// The sender as recipients see it: a phone number, say.
    pub number: Option<String>,
    /// The name that recipients see.
    pub name: Option<String>,
    /// What was said and not understood, for people: `throughput level "TURBO"`.
    pub unclear: Vec<String>,
}

/// Recipients a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyLimit {
    /// At most so many.
    AtMost(u64),
    /// As many as there are.
    Unlimited,
}
