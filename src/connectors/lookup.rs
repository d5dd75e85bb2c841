//! What a connection can be asked before anything is sent: its templates, and what its sender may send.
//!
//! Belongs here: the questions, and why one has no answer. Does not belong here: how an API is asked, which its connector
//! knows, and what is done with the answers.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use super::whatsapp::template_contract::Templates;
use crate::model::{Allowance, Endpoint};

/// How long one question may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// An open connection that can be asked. The questions block: they are for plain threads.
pub trait Lookup: fmt::Debug + Send {
    /// The templates of the connection's account: all of them, or those of one name. If there is none of that name, it is
    /// all of them, so that a near name can be found.
    ///
    /// # Errors
    /// Why there is no answer.
    fn templates(&self, name: Option<&str>) -> Result<Templates, LookupError>;

    /// What the sender may send: the connection's, or another one of the account by its id.
    ///
    /// # Errors
    /// Why there is no answer.
    fn allowance(&self, sender: Option<&str>) -> Result<Allowance, LookupError>;
}

/// What it takes to ask.
#[derive(Debug)]
pub struct Inquiry<'a> {
    /// The settings that requests are built from.
    pub endpoint: &'a Endpoint,
    /// The account that the templates belong to, by its id.
    pub account: Option<&'a str>,
    /// The token.
    pub token: &'a SecretString,
    /// The most time that one question may take.
    pub timeout: Duration,
}

/// Why a question has no answer. Its texts are for people and hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LookupError {
    /// What sort of reason it is.
    pub kind: LookupFailure,
    /// What went wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// The sorts of reasons for which a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupFailure {
    /// The connection does not say what to ask for.
    NotConfigured,
    /// There is no token to ask with.
    NoToken,
    /// No answer came.
    Unreachable,
    /// The API said no.
    Refused,
    /// The answer makes no sense.
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
