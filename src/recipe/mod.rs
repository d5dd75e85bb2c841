//! The recipe and the connections file: from YAML text to typed values, with every problem at its place.
//!
//! Belongs here: the keys of both files, their types and limits, and the editor's schema. Does not belong here: the
//! meaning of templates (`template`), the values of a task's fields (`connectors`), and reading files.

mod audience;
mod connection;
pub mod defaults;
mod keys;
mod node;
mod parse;
mod reader;
mod schema;
mod send;
mod span;
mod stage;
mod template_text;
mod types;

pub use audience::{Audience, Once, Suppress, Unique};
pub use connection::{ConnectionText, connection_names, find_connection, find_connections};
pub use keys::{Key, RECIPE_KEYS, SEND_KEYS, Shape};
pub use node::Node;
pub use parse::parse;
pub use reader::Reader;
pub use schema::{ConnectionKind, connections_schema, recipe_schema};
pub use span::{parse_duration, parse_span};
pub use stage::{StageSetting, parse_stages};
pub use template_text::is_template;
pub use types::{ConnectionRef, Recipe, SendSettings};
