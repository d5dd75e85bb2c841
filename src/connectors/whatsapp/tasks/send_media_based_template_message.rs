//! A template whose header is a picture, a film or a document.

use super::buttons::BUTTON_PARAMETERS;
use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::media::{FILENAME, ID_OR_LINK, MEDIA_TYPE, Media};
use super::outputs::TEMPLATE_OUTPUTS;
use super::parameters::BODY_PARAMETERS;
use super::template::{HeaderParameter, LANGUAGE_CODE, NAME, TemplateContent};
use crate::connectors::fields::{Fields, required};
use crate::model::{Built, Endpoint, Field, FieldError, InputField, Kind, Need, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_MEDIA_BASED_TEMPLATE_MESSAGE",
    summary: "Send a template with an image, a video or a document as its header, at any time.",
    fields: FIELDS,
    recipient: TO.name,
    needs: &[Need::Template],
    outputs: TEMPLATE_OUTPUTS,
    build,
    doubt: envelope::doubt,
};

const FIELDS: &[Field] = &[
    PHONE_NUMBER_ID,
    TO,
    NAME,
    LANGUAGE_CODE,
    required(MEDIA_TYPE, Kind::Enum(&["image", "video", "document"]), "The type of media in the header."),
    ID_OR_LINK,
    FILENAME,
    BODY_PARAMETERS,
    BUTTON_PARAMETERS,
];

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let mut template = TemplateContent::read(&mut fields);
    let media_type = fields.choice(MEDIA_TYPE);
    let media = Media::read(&mut fields, media_type);
    template.header(match media_type {
        "image" => HeaderParameter::Image { image: media },
        "video" => HeaderParameter::Video { video: media },
        _ => HeaderParameter::Document { document: media },
    });
    template.body(&mut fields);
    template.buttons(&mut fields);
    envelope.seal(fields, "template", &template)
}
