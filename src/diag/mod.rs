//! What is said about problems.
//!
//! Belongs here: words and places of problems. Does not belong here: finding them.

mod suggest;

pub use suggest::{did_you_mean, nearest};
