//! The terminal: the only module that prints and asks.

pub(super) mod ask;
pub(super) mod console;
pub(super) mod curl;
pub(super) mod finish;
pub(super) mod observer;
pub(super) mod open_run;
pub(super) mod preflight;
pub(super) mod reporters;
pub(super) mod session;
