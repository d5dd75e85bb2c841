//! A template whose header, if it has one, is text.

use super::buttons::BUTTON_PARAMETERS;
use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::outputs::TEMPLATE_OUTPUTS;
use super::parameters::{self, BODY_PARAMETERS, HEADER_PARAMETERS};
use super::template::{HeaderParameter, LANGUAGE_CODE, NAME, TemplateContent};
use crate::connectors::fields::Fields;
use crate::model::{Built, Endpoint, Field, FieldError, InputField, Need, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_TEXT_BASED_TEMPLATE_MESSAGE",
    summary: "Send a template with text variables, at any time.",
    fields: FIELDS,
    recipient: TO.name,
    needs: &[Need::Template],
    outputs: TEMPLATE_OUTPUTS,
    build,
    doubt: envelope::doubt,
};

const FIELDS: &[Field] =
    &[PHONE_NUMBER_ID, TO, NAME, LANGUAGE_CODE, HEADER_PARAMETERS, BODY_PARAMETERS, BUTTON_PARAMETERS];

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let mut template = TemplateContent::read(&mut fields);
    if let Some(parameter) = parameters::header(&mut fields) {
        template.header(HeaderParameter::Text(parameter));
    }
    template.body(&mut fields);
    template.buttons(&mut fields);
    envelope.seal(fields, "template", &template)
}
