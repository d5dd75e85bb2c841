//! GET requests, which change nothing: a failure leaves no row in doubt.
//!
//! The rules are those of sending: one origin, no redirect, one try, and bounds on time and size.

use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{HttpClient, Response, failure, read_body};

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::connectors) enum GetError {
    /// This client refused to ask.
    Here(String),
    /// No answer came.
    NoAnswer(String),
}

impl HttpClient {
    /// Asks for `url` and reads at most `max` bytes of the answer, within `time` and the client's own time limit.
    ///
    /// # Errors
    /// There is no answer.
    pub(in crate::connectors) async fn get(&self, url: Url, max: usize, time: Duration) -> Result<Response, GetError> {
        if url.origin() != self.base.origin() {
            return Err(GetError::Here("the request is for another host than the connection's".to_owned()));
        }
        let time = self.timeout.min(time);
        let deadline = Instant::now() + time;
        let request = self.bare_request(Method::GET, url, None);
        let client = self.connections.take_for_question().map_err(|error| GetError::Here(failure::in_words(&error)))?;
        match timeout_at(deadline, client.execute(request)).await {
            Ok(Ok(response)) => {
                let version = response.version();
                let response = read_body(response, max, deadline).await;
                self.connections.give_back(client, version);
                Ok(response)
            }
            Ok(Err(error)) if error.is_timeout() => Err(GetError::NoAnswer(format!("no answer within {time:?}"))),
            Ok(Err(error)) => {
                let cause = self.redactor.message(failure::in_words(&error));
                Err(GetError::NoAnswer(if error.is_dns() { format!("the host was not found: {cause}") } else { cause }))
            }
            Err(_) => Err(GetError::NoAnswer(format!("no answer within {time:?}"))),
        }
    }

    /// A server's words for people, without secrets and cut to a bearable length.
    pub(in crate::connectors) fn words(&self, text: &str) -> String {
        self.redactor.message(text.to_owned())
    }

    /// The same JSON without the token in any of its texts. The texts are kept whole.
    pub(in crate::connectors) fn content(&self, json: Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.redactor.content(text)),
            Value::Array(entries) => entries.into_iter().map(|entry| self.content(entry)).collect(),
            Value::Object(entries) => {
                entries.into_iter().map(|(key, entry)| (self.redactor.content(key), self.content(entry))).collect()
            }
            other => other,
        }
    }
}
