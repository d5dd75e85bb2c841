//! The sandbox over its sockets.

mod lookups;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;

const TO: &str = "+16505551234";

fn start(faults: &[&str]) -> Sandbox {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Sandbox::start(Config { faults, ..Config::default() }).unwrap()
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    let stream = TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn text(to: &str) -> String {
    json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": "Hello" } }).to_string()
}

fn template(to: &str) -> String {
    let template = json!({ "name": "promo", "language": { "code": "en_US" } });
    json!({ "messaging_product": "whatsapp", "to": to, "type": "template", "template": template }).to_string()
}

fn request(line: &str, headers: &str, body: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn post(body: &str) -> String {
    let headers = "Authorization: Bearer canary\r\nContent-Type: application/json\r\n";
    request("POST /v23.0/106540352242922/messages", headers, body)
}

/// Sends a request on a connection of its own and reads until that ends.
fn raw(sandbox: &Sandbox, request: &str) -> std::io::Result<String> {
    let mut stream = connect(sandbox);
    stream.write_all(request.replacen("Host:", "Connection: close\r\nHost:", 1).as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map(|_| answer)
}

/// The status line and the JSON of an answer.
fn answer(sandbox: &Sandbox, request: &str) -> (u16, String, Value) {
    let text = raw(sandbox, request).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

/// Waits for something that the server does without an answer.
#[track_caller]
fn until(done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < deadline, "it has not come about in ten seconds");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_message_is_taken_and_counted() {
    let sandbox = start(&[]);
    let (status, head, body) = answer(&sandbox, &post(&text(TO)));
    assert_eq!(status, 200);
    assert!(head.contains("facebook-api-version: v23.0") && head.contains("x-fb-trace-id: "), "{head}");
    let id = &sandbox.inbox().message_ids(TO)[0];
    let expected = json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": TO, "wa_id": "16505551234" }],
        "messages": [{ "id": id }],
    });
    assert_eq!(body, expected);
    let (_, _, body) = answer(&sandbox, &post(&template(TO)));
    assert_eq!(body["messages"][0]["message_status"], "accepted");
    assert_eq!((sandbox.inbox().deliveries(TO), sandbox.inbox().total_requests()), (2, 2));
    let record = &sandbox.inbox().recent()[0];
    assert_eq!((record.n, record.to.as_str(), record.kind.as_str(), record.delivered), (1, TO, "text", true));
    assert_eq!(&*record.request, text(TO));
}

#[test]
fn a_refusal_has_metas_shape() {
    let sandbox = start(&[]);
    let (status, _, body) = answer(&sandbox, &post(&text("123")));
    let error = &body["error"];
    assert_eq!((status, &error["code"], &error["type"]), (400, &json!(131_009), &json!("OAuthException")));
    assert_eq!(error["message"], "(#131009) Parameter value is not valid");
    assert!(error["error_data"]["details"].as_str().unwrap().starts_with("to: "), "{error}");
    assert!(error["fbtrace_id"].as_str().unwrap().len() > 10, "{error}");
    for bad in ["", "{", "[]", "\"x\"", "\u{0}"] {
        assert_eq!(answer(&sandbox, &post(bad)).2["error"]["code"], 100, "{bad:?}");
    }
    assert_eq!((sandbox.inbox().total_delivered(), sandbox.inbox().answers(100)), (0, 5));
}

#[test]
fn a_body_too_large_is_refused() {
    let sandbox = start(&[]);
    let mut stream = connect(&sandbox);
    let body = "x".repeat((1 << 20) + 1);
    // The server may answer and close before it has read everything.
    drop(stream.write_all(post(&body).as_bytes()));
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 413");
}

#[test]
fn only_the_right_token_is_let_in() {
    let sandbox = Sandbox::start(Config { token: Some("right".to_owned()), ..Config::default() }).unwrap();
    let with = |header: &str| {
        let headers = format!("{header}Content-Type: application/json\r\n");
        let (status, _, body) = answer(&sandbox, &request("POST /v23.0/1/messages", &headers, &text(TO)));
        (status, body["error"]["code"].as_u64())
    };
    assert_eq!(with(""), (401, Some(0)));
    assert_eq!(with("Authorization: Bearer \r\n"), (401, Some(0)));
    assert_eq!(with("Authorization: right\r\n"), (401, Some(0)));
    assert_eq!(with("Authorization: Bearer wrong\r\n"), (401, Some(190)));
    assert_eq!(with("Authorization: Bearer right\r\n"), (200, None));
    assert!(!format!("{sandbox:?}{:?}", sandbox.inbox().recent()).contains("right"));
}

#[test]
fn addresses_and_methods_are_checked() {
    let sandbox = start(&[]);
    let error = |line: &str| {
        let headers = "Authorization: Bearer canary\r\nContent-Type: application/json\r\n";
        let (status, _, body) = answer(&sandbox, &request(line, headers, &text(TO)));
        (status, body["error"]["code"].as_u64(), body["error"]["error_subcode"].as_u64())
    };
    assert_eq!(error("POST /nowhere"), (400, Some(2_500), None));
    assert_eq!(error("POST /23.0/1/messages"), (400, Some(2_500), None));
    assert_eq!(error("POST /v23.0/1/media"), (400, Some(2_500), None));
    assert_eq!(error("POST /v23.0/abc/messages"), (400, Some(100), Some(33)));
    assert_eq!(error("GET /v23.0/1/messages"), (400, Some(100), Some(33)));
    assert_eq!(error("POST /v23.0/1/messages"), (200, None, None));
    let form = request("POST /v23.0/1/messages", "Authorization: Bearer x\r\nContent-Type: text/plain\r\n", &text(TO));
    assert_eq!(answer(&sandbox, &form).2["error"]["code"], 100);
}

#[test]
fn a_dropped_connection_ends_without_a_byte() {
    for (fault, delivered) in [("drop-after-accept=100%", 1), ("drop-before-accept=100%", 0)] {
        let sandbox = start(&[fault]);
        assert_eq!(raw(&sandbox, &post(&text(TO))).unwrap(), "", "{fault}");
        assert_eq!((sandbox.inbox().deliveries(TO), sandbox.inbox().total_requests()), (delivered, 1), "{fault}");
        assert_eq!(sandbox.inbox().recent()[0].status, None);
    }
}

#[test]
fn a_reset_is_a_reset() {
    let sandbox = start(&["reset=100%"]);
    let error = raw(&sandbox, &post(&text(TO))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(sandbox.inbox().total_delivered(), 0);
}

#[test]
fn a_truncated_answer_breaks_off_within_its_body() {
    let sandbox = start(&["truncated-200=100%"]);
    let text = raw(&sandbox, &post(&text(TO))).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let length = head.to_ascii_lowercase().split_once("content-length: ").unwrap().1.lines().next().unwrap().to_owned();
    assert_eq!(body.len(), length.parse::<usize>().unwrap() / 2);
    assert_eq!(sandbox.inbox().deliveries(TO), 1);
}

#[test]
fn a_hanging_request_is_not_answered_and_does_not_hold_up_the_end() {
    for (fault, delivered) in [("timeout=100%", 0), ("timeout-after-accept=100%", 1)] {
        let sandbox = start(&[fault]);
        let inbox = sandbox.inbox().clone();
        let mut stream = connect(&sandbox);
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        stream.write_all(post(&text(TO)).as_bytes()).unwrap();
        until(|| inbox.total_requests() == 1);
        let waited = stream.read(&mut [0]).unwrap_err().kind();
        assert!(matches!(waited, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{fault}: {waited}");
        assert_eq!(inbox.deliveries(TO), delivered, "{fault}");
        let before = Instant::now();
        sandbox.stop();
        assert!(before.elapsed() < Duration::from_secs(2));
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "{fault}");
    }
}

#[test]
fn bare_answers_carry_no_code() {
    for (fault, status, delivered) in [
        ("html-200=100%", 200, 0),
        ("empty-200=100%", 200, 1),
        ("http-500=100%", 500, 0),
        ("http-502=100%", 502, 0),
        ("http-421=100%", 421, 0),
        ("http-429=100%", 429, 0),
        ("redirect=100%", 307, 0),
    ] {
        let sandbox = start(&[fault]);
        let (given, head, body) = answer(&sandbox, &post(&text(TO)));
        assert_eq!((given, body), (status, Value::Null), "{fault}");
        assert_eq!(head.contains("retry-after: 1"), fault.starts_with("http-429"), "{fault}");
        assert_eq!(head.contains("location: "), fault.starts_with("redirect"), "{fault}");
        assert_eq!(sandbox.inbox().total_delivered(), delivered, "{fault}");
    }
}

#[test]
fn codes_are_answered_with_their_status() {
    for (fault, status) in [("131026=100%", 400), ("131000=100%", 500), ("190=100%", 401), ("132001=100%", 404)] {
        let sandbox = start(&[fault]);
        let (given, _, body) = answer(&sandbox, &post(&text(TO)));
        assert_eq!(given, status, "{fault}");
        assert_eq!(format!("{}=100%", body["error"]["code"]), fault);
        assert_eq!(sandbox.inbox().total_delivered(), 0);
    }
}

#[test]
fn the_same_seed_misbehaves_the_same_in_any_order() {
    let recipients: Vec<_> = (0..40).map(|n| format!("+155500000{n:02}")).collect();
    let statuses = |order: Vec<&String>| {
        let faults = ["131026=20%", "131000=20%", "held=20%"].map(|fault| fault.parse().unwrap()).to_vec();
        let sandbox = Sandbox::start(Config { faults, seed: 7, ..Config::default() }).unwrap();
        let status = |to: &String| (to.clone(), answer(&sandbox, &post(&template(to))).2["error"]["code"].as_u64());
        let first: BTreeMap<_, _> = order.iter().map(|to| status(to)).collect();
        let second: BTreeMap<_, _> = order.iter().map(|to| status(to)).collect();
        (first, second)
    };
    let forth = statuses(recipients.iter().collect());
    assert_eq!(forth, statuses(recipients.iter().rev().collect()));
    let refused = |answers: &BTreeMap<String, Option<u64>>| {
        answers.iter().filter(|(_, code)| **code == Some(131_026)).map(|(to, _)| to.clone()).collect::<Vec<_>>()
    };
    assert_eq!(refused(&forth.0), refused(&forth.1), "a refusal of the row comes again");
    assert_ne!(forth.0, forth.1, "other faults are drawn anew");
}

#[test]
fn only_templates_are_held() {
    let sandbox = start(&["held=100%"]);
    let (_, _, body) = answer(&sandbox, &post(&template(TO)));
    assert_eq!(body["messages"][0]["message_status"], "held_for_quality_assessment");
    let (_, _, body) = answer(&sandbox, &post(&text(TO)));
    assert_eq!(body["messages"][0].get("message_status"), None);
    assert_eq!(sandbox.inbox().deliveries(TO), 2);
}

#[test]
fn limits_hold() {
    let sandbox = Sandbox::start(Config { throughput: Some(1), ..Config::default() }).unwrap();
    for n in 0..20 {
        answer(&sandbox, &post(&text(&format!("+155500000{n:02}"))));
    }
    assert!(sandbox.inbox().answers(130_429) > 0);
    let sandbox = Sandbox::start(Config { pair_limit: true, ..Config::default() }).unwrap();
    let codes: Vec<_> = (0..46).map(|_| answer(&sandbox, &post(&text(TO))).2["error"]["code"].as_u64()).collect();
    assert_eq!((codes[44], codes[45]), (None, Some(131_056)));
    assert_eq!(sandbox.inbox().recent()[45].to, TO);
}

#[test]
fn a_connection_is_kept_alive() {
    let sandbox = start(&[]);
    let mut stream = connect(&sandbox);
    for n in 1..=3 {
        stream.write_all(post(&text(TO)).as_bytes()).unwrap();
        let mut buffer = [0; 4_096];
        let read = stream.read(&mut buffer).unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK"));
        assert_eq!(sandbox.inbox().deliveries(TO), n);
    }
}

#[test]
fn latency_holds_the_answer_back_but_not_the_delivery() {
    let sandbox = Sandbox::start(Config { latency: Duration::from_millis(150), ..Config::default() }).unwrap();
    let before = Instant::now();
    answer(&sandbox, &post(&text(TO)));
    assert!(before.elapsed() >= Duration::from_millis(150));
    // A client that waits for nothing: its message has arrived while the answer is still held back.
    let mut stream = connect(&sandbox);
    stream.write_all(post(&text(TO)).as_bytes()).unwrap();
    until(|| sandbox.inbox().deliveries(TO) == 2);
}

#[test]
fn pages_show_the_inbox() {
    let sandbox = start(&[]);
    answer(&sandbox, &post(&text(TO)));
    answer(&sandbox, &post(&text("+1")));
    let page = |path: &str| answer(&sandbox, &request(&format!("GET {path}"), "", ""));
    assert!(raw(&sandbox, &request("GET /_sandbox/help", "", "")).unwrap().contains("/_sandbox/messages?after=N"));
    assert!(raw(&sandbox, &request("GET /_sandbox/help", "", "")).unwrap().contains("/{waba-id}/message_templates "));
    assert!(raw(&sandbox, &request("GET /", "", "")).unwrap().contains("<title>Rowcast sandbox</title>"));
    assert_eq!(page("/_sandbox/messages?limit=1").2["messages"][0]["n"], 2);
    let (_, _, messages) = page("/_sandbox/messages?after=1");
    assert_eq!(messages["messages"].as_array().unwrap().len(), 1);
    assert_eq!((&messages["messages"][0]["n"], &messages["messages"][0]["code"]), (&json!(2), &json!(131_009)));
    let (_, _, stats) = page("/_sandbox/stats");
    assert_eq!(
        (&stats["requests"], &stats["delivered"], &stats["by_code"]["131009"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let (_, _, deliveries) = page("/_sandbox/deliveries");
    assert_eq!(deliveries, json!({ TO: { "count": 1, "ids": sandbox.inbox().message_ids(TO) } }));
    assert_eq!(page("/_sandbox/other").0, 404);
    assert_eq!(answer(&sandbox, &request("POST /_sandbox/stats", "", "")).0, 405);
    assert_eq!(sandbox.inbox().total_requests(), 2, "reading the pages is no request to the API");
    assert!(!page("/_sandbox/messages").2.to_string().contains("canary"));
}

/// Two sessions of a run are two starts. If both gave the same message id, it would name two messages.
#[test]
fn two_starts_with_the_same_seed_give_no_id_twice() {
    let ids = |_| {
        let sandbox = Sandbox::start(Config { seed: 7, ..Config::default() }).unwrap();
        let (_, head, _) = answer(&sandbox, &post(&text(TO)));
        let trace = head.lines().find(|line| line.starts_with("x-fb-trace-id")).unwrap().to_owned();
        (sandbox.inbox().message_ids(TO), trace)
    };
    let [one, other] = [0, 1].map(ids);
    assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
}

#[test]
fn settings_that_cannot_be_do_not_start() {
    let error = Sandbox::start(Config { tier: "TIER_7".to_owned(), ..Config::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().starts_with("tier \"TIER_7\": one of TIER_50, "), "{error}");
}

#[test]
fn shares_of_more_than_all_do_not_start() {
    let faults = ["timeout=60%", "reset=50%"].map(|fault| fault.parse().unwrap()).to_vec();
    let error = Sandbox::start(Config { faults, ..Config::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn it_starts_and_ends_within_another_runtime() {
    let sandbox = start(&[]);
    tokio::net::TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).await.unwrap();
    drop(sandbox);
}
