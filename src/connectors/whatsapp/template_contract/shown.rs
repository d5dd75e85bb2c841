//! A template as people see it: in a list, and on a page of its own.

use serde_json::Value;

use super::{AccountTemplates, Template, TemplateHeader, TemplatePattern};
use crate::connectors::capabilities::{MessageTemplate, TemplateSet};

impl TemplateSet for AccountTemplates {
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
            TemplateHeader::Text(pattern) if !pattern.variables().is_empty() => {
                parts.push(format!("header {}", pattern.listed()));
            }
            TemplateHeader::Media(medium) => parts.push(format!("header {}", medium.word())),
            TemplateHeader::Location => parts.push("header location".to_owned()),
            TemplateHeader::None | TemplateHeader::Text(_) | TemplateHeader::Other(_) => {}
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
            TemplateHeader::None => None,
            TemplateHeader::Text(pattern) => Some(pattern.text().to_owned()),
            TemplateHeader::Media(medium) => Some(medium.word().to_owned()),
            TemplateHeader::Location => Some("location".to_owned()),
            TemplateHeader::Other(format) => Some(format.to_lowercase()),
        };
        let button = |(place, button): (usize, &super::Button)| {
            let target = button.url.as_ref().map(TemplatePattern::text).or(button.phone.as_deref()).unwrap_or_default();
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
