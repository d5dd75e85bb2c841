//! A message as its recipient sees it: the template's text with the values in it. Plain data, for whatever shows it.

use serde::Serialize;

use super::check::value;
use super::message::{Media, Parameter, Sent, Top};
use super::pattern::Pattern;
use super::template::{Header, Medium, Template};

/// A message as its recipient sees it. A variable without a value stands as `{{1}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// What stands above the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<FilledHeader>,
    /// The text, with WhatsApp's marks (`*bold*`) in it.
    pub body: String,
    /// What stands below the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// The buttons, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<FilledButton>,
}

/// What stands above the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum FilledHeader {
    /// A line of text.
    Text {
        /// The line.
        text: String,
    },
    /// A picture.
    Image(FilledMedia),
    /// A film.
    Video(FilledMedia),
    /// A document.
    Document(FilledMedia),
    /// A place on the map.
    Location {
        /// Degrees north.
        latitude: String,
        /// Degrees east.
        longitude: String,
        /// The name of the place.
        name: String,
        /// The address of the place.
        address: String,
    },
    /// Something else, or nothing where something has to be.
    Other {
        /// The API's word for what the template has.
        format: String,
    },
}

/// Media, by one of id and link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FilledMedia {
    /// The id of uploaded media.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the media is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The name of a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilledButton {
    /// What it is: `url`, `quick_reply`, `phone_number`, `copy_code` …
    #[serde(rename = "type")]
    pub kind: String,
    /// What stands on it.
    pub text: String,
    /// The URL that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The number that it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The code that it copies, or what the business gets back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What the recipient of a message sees.
pub(super) fn filled(template: &Template, sent: &Sent<'_>) -> Filled {
    let buttons = template.buttons.iter().enumerate().map(|(place, button)| {
        let given = sent.buttons().find(|given| given.place() == Some(place)).map(|given| given.value());
        FilledButton {
            kind: button.kind.clone(),
            text: button.text.clone(),
            url: button.url.as_ref().map(|url| url.filled(|_| given)),
            phone: button.phone.clone(),
            value: given.filter(|_| button.url.is_none()).map(str::to_owned),
        }
    });
    Filled {
        header: header(template, sent),
        body: text(&template.body, sent.body()),
        footer: template.footer.clone(),
        buttons: buttons.collect(),
    }
}

/// What was sent, where it is what the template has; else what the template has.
fn header(template: &Template, sent: &Sent<'_>) -> Option<FilledHeader> {
    let other = |format: &str| FilledHeader::Other { format: format.to_owned() };
    Some(match (&template.header, sent.top()) {
        (Header::None, _) => return None,
        (Header::Text(pattern), _) => FilledHeader::Text { text: text(pattern, sent.header()) },
        (Header::Media(wanted), Some(Top::Media(given, media))) if *wanted == given => of_media(given, media),
        (Header::Media(wanted), _) => other(wanted.word()),
        (Header::Location, Some(Top::Location(place))) => FilledHeader::Location {
            latitude: place.latitude.to_string(),
            longitude: place.longitude.to_string(),
            name: place.name.to_string(),
            address: place.address.to_string(),
        },
        (Header::Location, _) => other("location"),
        (Header::Other(format), _) => other(&format.to_lowercase()),
    })
}

fn of_media(medium: Medium, media: &Media<'_>) -> FilledHeader {
    let [id, link, filename] =
        [&media.id, &media.link, &media.filename].map(|text| text.as_ref().map(|text| text.to_string()));
    let media = FilledMedia { id, link, filename };
    match medium {
        Medium::Image => FilledHeader::Image(media),
        Medium::Video => FilledHeader::Video(media),
        Medium::Document => FilledHeader::Document(media),
    }
}

fn text(pattern: &Pattern, given: &[Parameter<'_>]) -> String {
    pattern.filled(|place| value(pattern, given, place))
}
