//! The connection that sends a row, and the rule that chooses it.

use serde::{Deserialize, Serialize};

/// Zero-based index of a connection within its run; always 0 in a run with a single connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionIndex(pub u16);

impl ConnectionIndex {
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
    /// The recipient decides, so that a person gets all messages from the same number.
    ByRecipient,
}
