//! A request body that tells whether it was ever asked for its bytes: the proof that a row was not sent.
//!
//! No kind of error tells a request that left from one that did not: a reset while the head was written looks like one
//! after the whole body arrived. But a body that was never polled cannot have left, whatever else went wrong.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The bytes were neither asked for nor withdrawn.
const KEPT: u8 = 0;
/// The HTTP library has the bytes; they may be anywhere.
const GIVEN: u8 = 1;
/// The bytes will never be given.
const WITHDRAWN: u8 = 2;

/// A body that is given once. Its length is known, so that `Content-Length` is sent; it cannot be cloned, so that nothing
/// can send it again.
pub(super) struct Witnessed {
    bytes: Option<Bytes>,
    witness: Witness,
}

/// The one who saw whether a body was given.
#[derive(Clone)]
pub(super) struct Witness(Arc<AtomicU8>);

/// What the HTTP library is told when it asks for a body that was withdrawn.
#[derive(Debug, thiserror::Error)]
#[error("the request was given up before its body was sent")]
pub(super) struct Withdrawn;

impl Witnessed {
    /// A body of `bytes` and its witness.
    pub(super) fn new(bytes: Bytes) -> (Self, Witness) {
        // A request without a body is complete with its head, and nobody asks an empty body for anything.
        let state = if bytes.is_empty() { GIVEN } else { KEPT };
        let witness = Witness(Arc::new(AtomicU8::new(state)));
        (Self { bytes: Some(bytes), witness: witness.clone() }, witness)
    }
}

impl Witness {
    /// True if the body was not given and, from now on, never will be.
    ///
    /// To look is not enough: the connection runs as a task of its own and could ask for the bytes a moment later.
    pub(super) fn withdraw(&self) -> bool {
        self.0.compare_exchange(KEPT, WITHDRAWN, Ordering::SeqCst, Ordering::SeqCst) != Err(GIVEN)
    }

    fn give(&self) -> bool {
        self.0.compare_exchange(KEPT, GIVEN, Ordering::SeqCst, Ordering::SeqCst) != Err(WITHDRAWN)
    }
}

impl Body for Witnessed {
    type Data = Bytes;
    type Error = Withdrawn;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Withdrawn>>> {
        if !self.witness.give() {
            return Poll::Ready(Some(Err(Withdrawn)));
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_body_that_was_given_cannot_be_withdrawn() {
        let (body, witness) = Witnessed::new(Bytes::from_static(b"hello"));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
        assert!(!witness.withdraw());
    }

    #[tokio::test]
    async fn a_body_that_was_withdrawn_is_never_given() {
        let (body, witness) = Witnessed::new(Bytes::from_static(b"hello"));
        assert!(witness.withdraw());
        assert!(witness.withdraw(), "asking twice changes nothing");
        assert!(body.collect().await.is_err());
    }

    #[test]
    fn an_empty_body_proves_nothing() {
        assert!(!Witnessed::new(Bytes::new()).1.withdraw());
    }
}
