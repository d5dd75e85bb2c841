//! Sends messages to the Cloud API: joins the HTTP client with what answers mean.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::classify::{HttpAnswer, classify, of_another_row};
use super::seen_ids::SeenIds;
use super::wait::wait;
use crate::connectors::client::{HttpClient, Response};
use crate::exec::{Connector, Sending};
use crate::model::{Answer, Attempt, Reply, Request};

/// An open connection to the Cloud API.
#[derive(Debug)]
pub(super) struct WhatsApp {
    client: HttpClient,
    seen: Mutex<SeenIds>,
}

impl WhatsApp {
    pub(super) fn new(client: HttpClient) -> Self {
        Self { client, seen: Mutex::default() }
    }

    /// What a response means for a request. An answer that belongs to another row says nothing of this one.
    fn judge(&self, response: &Response, request: &Request) -> Answer {
        let answer = HttpAnswer {
            status: response.status,
            // An answer that took a message does not ask for a wait.
            retry_after: if response.status < 400 { None } else { wait(&response.headers, SystemTime::now()) },
            body: &response.body,
            extent: response.extent,
        };
        let answer = classify(&answer, &request.variation, request.draft.recipient.as_deref());
        match &answer.reply {
            Reply::Accepted { id, .. } if !self.seen.lock().unwrap_or_else(PoisonError::into_inner).is_new(id) => {
                let message = format!("the answer has the message id of another row: {id}");
                of_another_row(message, Some(response.status))
            }
            _ => answer,
        }
    }
}

impl Connector for WhatsApp {
    fn send<'a>(&'a self, request: &'a Request, _: Attempt) -> Sending<'a> {
        Box::pin(async move { self.client.send(request, &|response, request| self.judge(response, request)).await })
    }
}
