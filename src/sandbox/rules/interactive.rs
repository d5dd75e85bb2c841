//! Interactive messages, of which the sandbox plays the button that opens a URL.
//!
//! Belongs here: its header, body, footer and action, after Meta's page on that message.

use super::media;
use super::node::JsonNode;
use super::refusal::Check;

pub(super) fn message(interactive: &JsonNode) -> Check {
    let kind = interactive.required("type")?;
    if kind.text()? != "cta_url" {
        return Err(kind.refuse(131_051, "this sandbox supports only the interactive type cta_url"));
    }
    interactive.only(&["type", "header", "body", "footer", "action"])?;
    if let Some(header) = interactive.optional("header")? {
        header_of(&header)?;
    }
    words(&interactive.required("body")?, 1_024)?;
    if let Some(footer) = interactive.optional("footer")? {
        words(&footer, 60)?;
    }
    let action = interactive.required("action")?;
    action.only(&["name", "parameters"])?;
    action.required("name")?.one_of(&["cta_url"])?;
    let parameters = action.required("parameters")?;
    parameters.only(&["display_text", "url"])?;
    parameters.required("display_text")?.text_up_to(20)?;
    parameters.required("url")?.web_address()
}

fn header_of(header: &JsonNode) -> Check {
    let kind = header.required("type")?.one_of(&["text", "image", "video", "document"])?;
    header.only(&["type", kind])?;
    let content = header.required(kind)?;
    if kind == "text" { content.text_up_to(60).map(drop) } else { media::header(&content, kind) }
}

fn words(part: &JsonNode, most: usize) -> Check {
    part.only(&["text"])?;
    part.required("text")?.text_up_to(most).map(drop)
}
