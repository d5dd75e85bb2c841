//! The output of a run, during its work and afterwards. Reporters consume events, pages consume figures.
//!
//! Belongs here: the reporters (`live`), the pages of a preview and of a run (`pages`), the summary's text (`text`).
//! Does not belong here: decisions.

mod live;
mod pages;
mod text;

pub use live::{BarReporter, Events, JsonReporter, LogReporter, PlainReporter, Reporter, Reporters, finished_run};
pub use pages::{
    ErrorFigures, ErrorRow, Figures, Latency, Preview, PreviewHead, RunPage, SessionFigures, Timeline, mask, run_page,
};
pub use text::{SummaryRow, SummaryText, TextStyle, counts_line, rate_line, stage_line};
