//! The pinned copy of an account's templates, made by `rowcast templates pull`: a text that can be kept, compared and reviewed.
//!
//! Belongs here: its format. Does not belong here: where the file is, and when it is read.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::capabilities::{TemplateSet, TemplateSupport};
use crate::diag::count;

/// What `format` says in a pinned copy.
const FORMAT: &str = "rowcast-templates-1";

/// Templates as they were at one time.
#[derive(Debug)]
pub struct PinnedTemplates {
    /// When they were pulled.
    pub pulled_at: Timestamp,
    /// The account that they belong to, by its id.
    pub account: String,
    /// The templates.
    pub templates: Arc<dyn TemplateSet>,
}

impl PinnedTemplates {
    /// Reads the text of a pinned copy.
    ///
    /// # Errors
    /// The text is not a pinned copy, or not one of a connection of this kind.
    pub fn read(text: &[u8], support: &TemplateSupport) -> Result<Self, String> {
        let json: Value = serde_json::from_slice(text).map_err(|error| format!("not JSON: {error}"))?;
        match json.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => return Err(format!("its format is {other:?}, this Rowcast reads {FORMAT:?}")),
            None => return Err("not a copy of templates: it has no `format`".to_owned()),
        }
        let text = |key: &str| json.get(key).and_then(Value::as_str);
        let wrong = |key: &str| format!("not a copy of templates: it has no usable `{key}`");
        let pulled_at = text("pulled_at").and_then(|time| time.parse().ok()).ok_or_else(|| wrong("pulled_at"))?;
        let account = text(support.account_key).ok_or_else(|| wrong(support.account_key))?.to_owned();
        let templates = json.get("templates").and_then(Value::as_array).ok_or_else(|| wrong("templates"))?;
        let is_template = |value: &Value| value.as_object().is_some_and(|object| !object.is_empty());
        if let Some(at) = templates.iter().position(|template| !is_template(template)) {
            return Err(format!("`templates`: entry {at} is not a template"));
        }
        Ok(Self { pulled_at, account, templates: (support.parse)(templates.clone()) })
    }

    /// The text of a pinned copy: the templates by name and language, so that two copies can be compared line by line.
    pub fn text(&self, support: &TemplateSupport) -> String {
        let templates: Vec<Value> = self.templates.templates().map(|template| template.raw().clone()).collect();
        let file: Map<String, Value> = [
            ("format", FORMAT.into()),
            ("pulled_at", self.pulled_at.to_string().into()),
            (support.account_key, self.account.clone().into()),
            ("templates", templates.into()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect();
        // Texts and JSON always become JSON.
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// How old it is, in words.
    pub fn age(&self, now: Timestamp) -> String {
        let age = now.duration_since(self.pulled_at).max(SignedDuration::ZERO);
        let (minutes, hours) = (age.as_secs().unsigned_abs() / 60, age.as_hours().unsigned_abs());
        let ago = |number: u64, noun: &str| format!("{} ago", count(number, noun));
        match (minutes, hours) {
            (0, _) => "just now".to_owned(),
            (_, 0) => ago(minutes, "minute"),
            (_, ..48) => ago(hours, "hour"),
            _ => ago(hours / 24, "day"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connectors::CONNECTORS;

    #[test]
    fn a_pinned_copy_comes_back_and_others_are_refused() {
        for support in CONNECTORS.iter().filter_map(|entry| entry.capabilities.templates) {
            let template = |name: &str| json!({ "name": name, "language": "en", "components": [] });
            let templates = (support.parse)(vec![template("b"), template("a")]);
            let pulled_at = "2026-11-20T08:00:00Z".parse().unwrap();
            let pinned = PinnedTemplates { pulled_at, account: "102".to_owned(), templates };
            let text = pinned.text(&support);
            let again = PinnedTemplates::read(text.as_bytes(), &support).unwrap();
            let names = |copy: &PinnedTemplates| -> Vec<String> {
                copy.templates.templates().map(|template| template.name().to_owned()).collect()
            };
            assert_eq!((again.text(&support), again.account.as_str()), (text.clone(), "102"));
            assert_eq!((names(&pinned), names(&again)), (vec!["a".into(), "b".into()], vec!["a".into(), "b".into()]));
            assert_eq!(pinned.age("2026-11-22T09:00:00Z".parse().unwrap()), "2 days ago");
            for wrong in [
                "",
                "{}",
                "[]",
                r#"{"format":"rowcast-templates-9"}"#,
                r#"{"format":"rowcast-templates-1","templates":7}"#,
            ] {
                assert!(PinnedTemplates::read(wrong.as_bytes(), &support).is_err(), "{wrong}");
            }
            let empty =
                text.replace("\"components\": []", "\"x\": 1").replace(support.account_key, "account-of-nobody");
            let error = PinnedTemplates::read(empty.as_bytes(), &support).unwrap_err();
            assert!(error.contains(support.account_key), "{error}");
        }
    }
}
