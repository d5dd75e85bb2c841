//! A text with a button that opens a URL.

use serde::Serialize;

use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::link;
use super::outputs::OUTPUTS;
use crate::connectors::fields::{Fields, optional, quoted, required};
use crate::model::{Built, Endpoint, Field, FieldError, InputField, Kind, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_INTERACTIVE_CALL_TO_ACTION_URL_BUTTON_MESSAGE",
    summary: "Send a text with a button that opens a URL, within 24 hours of the recipient's last message.",
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
    Field { max: Some(60), ..optional("header-text", Kind::Text, "The title above the text, at most 60 characters.") },
    Field { max: Some(1024), ..required("body-text", Kind::Text, "The text, at most 1024 characters.") },
    Field { max: Some(60), ..optional("footer-text", Kind::Text, "The small text below, at most 60 characters.") },
    Field {
        max: Some(20),
        ..required("button-display-text", Kind::Text, "The label of the button, at most 20 characters.")
    },
    required("button-url", Kind::Word, "The URL that the button opens, starting with http:// or https://."),
];

/// The content (Meta, Interactive call-to-action URL button messages).
#[derive(Serialize)]
struct Interactive<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<InteractiveHeader<'a>>,
    body: InteractiveText<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<InteractiveText<'a>>,
    action: Action<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum InteractiveHeader<'a> {
    Text { text: &'a str },
}

#[derive(Serialize)]
struct InteractiveText<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Action<'a> {
    name: &'static str,
    parameters: UrlButton<'a>,
}

#[derive(Serialize)]
struct UrlButton<'a> {
    display_text: &'a str,
    url: &'a str,
}

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let interactive = Interactive {
        kind: "cta_url",
        header: fields.optional_text("header-text").map(|text| InteractiveHeader::Text { text }),
        body: InteractiveText { text: fields.text("body-text") },
        footer: fields.optional_text("footer-text").map(|text| InteractiveText { text }),
        action: Action {
            name: "cta_url",
            parameters: UrlButton { display_text: fields.text("button-display-text"), url: url(&mut fields) },
        },
    };
    envelope.seal(fields, "interactive", &interactive)
}

fn url<'a>(fields: &mut Fields<'a>) -> &'a str {
    let url = fields.word("button-url");
    if !url.is_empty() && !link::is_url(url) {
        fields.problem("button-url", format!("{}: write a full URL that starts with https://", quoted(url)));
    }
    url
}
