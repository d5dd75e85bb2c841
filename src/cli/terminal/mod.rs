//! The only place that prints and asks.

pub(super) mod ask;
pub(super) mod console;
pub(super) mod reporters;
