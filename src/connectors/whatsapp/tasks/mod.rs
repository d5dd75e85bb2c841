//! The tasks of a WhatsApp connection.
//!
//! A task is one file and its line in [`TASKS`]: a table of fields, used by checks, help and the editor's schema, and a pure
//! function from a rendered input to a request. Bodies are built from structs with fields in the order of Meta's pages, so
//! equal inputs give equal bytes.
//!
//! Belongs here: request bodies, and validation before sending. Does not belong here: HTTP, tokens, templates.

mod buttons;
mod envelope;
mod link;
mod media;
mod outputs;
mod parameters;
mod place;
mod template;

mod send_authentication_template_message;
mod send_contact_message;
mod send_interactive_call_to_action_url_button_message;
mod send_location_based_template_message;
mod send_location_message;
mod send_media_based_template_message;
mod send_media_message;
mod send_text_based_template_message;
mod send_text_message;

use crate::model::TaskEntry;

/// Every task of the connector.
pub static TASKS: &[TaskEntry] = &[
    send_text_based_template_message::TASK,
    send_media_based_template_message::TASK,
    send_location_based_template_message::TASK,
    send_authentication_template_message::TASK,
    send_text_message::TASK,
    send_media_message::TASK,
    send_location_message::TASK,
    send_contact_message::TASK,
    send_interactive_call_to_action_url_button_message::TASK,
];

#[cfg(test)]
mod tests;
