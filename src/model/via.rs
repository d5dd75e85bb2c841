//! Which of a run's connections a row goes by, and what decides it.

use serde::{Deserialize, Serialize};

/// A connection of a run, by its place among them, counted from 0. A run that has one has none but the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Via(pub u16);

impl Via {
    /// The place.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// How the rows of a run are spread over its connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// There is one connection.
    #[default]
    One,
    /// Each row names its own: the recipe's `connection` is a template.
    ByRow,
    /// They are dealt out by their recipients: whoever was written to by one number hears from it the next time too.
    ByRecipient,
}
