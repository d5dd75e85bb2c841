//! Asking an API before anything is sent: the parameters of a question, and why one has no answer.
//!
//! Does not belong here: how an API is asked, which is a capability of its connector, and what is done with the answers.

use std::time::Duration;

use secrecy::SecretString;

use crate::model::Endpoint;

/// The maximum duration of one question.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// Parameters of a lookup.
#[derive(Debug)]
pub struct Inquiry<'a> {
    /// The settings that requests are built from.
    pub endpoint: &'a Endpoint,
    /// The account that the templates belong to, by its id.
    pub account: Option<&'a str>,
    /// The token.
    pub token: &'a SecretString,
    /// The maximum duration of one question.
    pub timeout: Duration,
}

/// Why a question has no answer. Its texts are for people and hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LookupError {
    /// The kind of failure.
    pub kind: LookupFailure,
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The kinds of failures of a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupFailure {
    /// The connection lacks a setting that the question needs.
    NotConfigured,
    /// The connection has no token.
    NoToken,
    /// No answer came.
    Unreachable,
    /// The API said no.
    Refused,
    /// The answer could not be read.
    NotUnderstood,
}

impl LookupError {
    pub(super) fn new(kind: LookupFailure, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
