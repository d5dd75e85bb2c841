//! A connection, as far as a plan has to know it.

use crate::model::Endpoint;
use crate::template::Engine;

/// A connection that rows may go by, as far as a plan has to know it.
#[derive(Debug, Clone)]
pub struct Target<'e> {
    /// Its name.
    pub name: &'e str,
    /// What templates are compiled in; it knows the connection's country.
    pub engine: &'e Engine,
    /// Its settings.
    pub endpoint: Endpoint,
    /// How many of the rows it gets where they are dealt out, beside the others' shares.
    pub share: u64,
}
