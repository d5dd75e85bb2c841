//! A request: what is sent for one row. It holds no secret.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Body, ConnectionIndex, KeyDigest, RowNumber};

/// Ordering key: the normalised recipient. Requests with one lane are never in flight together, and a list sends to a lane
/// only once.
pub type Lane = Arc<str>;

/// A request that knows no row yet: what a task builds from its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The whole URL, without any secret.
    pub url: String,
    /// Headers beside those of every request of the connection. They hold no secret either.
    pub headers: Vec<(String, String)>,
    /// The media type of the body, where that is bytes: a form has its own.
    pub content_type: Cow<'static, str>,
    /// The recipient as the request addresses it, if it addresses one.
    pub recipient: Option<Arc<str>>,
    /// The person behind the recipient, if the connector paces per person.
    pub lane: Option<Lane>,
    /// The body, byte for byte as it will be sent.
    pub body: Body,
    /// The byte of the body at which the message begins. What stands before it is for the API: the recipient above all.
    /// `None` if the request is no message.
    pub message_at: Option<u32>,
}

impl Draft {
    /// The media type of JSON.
    pub const JSON: &'static str = "application/json";

    /// A request with a body in JSON, no headers of its own, and no recipient.
    pub fn new(method: &'static str, url: String, body: impl Into<Body>) -> Self {
        let content_type = Cow::Borrowed(Self::JSON);
        Self {
            method,
            url,
            headers: Vec::new(),
            content_type,
            recipient: None,
            lane: None,
            body: body.into(),
            message_at: None,
        }
    }
}

/// The request of one row.
#[derive(Debug, Clone)]
pub struct Request {
    /// The row it belongs to.
    pub row: RowNumber,
    /// The physical line on which that row begins.
    pub line: u64,
    /// What is sent.
    pub draft: Draft,
    /// The connection that it goes over.
    pub connection: ConnectionIndex,
    /// Which fields of its recipe differ from row to row.
    pub variation: Arc<FieldVariation>,
    /// What tells its row from others, where the recipe says so.
    pub keys: RowKeys,
}

impl Request {
    /// A request that nothing is known of but its row and what is sent.
    pub fn new(row: RowNumber, line: u64, draft: Draft) -> Self {
        Self {
            row,
            line,
            draft,
            connection: ConnectionIndex::default(),
            variation: Arc::default(),
            keys: RowKeys::default(),
        }
    }
}

/// The keys of a row, as marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowKeys {
    /// Of what makes the row unique in its list, if that is something else than its recipient.
    pub unique: Option<KeyDigest>,
    /// Of what is sent once by all runs together, if that is something else than the message.
    pub once: Option<KeyDigest>,
    /// Of the message: what is sent, without its recipient. `None` where nobody is to remember it, and in intents of earlier
    /// versions.
    pub message: Option<KeyDigest>,
}

/// Which input fields of a recipe differ from row to row. All others are written there without a template, or not at all.
///
/// A connector asks it whether a refusal concerns this row alone: "template not found" stops the run if every row names
/// the same template, and concerns one row if each names its own.
#[derive(Debug, Default)]
pub struct FieldVariation {
    /// Input fields whose value differs from row to row.
    pub varying_values: BTreeSet<String>,
    /// List fields whose number of entries differs from row to row.
    pub varying_lengths: BTreeSet<String>,
}

impl FieldVariation {
    /// True if every row gives `field` the same value. A field that no row gives is constant.
    pub fn is_constant(&self, field: &str) -> bool {
        !self.varying_values.contains(field)
    }

    /// True if every row gives the list `field` the same number of entries.
    pub fn has_constant_length(&self, field: &str) -> bool {
        !self.varying_lengths.contains(field)
    }
}
