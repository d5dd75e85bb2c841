//! The parts that all messages share: the sending number, the recipient and the URL.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::connectors::fields::{Fields, REQUIRED, optional, quoted, required};
use crate::connectors::whatsapp::{API_VERSION, BASE_URL};
use crate::model::{Built, Draft, Endpoint, Field, FieldError, Kind};
use crate::phone::{self, Country, LineType, Phone};

/// The number that sends, by its id.
pub(super) const PHONE_NUMBER_ID: Field =
    optional("phone-number-id", Kind::Word, "The id of the sending phone number. Default: the connection's.")
        .example("\"106540352242922\"");

/// The recipient.
pub(super) const TO: Field = required(
    "to",
    Kind::Text,
    "The recipient's phone number, with + and country code unless the connection sets default-country.",
)
.example("\"{{ phone }}\"");

/// The sender and recipient of a message. A part that could not be read is empty, and was reported.
pub(super) struct Envelope<'a> {
    endpoint: &'a Endpoint,
    sender: &'a str,
    to: Option<Phone>,
}

impl<'a> Envelope<'a> {
    /// Reads the fields that every task has.
    pub(super) fn read(fields: &mut Fields<'a>, endpoint: &'a Endpoint) -> Self {
        Self { endpoint, sender: sender(fields, endpoint), to: recipient(fields, endpoint) }
    }

    /// The finished request of type `kind`, or everything that is wrong with the input.
    pub(super) fn seal(
        self,
        fields: Fields<'a>,
        kind: &str,
        content: &impl Serialize,
    ) -> Result<Built, Vec<FieldError>> {
        let warnings = fields.finish()?;
        let Self { endpoint, sender, to: Some(to) } = self else {
            return Err(vec![FieldError::new(TO.name, REQUIRED)]);
        };
        let base = endpoint.get("base-url").unwrap_or(BASE_URL).trim_end_matches('/');
        let version = endpoint.get("api-version").unwrap_or(API_VERSION);
        // Most bodies fit, so that the vector does not grow.
        let mut body = Vec::with_capacity(512);
        serde_json::to_writer(&mut body, &MessageBody { to: to.as_str(), kind, content })
            .map_err(|error| vec![FieldError::new("input", error.to_string())])?;
        let recipient: Arc<str> = to.as_str().into();
        let lane = match phone::person(&recipient) {
            Cow::Borrowed(_) => Arc::clone(&recipient),
            Cow::Owned(person) => person.into(),
        };
        let url = [base, "/", version, "/", sender, "/messages"].concat();
        let message_at = u32::try_from(ADDRESS.len() + to.as_str().len() + CLOSING.len()).ok();
        let draft = Draft { recipient: Some(recipient), lane: Some(lane), message_at, ..Draft::new("POST", url, body) };
        Ok(Built { draft, warnings })
    }
}

/// The sending number's id: the recipe's, else the connection's. It becomes part of the URL, hence digits alone.
fn sender<'a>(fields: &mut Fields<'a>, endpoint: &'a Endpoint) -> &'a str {
    let name = PHONE_NUMBER_ID.name;
    let Some(id) = fields.optional_word(name).or_else(|| endpoint.get(name)).filter(|id| !id.is_empty()) else {
        if fields.is_sound(name) {
            fields.problem(name, format!("{REQUIRED}; set it in the recipe or in the connection"));
        }
        return "";
    };
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        fields.problem(name, format!("{}: digits only", quoted(id)));
    }
    id
}

fn recipient(fields: &mut Fields<'_>, endpoint: &Endpoint) -> Option<Phone> {
    let country = match endpoint.get("default-country").map(str::parse::<Country>).transpose() {
        Ok(country) => country,
        Err(unknown) => {
            fields.problem(TO.name, format!("default-country of the connection: {unknown}"));
            None
        }
    };
    let text = fields.optional_text(TO.name)?;
    phone::e164(text, country).map_err(|error| fields.problem(TO.name, error.to_string())).ok()
}

/// Why the number of a valid request may be a mistake, by the numbering plan.
pub(super) fn doubt(draft: &Draft) -> Option<FieldError> {
    let message = match phone::line(draft.recipient.as_deref()?) {
        Some(LineType::Mobile) => return None,
        Some(LineType::Fixed) => "this is a landline number; few landlines have WhatsApp",
        Some(LineType::Other) => {
            "this is a service number (toll-free, shared cost …); few service numbers have WhatsApp"
        }
        None => "no number plan contains this number; check it for typing errors",
    };
    Some(FieldError::new(TO.name, message))
}

/// The body up to the recipient, which is a plus and digits, and between it and the message. `MessageBody` writes them.
const ADDRESS: &str = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":""#;
const CLOSING: &str = "\",";

/// The body: the envelope's keys, then the content under the name of its type (Meta, Send messages).
struct MessageBody<'a, T> {
    to: &'a str,
    kind: &'a str,
    content: &'a T,
}

impl<T: Serialize> Serialize for MessageBody<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut keys = to.serialize_map(Some(5))?;
        keys.serialize_entry("messaging_product", "whatsapp")?;
        keys.serialize_entry("recipient_type", "individual")?;
        keys.serialize_entry("to", self.to)?;
        keys.serialize_entry("type", self.kind)?;
        keys.serialize_entry(self.kind, self.content)?;
        keys.end()
    }
}
