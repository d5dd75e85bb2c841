//! The checks before the first message is sent.

pub(crate) mod approval;
pub(crate) mod check;
pub(crate) mod checked;
mod duplicates;
pub(crate) mod findings;
mod forecast;
pub(crate) mod memory;
pub(crate) mod preflight;
pub(crate) mod preview;
pub(crate) mod runs_elsewhere;
pub(crate) mod screening;
pub(crate) mod sent_already;
pub(crate) mod templates;
