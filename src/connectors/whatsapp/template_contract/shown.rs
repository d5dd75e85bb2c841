//! A template as people see it: in a list, and on a page of its own.

use serde_json::Value;

use super::{Header, Pattern, Template, Templates};
use crate::connectors::capabilities::{MessageTemplate, TemplateSet};

impl TemplateSet for Templates {
    fn templates(&self) -> Box<dyn Iterator<Item = &dyn MessageTemplate> + '_> {
        Box::new(self.iter().map(|template| template as &dyn MessageTemplate))
    }

    fn unread(&self) -> usize {
        self.unread
    }
}

impl MessageTemplate for Template {
    fn name(&self) -> &str {
        &self.name
    }

    fn language(&self) -> &str {
        &self.language
    }

    fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    fn category(&self) -> Option<&str> {
        self.category.as_deref()
    }

    fn variables(&self) -> String {
        let mut parts = Vec::new();
        match &self.header {
            Header::Text(pattern) if !pattern.variables().is_empty() => {
                parts.push(format!("header {}", pattern.listed()));
            }
            Header::Media(medium) => parts.push(format!("header {}", medium.word())),
            Header::Location => parts.push("header location".to_owned()),
            Header::None | Header::Text(_) | Header::Other(_) => {}
        }
        if !self.body.variables().is_empty() {
            parts.push(format!("body {}", self.body.listed()));
        }
        let buttons = self.buttons.iter().enumerate().filter(|(_, button)| button.is_filled());
        parts.extend(buttons.map(|(place, button)| format!("button {place} {}", button.kind)));
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    }

    fn parts(&self) -> Vec<(&'static str, String)> {
        let header = match &self.header {
            Header::None => None,
            Header::Text(pattern) => Some(pattern.text().to_owned()),
            Header::Media(medium) => Some(medium.word().to_owned()),
            Header::Location => Some("location".to_owned()),
            Header::Other(format) => Some(format.to_lowercase()),
        };
        let button = |(place, button): (usize, &super::Button)| {
            let target = button.url.as_ref().map(Pattern::text).or(button.phone.as_deref()).unwrap_or_default();
            ("button", format!("{place} {}: {} {target}", button.kind, button.text))
        };
        let footer = self.footer.clone().unwrap_or_default();
        let mut parts: Vec<_> = header.map(|header| ("header", header)).into_iter().collect();
        parts.extend([("body", self.body.text().to_owned()), ("footer", footer)]);
        parts.extend(self.buttons.iter().enumerate().map(button));
        parts.push(("not checked", self.others.join(", ")));
        parts
    }

    fn recipe(&self) -> String {
        Template::recipe(self)
    }

    fn raw(&self) -> &Value {
        Template::raw(self)
    }
}
