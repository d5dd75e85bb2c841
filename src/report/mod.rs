//! Reporters: what a run shows while it works, and the summary at its end. They consume events and nothing else.
//!
//! Belongs here: the bar, the lines for logs, the log, the JSON events, the summary's text, the pages of a
//! preview and of a run. Does not belong here: deciding anything.

mod bar;
mod beat;
mod events;
mod figures;
mod json;
mod line;
mod log;
mod mask;
mod plain;
mod preview;
mod progress;
mod reporters;
mod run_page;
#[cfg(test)]
mod samples;
mod shape;
mod summary;
mod table;
mod tempo;
mod terminal;
mod words;

pub use bar::BarReporter;
pub use events::Events;
pub use figures::{ErrorFigures, ErrorRow, Figures, Latency, SessionFigures, Timeline};
pub use json::{JsonReporter, finished_run};
pub use log::LogReporter;
pub use mask::mask;
pub use plain::PlainReporter;
pub use preview::{Preview, PreviewHead};
pub use reporters::Reporters;
pub use run_page::{RunPage, run_page, thousands};
pub use summary::{SummaryRow, SummaryText, counts_line, stage_line};
pub use table::Paper;

use crate::exec::Pulse;
use crate::model::{Counts, Event};

/// Shows what happens. It is called by one thread at a time, after what it is told is on stable storage; a reporter that cannot
/// write gives up writing, for a lost terminal must not stop a run.
pub trait Reporter: Send {
    /// Something happened; `counts` is how the run's rows stand after it.
    fn event(&mut self, event: &Event, counts: &Counts);

    /// A fraction of a second has passed.
    fn tick(&mut self, _counts: &Counts, _pulse: &Pulse) {}

    /// The session is over.
    fn finish(&mut self, _counts: &Counts) {}
}
