//! What a check found: how many rows are ready, and on which connection.

use std::collections::BTreeMap;

use crate::model::{ConnectionIndex, Request};
use crate::rows::Digest;
use crate::run::Tally;

/// What a pass over all rows found.
pub(crate) struct Checked {
    pub(crate) tally: Tally,
    pub(crate) first: Option<Request>,
    pub(crate) digest: Digest,
    /// Which row repeats which.
    pub(super) duplicates: Option<String>,
    /// What goes by each connection that something goes by.
    pub(super) shares: BTreeMap<ConnectionIndex, ConnectionShare>,
}

/// What goes by one connection.
pub(super) struct ConnectionShare {
    pub(super) ready: u64,
    /// Where the first of it goes.
    pub(super) url: String,
}

impl Checked {
    /// How many rows are ready to go by a connection.
    pub(crate) fn ready(&self, index: ConnectionIndex) -> u64 {
        self.shares.get(&index).map_or(0, |share| share.ready)
    }

    /// True if some row goes by a connection.
    pub(crate) fn uses(&self, index: ConnectionIndex) -> bool {
        self.ready(index) > 0
    }
}
