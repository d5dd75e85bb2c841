//! What a plan makes of a row.

use crate::model::{FieldError, Request, Skip};

/// What a row comes to.
#[derive(Debug)]
pub enum Verdict {
    /// A valid request, and what should be said about it.
    Ready(Request, Vec<FieldError>),
    /// Left out on purpose, with the reason.
    Skipped(Skip),
    /// Not a valid request: everything that is wrong with it.
    Invalid(Vec<FieldError>),
}
