//! The states of a row, and the number of rows in each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A row's state: the same words in ledger, CSV, JSON, summary and docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not tried yet, or the last reply proves that it was not sent and it may be tried again.
    Pending,
    /// Its intent is on disk and has no outcome yet. Only inside a live run.
    Sending,
    /// The API accepted it and returned a message id.
    Accepted,
    /// Accepted, but held back by the API for now.
    Held,
    /// Refused for its content or recipient.
    Rejected,
    /// Certainly not sent; retries used up, or stopped by a run-wide error.
    Failed,
    /// Possibly sent; there is no trustworthy answer.
    Unknown,
    /// Does not render to a valid request; never tried.
    Invalid,
    /// Left out on purpose, with a reason.
    Skipped,
}

impl State {
    /// All states, in the order of listings.
    pub const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Held,
        Self::Rejected,
        Self::Failed,
        Self::Unknown,
        Self::Invalid,
        Self::Skipped,
        Self::Pending,
        Self::Sending,
    ];

    /// The state's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
            Self::Skipped => "skipped",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Rows per state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts([u64; State::ALL.len()]);

impl Counts {
    /// Rows in `state`.
    pub fn get(&self, state: State) -> u64 {
        self.0[state as usize]
    }

    /// Adds one row in `state`.
    pub fn add(&mut self, state: State) {
        self.add_many(state, 1);
    }

    /// Adds `rows` in `state`.
    pub fn add_many(&mut self, state: State, rows: u64) {
        self.0[state as usize] += rows;
    }

    /// Moves one row from one state to another.
    pub fn shift(&mut self, from: State, to: State) {
        self.0[from as usize] = self.0[from as usize].saturating_sub(1);
        self.0[to as usize] += 1;
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The states that have rows, in listing order.
    pub fn present(&self) -> impl Iterator<Item = (State, u64)> {
        State::ALL.into_iter().map(|state| (state, self.get(state))).filter(|(_, rows)| *rows > 0)
    }
}

impl Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(State::ALL.into_iter().filter(|s| *s != State::Sending).map(|s| (s.word(), self.get(s))))
    }
}
