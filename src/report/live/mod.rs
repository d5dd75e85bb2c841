//! The output of a working session: a bar, lines, a log, JSON events.
//!
//! Belongs here: the reporters and their shared progress. Does not belong here: what is shown after the session.

mod bar;
mod events;
mod json;
mod line;
mod log;
mod plain;
mod progress;
mod progress_ticker;
mod rate_meter;
mod reporter;
mod reporters;
#[cfg(test)]
mod samples;
mod terminal;
mod words;

pub use bar::BarReporter;
pub use events::Events;
pub use json::{JsonReporter, finished_run};
pub use log::LogReporter;
pub use plain::PlainReporter;
pub use reporter::Reporter;
pub use reporters::Reporters;
