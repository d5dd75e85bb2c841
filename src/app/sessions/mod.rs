//! Sessions: a new run, or the continuation of a run. Both are prepared, confirmed by the caller, then started.

mod lost;
pub(crate) mod rehearsal;
pub(crate) mod resume;
mod senders;
pub(crate) mod start;
