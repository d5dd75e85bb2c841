//! What the API itself expects of a request, found out before anything is sent: the template that a message names, say.

use std::fmt;

use super::FieldError;

/// Something that a finished request can be held to. Pure: whatever it knows was asked of the API beforehand.
pub trait Contract: fmt::Debug + Send + Sync {
    /// What is wrong with a request's body, by the task's fields (`body-parameters[2]`).
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
