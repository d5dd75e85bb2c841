//! The verdict of a plan on a row.

use crate::model::{FieldError, Request, Skip};

/// The verdict on a row.
#[derive(Debug)]
pub enum Verdict {
    /// A valid request, and its warnings.
    Ready(Request, Vec<FieldError>),
    /// Left out on purpose, and the reason.
    Skipped(Skip),
    /// Not a valid request, and all its errors.
    Invalid(Vec<FieldError>),
}
