//! The addresses of the API.
//!
//! Belongs here: what an address leads to, by which method, and what is answered where it leads nowhere. Does not belong
//! here: what is found there.

use hyper::{Method, Uri};

use super::rules::Refusal;

/// An address that leads somewhere, if its id and the method are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) resource: Resource,
    /// The id of a phone number or of a business account: any digits.
    pub(super) id: &'a str,
}

/// What the sandbox has of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// `/{version}/{phone-number-id}/messages`
    Messages,
    /// `/{version}/{waba-id}/message_templates`
    Templates,
    /// `/{version}/{phone-number-id}`
    Number,
}

impl<'a> Address<'a> {
    /// Where an address leads.
    pub(super) fn of(uri: &'a Uri) -> Result<Self, Refusal> {
        let parts: Vec<_> = uri.path().split('/').skip(2).collect();
        let found = match (version(uri), parts.as_slice()) {
            (Some(_), [id, "messages"]) => Some((Resource::Messages, id)),
            (Some(_), [id, "message_templates"]) => Some((Resource::Templates, id)),
            (Some(_), [id]) => Some((Resource::Number, id)),
            _ => None,
        };
        found.map(|(resource, id)| Self { resource, id }).ok_or_else(|| Refusal {
            http: 400,
            code: 2_500,
            subcode: None,
            message: "(#2500) Unknown path components".to_owned(),
            details: "The addresses are /{version}/{phone-number-id}/messages, /{version}/{waba-id}/message_templates \
                      and /{version}/{phone-number-id}, with a version such as v23.0."
                .to_owned(),
        })
    }

    /// Lets a method pass that is meant for it.
    pub(super) fn admit(&self, method: &Method) -> Result<(), Refusal> {
        let refused = |verb: &str, details: &str| Refusal {
            subcode: Some(33),
            message: format!("Unsupported {verb} request."),
            ..Refusal::invalid(details)
        };
        let (wanted, what) = match self.resource {
            Resource::Messages => (Method::POST, "Messages are sent with POST."),
            Resource::Templates => (Method::GET, "The sandbox's templates are read with GET."),
            Resource::Number => (Method::GET, "A phone number is read with GET."),
        };
        if self.id.is_empty() || !self.id.bytes().all(|byte| byte.is_ascii_digit()) {
            let verb = wanted.as_str().to_ascii_lowercase();
            return Err(refused(&verb, "An id has digits only; no object of this id exists."));
        }
        if *method != wanted {
            return Err(refused(&method.as_str().to_ascii_lowercase(), what));
        }
        Ok(())
    }
}

/// The version that a path begins with, if it has the form of one.
pub(super) fn version(uri: &Uri) -> Option<&str> {
    let version = uri.path().split('/').nth(1)?;
    let (major, minor) = version.strip_prefix('v')?.split_once('.')?;
    let number = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (number(major) && number(minor)).then_some(version)
}
