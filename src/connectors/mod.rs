//! The APIs that rows are sent to. A connector is one folder.
//!
//! Belongs here: what a connection can do, how its requests are built and how its answers are read. Does not belong
//! here: when a request is sent, how often, and what becomes of its row.

mod auth;
mod capabilities;
pub mod client;
mod connection;
mod entry;
mod environment;
pub mod fields;
mod lookup;
mod pinned;
mod renewal;
mod table;
mod token;
pub mod whatsapp;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod hostile;

pub use auth::Auth;
pub use capabilities::{Capabilities, FetchAllowance, FetchTemplates, MessageTemplate, TemplateSet, TemplateSupport};
pub use client::redacted;
pub use connection::{CONNECTION_KEYS, Connection, mask, read_connection, without_token};
pub use entry::{Access, ConnectorEntry};
pub use environment::{ENV_FILE, Environment};
pub use lookup::{Inquiry, LookupError, LookupFailure};
pub use pinned::PinnedTemplates;
pub use table::{CONNECTORS, connector};
pub use token::TokenSource;
