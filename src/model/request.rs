//! A request: what is sent for one row. It holds no secret.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::RowNumber;

/// The recipient of a request, as far as pacing is concerned: rows of one lane are never in flight together.
pub type Lane = Arc<str>;

/// A request that knows no row yet: what a task builds from its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The whole URL, without any secret.
    pub url: String,
    /// The recipient, if the connector paces per recipient.
    pub lane: Option<Lane>,
    /// The body, byte for byte as it will be sent.
    pub body: Bytes,
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
    /// What this request has in common with every other of its recipe.
    pub uniform: Arc<Uniform>,
}

/// What is the same for every row of a recipe, because it is written there without a template.
///
/// A connector asks it whether a refusal concerns this row alone: "template not found" stops the run if every row names
/// the same template, and concerns one row if each names its own.
#[derive(Debug, Default)]
pub struct Uniform {
    /// Input fields whose value is the same for every row; a field that is not given is among them.
    pub values: BTreeSet<String>,
    /// List fields whose number of entries is the same for every row.
    pub lengths: BTreeSet<String>,
}
