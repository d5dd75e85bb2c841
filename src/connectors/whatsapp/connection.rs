//! The settings of a WhatsApp connection.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::connector::WhatsApp;
use super::id::id;
use super::template_contract::AccountTemplates;
use super::{API_VERSION, BASE_URL, lookup, tasks::TASKS};
use crate::connectors::auth::Auth;
use crate::connectors::capabilities::{Capabilities, TemplateSupport};
use crate::connectors::client::{HttpClient, base_url, is_local};
use crate::connectors::entry::{Access, ConnectorEntry};
use crate::exec::Connector;
use crate::model::{Endpoint, Rate, Reply};
use crate::phone::{Country, UnknownCountry};
use crate::recipe::{Key, Reader, Shape};

/// WhatsApp in the table of connectors.
pub(in crate::connectors) const ENTRY: ConnectorEntry = ConnectorEntry {
    kind: "whatsapp",
    tasks: TASKS,
    keys: KEYS,
    rate: RATE,
    read,
    sender,
    sender_key: PHONE_NUMBER_ID,
    token_variable: "WHATSAPP_TOKEN",
    open,
    capabilities: Capabilities {
        templates: Some(TemplateSupport {
            account_key: WABA_ID,
            account,
            parse: |templates| Arc::new(AccountTemplates::new(templates)),
            fetch: |inquiry, name| Ok(Arc::new(lookup::templates(inquiry, name)?)),
        }),
        allowance: Some(lookup::allowance),
        opt_out: Some(is_opt_out),
        token_check: Some(is_token_refused),
    },
};

const PHONE_NUMBER_ID: &str = "phone-number-id";

const WABA_ID: &str = "waba-id";

const KEYS: &[Key] = &[
    Key::optional(
        PHONE_NUMBER_ID,
        Shape::Digits,
        "The id of the sending number: digits from the WhatsApp Manager, not the phone number itself. A recipe's `input` \
         overrides it.",
    )
    .examples(&["106540352242922"]),
    Key::optional(
        "default-country",
        Shape::Pattern("^[A-Za-z]{2}$"),
        "The country of numbers without a country code: two letters of ISO 3166. Without it such numbers are invalid.",
    )
    .examples(&["DE"]),
    Key::optional("api-version", Shape::Pattern(r"^v[0-9]+\.[0-9]+$"), "The version of the Graph API.").or(API_VERSION),
    Key::optional(
        "base-url",
        Shape::Pattern("^[Hh][Tt][Tt][Pp]"),
        "The base URL of the API. `http` is allowed only for this machine, because it would expose the token.",
    )
    .or(BASE_URL),
    Key::optional(
        WABA_ID,
        Shape::Digits,
        "The id of the WhatsApp Business Account that owns the templates. If set, a check compares every row with its template.",
    )
    .examples(&["102290129340398"]),
    Key::optional(
        "templates",
        Shape::Text,
        "A saved copy of the templates, relative to this file, written by `rowcast templates pull`. A check reads it instead of \
         asking the API. Default: `NAME.templates.json` beside this file, if it exists.",
    )
    .examples(&["acme.templates.json"]),
];

/// The default throughput of a number (Meta, Throughput: 80 messages per second).
const RATE: Rate = Rate {
    count: match NonZeroU32::new(80) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    },
    per: Duration::from_secs(1),
};

/// Reads the settings that are no secret. A wrong one is reported and replaced by its default.
fn read(keys: &mut Reader<'_>) -> Endpoint {
    let mut settings = BTreeMap::new();
    let mut set = |key: &str, value: Option<String>| settings.extend(value.map(|value| (key.to_owned(), value)));
    let base = keys.parsed("base-url", base_url).unwrap_or_else(|| BASE_URL.to_owned());
    set("base-url", Some(base));
    let version = keys.parsed("api-version", api_version).unwrap_or_else(|| API_VERSION.to_owned());
    set("api-version", Some(version));
    let sender =
        keys.parsed(PHONE_NUMBER_ID, |text| id(text, "the number's id, digits alone; it is not the phone number"));
    // A wrong id is not reported as missing too.
    set(PHONE_NUMBER_ID, sender.or_else(|| keys.get(PHONE_NUMBER_ID).map(|_| "0".to_owned())));
    set("default-country", keys.parsed("default-country", country));
    settings.into_iter().collect()
}

/// The id of the number. A server on this machine is never Meta's, whatever its port.
fn sender(endpoint: &Endpoint) -> String {
    let number = endpoint.get(PHONE_NUMBER_ID).unwrap_or_default();
    let local = endpoint.get("base-url").is_some_and(is_local);
    format!("{}{number}", if local { "local " } else { "" })
}

/// A version of the Graph API. A dead one is answered by the oldest that lives (Meta, Platform versioning), so that its
/// age is no error here.
fn api_version(text: &str) -> Result<String, String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix('v').and_then(|version| version.split_once('.')) {
        Some((major, minor)) if is_number(major) && is_number(minor) => Ok(text.to_owned()),
        _ => Err(format!("wanted a version such as {API_VERSION}")),
    }
}

/// The WhatsApp Business Account, which templates belong to.
fn account(keys: &mut Reader<'_>) -> Option<String> {
    keys.parsed(WABA_ID, |text| id(text, "the id of the WhatsApp Business Account, digits alone"))
}

fn country(text: &str) -> Result<String, String> {
    let country: Country = text.parse().map_err(|error: UnknownCountry| error.to_string())?;
    Ok(country.to_string())
}

/// Code 190: the token has expired or was revoked (Meta, Error codes).
fn is_token_refused(reply: &Reply) -> bool {
    matches!(reply, Reply::Fatal { code, .. } if code == "190")
}

/// Codes 131050, the recipient wants no more marketing, and 130403, the business has blocked the recipient: both never to
/// be tried again (Meta, Error codes).
fn is_opt_out(reply: &Reply) -> bool {
    matches!(reply, Reply::Rejected { code, .. } if code == "131050" || code == "130403")
}

fn open(access: &Access<'_>) -> Result<Arc<dyn Connector>, String> {
    let base = access.endpoint.get("base-url").unwrap_or(BASE_URL);
    let client = HttpClient::open(base, &Auth::Bearer(access.token.clone()), access.timeout)?;
    Ok(Arc::new(WhatsApp::new(client)))
}
