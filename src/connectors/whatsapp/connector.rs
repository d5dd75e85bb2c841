//! Sends messages to the Cloud API: joins the HTTP client with what answers mean.

use std::time::SystemTime;

use super::classify::{HttpAnswer, classify};
use super::wait::wait;
use crate::connectors::client::{HttpClient, Response};
use crate::exec::{Connector, Sending};
use crate::model::{Answer, Attempt, FieldVariation, Request};

/// An open connection to the Cloud API.
#[derive(Debug)]
pub(super) struct WhatsApp(pub(super) HttpClient);

impl Connector for WhatsApp {
    fn send<'a>(&'a self, request: &'a Request, _: Attempt) -> Sending<'a> {
        Box::pin(self.0.send(request, judge))
    }
}

fn judge(response: &Response, variation: &FieldVariation) -> Answer {
    let answer = HttpAnswer {
        status: response.status,
        // An answer that took a message does not ask for a wait.
        retry_after: if response.status < 400 { None } else { wait(&response.headers, SystemTime::now()) },
        body: &response.body,
        extent: response.extent,
    };
    classify(&answer, variation)
}
