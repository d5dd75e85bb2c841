//! One template as the API describes it. It is read leniently: unknown parts are kept and reported as unchecked.
//!
//! Source: Meta, Template management and Template components. Component types come in upper case, examples have them in
//! lower case too; `parameter_format` is absent in older answers.

use serde_json::Value;

use super::breaches;
use super::button::Button;
use super::header::TemplateHeader;
use super::json::{entries, text};
use super::pattern::TemplatePattern;
use crate::model::Breaches;

/// One template in one language.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language: `en_US`.
    pub language: String,
    /// What the API says of it: `APPROVED`.
    pub status: Option<String>,
    /// What it is for: `MARKETING`, `UTILITY`, `AUTHENTICATION`.
    pub category: Option<String>,
    /// True if its variables have names instead of numbers.
    pub is_named: bool,
    /// Its header.
    pub header: TemplateHeader,
    /// The text.
    pub body: TemplatePattern,
    /// Its footer, if it has one.
    pub footer: Option<String>,
    /// The buttons, in their order.
    pub buttons: Vec<Button>,
    /// Parts that are not checked, by the API's words: `CAROUSEL`.
    pub others: Vec<String>,
    /// Problems that every message of it has.
    pub(super) breaches: Breaches,
    /// `the template order_update (en)`, for messages.
    pub(super) title: String,
    raw: Value,
}

impl Template {
    /// Reads a template. `None` if it has no name or no language, which it is known by.
    pub fn parse(raw: Value) -> Option<Self> {
        let name = text(&raw, "name")?.to_owned();
        let language = text(&raw, "language")?.to_owned();
        let category = text(&raw, "category").map(str::to_uppercase);
        let authentication = category.as_deref() == Some(AUTHENTICATION);
        let mut parts = TemplateParts { authentication, ..TemplateParts::default() };
        for component in entries(&raw, "components") {
            parts.read(component);
        }
        let TemplateParts { header, body, footer, buttons, others, .. } = parts;
        let body = match body {
            Some(body) => body,
            // Meta, Authentication templates: the text is preset, and has the code.
            None if authentication => TemplatePattern::parse("*{{1}}* is your verification code."),
            None => TemplatePattern::default(),
        };
        let positional = body.is_positional()
            && header.as_ref().and_then(TemplateHeader::pattern).is_none_or(TemplatePattern::is_positional);
        let is_named = match text(&raw, "parameter_format") {
            Some(format) => format.eq_ignore_ascii_case("NAMED"),
            None => !positional,
        };
        let mut template = Self {
            title: format!("the template {name} ({language})"),
            name,
            language,
            status: text(&raw, "status").map(str::to_uppercase),
            category,
            is_named,
            header: header.unwrap_or(TemplateHeader::None),
            body,
            footer,
            buttons,
            others,
            breaches: Breaches::default(),
            raw,
        };
        template.breaches = breaches::of(
            &template.title,
            template.status.as_deref(),
            &template.header,
            &template.others,
            &template.buttons,
        );
        Some(template)
    }

    /// True if it carries a one-time password.
    pub fn is_authentication(&self) -> bool {
        self.category.as_deref() == Some(AUTHENTICATION)
    }

    /// The template as it came.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}

const AUTHENTICATION: &str = "AUTHENTICATION";

/// The parts of a template while its components are read. Of two of a kind the first counts.
#[derive(Default)]
struct TemplateParts {
    authentication: bool,
    header: Option<TemplateHeader>,
    body: Option<TemplatePattern>,
    footer: Option<String>,
    buttons: Vec<Button>,
    others: Vec<String>,
}

impl TemplateParts {
    fn read(&mut self, component: &Value) {
        let kind = text(component, "type").unwrap_or_default().to_uppercase();
        let words = text(component, "text");
        match kind.as_str() {
            "HEADER" if self.header.is_none() => self.header = Some(TemplateHeader::of(component)),
            "BODY" if self.body.is_none() => self.body = words.map(TemplatePattern::parse),
            "FOOTER" if self.footer.is_none() => {
                let minutes = component.get("code_expiration_minutes").and_then(Value::as_u64);
                let preset = || minutes.map(|minutes| format!("This code expires in {minutes} minutes."));
                self.footer = words.map(str::to_owned).or_else(preset);
            }
            "BUTTONS" => {
                let buttons = entries(component, "buttons").iter();
                self.buttons.extend(buttons.map(|button| Button::parse(button, self.authentication)));
            }
            // Without an end it needs nothing of the message (Meta, Limited-time offer templates: `has_expiration`).
            "LIMITED_TIME_OFFER"
                if component.pointer("/limited_time_offer/has_expiration") == Some(&Value::Bool(false)) => {}
            "" => self.others.push("a component without a type".to_owned()),
            _ => self.others.push(kind),
        }
    }
}
