//! Asks the Cloud API for templates, and for what a number may send.
//!
//! Belongs here: which URLs are asked, and following pages. Does not belong here: what templates mean, and how bytes travel.

mod allowance;
mod refusal;

use std::collections::HashSet;
use std::fmt;
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::id::is_id;
use super::template_contract::AccountTemplates;
use super::{API_VERSION, BASE_URL};
use crate::connectors::auth::Auth;
use crate::connectors::client::{Extent, GetError, HttpClient};
use crate::connectors::lookup::{Inquiry, LookupError, LookupFailure};
use crate::model::Allowance;

/// The most bytes of one page. A template has some kilobytes, and a page a hundred templates.
const PAGE: usize = 4 * 1024 * 1024;

/// The most pages that are followed: an account has at most 6,000 templates (Meta, Template management).
const PAGES: usize = 200;

/// The longest that all pages together may take.
const WHOLE: Duration = Duration::from_secs(60);

/// The most bytes of all pages together.
const ALL: usize = 64 * 1024 * 1024;

/// Templates on a page.
const LIMIT: &str = "100";

/// An open connection that can be asked.
struct Meta {
    http: HttpClient,
    /// Runs the questions on the calling thread, and keeps their connections.
    runtime: Runtime,
    /// Base URL and version.
    root: String,
    account: Option<String>,
    sender: Option<String>,
}

/// The templates of the connection's account: all of them, or those of one name if there are any.
pub(super) fn templates(inquiry: &Inquiry<'_>, name: Option<&str>) -> Result<AccountTemplates, LookupError> {
    Meta::open(inquiry)?.templates(name)
}

/// What the connection's number may send, or another one of the account by its id.
pub(super) fn allowance(inquiry: &Inquiry<'_>, sender: Option<&str>) -> Result<Allowance, LookupError> {
    Meta::open(inquiry)?.allowance(sender)
}

impl Meta {
    /// Opens a client. Asks nothing yet.
    fn open(inquiry: &Inquiry<'_>) -> Result<Self, LookupError> {
        let Inquiry { endpoint, account, token, timeout } = *inquiry;
        let refused = |message: String| LookupError::new(LookupFailure::NotConfigured, message);
        let base = endpoint.get("base-url").unwrap_or(BASE_URL);
        let http = HttpClient::open(base, &Auth::Bearer(token.clone()), timeout).map_err(refused)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| refused(error.to_string()))?;
        let version = endpoint.get("api-version").unwrap_or(API_VERSION);
        let root = format!("{}/{version}", base.trim_end_matches('/'));
        let sender = endpoint.get("phone-number-id").map(str::to_owned);
        Ok(Self { http, runtime, root, account: account.map(str::to_owned), sender })
    }

    fn templates(&self, name: Option<&str>) -> Result<AccountTemplates, LookupError> {
        let Some(account) = &self.account else {
            let message = "the connection has no `waba-id`, which templates belong to";
            let help = "write the id of the WhatsApp Business Account: `waba-id: \"…\"`";
            return Err(LookupError::new(LookupFailure::NotConfigured, message).help(help));
        };
        let path = format!("{account}/message_templates");
        if let Some(name) = name {
            // Whether the filter takes whole names is not documented.
            let mut found = self.pages(&path, Some(name))?;
            found.retain(|template| template.get("name").and_then(Value::as_str) == Some(name));
            if !found.is_empty() {
                return Ok(AccountTemplates::new(found));
            }
        }
        Ok(AccountTemplates::new(self.pages(&path, None)?))
    }

    fn allowance(&self, sender: Option<&str>) -> Result<Allowance, LookupError> {
        let Some(sender) = sender.or(self.sender.as_deref()).filter(|id| is_id(id)) else {
            let message = "the connection has no `phone-number-id`, whose limits could be asked for";
            return Err(LookupError::new(LookupFailure::NotConfigured, message));
        };
        let ask = |limit: &str| {
            let fields = format!("{FIELDS},{limit}");
            self.ask(sender, &[("fields", &fields)], WHOLE).map(|(json, _)| allowance::read(&json))
        };
        // A field that a version of the API does not have is refused with code 100. The older one is deprecated.
        ask("whatsapp_business_manager_messaging_limit")
            .or_else(|error| if refusal::is_about_a_field(&error) { ask("messaging_limit_tier") } else { Err(error) })
    }
}

/// What is asked of a number (Meta, Throughput, Messaging limits, Business phone numbers).
const FIELDS: &str = "display_phone_number,verified_name,quality_rating,throughput";

impl Meta {
    /// All entries of a list that comes in pages. Pages are followed by their cursor; the URL of the next page is the
    /// server's, and may be anywhere.
    fn pages(&self, path: &str, name: Option<&str>) -> Result<Vec<Value>, LookupError> {
        let begin = Instant::now();
        let not_understood = |message: String| LookupError::new(LookupFailure::NotUnderstood, message);
        let (mut entries, mut seen, mut bytes) = (Vec::new(), HashSet::new(), 0);
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let mut query = vec![("limit", LIMIT)];
            query.extend(name.map(|name| ("name", name)));
            query.extend(after.as_deref().map(|after| ("after", after)));
            let Some(left) = WHOLE.checked_sub(begin.elapsed()) else {
                let message = format!("the list of templates was not at its end after {} s", WHOLE.as_secs());
                return Err(LookupError::new(LookupFailure::Unreachable, message));
            };
            let (page, length) = self.ask(path, &query, left)?;
            bytes += length;
            let Some(Value::Array(data)) = page.get("data").cloned() else {
                return Err(not_understood("the answer is not a list of templates".to_owned()));
            };
            entries.extend(data);
            if page.pointer("/paging/next").is_none_or(Value::is_null) {
                return Ok(entries);
            }
            let cursor = page.pointer("/paging/cursors/after").and_then(Value::as_str).map(str::to_owned);
            let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
                return Err(not_understood(
                    "the list of templates goes on, but the answer does not say where".to_owned(),
                ));
            };
            if !seen.insert(cursor.clone()) {
                return Err(not_understood("the list of templates goes in a circle".to_owned()));
            }
            if bytes > ALL {
                break;
            }
            after = Some(cursor);
        }
        let message = format!("the list of templates has no end within {PAGES} pages or {} MiB", ALL / 1024 / 1024);
        Err(not_understood(message))
    }

    /// The answer to one question, free of the token, and how many bytes it had.
    fn ask(&self, path: &str, query: &[(&str, &str)], time: Duration) -> Result<(Value, usize), LookupError> {
        let url = Url::parse_with_params(&format!("{}/{path}", self.root), query)
            .map_err(|error| LookupError::new(LookupFailure::NotConfigured, format!("not a URL: {error}")))?;
        let response = self.runtime.block_on(self.http.get(url, PAGE, time)).map_err(|refused| match refused {
            GetError::Here(message) => LookupError::new(LookupFailure::NotConfigured, message),
            GetError::NoAnswer(message) => {
                let message = format!("the API did not answer: {message}");
                LookupError::new(LookupFailure::Unreachable, message).help("check the network, and `base-url`")
            }
        })?;
        if !(200..=299).contains(&response.status) {
            return Err(refusal::of(&response, |text| self.http.words(text)));
        }
        let reason = match response.extent {
            Extent::Whole => match serde_json::from_slice::<Value>(&response.body) {
                Ok(json @ Value::Object(_)) => return Ok((self.http.content(json), response.body.len())),
                Ok(_) | Err(_) => "it is not a JSON object",
            },
            Extent::Cut => "it was cut off",
            Extent::TooLong => "it is longer than any of this API",
        };
        let message = format!("the answer (HTTP {}) makes no sense: {reason}", response.status);
        Err(LookupError::new(LookupFailure::NotUnderstood, message).help("check `base-url` in the connection"))
    }
}

/// Shows the address alone, because the client holds the token.
impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta").field("root", &self.root).field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
