//! Whom an attempt is for, as its intent records it.

use std::sync::Arc;

use super::{Draft, Lane, Request, RowKeys};

/// The recipient of a request and the keys of its row. The intent of an attempt records it, so that the ledger knows who got a
/// message even after the recipe has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressee {
    /// The recipient as the request addresses it. `None` if the request has no recipient, or if an earlier version of
    /// Rowcast wrote the intent without it.
    pub recipient: Option<Arc<str>>,
    /// The person behind the recipient, if the connector paces per person.
    pub person: Option<Lane>,
    /// The row's keys for `unique` and `once`.
    pub keys: RowKeys,
}

impl Addressee {
    /// What stands in place of a recipient who has asked to be forgotten.
    pub const FORGOTTEN: &'static str = "forgotten";
}

impl Request {
    /// What the intent of an attempt records. Shares the texts instead of copying them.
    pub fn addressee(&self) -> Addressee {
        let Draft { recipient, lane, .. } = &self.draft;
        Addressee { recipient: recipient.clone(), person: lane.clone(), keys: self.keys }
    }
}
