//! The recipe and the connections file: from YAML text to typed values, with every problem at its place.
//!
//! Belongs here: the keys of both files, their kinds and limits. Does not belong here: what templates mean (`template`),
//! what a task's fields accept (`connectors`), and reading files.

mod connection;
mod node;
mod parse;
mod reader;
mod send;
mod stage;
mod types;

pub use connection::{ConnectionText, connection_names, find_connection};
pub use node::Node;
pub use parse::parse;
pub use reader::Reader;
pub use stage::{Stage, parse_stages};
pub use types::{ConnectionRef, MaxFailures, Rate, Recipe, Send, parse_duration};
