//! The header of a template.

use serde_json::Value;

use super::json::text;
use super::pattern::TemplatePattern;

/// The header of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateHeader {
    /// Nothing.
    None,
    /// A line of text.
    Text(TemplatePattern),
    /// A picture, a film or a document.
    Media(Medium),
    /// A place on the map.
    Location,
    /// Something else, by the API's word.
    Other(String),
}

/// The media that a header can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A document.
    Document,
}

impl Medium {
    /// The word in a message's body and in `media-type`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
        }
    }

    /// The word in a sentence.
    pub(super) fn described(self) -> &'static str {
        match self {
            Self::Image => "an image",
            Self::Video => "a video",
            Self::Document => "a document",
        }
    }
}

impl TemplateHeader {
    /// Its text, if it is one.
    pub fn pattern(&self) -> Option<&TemplatePattern> {
        match self {
            Self::Text(pattern) => Some(pattern),
            _ => None,
        }
    }

    /// Reads a header component.
    pub(super) fn of(component: &Value) -> Self {
        let format = text(component, "format").unwrap_or("TEXT").to_uppercase();
        match format.as_str() {
            "TEXT" => Self::Text(TemplatePattern::parse(text(component, "text").unwrap_or_default())),
            "IMAGE" => Self::Media(Medium::Image),
            "VIDEO" => Self::Media(Medium::Video),
            "DOCUMENT" => Self::Media(Medium::Document),
            "LOCATION" => Self::Location,
            _ => Self::Other(format),
        }
    }
}
