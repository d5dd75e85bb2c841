//! Sending: a new run, or the continuation of one. Both are prepared, shown to whoever decides, then started.

pub(crate) mod rehearsal;
pub(crate) mod resume;
mod senders;
pub(crate) mod start;
