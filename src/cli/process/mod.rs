//! The process: protection of secrets, system limits, signals, locks of other processes.

pub(super) mod harden;
pub(super) mod held_locks;
pub(super) mod limits;
pub(super) mod signals;
