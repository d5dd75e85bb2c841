//! Text for people on a terminal or in a file: the summary, its tables, and the lines that the reporters share with it.

pub(super) mod duration;
mod rate;
mod summary;
mod text_style;

pub use rate::rate_line;
pub use summary::{SummaryRow, SummaryText, counts_line, stage_line};
pub use text_style::TextStyle;

pub(super) use summary::{stopping_line, style};
