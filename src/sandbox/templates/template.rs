//! One template in one language.
//!
//! Belongs here: reading Meta's object, and what a send has to bring for it. Does not belong here: judging a send.
//!
//! The shape is that of Meta's pages on template management and components. Component and button types come in upper
//! case from the API and in lower case from Meta's examples of their creation; either is read.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The states a template can be in; only an approved one can be sent.
pub(super) const STATUSES: [&str; 10] = [
    "APPROVED",
    "PENDING",
    "REJECTED",
    "PAUSED",
    "DISABLED",
    "ARCHIVED",
    "IN_APPEAL",
    "LIMIT_EXCEEDED",
    "PENDING_DELETION",
    "DELETED",
];

/// The categories of templates.
pub(super) const CATEGORIES: [&str; 4] = ["MARKETING", "UTILITY", "AUTHENTICATION", "FREE_SERVICE"];

/// A template and what a send of it needs.
#[derive(Debug, Clone)]
pub(super) struct SandboxTemplate {
    pub(super) name: String,
    pub(super) language: String,
    pub(super) status: String,
    pub(super) category: String,
    /// Whether its variables have names rather than numbers.
    pub(super) named: bool,
    pub(super) header: SandboxHeader,
    /// The body's text, with its variables.
    pub(super) body: String,
    pub(super) buttons: Vec<SandboxButton>,
    /// The JSON that the API lists.
    pub(super) object: Map<String, Value>,
}

/// The header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SandboxHeader {
    /// Nothing, or a text, which may have a variable.
    Text(String),
    /// Something that is sent along, by its kind in lower case: `image`, `location` …
    Media(String),
}

/// A button, as far as it matters to a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SandboxButton {
    /// Opens an address, with or without a part that each message brings.
    Url {
        /// Whether each message brings the end of the address.
        variable: bool,
    },
    /// Copies the code that each message brings.
    CopyCode,
    /// Sends a payload back, which a message may bring.
    QuickReply,
    /// Takes nothing from a message that the sandbox knows.
    Other,
}

#[derive(Deserialize)]
#[serde(expecting = "a template")]
struct Listed {
    name: String,
    language: String,
    #[serde(default = "approved")]
    status: String,
    #[serde(default = "utility")]
    category: String,
    parameter_format: Option<String>,
    #[serde(default)]
    components: Vec<ListedComponent>,
}

#[derive(Deserialize)]
#[serde(expecting = "a component")]
struct ListedComponent {
    r#type: String,
    format: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    buttons: Vec<ListedButton>,
}

#[derive(Deserialize)]
#[serde(expecting = "a button")]
struct ListedButton {
    r#type: String,
    #[serde(default)]
    url: String,
}

fn approved() -> String {
    "APPROVED".to_owned()
}

fn utility() -> String {
    "UTILITY".to_owned()
}

impl SandboxTemplate {
    /// Reads the `n`th object of a list. What a file written by hand may lack is filled in: it is approved, for utility,
    /// and has an id.
    pub(super) fn read(n: usize, value: &Value) -> Result<Self, String> {
        let listed = Listed::deserialize(value).map_err(|error| error.to_string())?;
        let known = |what: &str, given: &str, values: &[&str]| {
            let wrong = || format!("{what} {given:?}: one of {}", values.join(", "));
            values.contains(&given).then_some(()).ok_or_else(wrong)
        };
        known("status", &listed.status, &STATUSES)?;
        known("category", &listed.category, &CATEGORIES)?;
        let format = listed.parameter_format.as_deref().unwrap_or("POSITIONAL");
        known("parameter_format", format, &["POSITIONAL", "NAMED"])?;
        let mut object = value.as_object().cloned().unwrap_or_default();
        object.entry("parameter_format").or_insert_with(|| "POSITIONAL".into());
        object.entry("components").or_insert_with(|| Value::Array(Vec::new()));
        object.entry("status").or_insert_with(|| listed.status.clone().into());
        object.entry("category").or_insert_with(|| listed.category.clone().into());
        object.entry("id").or_insert_with(|| (1_000_000_000_000_000 + n).to_string().into());
        let authentication = listed.category == "AUTHENTICATION";
        let part = |kind: &str| listed.components.iter().find(|part| part.r#type.eq_ignore_ascii_case(kind));
        let buttons = part("BUTTONS").map(|part| part.buttons.as_slice()).unwrap_or_default();
        Ok(Self {
            named: format == "NAMED",
            header: part("HEADER").map_or_else(|| SandboxHeader::Text(String::new()), SandboxHeader::read),
            body: part("BODY").map(|part| part.text.clone()).unwrap_or_default(),
            buttons: buttons.iter().map(|button| SandboxButton::read(button, authentication)).collect(),
            name: listed.name,
            language: listed.language,
            status: listed.status,
            category: listed.category,
            object,
        })
    }
}

impl SandboxHeader {
    fn read(header: &ListedComponent) -> Self {
        match header.format.as_deref().unwrap_or("TEXT").to_ascii_lowercase() {
            format if format == "text" => Self::Text(header.text.clone()),
            format => Self::Media(format),
        }
    }
}

impl SandboxButton {
    /// The button of an authentication template is created as `OTP` and listed as `URL`; it takes the code either way.
    fn read(button: &ListedButton, authentication: bool) -> Self {
        match button.r#type.to_ascii_uppercase().as_str() {
            "OTP" => Self::Url { variable: true },
            "URL" => Self::Url { variable: authentication || !variables(&button.url).is_empty() },
            "COPY_CODE" => Self::CopyCode,
            "QUICK_REPLY" => Self::QuickReply,
            _ => Self::Other,
        }
    }
}

/// The variables of a text, `{{1}}` or `{{first_name}}`, each once, in order of first appearance.
pub(super) fn variables(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (_, variable) in pieces(text) {
        if let Some(variable) = variable
            && !found.contains(&variable)
        {
            found.push(variable);
        }
    }
    found
}

/// The text split after each variable: the text before it, and its name. The last piece may have none.
pub(super) fn pieces(text: &str) -> Vec<(&str, Option<&str>)> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((variable, after)) = after.split_once("}}") else { break };
        pieces.push((before, Some(variable.trim())));
        rest = after;
    }
    pieces.push((rest, None));
    pieces
}
