//! Why the API refuses a question, and what can be done about it. The codes are those of Meta's page "Error codes".

use crate::connectors::client::Response;
use crate::connectors::lookup::{LookupError, LookupFailure};
use crate::connectors::whatsapp::classify::ApiError;
use crate::connectors::whatsapp::codes;

/// A refusal; `clean` takes secrets out of the server's words.
pub(super) fn of(response: &Response, clean: impl Fn(&str) -> String) -> LookupError {
    let status = response.status;
    let error = |message: String| LookupError::new(LookupFailure::Refused, message);
    if (300..=399).contains(&status) {
        let message = format!("the API answered HTTP {status}: a redirect, which is never followed");
        return error(message).help("check `base-url` in the connection");
    }
    let refusal = ApiError::read(status, &response.body);
    let ApiError { code: Some(code), subcode, text } = refusal else {
        let help = match status {
            401 | 403 => "check the token, and that it may read this account",
            404 => "check `base-url`, `api-version` and `waba-id` in the connection",
            429 => "wait some minutes and try again",
            500.. => "try again later",
            _ => "check the connection",
        };
        let kind = if refusal.text.starts_with("HTTP ") { String::new() } else { format!(": {}", refusal.text) };
        return error(clean(&format!("the API refused to say: HTTP {status}{kind}"))).help(help);
    };
    error(clean(&format!("the API refused to say: {code}: {text}"))).help(advice(code, subcode))
}

/// True if it is about a field that this version of the API does not have.
pub(super) fn is_about_a_field(error: &LookupError) -> bool {
    error.kind == LookupFailure::Refused && error.message.starts_with("the API refused to say: 100: ")
}

/// What to do. Advice that is about reading comes first; the rest is what is said of messages.
fn advice(code: i64, subcode: Option<i64>) -> String {
    match code {
        3 | 10 | 200..=299 => "grant the token `whatsapp_business_management` for this account",
        100 if subcode == Some(33) => "check `waba-id` and `phone-number-id`, and that the token may read them",
        100 => "check `waba-id`, `phone-number-id` and `api-version` in the connection",
        4 | 80_007 => "wait some minutes and try again",
        1 | 2 | 131_000 | 131_016 | 133_004 => "try again later",
        _ => {
            return codes::look_up(code, subcode)
                .map_or_else(|| "look the code up in Meta's error list".to_owned(), |(_, advice)| lower(advice));
        }
    }
    .to_owned()
}

/// A sentence of advice as a hint: lower case, without the full stop.
fn lower(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
