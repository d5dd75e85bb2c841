//! One button of a template, and what a message has to give it.

use serde_json::Value;

use super::json::text;
use super::pattern::TemplatePattern;

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// The API's word for what it is, in lower case: `url`, `quick_reply`, `phone_number`.
    pub kind: String,
    /// Its label.
    pub text: String,
    /// The URL that it opens, if it opens one.
    pub url: Option<TemplatePattern>,
    /// The number that it calls, if it calls one.
    pub phone: Option<String>,
    /// What a message gives it.
    pub takes: Takes,
}

/// What a message gives a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// The variable end of its URL. It has to.
    Ending,
    /// The code to copy. It has to.
    Code,
    /// What the business gets back when it is pressed. It may.
    Payload,
    /// Not known here.
    Unknown,
}

impl Button {
    /// Reads a button; an authentication template's button gets the code, however it is written.
    pub(super) fn parse(button: &Value, authentication: bool) -> Self {
        let kind = text(button, "type").unwrap_or("without a type").to_lowercase();
        let url = text(button, "url").map(TemplatePattern::parse);
        let takes = match kind.as_str() {
            // Meta, Authentication templates: created as OTP, given back as URL. It takes the code as a URL's ending.
            "otp" => Takes::Ending,
            "url" if authentication => Takes::Ending,
            "url" if url.as_ref().is_some_and(|url| !url.variables().is_empty()) => Takes::Ending,
            "url" | "phone_number" | "voice_call" => Takes::Nothing,
            "copy_code" => Takes::Code,
            "quick_reply" => Takes::Payload,
            _ => Takes::Unknown,
        };
        let words = text(button, "text").unwrap_or_default().to_owned();
        Self { kind, text: words, url, phone: text(button, "phone_number").map(str::to_owned), takes }
    }

    /// True if a message has to give it something.
    pub fn is_filled(&self) -> bool {
        self.takes.is_required()
    }

    /// The button in a sentence: `url "Track"`.
    pub(super) fn described(&self) -> String {
        if self.text.is_empty() { self.kind.clone() } else { format!("{} {:?}", self.kind, self.text) }
    }
}

impl Takes {
    /// The `sub_type` of the parameter that gives it.
    pub(super) fn sub_type(self) -> Option<&'static str> {
        match self {
            Self::Ending => Some("url"),
            Self::Code => Some("copy_code"),
            Self::Payload => Some("quick_reply"),
            Self::Nothing | Self::Unknown => None,
        }
    }

    /// True if a message without it is refused.
    pub(super) fn is_required(self) -> bool {
        matches!(self, Self::Ending | Self::Code)
    }
}
