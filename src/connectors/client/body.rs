//! A request body that records whether the HTTP library asked for its bytes: the proof that a row was not sent.
//!
//! No error tells a sent request from an unsent one: a reset while the head is written looks like one after the whole body
//! arrived. But a body that was never polled cannot have left this machine.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::form::MultipartForm;

/// The bytes were neither asked for nor withdrawn.
const KEPT: u8 = 0;
/// The HTTP library has the bytes; they may be anywhere.
const GIVEN: u8 = 1;
/// The bytes will never be given.
const WITHDRAWN: u8 = 2;

/// A body that is given once. Its length is known, so that `Content-Length` is sent; it cannot be cloned, so that nothing
/// can send it again.
pub(super) struct Witnessed {
    payload: Payload,
    witness: Witness,
}

/// What a body gives.
pub(super) enum Payload {
    /// These bytes, all at once.
    Bytes(Option<Bytes>),
    /// A form, piece by piece.
    Form(Box<MultipartForm>),
}

/// Records whether a body was given.
#[derive(Clone)]
pub(super) struct Witness(Arc<AtomicU8>);

/// Why a body has no more bytes to give.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotGiven {
    /// It was withdrawn.
    #[error("the request was given up before its body was sent")]
    Withdrawn,
    /// A file of it cannot be read on.
    #[error(transparent)]
    Unreadable(std::io::Error),
}

impl Witnessed {
    /// A body and its witness.
    pub(super) fn new(payload: Payload) -> (Self, Witness) {
        // A request without a body is complete with its head: the library never polls an empty body.
        let state = if payload.left() == 0 { GIVEN } else { KEPT };
        let witness = Witness(Arc::new(AtomicU8::new(state)));
        (Self { payload, witness: witness.clone() }, witness)
    }
}

impl Payload {
    fn left(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Self::Form(form) => form.left(),
        }
    }
}

impl Witness {
    /// True if the body was not given and, from now on, never will be.
    ///
    /// Reading the state is not enough: the connection is a task of its own and could ask for the bytes a moment later.
    pub(super) fn withdraw(&self) -> bool {
        self.0.compare_exchange(KEPT, WITHDRAWN, Ordering::SeqCst, Ordering::SeqCst) != Err(GIVEN)
    }

    fn give(&self) -> bool {
        self.0.compare_exchange(KEPT, GIVEN, Ordering::SeqCst, Ordering::SeqCst) != Err(WITHDRAWN)
    }
}

impl Body for Witnessed {
    type Data = Bytes;
    type Error = NotGiven;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, NotGiven>>> {
        if !self.witness.give() {
            return Poll::Ready(Some(Err(NotGiven::Withdrawn)));
        }
        match &mut self.payload {
            Payload::Bytes(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Payload::Form(form) => form
                .poll_piece(context)
                .map(|piece| piece.map(|bytes| bytes.map(Frame::data).map_err(NotGiven::Unreadable))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.payload.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.payload.left())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_body_that_was_given_cannot_be_withdrawn() {
        let (body, witness) = Witnessed::new(Payload::Bytes(Some(Bytes::from_static(b"hello"))));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
        assert!(!witness.withdraw());
    }

    #[tokio::test]
    async fn a_body_that_was_withdrawn_is_never_given() {
        let (body, witness) = Witnessed::new(Payload::Bytes(Some(Bytes::from_static(b"hello"))));
        assert!(witness.withdraw());
        assert!(witness.withdraw(), "asking twice changes nothing");
        assert!(body.collect().await.is_err());
    }

    #[test]
    fn an_empty_body_proves_nothing() {
        assert!(!Witnessed::new(Payload::Bytes(Some(Bytes::new()))).1.withdraw());
    }
}
