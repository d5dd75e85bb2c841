//! What people read: problems that point at a place, and the words and columns that all messages share.
//!
//! Belongs here: the types, the search for a place in a YAML text, the rendering with the source line, "did you mean", making
//! invisible or hostile characters visible, and how numbers, moments, names and values are written. Does not belong here:
//! deciding what is a problem.

mod cell;
mod locate;
mod problem;
mod render;
mod sheet;
mod suggest;
mod visible;
mod words;

pub use cell::cell_lines;
pub use locate::{Step, locate, locate_key, scalar_text};
pub use problem::{Place, Problem, Problems, Severity, Source};
pub use render::render;
pub use sheet::Sheet;
pub use suggest::{did_you_mean, nearest};
pub use visible::{visible, visible_json};
pub use words::{count, plural, shell_word, thousands, utc};
