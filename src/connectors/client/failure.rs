//! What a row's outcome is when no answer came.
//!
//! Belongs here: the decision between "certainly not sent" and "perhaps sent", and the words for both. Does not belong
//! here: answers that have a status, which the connector reads.

use std::error::Error;
use std::time::Duration;

use crate::model::{Answer, Note, Reply, UnknownReason};

use super::body::Witness;

const CHECK_NETWORK: &str = "Check the network, then run `rowcast retry`.";
const CONFIRM_FIRST: &str = "Find out whether the message arrived before `rowcast retry --unknown`.";

/// The outcome of an exchange that failed before the head of an answer came.
pub(super) fn broken(error: &reqwest::Error, witness: &Witness) -> Answer {
    if demands_a_certificate(error) {
        let message = "the server demands a client certificate, and Rowcast has none to give".to_owned();
        return advised(
            Reply::Fatal { code: "certificate".to_owned(), message },
            "Ask whoever runs the server or gateway at `base-url` for an address without client certificates.",
        );
    }
    if !witness.withdraw() && !was_refused_unprocessed(error) {
        let reason = if error.is_timeout() { UnknownReason::Timeout } else { UnknownReason::NoResponse };
        return unknown(reason, format!("the connection broke before an answer came: {}", in_words(error)));
    }
    if is_certificate(error) {
        let message = format!("the server's certificate was refused: {}", in_words(error));
        return advised(
            Reply::Fatal { code: "certificate".to_owned(), message },
            "Check `base-url` in the connection, this machine's clock and its network.",
        );
    }
    unreachable(if error.is_dns() {
        format!("the host was not found: {}", in_words(error))
    } else if error.is_connect() {
        format!("no connection: {}", in_words(error))
    } else {
        format!("the connection broke before the message was sent: {}", in_words(error))
    })
}

/// The outcome of an exchange without an answer in time.
pub(super) fn late(timeout: Duration, witness: &Witness) -> Answer {
    if witness.withdraw() {
        unreachable(format!("no connection within {timeout:?}"))
    } else {
        unknown(UnknownReason::Timeout, format!("no answer within {timeout:?}"))
    }
}

/// The outcome of a request that this client refuses to send.
pub(super) fn refused(code: &str, message: impl Into<String>) -> Answer {
    let reply = Reply::Fatal { code: code.to_owned(), message: message.into() };
    advised(reply, "Check `base-url` in the connection.")
}

/// The outcome of a request whose files are not those that were checked. Nothing of it was sent.
pub(super) fn unsendable(message: String) -> Answer {
    let reply = Reply::Rejected { code: "file".to_owned(), message };
    advised(reply, "Put the file back as it was checked, then run `rowcast retry --rejected`.")
}

fn unreachable(message: String) -> Answer {
    advised(Reply::Unreachable { message }, CHECK_NETWORK)
}

fn unknown(reason: UnknownReason, message: String) -> Answer {
    advised(Reply::Unknown { reason, message }, CONFIRM_FIRST)
}

fn advised(reply: Reply, advice: &str) -> Answer {
    Answer { reply, note: Note { advice: Some(advice.to_owned()), ..Note::default() } }
}

/// True if the server said that it has processed nothing of the request: `REFUSED_STREAM` (RFC 9113 §8.7), or GOAWAY with
/// a last stream id below that of the request (§6.8). The library gives the error of a GOAWAY to such streams alone; the
/// others end with an error of the connection.
fn was_refused_unprocessed(error: &reqwest::Error) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|error| {
        let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (is_refused || error.is_go_away())
    })
}

/// True if the server ended the handshake because no client certificate came. In TLS 1.3 the client has sent its first
/// request by then, but the server reads nothing before the handshake has ended (RFC 8446 §4.4.2.4 and §6.2).
fn demands_a_certificate(error: &reqwest::Error) -> bool {
    use rustls::AlertDescription::{BadCertificate, CertificateRequired, CertificateUnknown, UnknownCA};
    causes(error).filter_map(|cause| cause.downcast_ref::<rustls::Error>()).any(|error| {
        matches!(
            error,
            rustls::Error::AlertReceived(CertificateRequired | BadCertificate | CertificateUnknown | UnknownCA)
        )
    })
}

fn is_certificate(error: &reqwest::Error) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<rustls::Error>())
        .any(|error| matches!(error, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
}

/// The innermost cause in words: the outer ones say no more than "error sending request".
pub(super) fn in_words(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| "no cause given".to_owned(), ToString::to_string)
}

/// What led to the error, outermost first. The error itself is left out, because its text holds the URL.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| match error.downcast_ref::<std::io::Error>() {
        // `source` of an I/O error skips the error that it wraps.
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}
