//! The API's rules for a message that depend only on its payload.
//!
//! Belongs here: the envelope, and what the shapes of the types share. Each type with rules of its own has its file.
//! Does not belong here: pace, faults, tokens, or anything that remembers an earlier message.
//!
//! The shapes and limits are those of Meta's Cloud API reference (messages, and the page of each type). Where Meta is
//! lenient the sandbox is strict: a key that no page names is refused, so that a misspelt one is noticed here and not by
//! a recipient. Lengths are counted in characters.

mod contacts;
mod interactive;
mod location;
mod media;
mod node;
mod refusal;
mod template;

use serde_json::Value;

use super::ids::digits;
use node::JsonNode;
pub(super) use refusal::Check;
pub use refusal::Refusal;

/// A message that the rules let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The recipient as sent: `+` and digits.
    pub to: String,
    /// The recipient's digits as a number.
    pub recipient: u64,
    /// The message's type.
    pub kind: &'static str,
}

impl Accepted {
    /// Whether it is a template message; the API gives only those a `message_status`.
    pub fn is_template(&self) -> bool {
        self.kind == "template"
    }
}

type Rules = fn(&JsonNode) -> Check;

/// The types the sandbox plays, with their rules.
const KINDS: [(&str, Rules); 9] = [
    ("text", text),
    ("image", media::image),
    ("audio", media::audio),
    ("video", media::video),
    ("document", media::document),
    ("location", location::message),
    ("contacts", contacts::message),
    ("interactive", interactive::message),
    ("template", template::message),
];

/// Checks the body of a request to the messages endpoint.
///
/// # Errors
/// The first thing that the API would refuse.
pub fn check(body: &Value) -> Result<Accepted, Refusal> {
    let envelope = JsonNode::root(body);
    let product = envelope.optional("messaging_product")?;
    // The API answers this one with 100, all other missing parameters with 131008.
    let product = product.ok_or_else(|| Refusal::invalid("the parameter messaging_product is required"))?;
    product.one_of(&["whatsapp"])?;
    let kind = envelope.required("type")?;
    let known = KINDS.iter().find(|(name, _)| kind.text().is_ok_and(|given| given == *name));
    let Some((kind, rules)) = known else {
        let given = kind.text()?;
        let names = KINDS.map(|(name, _)| name).join(", ");
        return Err(Refusal::new(131_051, format!("type {given} cannot be sent; known are {names}")));
    };
    envelope.only(&[
        "messaging_product",
        "recipient_type",
        "to",
        "type",
        kind,
        "context",
        "biz_opaque_callback_data",
    ])?;
    if let Some(recipient_type) = envelope.optional("recipient_type")? {
        recipient_type.one_of(&["individual"])?;
    }
    if let Some(context) = envelope.optional("context")? {
        context.only(&["message_id"])?;
        context.required("message_id")?.text_up_to(usize::MAX)?;
    }
    if let Some(data) = envelope.optional("biz_opaque_callback_data")? {
        data.text_up_to(512)?;
    }
    let (to, recipient) = recipient(&envelope.required("to")?)?;
    rules(&envelope.required(kind)?)?;
    Ok(Accepted { to, recipient, kind })
}

/// The recipient. Meta also takes punctuation, and a number without `+`, before which it puts the sender's country code:
/// a message to a stranger. The sandbox refuses what would go there.
fn recipient(to: &JsonNode) -> Result<(String, u64), Refusal> {
    let given = to.text_up_to(usize::MAX)?;
    let number = digits(given).filter(|_| (8..=16).contains(&given.len()) && !given.starts_with("+0"));
    let number = number.ok_or_else(|| to.not_valid("wanted + and 7 to 15 digits, the first of them not 0"))?;
    Ok((given.to_owned(), number))
}

/// A text message.
fn text(text: &JsonNode) -> Check {
    text.only(&["body", "preview_url"])?;
    text.required("body")?.text_up_to(4_096)?;
    if let Some(preview) = text.optional("preview_url")? {
        preview.boolean()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
