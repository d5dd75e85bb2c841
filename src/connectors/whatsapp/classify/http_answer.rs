//! An HTTP answer, before it is decided what it means.

use std::time::Duration;

use crate::connectors::client::Extent;

/// An HTTP answer, as far as it was read.
#[derive(Debug, Clone, Copy)]
pub struct HttpAnswer<'a> {
    /// The status.
    pub status: u16,
    /// How long the server wants us to wait.
    pub retry_after: Option<Duration>,
    /// The body, as far as it was read.
    pub body: &'a [u8],
    /// Whether that is all of it.
    pub extent: Extent,
}
