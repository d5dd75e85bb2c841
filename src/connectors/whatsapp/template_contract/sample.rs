//! A recipe's `input` for a template, ready to be pasted: every field that it needs, with columns to be renamed.

use std::fmt::Write as _;

use super::button::Takes;
use super::header::TemplateHeader;
use super::pattern::TemplatePattern;
use super::template::Template;

impl Template {
    /// The lines `task:` and `input:` of a recipe that sends it.
    pub fn recipe(&self) -> String {
        let task = match self.header {
            _ if self.is_authentication() => "send-authentication-template-message",
            TemplateHeader::Media(_) => "send-media-based-template-message",
            TemplateHeader::Location => "send-location-based-template-message",
            _ => "send-text-based-template-message",
        };
        let mut text = format!("task: {task}\ninput:\n  to: \"{{{{ phone }}}}\"\n");
        line(&mut text, "name", &plain(&self.name));
        line(&mut text, "language-code", &json(&self.language));
        if self.is_authentication() {
            line(&mut text, "one-time-password", &column("code"));
            return text;
        }
        match &self.header {
            TemplateHeader::Text(pattern) => self.list(&mut text, "header-parameters", "header", pattern),
            TemplateHeader::Media(medium) => {
                line(&mut text, "media-type", medium.word());
                line(&mut text, "id-or-link", &column(medium.word()));
            }
            TemplateHeader::Location => {
                for (field, name) in [
                    ("latitude", "latitude"),
                    ("longitude", "longitude"),
                    ("location-name", "place"),
                    ("address", "address"),
                ] {
                    line(&mut text, field, &column(name));
                }
            }
            TemplateHeader::None | TemplateHeader::Other(_) => {}
        }
        self.list(&mut text, "body-parameters", "body", &self.body);
        let buttons: Vec<String> = self.buttons.iter().enumerate().filter_map(button).collect();
        if !buttons.is_empty() {
            line(&mut text, "button-parameters", &format!("[{}]", buttons.join(", ")));
        }
        text
    }

    fn list(&self, text: &mut String, field: &str, part: &str, pattern: &TemplatePattern) {
        let entry = |name: &String| {
            if self.is_named {
                format!("{{ name: {}, text: {} }}", plain(name), column(name))
            } else {
                column(&format!("{part}_{name}"))
            }
        };
        let entries: Vec<String> = pattern.variables().iter().map(entry).collect();
        if !entries.is_empty() {
            line(text, field, &format!("[{}]", entries.join(", ")));
        }
    }
}

/// What a message has to give a button. A quick reply gets its payload by itself.
fn button((place, button): (usize, &super::Button)) -> Option<String> {
    match button.takes {
        Takes::Ending => Some(format!("\"{place};url;{{{{ button_{place} }}}}\"")),
        Takes::Code => Some(format!("\"{place};copy_code;{{{{ button_{place} }}}}\"")),
        Takes::Nothing | Takes::Payload | Takes::Unknown => None,
    }
}

fn line(text: &mut String, field: &str, value: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "  {field}: {value}");
}

fn column(name: &str) -> String {
    format!("\"{{{{ {name} }}}}\"")
}

/// A word as it is, if YAML reads it as text; else in quotes. A JSON string is a YAML string.
fn plain(word: &str) -> String {
    let is_word = word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word { word.to_owned() } else { json(word) }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
