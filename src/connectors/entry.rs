//! The table of connectors: the only place that knows which there are.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::lookup::{Inquiry, Lookup, LookupError};
use super::whatsapp;
use crate::exec::Connector;
use crate::model::{Endpoint, Rate, Reply, TaskEntry};
use crate::recipe::{Key, Reader};

/// Every connector.
pub static CONNECTORS: &[ConnectorEntry] = &[whatsapp::ENTRY];

/// One kind of connection, as plain data with function pointers.
#[derive(Debug)]
pub struct ConnectorEntry {
    /// What `type` says in a connection.
    pub kind: &'static str,
    /// What such a connection can do.
    pub tasks: &'static [TaskEntry],
    /// Its keys beside those that every connection has.
    pub keys: &'static [Key],
    /// The most that a connection sends unless it says otherwise.
    pub rate: Rate,
    /// Reads its keys, which hold no secret, and reports what is wrong with them. A wrong value is left out.
    pub read: fn(keys: &mut Reader<'_>) -> Endpoint,
    /// Who sends over a connection with these settings, as a recipient sees it: two connections of one sender have the same, however
    /// their settings are written.
    pub sender: fn(&Endpoint) -> String,
    /// Reads the id of the account that its templates belong to, and reports what is wrong with it. It is kept apart from
    /// the endpoint: no request is built from it, and a run is the same run with and without it.
    pub account: fn(keys: &mut Reader<'_>) -> Option<String>,
    /// True if the API refused the token, and nothing but the token.
    pub is_token_refused: fn(&Reply) -> bool,
    /// True if the API said never to write to this recipient again: by the recipient's own wish, or by the business's.
    pub is_opt_out: fn(&Reply) -> bool,
    /// Opens a connection to ask it something. Nothing is asked yet.
    pub lookup: fn(inquiry: &Inquiry<'_>) -> Result<Box<dyn Lookup>, LookupError>,
    /// Opens a connection. The error is a sentence for people, without the token.
    pub open: fn(access: &Access<'_>) -> Result<Arc<dyn Connector>, String>,
}

/// What it takes to open a connection.
#[derive(Debug)]
pub struct Access<'a> {
    /// The settings that are no secret.
    pub endpoint: &'a Endpoint,
    /// The token.
    pub token: &'a SecretString,
    /// The most time that one request may take.
    pub timeout: Duration,
}

/// The connector of a `type`, if there is one.
pub fn connector(kind: &str) -> Option<&'static ConnectorEntry> {
    CONNECTORS.iter().find(|entry| entry.kind == kind)
}
