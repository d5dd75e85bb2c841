//! What a kind of connection is: plain data with function pointers.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::capabilities::Capabilities;
use crate::exec::Connector;
use crate::model::{Endpoint, Rate, TaskEntry};
use crate::recipe::{Key, Reader};

/// One kind of connection, as plain data with function pointers.
#[derive(Debug)]
pub struct ConnectorEntry {
    /// The value of `type` in a connection.
    pub kind: &'static str,
    /// Its tasks.
    pub tasks: &'static [TaskEntry],
    /// Its keys, in addition to those of every connection.
    pub keys: &'static [Key],
    /// The default of a connection's maximum rate.
    pub rate: Rate,
    /// Reads its keys, which hold no secret, and reports what is wrong with them. A wrong value is left out.
    pub read: fn(keys: &mut Reader<'_>) -> Endpoint,
    /// Names the sender of a connection with these settings, as a recipient sees it: two connections of one sender have the same
    /// name, however their settings are written.
    pub sender: fn(&Endpoint) -> String,
    /// The setting, and the input field of its tasks, that says who sends.
    pub sender_key: &'static str,
    /// The environment variable in which a run looks for the token if its own connection does not say where it is.
    pub token_variable: &'static str,
    /// Opens a connection. The error is a sentence for people, without the token.
    pub open: fn(access: &Access<'_>) -> Result<Arc<dyn Connector>, String>,
    /// What only some APIs can do.
    pub capabilities: Capabilities,
}

impl ConnectorEntry {
    /// The template by which a connection refers to its token: `{{ env.TOKEN }}`.
    pub fn token_reference(&self) -> String {
        format!("{{{{ env.{} }}}}", self.token_variable)
    }
}

/// Parameters for opening a connection.
#[derive(Debug)]
pub struct Access<'a> {
    /// The settings that are no secret.
    pub endpoint: &'a Endpoint,
    /// The token.
    pub token: &'a SecretString,
    /// The maximum duration of one request.
    pub timeout: Duration,
}
