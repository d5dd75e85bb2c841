//! The client against a server that does everything wrong. Answers are read by the Cloud API's connector.

mod echo;
mod form;
mod headers;
mod reuse;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::connectors::hostile::{Act, Hostile, answer, attempt, send};
use crate::connectors::{Access, connector};
use crate::exec::Connector;
use crate::model::{Endpoint, Reply, RowNumber};

const TOKEN: &str = "EAAGcanary0123456789ABCDEFGHIJ";
const TIMEOUT: Duration = Duration::from_millis(250);
const BODY: &str = r#"{"to":"+4915112345678"}"#;
const ACCEPTED: &str = r#"{"messages":[{"id":"wamid.A"}]}"#;

fn bearer() -> Auth {
    Auth::Bearer(TOKEN.into())
}

fn connect(base: &str) -> Arc<dyn Connector> {
    let endpoint = Endpoint::from([("base-url", base)]);
    let access = Access { endpoint: &endpoint, token: &TOKEN.into(), timeout: TIMEOUT };
    (connector("whatsapp").unwrap().open)(&access).unwrap()
}

fn request(base: &str, body: &str) -> Request {
    let url = format!("{base}/v23.0/1065/messages");
    let draft = Draft::new("POST", url, Bytes::copy_from_slice(body.as_bytes()));
    Request::new(RowNumber(1), 2, draft)
}

async fn send_to(base: &str) -> Answer {
    connect(base).send(&request(base, BODY), attempt(1)).await
}

/// The client's reply to a script: its kind and code.
async fn outcome(script: impl Into<Vec<Act>>) -> (Answer, String, usize) {
    let server = Hostile::start(script).await;
    let answer = send_to(&server.url()).await;
    let kind = match &answer.reply {
        Reply::Accepted { id, .. } => format!("accepted {id}"),
        Reply::Rejected { code, .. } => format!("rejected {code}"),
        Reply::Throttled { code, .. } => format!("throttled {code}"),
        Reply::Unreachable { .. } => "unreachable".to_owned(),
        Reply::Unknown { reason, .. } => format!("unknown {reason}"),
        Reply::Fatal { code, .. } => format!("fatal {code}"),
    };
    let deliveries = server.deliveries(BODY);
    assert_eq!(server.connections(), 1, "{answer:?}");
    (answer, kind, deliveries)
}

#[tokio::test]
async fn a_request_is_sent_as_it_was_rendered() {
    let server = Hostile::start([Act::Request, answer("200 OK", "", ACCEPTED)]).await;
    let sent = send_to(&server.url()).await;
    assert!(matches!(sent.reply, Reply::Accepted { id, .. } if id == "wamid.A"));
    let received = server.requests().remove(0);
    assert_eq!(received.body, BODY);
    let mut lines: Vec<&str> = received.head.trim_end().lines().collect();
    lines[1..].sort_unstable();
    let length = format!("content-length: {}", BODY.len());
    let host = format!("host: 127.0.0.1:{}", server.port());
    let agent = format!("user-agent: rowcast/{}", env!("CARGO_PKG_VERSION"));
    let bearer = format!("authorization: Bearer {TOKEN}");
    assert_eq!(
        lines,
        [
            "POST /v23.0/1065/messages HTTP/1.1",
            "accept: application/json",
            &bearer,
            &length,
            "content-type: application/json",
            &host,
            &agent,
        ]
    );
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let answer = send_to(&Hostile::nobody().await).await;
    let Reply::Unreachable { message } = answer.reply else { panic!("{answer:?}") };
    assert!(message.starts_with("no connection: Connection refused"), "{message}");
}

#[tokio::test]
async fn a_host_without_an_address_is_unreachable() {
    let answer = send_to("https://nobody.invalid").await;
    // Some networks answer for names that do not exist, or drop the question.
    assert!(matches!(answer.reply, Reply::Unreachable { .. }), "{answer:?}");
}

#[tokio::test]
async fn silence_after_the_body_is_doubt() {
    let cut_head = send("HTTP/1.1 200 OK\r\nContent-Le");
    for (script, kind) in [
        (vec![Act::Head, Act::Reset], "unknown no_response"),
        (vec![Act::Request], "unknown no_response"),
        (vec![Act::Request, Act::Reset], "unknown no_response"),
        (vec![Act::Request, cut_head.clone()], "unknown no_response"),
        (vec![Act::Request, cut_head, Act::Reset], "unknown no_response"),
        (vec![Act::Request, send("220 smtp.example ready\r\n")], "unknown no_response"),
        (vec![Act::Request, send([0x15, 3, 1, 0, 2, 2, 40])], "unknown no_response"),
        (
            vec![Act::Request, answer("200 OK", &format!("X: {}\r\n", "x".repeat(1_000_000)), ACCEPTED)],
            "unknown no_response",
        ),
        (vec![Act::Request, answer("200 OK", "Content-Length: 7\r\n", ACCEPTED)], "unknown no_response"),
        (vec![Act::Stall], "unknown timeout"),
        (vec![Act::Request, Act::Stall], "unknown timeout"),
        (vec![Act::Request, send("HTTP/1.1 200 OK\r\n"), Act::Stall], "unknown timeout"),
    ] {
        let shown: String = format!("{script:?}").chars().take(200).collect();
        let (answer, found, _) = outcome(script).await;
        assert_eq!(found, kind, "{shown}");
        assert!(answer.note.advice.is_some(), "{shown}");
    }
}

#[tokio::test]
async fn a_connection_closed_at_once_is_never_taken_for_success() {
    for script in [vec![], vec![Act::Reset]] {
        let (answer, ..) = outcome(script).await;
        assert!(matches!(answer.reply, Reply::Unknown { .. } | Reply::Unreachable { .. }), "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_whole_is_judged_by_its_head() {
    let cut = |status: &str| send(format!("HTTP/1.1 {status}\r\nContent-Length: 500\r\n\r\n{ACCEPTED}"));
    let chunks = |text: &str| send(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}"));
    for (script, kind) in [
        (vec![cut("200 OK")], "unknown truncated_2xx"),
        (vec![cut("200 OK"), Act::Reset], "unknown truncated_2xx"),
        (vec![cut("200 OK"), Act::Stall], "unknown truncated_2xx"),
        (vec![chunks("1f\r\n{\"messages\"")], "unknown truncated_2xx"),
        (vec![chunks("ZZ\r\nno chunk\r\n")], "unknown truncated_2xx"),
        (vec![cut("400 Bad Request")], "rejected http_4xx"),
        (vec![cut("401 Unauthorized")], "fatal http_401"),
        (vec![cut("429 Too Many Requests")], "throttled http_429"),
        (vec![cut("500 Oops"), Act::Stall], "unknown http_5xx"),
    ] {
        let (answer, found, deliveries) = outcome([vec![Act::Request], script.clone()].concat()).await;
        assert_eq!((found.as_str(), deliveries), (kind, 1), "{script:?}");
        assert!(answer.note.http_status.is_some() && answer.note.raw.is_none_or(|raw| raw.len() <= 4096));
    }
}

#[tokio::test]
async fn an_answer_that_is_none_of_the_apis_is_doubt() {
    let portal = "<html><body>Please log in to the Wi-Fi</body></html>";
    let large = format!(r#"{{"messages":[{{"id":"wamid.A"}}],"x":"{}"}}"#, "x".repeat(5 * 1024 * 1024));
    for (script, kind) in [
        (answer("200 OK", "Content-Type: text/html\r\n", portal), "unknown malformed_200"),
        (answer("200 OK", "", ""), "unknown malformed_200"),
        (answer("200 OK", "", &large), "unknown malformed_200"),
        (answer("200 OK", "Content-Encoding: gzip\r\n", "\u{1f}not gzip"), "unknown malformed_200"),
        (send(format!("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{ACCEPTED}")), "unknown malformed_200"),
        (send("HTTP/1.1 204 No Content\r\n\r\n"), "unknown malformed_200"),
        (answer("502 Bad Gateway", "", portal), "unknown http_5xx"),
        (answer("408 Request Timeout", "", ""), "unknown http_408"),
        (answer("421 Misdirected Request", "", ""), "unreachable"),
        (answer("425 Too Early", "", ""), "unreachable"),
        (answer("404 Not Found", "", portal), "rejected http_4xx"),
    ] {
        let (answer, found, deliveries) = outcome([Act::Request, script]).await;
        assert_eq!((found.as_str(), deliveries), (kind, 1), "{answer:?}");
        assert!(answer.note.raw.is_none_or(|raw| raw.len() <= 4096));
    }
}

#[tokio::test]
async fn odd_but_right_answers_are_understood() {
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{ACCEPTED}\r\n0\r\n\r\n", ACCEPTED.len());
    let to_the_end = format!("HTTP/1.1 200 OK\r\n\r\n{ACCEPTED}");
    for script in [
        vec![send("HTTP/1.1 100 Continue\r\n\r\n"), answer("200 OK", "", ACCEPTED)],
        vec![answer("200 OK", "Content-Type: text/plain\r\nX: 1\r\nX: 2\r\n", ACCEPTED)],
        vec![answer("200", "", ACCEPTED)],
        vec![send(chunked)],
        vec![send(to_the_end)],
    ] {
        let (_, found, deliveries) = outcome([vec![Act::Request], script.clone()].concat()).await;
        assert_eq!((found.as_str(), deliveries), ("accepted wamid.A", 1), "{script:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Hostile::start([Act::Request, answer("200 OK", "", ACCEPTED)]).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: {}/v23.0/1065/messages\r\n", elsewhere.url());
        let (_, found, _) = outcome([Act::Request, answer(status, &location, "")]).await;
        assert_eq!(found, "fatal redirect", "{status}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_request_for_another_host_is_not_sent() {
    let (ours, other) = (Hostile::start([Act::Stall]).await, Hostile::start([Act::Stall]).await);
    let answer = connect(&ours.url()).send(&request(&other.url(), BODY), attempt(1)).await;
    assert!(matches!(answer.reply, Reply::Fatal { ref code, .. } if code == "origin"), "{answer:?}");
    assert_eq!((ours.connections(), other.connections()), (0, 0));
}

#[tokio::test]
async fn a_throttled_answer_says_how_long() {
    let usage = "X-Business-Use-Case-Usage: {\"1\":[{\"estimated_time_to_regain_access\":2}]}\r\n";
    for (headers, seconds) in [
        ("Retry-After: 7\r\n", Some(7)),
        ("Retry-After: 7\r\nRetry-After: 9\r\n", Some(9)),
        ("Date: Sun, 22 Nov 2026 12:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 12:00:30 GMT\r\n", Some(30)),
        ("Retry-After: -3\r\n", Some(0)),
        ("Retry-After: 1000000000\r\n", Some(900)),
        ("Retry-After: soon\r\n", None),
        (usage, Some(120)),
        ("", None),
    ] {
        let (answer, found, _) = outcome([Act::Request, answer("429 Too Many Requests", headers, "")]).await;
        let Reply::Throttled { after, .. } = answer.reply else { panic!("{found}") };
        assert_eq!(after, seconds.map(Duration::from_secs), "{headers}");
    }
}

#[test]
fn a_token_that_is_no_header_value_is_not_shown() {
    let error = HttpClient::open("https://example.com", &Auth::Bearer("canary\n".into()), TIMEOUT).unwrap_err();
    assert_eq!(error, "the token holds characters that no token has");
}

#[tokio::test]
async fn a_time_limit_of_any_length_is_taken() {
    let server = Hostile::start([Act::Request, answer("200 OK", "", ACCEPTED)]).await;
    let client = HttpClient::open(&server.url(), &bearer(), Duration::MAX).unwrap();
    let judge: Judge<'_> = &|_, _| Reply::Unreachable { message: "read".to_owned() }.into();
    assert_eq!(client.send(&request(&server.url(), BODY), judge).await.reply.message(), "read");
}
