//! A contact card.

use serde::Serialize;

use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::outputs::OUTPUTS;
use crate::connectors::fields::{Fields, optional, required};
use crate::model::{Built, Endpoint, Field, FieldError, InputField, Kind, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_CONTACT_MESSAGE",
    summary: "Send a contact card, within 24 hours of the recipient's last message.",
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
    required("first-name", Kind::Text, "The contact's first name."),
    optional("middle-name", Kind::Text, "The contact's middle name."),
    optional("last-name", Kind::Text, "The contact's last name."),
    optional("phone-number", Kind::Text, "The contact's phone number, shown as written."),
    optional("phone-number-type", Kind::Enum(PHONE_TYPES), "The type of phone number."),
    optional("email", Kind::Word, "The contact's email address."),
    optional("email-type", Kind::Enum(EMAIL_TYPES), "The type of email address."),
    optional("birthday", Kind::Date, "The contact's birthday, YYYY-MM-DD."),
];

/// The type that says that there is no phone number or address.
const NONE: &str = "none";
const PHONE_TYPES: &[&str] = &[NONE, "CELL", "MAIN", "PHONE", "IPHONE", "HOME", "WORK"];
const EMAIL_TYPES: &[&str] = &[NONE, "HOME", "WORK"];

#[derive(Serialize)]
struct ContactCard<'a> {
    name: Name<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phones: Option<[ContactPhone<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emails: Option<[Email<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthday: Option<&'a str>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the keys are the API's")]
struct Name<'a> {
    formatted_name: String,
    first_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
}

#[derive(Serialize)]
struct ContactPhone<'a> {
    phone: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

#[derive(Serialize)]
struct Email<'a> {
    email: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let contact = ContactCard {
        name: name(&mut fields),
        phones: phone(&mut fields).map(|phone| [phone]),
        emails: email(&mut fields).map(|email| [email]),
        birthday: fields.optional_date("birthday"),
    };
    envelope.seal(fields, "contacts", &[contact])
}

fn name<'a>(fields: &mut Fields<'a>) -> Name<'a> {
    let first_name = fields.text("first-name");
    let middle_name = fields.optional_text("middle-name");
    let last_name = fields.optional_text("last-name");
    let mut formatted_name = first_name.to_owned();
    for part in [middle_name, last_name].into_iter().flatten() {
        formatted_name.push(' ');
        formatted_name.push_str(part);
    }
    Name { formatted_name, first_name, middle_name, last_name }
}

fn phone<'a>(fields: &mut Fields<'a>) -> Option<ContactPhone<'a>> {
    let phone = fields.optional_text("phone-number");
    let kind = fields.optional_choice("phone-number-type");
    if phone.is_some() && kind == Some(NONE) {
        fields.problem("phone-number-type", "none, but a phone-number is given. Set its type");
    }
    phone.map(|phone| ContactPhone { phone, kind })
}

fn email<'a>(fields: &mut Fields<'a>) -> Option<Email<'a>> {
    let email = fields.optional_word("email");
    let kind = fields.optional_choice("email-type");
    if email.is_some() && kind == Some(NONE) {
        fields.problem("email-type", "none, but an email is given. Set its type");
    }
    email.map(|email| Email { email, kind })
}
