//! Templates: leaf strings of a recipe compiled once, rendered for every row.
//!
//! Belongs here: what is in scope, the filters, the bounds, the check of names against the header, and the rendering of a row to plain
//! values. Does not belong here: what the values mean to a task. A cell is data: it is never compiled.

mod bounds;
mod compile;
mod condition;
mod date;
mod engine;
mod filled;
mod filters;
mod money;
mod names;
mod output;
mod scope;
mod text;
mod zone;

pub use bounds::refuse_boundless;
pub use compile::{BROKEN, Templates};
pub use condition::Condition;
pub use engine::Engine;
pub use scope::{Constants, Scope};
pub use text::Text;
pub use zone::Zone;
