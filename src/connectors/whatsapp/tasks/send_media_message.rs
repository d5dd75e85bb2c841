//! A picture, a sound, a document or a film.

use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::media::{FILENAME, ID_OR_LINK, MEDIA_TYPE, Media};
use super::outputs::OUTPUTS;
use crate::connectors::fields::{Fields, optional, required};
use crate::model::{Built, Endpoint, Field, FieldError, InputField, Kind, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_MEDIA_MESSAGE",
    summary: "Send an image, an audio file, a document or a video, within 24 hours of the recipient's last message.",
    fields: FIELDS,
    recipient: TO.name,
    needs: &[],
    outputs: OUTPUTS,
    build,
    doubt: envelope::doubt,
};

const FIELDS: &[Field] = &[
    PHONE_NUMBER_ID,
    TO,
    required(MEDIA_TYPE, Kind::Enum(&["image", "audio", "document", "video"]), "The type of media."),
    ID_OR_LINK,
    Field {
        max: Some(1024),
        ..optional("caption", Kind::Text, "The text below the media, at most 1024 characters. Not for audio.")
    },
    FILENAME,
];

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let media_type = fields.choice(MEDIA_TYPE);
    let mut media = Media::read(&mut fields, media_type);
    media.caption = fields.optional_text("caption");
    if media_type == "audio" && media.caption.take().is_some() {
        fields.warn("caption", "ignored: audio has no caption");
    }
    envelope.seal(fields, media_type, &media)
}
