//! The API's answer to a request that it refuses.
//!
//! Belongs here: the refusal as data. Does not belong here: its JSON, which is the answer's.

use crate::sandbox::codes::{Code, find};

/// The result of one rule for a part of a request.
pub(in crate::sandbox) type Check = Result<(), Refusal>;

/// A request that the API does not take, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub http: u16,
    /// The error code; programs go by this one.
    pub code: u32,
    /// The finer code that the Graph API adds to some.
    pub subcode: Option<u32>,
    /// The code and its title.
    pub message: String,
    /// The exact problem.
    pub details: String,
}

impl Refusal {
    /// A refusal with a code of Meta's table. One that the table lacks is still an error, with HTTP status 400.
    pub(in crate::sandbox) fn new(code: u32, details: impl Into<String>) -> Self {
        let (http, title) = find(code).map_or((400, "Unknown error"), |known| (known.http, known.title));
        Self { http, code, subcode: None, message: format!("(#{code}) {title}"), details: details.into() }
    }

    /// Code 100: a parameter is unknown, of a wrong type or too long.
    pub(in crate::sandbox) fn invalid(details: impl Into<String>) -> Self {
        Self::new(100, details)
    }
}

impl From<&Code> for Refusal {
    fn from(code: &Code) -> Self {
        Self::new(code.number, code.details)
    }
}
