//! The pinned copy: templates as they were when somebody pulled them, as a text that can be kept, compared and reviewed.
//!
//! Belongs here: its format. Does not belong here: where the file is, and when it is read.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Templates;
use super::json::is_object;

/// What `format` says in a pinned copy.
const FORMAT: &str = "rowcast-templates-1";

/// Templates as they were at one time.
#[derive(Debug)]
pub struct Pinned {
    /// When they were pulled.
    pub pulled_at: Timestamp,
    /// The account that they belong to, by its id.
    pub account: String,
    /// The templates.
    pub templates: Templates,
}

/// The file. Only what every copy has; the templates are as they came.
#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    pulled_at: Timestamp,
    #[serde(rename = "waba-id")]
    account: String,
    templates: Vec<Value>,
}

impl Pinned {
    /// Reads the text of a pinned copy.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let json: Value = serde_json::from_slice(text).map_err(|error| format!("not JSON: {error}"))?;
        match json.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => return Err(format!("its format is {other:?}, this Rowcast reads {FORMAT:?}")),
            None => return Err("not a copy of templates: it has no `format`".to_owned()),
        }
        let file: File = serde_json::from_value(json).map_err(|error| format!("not a copy of templates: {error}"))?;
        if let Some(at) = file.templates.iter().position(|template| !is_object(template)) {
            return Err(format!("`templates`: entry {at} is not a template"));
        }
        let templates = Templates::new(file.templates);
        Ok(Self { pulled_at: file.pulled_at, account: file.account, templates })
    }

    /// The text of a pinned copy: the templates by name and language, so that two copies can be compared line by line.
    pub fn text(&self) -> String {
        let templates = self.templates.iter().map(|template| template.raw().clone()).collect();
        let (format, account) = (FORMAT.to_owned(), self.account.clone());
        let file = File { format, pulled_at: self.pulled_at, account, templates };
        // A struct of texts and JSON always becomes JSON.
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// How old it is, in words.
    pub fn age(&self, now: Timestamp) -> String {
        let age = now.duration_since(self.pulled_at).max(SignedDuration::ZERO);
        let (minutes, hours) = (age.as_secs() / 60, age.as_hours());
        let counted = |count: i64, noun: &str| format!("{count} {noun}{} ago", if count == 1 { "" } else { "s" });
        match (minutes, hours) {
            (0, _) => "just now".to_owned(),
            (_, 0) => counted(minutes, "minute"),
            (_, ..48) => counted(hours, "hour"),
            _ => counted(hours / 24, "day"),
        }
    }
}
