//! The sandbox's inbox.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rowcast::sandbox::{Config, Sandbox};
use serde_json::{Value, json};

use super::HOSTILE;
use crate::support::browser::Browser;
use crate::support::{Bench, list};

fn start(faults: &[&str]) -> Sandbox {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Sandbox::start(Config { faults, ..Config::default() }).unwrap()
}

/// Sends a request and gives status line with headers, and body.
fn ask(sandbox: &Sandbox, line: &str, headers: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap();
    let length = body.len();
    let text = format!("{line} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    (head.to_lowercase(), body.to_owned())
}

fn send(sandbox: &Sandbox, message: &Value) {
    let headers = "Host: x\r\nAuthorization: Bearer canary\r\nContent-Type: application/json\r\n";
    ask(sandbox, "POST /v23.0/106/messages", headers, &message.to_string());
}

fn text(to: &str, body: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": body } })
}

#[test]
fn messages_appear_as_they_come_by_recipient() {
    let sandbox = start(&[]);
    let Some(mut browser) = Browser::start() else { return };
    browser.open(sandbox.url());
    browser.until("document.getElementById('chat').innerText === 'Send something, and it appears here'");
    send(&sandbox, &text("+4915123450001", "Hello *Ann*"));
    browser.until("document.querySelector('#chat b')?.textContent === 'Ann'");
    send(&sandbox, &text("+4915123450002", "Hello Bob"));
    browser.until("document.getElementById('to').textContent === 'to +4915123450002'");
    send(&sandbox, &text("+4915123450001", "Are you there?"));
    browser.until("document.getElementById('to').textContent === 'to +4915123450001'");
    assert_eq!((browser.count(".entry"), browser.count(".received")), (2, 2));
    assert!(browser.text("#state").starts_with("3 requests, 3 messages taken"));
    // The raw request and answer of the newest; then of the one that is clicked.
    let details = browser.text("#details");
    assert!(
        details.contains("HTTP 200")
            && details.contains("\"wamid.")
            && details.contains("\"body\": \"Are you there?\""),
        "{details}"
    );
    browser.click(".received");
    assert!(browser.text("#details").contains("\"body\": \"Hello *Ann*\""));
    browser.picture("inbox-light");

    // The selected message stays selected when others arrive.
    send(&sandbox, &text("+4915123450003", "Hello Cem"));
    browser.until("document.querySelectorAll('.entry').length === 3");
    assert_eq!(browser.text("#to"), "to +4915123450001");
    browser.click("#follow");
    assert_eq!(browser.text("#to"), "to +4915123450003");
    browser.press("j");
    assert_eq!(browser.text("#to"), "to +4915123450001");
    browser.press("/");
    browser.type_text("hello bob");
    browser.until("document.getElementById('where').textContent === '1 recipient'");
    assert_eq!(browser.text("#to"), "to +4915123450002");
    browser.press("Escape");
    assert_eq!(browser.text("#where"), "3 recipients");
    browser.prefer("dark");
    browser.picture("inbox-dark");
    browser.resize(390, 844);
    assert_eq!(browser.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0);
    browser.picture("inbox-phone");
    browser.assert_clean(sandbox.url());
}

#[test]
fn faults_are_switched_and_answers_are_counted() {
    let sandbox = start(&[]);
    let Some(mut browser) = Browser::start() else { return };
    browser.open(sandbox.url());
    browser.until("document.getElementById('active').innerText === 'The sandbox behaves well.' || document.getElementById('active').textContent !== ''");
    browser.click("#faults-button");
    browser.eval("document.getElementById('name').value = '131026'; document.getElementById('share').value = '100'");
    browser.click("#add button");
    browser.until("document.getElementById('active').innerText.includes('131026=100%')");
    send(&sandbox, &text("+4915123450001", "Hello"));
    browser.until("document.querySelector('.received.undelivered .fate')?.innerText === 'not taken · 400 · 131026'");
    assert!(browser.text("#details").contains("\"code\": 131026"));
    assert!(browser.text("#chips").contains("131026"));
    browser.picture("inbox-faults");
    // More than 100%: refused with a message, and nothing changes.
    browser.eval("document.getElementById('name').value = '131049'; document.getElementById('share').value = '50'");
    browser.click("#add button");
    browser.until("document.getElementById('refused').innerText.includes('add up to more than 100%')");
    browser.click("#none");
    browser.until("document.getElementById('active').innerText === 'The sandbox behaves well.'");
    send(&sandbox, &text("+4915123450001", "Hello again"));
    browser.until("document.querySelectorAll('.received').length === 2");
    browser.click(".chip.bad");
    assert_eq!(browser.count(".received"), 1);
    // The console reports the requested refusal.
    browser.forgive("status of 400");
    browser.assert_clean(sandbox.url());
}

#[test]
fn hostile_messages_are_text() {
    let sandbox = start(&[]);
    for (row, hostile) in HOSTILE.iter().enumerate() {
        send(&sandbox, &text(&format!("+491512345000{row}"), hostile));
    }
    send(&sandbox, &json!({ "to": HOSTILE[1], "type": HOSTILE[0] }));
    let headers = "Host: x\r\nAuthorization: Bearer canary\r\nContent-Type: application/json\r\n";
    ask(&sandbox, "POST /v23.0/106/messages", headers, HOSTILE[2]);
    // Messages that the API refused are shown too, although nothing in them is valid.
    for kind in ["template", "contacts", "interactive", "text", "location", "image"] {
        for wrong in
            [json!(5), json!([5, null]), json!({ "components": 5, "phones": 5, "body": { "text": [] }, "link": {} })]
        {
            send(&sandbox, &json!({ "to": "+4915123450009", "type": kind, kind: wrong }));
        }
    }
    ask(&sandbox, "POST /v23.0/106/messages", headers, "null");
    let Some(mut browser) = Browser::start() else { return };
    browser.open(sandbox.url());
    browser.until("document.querySelectorAll('.entry').length >= 7");
    for _ in 0..10 {
        assert_eq!(browser.count("img, iframe, object, a[href]"), 0);
        browser.press("j");
    }
    assert_eq!(browser.eval("document.querySelector('#chat .text').textContent").as_str().unwrap(), HOSTILE[0]);
    assert_eq!(browser.eval("document.title"), "Rowcast sandbox");
    assert!(browser.text("#state").starts_with("27 requests, 6 messages taken"), "{}", browser.text("#state"));
    browser.assert_clean(sandbox.url());
}

#[test]
fn thousands_of_messages_are_no_burden() {
    let sandbox = start(&[]);
    let bench = Bench::with_list(&list(6_000), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--rate", "100000/s"]).code(0);
    let Some(mut browser) = Browser::start() else { return };
    browser.open(sandbox.url());
    browser.until("document.getElementById('cut').innerText === 'The last 5,000 of 6,000 requests.'");
    assert_eq!(browser.count(".entry"), 300);
    assert_eq!(browser.text("#where"), "5,000 recipients");
    browser.press("/");
    browser.type_text("+4915100005999");
    browser.until("document.querySelector('#chat .text')?.innerText === 'Hello Ann 5999'");
    browser.assert_clean(sandbox.url());
}

#[test]
fn no_other_page_reads_or_changes_anything() {
    let sandbox = start(&[]);
    let host = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    let here = format!("Host: {host}\r\n");
    let status = |line: &str, headers: &str, body: &str| ask(&sandbox, line, headers, body).0[9..12].to_owned();
    for path in
        ["/", "/_sandbox/messages", "/_sandbox/live", "/_sandbox/faults", "/_sandbox/stats", "/_sandbox/deliveries"]
    {
        let get = format!("GET {path}");
        assert_eq!(status(&get, &here, ""), "200", "{path}");
        assert_eq!(status(&get, "Host: evil.example\r\n", ""), "403", "{path}");
        assert_eq!(status(&get, &format!("{here}Origin: http://evil.example\r\n"), ""), "403", "{path}");
    }
    let (post, body) = ("POST /_sandbox/faults", r#"{"faults":["timeout=5%"]}"#);
    let json = format!("{here}Content-Type: application/json\r\n");
    for (headers, body, wanted) in [
        (format!("{json}Origin: http://evil.example\r\n"), body, "403"),
        (format!("{json}Origin: null\r\n"), body, "403"),
        (format!("{here}Content-Type: text/plain\r\n"), body, "403"),
        ("Host: evil.example\r\nContent-Type: application/json\r\n".to_owned(), body, "403"),
        (json.clone(), "[]", "400"),
        (json.clone(), r#"{"faults":["timeut=5%"]}"#, "400"),
        (format!("{json}Origin: http://{host}\r\n"), body, "200"),
    ] {
        assert_eq!(status(post, &headers, body), wanted, "{headers}{body}");
        let faults = if wanted == "200" { "[\"timeout=5%\"]" } else { "[]" };
        assert!(
            ask(&sandbox, "GET /_sandbox/faults", &here, "").1.contains(&format!("\"faults\":{faults}")),
            "{headers}"
        );
    }
    let (head, _) = ask(&sandbox, "GET /", &here, "");
    for wanted in
        ["content-security-policy: default-src 'none';", "frame-ancestors 'none'", "x-content-type-options: nosniff"]
    {
        assert!(head.contains(wanted), "{head}");
    }
}

#[test]
fn a_run_says_where_its_sandbox_is() {
    let bench = Bench::with_list(&list(2), "http://127.0.0.1:9");
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--sandbox"]).code(0);
    assert!(outcome.stderr.starts_with("sandbox http://127.0.0.1:"), "{}", outcome.stderr);
}
