//! Problems that point at a place: what is wrong, where, and a way out.
//!
//! Belongs here: the types, the search for a place in a YAML text, the rendering with the source line, "did you mean",
//! and making invisible or hostile characters visible. Does not belong here: deciding what is a problem.

mod cell;
mod locate;
mod problem;
mod render;
mod suggest;
mod visible;

pub use cell::cell_lines;
pub use locate::{Step, locate, locate_key, scalar_text};
pub use problem::{Place, Problem, Problems, Severity, Source};
pub use render::render;
pub use suggest::{did_you_mean, nearest};
pub use visible::{visible, visible_json};
