//! Problems that every message of a template has, whatever its content: the template's status, and parts that cannot be filled
//! or are not checked.

use super::button::{Button, Takes};
use super::header::TemplateHeader;
use crate::model::{Breaches, FieldError};

/// The field that names the template.
pub(super) const NAME: &str = "name";

/// The problems of every message of a template.
pub(super) fn of(
    title: &str,
    status: Option<&str>,
    header: &TemplateHeader,
    others: &[String],
    buttons: &[Button],
) -> Breaches {
    let mut said = Breaches::default();
    match status {
        Some("APPROVED") => {}
        Some(status) => {
            let message = format!("{title} is {status}: {}", hint(status));
            said.errors.push(FieldError::new(NAME, message));
        }
        None => said.warnings.push(FieldError::new(NAME, format!("{title} has no status: is it approved?"))),
    }
    let mut unchecked = Vec::new();
    if let TemplateHeader::Other(format) = header {
        unchecked.push(format!("its header ({format})"));
    }
    for part in others {
        match needed(part) {
            Some(what) => {
                let message = format!("{title} has {what}, which no task can fill: use another template");
                said.errors.push(FieldError::new(NAME, message));
            }
            None => unchecked.push(part.clone()),
        }
    }
    for (index, button) in buttons.iter().enumerate() {
        if button.takes == Takes::Unknown {
            unchecked.push(format!("button {index} ({})", button.described()));
        }
    }
    if !unchecked.is_empty() {
        let message =
            format!("{title}: not checked: {}; the API may want more than a task can give", unchecked.join(", "));
        said.warnings.push(FieldError::new(NAME, message));
    }
    said
}

/// What to do about a template that is not approved (Meta, Template management: status; Template quality).
fn hint(status: &str) -> &'static str {
    match status {
        "PENDING" => "Meta reviews it still; wait until it is approved",
        "IN_APPEAL" => "its rejection is being appealed; wait, or use another template",
        "REJECTED" => "Meta has rejected it; change it and submit it again, or use another template",
        "PAUSED" => "its quality is low; wait until the pause ends (3 hours, then 6), or use another template",
        "DISABLED" => "it is disabled for good; use another template",
        "ARCHIVED" => "take it out of the archive, or use another template",
        "LIMIT_EXCEEDED" => "the account has too many templates; delete some, or use another template",
        "DELETED" | "PENDING_DELETION" => "use another template",
        _ => "only an APPROVED template can be sent",
    }
}

/// A part that a message has to fill, and that no task fills (Meta, Carousel templates, Limited-time offer templates).
fn needed(part: &str) -> Option<&'static str> {
    match part {
        "CAROUSEL" => Some("a carousel"),
        "LIMITED_TIME_OFFER" => Some("an offer with a time limit"),
        _ => None,
    }
}
