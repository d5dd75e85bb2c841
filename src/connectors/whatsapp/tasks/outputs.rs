//! The outputs that tasks of a kind have in common.

/// The outputs of every message.
pub(super) const OUTPUTS: &[&str] = &["recipient-wa-id", "message-id"];

/// The outputs of a template message, which the API may hold (Meta, Send messages: `message_status`).
pub(super) const TEMPLATE_OUTPUTS: &[&str] = &["recipient-wa-id", "message-id", "message-status"];
