//! Fast path for the answer that nearly every message gets. Any other answer is decided by `classify`.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::http_answer::HttpAnswer;
use super::tie::{is_for, names_another, of_another_row};
use crate::connectors::client::Extent;
use crate::model::{Answer, Note, Reply};

/// What is read of the answer to a message that was taken (Meta, Send messages: `contacts`, `messages`).
#[derive(Deserialize)]
pub(super) struct SendResponse {
    messages: First<MessageResponse>,
    #[serde(default)]
    contacts: First<ContactResponse>,
    /// An answer with an error is left to the slow path, whatever ids it has.
    #[serde(default)]
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct MessageResponse {
    id: String,
    #[serde(default)]
    message_status: Option<String>,
}

#[derive(Deserialize)]
struct ContactResponse {
    /// The recipient as the request named it.
    #[serde(default)]
    input: Option<String>,
    #[serde(default)]
    wa_id: Option<String>,
}

/// The first entry of a list, if it has one. All of them have to be of its kind.
struct First<T>(Option<T>);

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct FirstVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let first = entries.next_element()?;
                while entries.next_element::<T>()?.is_some() {}
                Ok(First(first))
            }
        }

        from.deserialize_seq(FirstVisitor(PhantomData))
    }
}

impl SendResponse {
    /// Reads an answer, if it is plainly one of an accepted message.
    pub(super) fn read(answer: &HttpAnswer<'_>) -> Option<Self> {
        if !matches!((answer.status, answer.extent), (200..=299, Extent::Whole)) {
            return None;
        }
        let sent: Self = serde_json::from_slice(answer.body).ok()?;
        let says_something = |text: &String| !text.trim().is_empty();
        let message = sent.messages.0.as_ref()?;
        let whole = sent.error.is_none()
            && says_something(&message.id)
            && message.message_status.as_ref().is_none_or(says_something)
            && sent.contacts.0.as_ref().is_none_or(|contact| contact.wa_id.as_ref().is_none_or(says_something));
        whole.then_some(sent)
    }

    /// What it means.
    pub(super) fn accepted(self, status: u16, to: Option<&str>) -> Answer {
        let input = self.contacts.0.as_ref().and_then(|contact| contact.input.as_deref());
        if let Some(input) = input.filter(|input| !is_for(input, to)) {
            return of_another_row(names_another(input), Some(status));
        }
        let message = self.messages.0;
        let (id, word) = message.map_or_else(Default::default, |message| (message.id, message.message_status));
        let recipient = self.contacts.0.and_then(|contact| contact.wa_id);
        let (reply, advice) = accepted(id, recipient, word);
        let note = Note { http_status: Some(status), advice: advice.map(str::to_owned), ..Note::default() };
        Answer { reply, note }
    }
}

/// A message that was taken. Meta, Send messages: a paced template is held back or paused, and may be dropped later.
pub(super) fn accepted(id: String, recipient: Option<String>, status: Option<String>) -> (Reply, Option<&'static str>) {
    let held = matches!(status.as_deref(), Some("held_for_quality_assessment" | "paused"));
    let advice = held.then_some("Wait; WhatsApp may still drop this message.");
    (Reply::Accepted { id, recipient, status, held }, advice)
}
