//! A place on the map.

use super::envelope::{self, Envelope, PHONE_NUMBER_ID, TO};
use super::outputs::OUTPUTS;
use super::place::{ADDRESS, LATITUDE, LOCATION_NAME, LONGITUDE, Location};
use crate::connectors::fields::Fields;
use crate::model::{Built, Endpoint, Field, FieldError, InputField, TaskEntry};

pub(super) const TASK: TaskEntry = TaskEntry {
    id: "TASK_SEND_LOCATION_MESSAGE",
    summary: "Send a place on the map, within 24 hours of the recipient's last message.",
    fields: FIELDS,
    recipient: TO.name,
    needs: &[],
    outputs: OUTPUTS,
    build,
    doubt: envelope::doubt,
};

const FIELDS: &[Field] = &[PHONE_NUMBER_ID, TO, LATITUDE, LONGITUDE, LOCATION_NAME, ADDRESS];

fn build(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let mut fields = Fields::new(input, FIELDS);
    let envelope = Envelope::read(&mut fields, endpoint);
    let place = Location::read(&mut fields);
    envelope.seal(fields, "location", &place)
}
