//! Media by id or by link.

use serde::Serialize;

use super::link;
use crate::connectors::fields::{Fields, optional, quoted, required};
use crate::model::{Field, Kind};

/// What the media is called in the API: both the type of a message and the key of its object.
pub(super) const MEDIA_TYPE: &str = "media-type";

/// The media itself.
pub(super) const ID_OR_LINK: Field =
    required("id-or-link", Kind::Word, "The id of uploaded media, or a link that starts with http:// or https://.");

/// The name that a document is shown under.
pub(super) const FILENAME: Field = optional(
    "filename",
    Kind::Text,
    "The file name shown for a document, with its extension. Only for media-type document.",
);

/// A media object (Meta, Send messages).
#[derive(Serialize, Default)]
pub(super) struct Media<'a> {
    #[serde(flatten)]
    source: MediaSource<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caption: Option<&'a str>,
}

/// Where the API finds the media.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum MediaSource<'a> {
    Id(&'a str),
    Link(&'a str),
}

impl Default for MediaSource<'_> {
    fn default() -> Self {
        Self::Id("")
    }
}

impl<'a> Media<'a> {
    /// Reads the object of a media type; a filename that this type cannot have is left out with a warning.
    pub(super) fn read(fields: &mut Fields<'a>, media_type: &str) -> Self {
        let source = source(fields);
        let filename = fields.optional_text(FILENAME.name);
        if let MediaSource::Link(link) = source
            && media_type == "document"
            && filename.is_none()
            && link::is_url(link)
            && !link::has_file_name(link)
        {
            fields.warn(
                FILENAME.name,
                "the document arrives as \"Untitled\": its link has no file name; write `filename:`",
            );
        }
        if filename.is_some() && media_type != "document" {
            fields.warn(FILENAME.name, "ignored: only a document has a filename");
            return Self { source, ..Self::default() };
        }
        Self { source, filename, caption: None }
    }
}

/// Why a text that is no link is no media id either: an id is digits (Meta, Media). An empty one was reported already.
fn no_id(given: &str) -> Option<String> {
    if given.chars().all(|c| c.is_ascii_digit()) || given.contains(char::is_whitespace) {
        return None;
    }
    Some(if given.contains("://") {
        "only links with http and https can be sent".to_owned()
    } else if given.to_ascii_lowercase().starts_with("www.") {
        format!("write https://{given}")
    } else {
        "an id is digits; upload the file and give its id, or give a link that begins with https://".to_owned()
    })
}

fn source<'a>(fields: &mut Fields<'a>) -> MediaSource<'a> {
    let given = fields.word(ID_OR_LINK.name);
    if !link::is_link(given) {
        if let Some(why) = no_id(given) {
            fields.problem(ID_OR_LINK.name, format!("{}: {why}", quoted(given)));
        }
        return MediaSource::Id(given);
    }
    if !link::is_url(given) {
        fields.problem(ID_OR_LINK.name, format!("{}: not a URL", quoted(given)));
    } else if let Some(doubt) = link::doubt(given) {
        fields.warn(ID_OR_LINK.name, doubt);
    }
    MediaSource::Link(given)
}
