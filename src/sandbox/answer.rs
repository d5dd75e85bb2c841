//! The sandbox's answers, and its actions instead of an answer.
//!
//! Belongs here: the JSON shapes of the API, bare replies, and the body that breaks off. Does not belong here: which of
//! them a request gets.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::rules::Refusal;

/// The result of a request.
#[derive(Debug)]
pub(super) enum SandboxAnswer {
    /// A reply, whole.
    Whole(SandboxReply),
    /// The head of a reply and half of its body, then the end of the connection.
    Half(SandboxReply),
    /// Nothing, for as long as the client waits.
    Silence,
    /// The end of the connection without a byte of answer.
    Ended(Ending),
}

/// How a connection ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Ending {
    /// Closed in good order.
    #[error("the sandbox closes the connection")]
    Closed,
    /// Reset.
    #[error("the sandbox resets the connection")]
    Reset,
}

/// Status, body and the headers that matter.
#[derive(Debug)]
pub(super) struct SandboxReply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl SandboxAnswer {
    /// The HTTP status, if the client gets one.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(reply) | Self::Half(reply) => Some(reply.status.as_u16()),
            Self::Silence | Self::Ended(_) => None,
        }
    }
}

impl SandboxAnswer {
    /// The body that the client gets; empty where it gets none.
    pub(super) fn body(&self) -> Bytes {
        match self {
            Self::Whole(reply) => reply.body.clone(),
            Self::Half(reply) => reply.body.slice(..reply.body.len() / 2),
            Self::Silence | Self::Ended(_) => Bytes::new(),
        }
    }
}

impl SandboxReply {
    /// A reply with a body of some type.
    pub(super) fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))], body: body.into() }
    }

    /// A reply with a JSON body.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=UTF-8", body.to_string())
    }

    /// The answer to a message that was taken: Meta's page on sending messages.
    pub(super) fn accepted(to: &str, id: &str, message_status: Option<&str>) -> Self {
        let message = match message_status {
            Some(status) => json!({ "id": id, "message_status": status }),
            None => json!({ "id": id }),
        };
        let contact = json!({ "input": to, "wa_id": to.trim_start_matches('+') });
        Self::json(200, &json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [message] }))
    }

    /// The answer to a request that was refused: Meta's page on error codes.
    pub(super) fn refused(refusal: &Refusal, trace: &str) -> Self {
        let kind = if refusal.subcode.is_some() { "GraphMethodException" } else { "OAuthException" };
        let mut error = json!({
            "message": refusal.message,
            "type": kind,
            "code": refusal.code,
            "error_data": { "messaging_product": "whatsapp", "details": refusal.details },
            "fbtrace_id": trace,
        });
        if let Some(subcode) = refusal.subcode {
            error["error_subcode"] = subcode.into();
        }
        Self::json(refusal.http, &json!({ "error": error }))
    }

    /// The same with one more header. A value that is not valid in a header is dropped.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// The response that goes out.
    pub(super) fn into_response(self, half: bool) -> Response<Outgoing> {
        let length = self.body.len();
        let body = if half {
            Outgoing { rest: Some(self.body.slice(..length / 2)), breaks: Break::AfterFlush }
        } else {
            Outgoing { rest: Some(self.body), breaks: Break::Never }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        // The head of half a reply promises the whole.
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        response
    }
}

/// A body that may break off.
#[derive(Debug)]
pub(super) struct Outgoing {
    rest: Option<Bytes>,
    breaks: Break,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    Never,
    AfterFlush,
    Now,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Ending;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Ending>>> {
        if let Some(bytes) = self.rest.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.breaks {
            Break::Never => Poll::Ready(None),
            // An error at once would throw away what is still in the server's buffer; it is written out when the body
            // has nothing ready.
            Break::AfterFlush => {
                self.breaks = Break::Now;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Break::Now => Poll::Ready(Some(Err(Ending::Closed))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.breaks == Break::Never && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match self.breaks {
            Break::Never => SizeHint::with_exact(self.rest.as_ref().map_or(0, |rest| rest.len() as u64)),
            Break::AfterFlush | Break::Now => SizeHint::default(),
        }
    }
}
