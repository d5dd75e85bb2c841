//! Images, audio, video and documents.
//!
//! Belongs here: the media object, in messages and in template headers. Does not belong here: fetching a link.

use super::node::JsonNode;
use super::refusal::{Check, Refusal};

pub(super) fn image(media: &JsonNode) -> Check {
    captioned(media, &["id", "link", "caption"])
}

pub(super) fn video(media: &JsonNode) -> Check {
    captioned(media, &["id", "link", "caption"])
}

pub(super) fn document(media: &JsonNode) -> Check {
    captioned(media, &["id", "link", "caption", "filename"])
}

pub(super) fn audio(media: &JsonNode) -> Check {
    media.only(&["id", "link", "voice"])?;
    if let Some(voice) = media.optional("voice")? {
        voice.boolean()?;
    }
    source(media)
}

/// The media of a header: no caption, a file name only for documents.
pub(super) fn header(media: &JsonNode, kind: &str) -> Check {
    media.only(if kind == "document" { &["id", "link", "filename"] } else { &["id", "link"] })?;
    filename(media)?;
    source(media)
}

fn captioned(media: &JsonNode, keys: &[&str]) -> Check {
    media.only(keys)?;
    if let Some(caption) = media.optional("caption")? {
        caption.text_up_to(1_024)?;
    }
    filename(media)?;
    source(media)
}

fn filename(media: &JsonNode) -> Check {
    media.optional("filename")?.map_or(Ok(()), |name| name.text_up_to(usize::MAX).map(drop))
}

/// Where the media comes from: an id or a link, not both.
fn source(media: &JsonNode) -> Result<(), Refusal> {
    match (media.optional("id")?, media.optional("link")?) {
        (Some(id), None) => {
            let text = id.text_up_to(usize::MAX)?;
            let is_id = text.chars().all(|c| c.is_ascii_digit());
            if is_id { Ok(()) } else { Err(id.not_valid("a media id is digits")) }
        }
        (None, Some(link)) => link.web_address(),
        (None, None) => Err(media.refuse(131_008, "id or link is required")),
        (Some(_), Some(_)) => Err(media.invalid("id and link exclude each other")),
    }
}
