//! What only some APIs can do beside sending. A connector fills in what its API has; every user of a capability has to say
//! what happens without it.
//!
//! What comes later joins here once it has a meaning: the reading of webhooks, and the upload of files.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::lookup::{Inquiry, LookupError};
use crate::model::{Allowance, Contract, Reply};
use crate::recipe::Reader;

/// The optional abilities of a kind of connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Capabilities {
    /// Its accounts have message templates, and a check can hold messages to them.
    pub templates: Option<TemplateSupport>,
    /// Its API says what a sender may send.
    pub allowance: Option<FetchAllowance>,
    /// True if a reply says never to write to this recipient again: by the recipient's own wish, or by the business's.
    pub opt_out: Option<fn(&Reply) -> bool>,
    /// True if a reply refuses the token, and nothing but the token. Then the token's file is read again.
    pub token_check: Option<fn(&Reply) -> bool>,
}

/// How the message templates of an account are found.
#[derive(Debug, Clone, Copy)]
pub struct TemplateSupport {
    /// The key of the account that templates belong to, in a connection and in a pinned copy.
    pub account_key: &'static str,
    /// Reads that key and reports what is wrong with it. The account is no part of the endpoint: no request is built from it,
    /// and a run is the same run with and without it.
    pub account: fn(keys: &mut Reader<'_>) -> Option<String>,
    /// Reads templates as the API describes them.
    pub parse: fn(templates: Vec<Value>) -> Arc<dyn TemplateSet>,
    /// Asks the API for the templates of an account.
    pub fetch: FetchTemplates,
}

/// Asks the API what a sender may send: the connection's, or the one with this id. Blocks the thread.
pub type FetchAllowance = fn(inquiry: &Inquiry<'_>, sender: Option<&str>) -> Result<Allowance, LookupError>;

/// Asks the API for the templates of an account: all of them, or those of one name. If none has that name, the result has all
/// of them, so that a near name can be found. Blocks the thread.
pub type FetchTemplates = fn(inquiry: &Inquiry<'_>, name: Option<&str>) -> Result<Arc<dyn TemplateSet>, LookupError>;

/// The message templates of an account. As a contract it holds messages to them.
pub trait TemplateSet: Contract {
    /// All of them, by name and language.
    fn templates(&self) -> Box<dyn Iterator<Item = &dyn MessageTemplate> + '_>;

    /// How many could not be read: they have no name or no language.
    fn unread(&self) -> usize;
}

/// One message template in one language.
pub trait MessageTemplate: fmt::Debug {
    /// Its name.
    fn name(&self) -> &str;

    /// Its language: `en_US`.
    fn language(&self) -> &str;

    /// The API's word for whether it may be sent: `APPROVED`.
    fn status(&self) -> Option<&str>;

    /// The API's word for what it is for: `MARKETING`.
    fn category(&self) -> Option<&str>;

    /// What a message has to bring, in a line: `header image, body {{1}}, button 1 url`.
    fn variables(&self) -> String;

    /// Its content, part by part, for people: `body` and the text of it.
    fn parts(&self) -> Vec<(&'static str, String)>;

    /// The lines `task:` and `input:` of a recipe that sends it.
    fn recipe(&self) -> String;

    /// The template as it came from the API.
    fn raw(&self) -> &Value;
}
