//! The facts about a connection that a plan needs.

use crate::model::Endpoint;
use crate::template::Engine;

/// A connection that may send rows.
#[derive(Debug, Clone)]
pub struct Target<'e> {
    /// Its name.
    pub name: &'e str,
    /// The template engine, which knows the connection's country.
    pub engine: &'e Engine,
    /// Its settings.
    pub endpoint: Endpoint,
    /// Its share of the rows relative to the shares of the other connections, if recipients decide.
    pub share: u64,
}
