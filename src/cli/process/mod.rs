//! The process: protection of secrets, system limits, signals.

pub(super) mod harden;
pub(super) mod limits;
pub(super) mod signals;
