//! HTML pages: the page of a run and the preview of a dry run.

mod figures;
mod mask;
mod preview;
mod run_page;

pub use figures::{ErrorFigures, ErrorRow, Figures, Latency, SessionFigures, Timeline};
pub use mask::mask;
pub use preview::{Preview, PreviewHead};
pub use run_page::{RunPage, run_page};
