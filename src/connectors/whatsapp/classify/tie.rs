//! Whether an answer belongs to the row that was sent.
//!
//! Meta, Send messages: `contacts[].input` is the recipient as the request named it. Over HTTP/1.1 a surplus answer of a
//! server or gateway shifts all later ones on its connection by a row.

use crate::connectors::whatsapp::codes::CONFIRM_FIRST;
use crate::model::{Answer, Note, Reply, UnknownReason};

/// True unless the answer names another recipient than the request, which was for `to`.
pub(super) fn is_for(input: &str, to: Option<&str>) -> bool {
    let Some(to) = to else { return true };
    let (input, to) = (input.trim(), to.trim());
    // A gateway may write a number in another way.
    match (digits(input), digits(to)) {
        (Some(input), Some(to)) => input.is_empty() || input == to,
        _ => input.is_empty() || input == to,
    }
}

/// The digits of a text that may be a phone number.
fn digits(text: &str) -> Option<String> {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || "+-() .".contains(c));
    is_phone.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

/// The message about an answer for somebody else.
pub(super) fn names_another(input: &str) -> String {
    format!("the answer is for another recipient: {input}")
}

pub(super) fn unknown(message: String) -> Reply {
    Reply::Unknown { reason: UnknownReason::WrongRow, message }
}

/// The outcome of a row that got the answer of another.
pub(in crate::connectors::whatsapp) fn of_another_row(message: String, http_status: Option<u16>) -> Answer {
    let note = Note { http_status, advice: Some(CONFIRM_FIRST.to_owned()), ..Note::default() };
    Answer { reply: unknown(message), note }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_for_the_recipient_whom_it_names() {
        for (input, to, is) in [
            ("+491713920011", "+491713920011", true),
            ("491713920011", "+491713920011", true),
            ("+49 171 3920011", "+491713920011", true),
            ("+491713920012", "+491713920011", false),
            ("", "+491713920011", true),
            ("US.13491208655302741918", "US.13491208655302741918", true),
            ("US.13491208655302741918", "US.2", false),
            ("+491713920011", "US.13491208655302741918", false),
        ] {
            assert_eq!(is_for(input, Some(to)), is, "{input} {to}");
        }
        assert!(is_for("+491713920011", None));
    }
}
