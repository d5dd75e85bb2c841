//! The limits of a sender, as its API reports them.

use std::num::NonZeroU32;

/// The limits of a sender. A part is `None` if the API did not report it, or reported an unknown word, which is then in
/// `unclear`. Nothing is guessed.
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
    /// Reported values that are unknown, for people: `throughput level "TURBO"`.
    pub unclear: Vec<String>,
}

/// Recipients a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyLimit {
    /// At most this number.
    AtMost(u64),
    /// Any number.
    Unlimited,
}
