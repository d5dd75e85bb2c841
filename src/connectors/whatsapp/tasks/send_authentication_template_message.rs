//! A template that carries a one-time password.

use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::outputs::TEMPLATE_OUTPUTS;
use super::template::{LANGUAGE_CODE, NAME, TemplateContent};
use crate::connectors::fields::{Fields, required};
use crate::model::{Built, Endpoint, Field, FieldError, InputField, Kind, Need, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_AUTHENTICATION_TEMPLATE_MESSAGE",
    summary: "Send a template with a one-time password, at any time.",
    fields: FIELDS,
    recipient: TO.name,
    needs: &[Need::Template],
    outputs: TEMPLATE_OUTPUTS,
    build,
    doubt: envelope::doubt,
};

const FIELDS: &[Field] = &[PHONE_NUMBER_ID, TO, NAME, LANGUAGE_CODE, ONE_TIME_PASSWORD];

const ONE_TIME_PASSWORD: Field = Field {
    max: Some(15),
    secret: true,
    ..required("one-time-password", Kind::Text, "The one-time password, at most 15 characters without spaces.")
};

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let mut template = TemplateContent::read(&mut fields);
    // Text and not a word: a password is never trimmed, so white space around it is an error as well.
    let password = fields.text(ONE_TIME_PASSWORD.name);
    if password.contains(char::is_whitespace) {
        fields.problem(ONE_TIME_PASSWORD.name, "must not contain spaces or line breaks");
    }
    template.password(password);
    envelope.seal(fields, "template", &template)
}
