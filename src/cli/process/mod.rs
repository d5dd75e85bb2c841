//! The process itself: what it hides, what the system allows it, how it is asked to end.

pub(super) mod harden;
pub(super) mod limits;
pub(super) mod signals;
