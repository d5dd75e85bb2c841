//! What the API expects of a request, such as the template that a message names, known before anything is sent.

use std::fmt;

use super::FieldError;

/// A rule of the API that requests are checked against. Pure: its facts were fetched from the API beforehand.
pub trait Contract: fmt::Debug + Send + Sync {
    /// The problems of a request's body, by the task's fields (`body-parameters[2]`).
    fn check(&self, body: &[u8]) -> Breaches;
}

/// What a request breaks of its contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaches {
    /// The API would refuse it.
    pub errors: Vec<FieldError>,
    /// The API may refuse it, or it is probably not meant.
    pub warnings: Vec<FieldError>,
}
