//! What an answer of the API means for the row that was sent.
//!
//! Belongs here: the decision, as a function of values. Does not belong here: the network, and hiding what is secret in
//! a server's text, which the caller does.
//!
//! Two rules come first. A row is accepted only if the answer has a message id. A row may be tried again only if the API
//! itself says that it refused the message: every doubt is `unknown`.

mod http_answer;
mod sent;
mod tie;

use serde_json::{Map, Value};

pub use http_answer::HttpAnswer;
use sent::{SendResponse, accepted};
use tie::is_for;
pub(super) use tie::of_another_row;

use super::codes::{CONFIRM_FIRST, CodeMeaning, SharedContent, is_final, look_up};
use crate::connectors::client::Extent;
use crate::model::{Answer, FieldVariation, Note, Reply, Scope, UnknownReason};

/// The most bytes of a server's text that are kept.
const KEPT: usize = 4096;

/// Decides what an answer means. `variation` tells whether a refusal that speaks of shared content would meet every row, `to`
/// for whom the request was.
pub fn classify(answer: &HttpAnswer<'_>, variation: &FieldVariation, to: Option<&str>) -> Answer {
    match SendResponse::read(answer) {
        Some(sent) => sent.accepted(answer.status, to),
        None => look_closer(answer, variation, to),
    }
}

/// Decides an answer that the fast path does not recognise as accepted.
fn look_closer(answer: &HttpAnswer<'_>, variation: &FieldVariation, to: Option<&str>) -> Answer {
    let json = match answer.extent {
        Extent::Whole => serde_json::from_slice::<Value>(answer.body).ok(),
        Extent::Cut | Extent::TooLong => None,
    };
    let error = json.as_ref().and_then(GraphError::of);
    let (reply, advice) = match (answer.status, &error) {
        (200..=299, _) => success(answer, json.as_ref(), to),
        (300..=399, _) => {
            let message = format!("HTTP {}: a redirect, which is never followed", answer.status);
            (Reply::Fatal { code: "redirect".to_owned(), message }, Some("Check `base-url` in the connection."))
        }
        (400..=599, Some(error)) => refusal(answer, error, variation),
        _ => by_status(answer, None),
    };
    let understood = match &reply {
        Reply::Accepted { .. } => true,
        _ if answer.status < 400 => false,
        _ => error.as_ref().is_some_and(GraphError::says_something),
    };
    let raw = (!understood && !answer.body.is_empty()).then(|| kept(&String::from_utf8_lossy(first(answer.body))));
    let error = error.unwrap_or_default();
    let note = Note {
        http_status: Some(answer.status),
        advice: advice.map(str::to_owned),
        never_again: error.code.is_some_and(is_final),
        title: error.details.and(error.message).map(kept),
        code: error.code,
        subcode: error.subcode,
        trace: error.trace.map(kept),
        raw,
    };
    Answer { reply, note }
}

/// A 2xx answer: accepted with a message id, in doubt without one.
fn success(answer: &HttpAnswer<'_>, json: Option<&Value>, to: Option<&str>) -> (Reply, Option<&'static str>) {
    let message = json.and_then(|json| json.pointer("/messages/0"));
    let field = |value: Option<&Value>, name| value.and_then(|value| text(value.get(name)?)).map(str::to_owned);
    if let Some(id) = field(message, "id") {
        let contact = json.and_then(|json| json.pointer("/contacts/0"));
        if let Some(input) = field(contact, "input").filter(|input| !is_for(input, to)) {
            return (tie::unknown(tie::names_another(&input)), Some(CONFIRM_FIRST));
        }
        let recipient = field(contact, "wa_id");
        return accepted(id, recipient, field(message, "message_status"));
    }
    let (reason, what) = match answer.extent {
        Extent::Cut => (UnknownReason::Truncated, "the answer was cut off"),
        Extent::TooLong => (UnknownReason::Malformed, "the answer is longer than any of this API"),
        Extent::Whole => (UnknownReason::Malformed, "the answer holds no message id"),
    };
    let message = format!("HTTP {}: {what}", answer.status);
    (Reply::Unknown { reason, message }, Some(CONFIRM_FIRST))
}

/// A 4xx or 5xx answer with an error object: its code decides, as Meta asks (Error codes), not the status.
fn refusal(
    answer: &HttpAnswer<'_>,
    error: &GraphError<'_>,
    variation: &FieldVariation,
) -> (Reply, Option<&'static str>) {
    let Some(number) = error.code else { return by_status(answer, Some(error)) };
    let Some((verdict, advice)) = look_up(number, error.subcode) else { return by_status(answer, Some(error)) };
    let code = number.to_string();
    let message = error.text(answer.status);
    let reply = match verdict {
        CodeMeaning::Throttled(wait) => {
            let after = answer.retry_after.or(wait);
            Reply::Throttled { scope: Scope::Connection, after, code, message }
        }
        CodeMeaning::ThrottledPair => Reply::Throttled { scope: Scope::Lane, after: answer.retry_after, code, message },
        CodeMeaning::Unknown => Reply::Unknown { reason: UnknownReason::Code(code), message },
        CodeMeaning::Fatal => Reply::Fatal { code, message },
        CodeMeaning::FatalFor(shared) if is_shared(shared, variation) => Reply::Fatal { code, message },
        CodeMeaning::FatalFor(_) | CodeMeaning::Rejected => Reply::Rejected { code, message },
    };
    (reply, Some(advice))
}

/// An answer whose code, if it has one, is not known: the status decides.
fn by_status(answer: &HttpAnswer<'_>, error: Option<&GraphError<'_>>) -> (Reply, Option<&'static str>) {
    let status = answer.status;
    let code = error.and_then(|error| error.code).map(|code| code.to_string());
    let message = error.map_or_else(|| format!("HTTP {status}"), |error| error.text(status));
    match status {
        401 => {
            let code = code.unwrap_or_else(|| "http_401".to_owned());
            (Reply::Fatal { code, message }, Some("Replace the access token; it is expired or invalid."))
        }
        // RFC 9110 §15.5.9 allows the client to repeat the request. It does not say that nothing was done with the first.
        408 => (Reply::Unknown { reason: "http_408".into(), message }, Some(CONFIRM_FIRST)),
        // RFC 9110 §15.5.20 and RFC 8470 §5.2: the server has refused to process the request.
        421 | 425 => (Reply::Unreachable { message }, Some("Check the network, then run `rowcast retry`.")),
        429 => {
            let (scope, after, code) =
                (Scope::Connection, answer.retry_after, code.unwrap_or_else(|| "http_429".to_owned()));
            let advice = "Wait some minutes, then go on at a lower rate.";
            (Reply::Throttled { scope, after, code, message }, Some(advice))
        }
        400..=499 => {
            let advice = match code {
                Some(_) => "Look the code up in Meta's error list.",
                None => "Look at the answer with `rowcast show`.",
            };
            (Reply::Rejected { code: code.unwrap_or_else(|| "http_4xx".to_owned()), message }, Some(advice))
        }
        500..=599 => {
            let reason = code.unwrap_or_else(|| "http_5xx".to_owned());
            (Reply::Unknown { reason: UnknownReason::Code(reason), message }, Some(CONFIRM_FIRST))
        }
        _ => (Reply::Unknown { reason: UnknownReason::Code(format!("http_{status}")), message }, Some(CONFIRM_FIRST)),
    }
}

/// True if all rows share the content that a refusal is about, so that it would meet every row.
fn is_shared(shared: SharedContent, variation: &FieldVariation) -> bool {
    let template = || variation.is_constant("name") && variation.is_constant("language-code");
    match shared {
        SharedContent::Template => template(),
        SharedContent::Media => variation.is_constant("id-or-link"),
        SharedContent::Parameters => {
            let lists = ["header-parameters", "body-parameters", "button-parameters"];
            template() && lists.into_iter().all(|list| variation.has_constant_length(list))
        }
    }
}

/// The API's error object. Each part is optional.
#[derive(Default)]
struct GraphError<'a> {
    code: Option<i64>,
    subcode: Option<i64>,
    message: Option<&'a str>,
    details: Option<&'a str>,
    trace: Option<&'a str>,
}

impl<'a> GraphError<'a> {
    fn of(json: &'a Value) -> Option<Self> {
        let error: &Map<String, Value> = json.get("error")?.as_object()?;
        Some(Self {
            code: error.get("code").and_then(integer),
            subcode: error.get("error_subcode").and_then(integer),
            message: error.get("message").and_then(text),
            details: error.get("error_data").and_then(|data| text(data.get("details")?)),
            trace: error.get("fbtrace_id").and_then(text),
        })
    }

    fn says_something(&self) -> bool {
        self.code.is_some() || self.message.is_some() || self.details.is_some()
    }

    /// What people are shown: the details, which say more than the title.
    fn text(&self, status: u16) -> String {
        match (self.details.or(self.message), self.code) {
            (Some(text), _) => kept(text),
            (None, Some(code)) => format!("HTTP {status} with code {code}"),
            (None, None) => format!("HTTP {status}"),
        }
    }
}

/// The error that the API answers to a question, which concerns no row.
pub(super) struct ApiError {
    /// The API's code.
    pub(super) code: Option<i64>,
    /// The API's subcode.
    pub(super) subcode: Option<i64>,
    /// The API's text, which may hold secrets; `HTTP 502` if there is none.
    pub(super) text: String,
}

impl ApiError {
    /// Reads the body of a refusal.
    pub(super) fn read(status: u16, body: &[u8]) -> Self {
        let json = serde_json::from_slice::<Value>(body).ok();
        let error = json.as_ref().and_then(GraphError::of).unwrap_or_default();
        Self { code: error.code, subcode: error.subcode, text: error.text(status) }
    }
}

/// A text that says something.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

/// An integer, or a text of one.
fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// As many bytes of a body as are kept.
fn first(body: &[u8]) -> &[u8] {
    &body[..body.len().min(KEPT)]
}

/// As much of a server's text as is kept.
fn kept(text: &str) -> String {
    let mut end = text.len().min(KEPT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests;
