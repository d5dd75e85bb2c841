//! A text.

use serde::Serialize;

use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::outputs::OUTPUTS;
use crate::connectors::fields::{Fields, required};
use crate::model::{Built, Endpoint, Field, FieldError, InputField, Kind, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_TEXT_MESSAGE",
    summary: "Send a text, within 24 hours of the recipient's last message.",
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
    Field { max: Some(4096), ..required("body", Kind::Text, "The text, at most 4096 characters.") },
    required("preview-url", Kind::Boolean, "Whether to show a preview of the first link in the text: true or false."),
];

#[derive(Serialize)]
struct TextContent<'a> {
    body: &'a str,
    preview_url: bool,
}

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let text = TextContent {
        body: fields.text("body"),
        preview_url: fields.boolean("preview-url", " (try {{ preview | lower }})"),
    };
    envelope.seal(fields, "text", &text)
}
