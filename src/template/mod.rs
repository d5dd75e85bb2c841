//! Templates: the leaf strings of a recipe, compiled once and rendered for every row.
//!
//! Belongs here: the scope, the filters, the limits, checking names against the header, and rendering a row to plain
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
mod placeholders;
mod scope;
mod text;
mod zone;

pub use bounds::refuse_boundless;
pub use compile::{BROKEN, CompiledTemplates};
pub use condition::Condition;
pub use engine::Engine;
pub use scope::{Constants, RowScope};
pub use text::Text;
pub use zone::Zone;
