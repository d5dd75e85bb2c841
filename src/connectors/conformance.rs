//! What every connector has to keep, whatever its API: the same cases for each.
//!
//! A connector joins by one sample of its requests and answers. That the table has a sample for each is checked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::hostile::{Act, Hostile, answer, attempt, send};
use super::{Access, CONNECTORS, Capabilities, ConnectorEntry, Inquiry, LookupError, LookupFailure, MessageTemplate};
use crate::exec::Connector;
use crate::model::{Answer, Draft, Endpoint, Reply, Request, RowNumber, TaskEntry};

const TOKEN: &str = "EAAGcanary0123456789ABCDEFGHIJ";

/// What a connector's API says, in its own words.
struct Sample {
    kind: &'static str,
    path: &'static str,
    body: &'static str,
    /// An answer that accepts, with an id.
    accepted: &'static str,
    /// Answers with a 2xx status that give no id.
    without_id: &'static [&'static str],
    /// Answers that refuse for now, with their statuses.
    throttled: &'static [(&'static str, &'static str)],
    /// Answers that would refuse every row.
    fatal: &'static [(&'static str, &'static str)],
    /// Answers that refuse this row.
    rejected: &'static [(&'static str, &'static str)],
    /// An answer that refuses the token, if the connector can tell.
    token_refused: Option<(&'static str, &'static str)>,
    /// Answers after which the recipient is not to be written to again, if the connector can tell.
    opt_outs: &'static [(&'static str, &'static str)],
    /// Templates as the API describes them, if its accounts have any: the first is named `a`, in language `en`.
    templates: Option<&'static str>,
}

const SAMPLES: &[Sample] = &[Sample {
    kind: "whatsapp",
    path: "/v23.0/106540352242922/messages",
    body: r#"{"messaging_product":"whatsapp","to":"+16505551234"}"#,
    accepted: r#"{"messaging_product":"whatsapp","messages":[{"id":"wamid.HBgL"}]}"#,
    without_id: &[
        "",
        "null",
        "{}",
        "[]",
        "<html></html>",
        r#"{"messages":[]}"#,
        r#"{"messages":[{}]}"#,
        r#"{"messages":[{"id":""}]}"#,
        r#"{"messages":[{"id":" "}]}"#,
        r#"{"messages":[{"id":7}]}"#,
        r#"{"messages":[{"id":null}]}"#,
        r#"{"error":{"code":130429}}"#,
        r#"{"error":{"code":190}}"#,
    ],
    throttled: &[
        ("429 Too Many Requests", ""),
        ("429 Too Many Requests", r#"{"error":{"code":130429}}"#),
        ("400 Bad Request", r#"{"error":{"code":131056}}"#),
    ],
    fatal: &[
        ("401 Unauthorized", ""),
        ("401 Unauthorized", r#"{"error":{"code":190}}"#),
        ("400 Bad Request", r#"{"error":{"code":131031}}"#),
    ],
    rejected: &[("400 Bad Request", r#"{"error":{"code":131026}}"#), ("404 Not Found", "")],
    token_refused: Some(("401 Unauthorized", r#"{"error":{"code":190}}"#)),
    opt_outs: &[
        ("400 Bad Request", r#"{"error":{"code":131050}}"#),
        ("400 Bad Request", r#"{"error":{"code":130403}}"#),
    ],
    templates: Some(
        r#"[{"name":"a","language":"en","status":"APPROVED","components":[{"type":"BODY","text":"Hi {{1}}"}]},
            {"name":"b","language":"de"}, {"x":1}]"#,
    ),
}];

/// Every connector with its sample.
fn subjects() -> impl Iterator<Item = (&'static ConnectorEntry, &'static Sample)> {
    CONNECTORS.iter().map(|entry| {
        let sample = SAMPLES.iter().find(|sample| sample.kind == entry.kind);
        (entry, sample.unwrap_or_else(|| panic!("no sample of {}", entry.kind)))
    })
}

async fn send_to(entry: &ConnectorEntry, sample: &Sample, base: &str) -> Answer {
    let url = format!("{base}{}", sample.path);
    let draft = Draft::new("POST", url, Bytes::from_static(sample.body.as_bytes()));
    let request = Request::new(RowNumber(1), 2, draft);
    open(entry, base).send(&request, attempt(1)).await
}

fn open(entry: &ConnectorEntry, base: &str) -> Arc<dyn Connector> {
    let endpoint = Endpoint::from([("base-url", base)]);
    let access = Access { endpoint: &endpoint, token: &TOKEN.into(), timeout: Duration::from_millis(250) };
    (entry.open)(&access).unwrap()
}

/// What a connector makes of one answer; the request must have arrived exactly once.
async fn reply(entry: &ConnectorEntry, sample: &Sample, status: &str, body: &str) -> Reply {
    let server = Hostile::start([Act::Request, answer(status, "", body)]).await;
    let reply = send_to(entry, sample, &server.url()).await.reply;
    assert_eq!((server.connections(), server.deliveries(sample.body)), (1, 1), "{reply:?}");
    reply
}

#[tokio::test]
async fn an_id_is_what_makes_a_row_accepted() {
    for (entry, sample) in subjects() {
        let accepted = reply(entry, sample, "200 OK", sample.accepted).await;
        assert!(matches!(accepted, Reply::Accepted { ref id, .. } if !id.is_empty()), "{accepted:?}");
        for body in sample.without_id {
            for status in ["200 OK", "201 Created", "202 Accepted"] {
                let reply = reply(entry, sample, status, body).await;
                assert!(matches!(reply, Reply::Unknown { .. }), "{status} {body}: {reply:?}");
            }
        }
        for status in ["400 Bad Request", "500 Oops", "302 Found"] {
            let reply = reply(entry, sample, status, sample.accepted).await;
            assert!(!matches!(reply, Reply::Accepted { .. }), "{status}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (entry, sample) in subjects() {
        for (status, body) in sample.throttled {
            let reply = reply(entry, sample, status, body).await;
            assert!(matches!(reply, Reply::Throttled { .. }), "{status} {body}: {reply:?}");
        }
        for (status, body) in sample.fatal {
            let reply = reply(entry, sample, status, body).await;
            assert!(matches!(reply, Reply::Fatal { .. }), "{status} {body}: {reply:?}");
        }
        for (status, body) in sample.rejected {
            let reply = reply(entry, sample, status, body).await;
            assert!(matches!(reply, Reply::Rejected { .. }), "{status} {body}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn only_proof_makes_a_row_unreachable() {
    for (entry, sample) in subjects() {
        let refused = send_to(entry, sample, &Hostile::nobody().await).await.reply;
        assert!(matches!(refused, Reply::Unreachable { .. }), "{refused:?}");
        for script in [vec![Act::Request], vec![Act::Request, Act::Reset], vec![Act::Request, Act::Stall]] {
            let server = Hostile::start(script).await;
            let reply = send_to(entry, sample, &server.url()).await.reply;
            assert!(matches!(reply, Reply::Unknown { .. }), "{reply:?}");
            assert_eq!(server.deliveries(sample.body), 1);
        }
        for status in ["500 Oops", "502 Bad Gateway", "503 Unavailable", "504 Gateway Timeout"] {
            let reply = reply(entry, sample, status, "<html></html>").await;
            assert!(matches!(reply, Reply::Unknown { .. }), "{status}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    for (entry, sample) in subjects() {
        let elsewhere = Hostile::start([Act::Request, answer("200 OK", "", sample.accepted)]).await;
        for status in ["302 Found", "307 Temporary Redirect"] {
            let location = format!("Location: {}{}\r\n", elsewhere.url(), sample.path);
            let server = Hostile::start([Act::Request, answer(status, &location, "")]).await;
            let reply = send_to(entry, sample, &server.url()).await.reply;
            assert!(matches!(reply, Reply::Fatal { .. }), "{reply:?}");
        }
        assert_eq!(elsewhere.connections(), 0);
    }
}

#[tokio::test]
async fn the_token_stays_where_it_is() {
    for (entry, sample) in subjects() {
        for head in [
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n",
        ] {
            let server = Hostile::start([Act::Request, Act::Echo(head, "")]).await;
            let answer = send_to(entry, sample, &server.url()).await;
            assert!(server.requests()[0].head.contains(TOKEN), "the server has seen it");
            let shown = format!("{answer:?} {}", serde_json::to_string(&answer).unwrap());
            assert!(!shown.contains("canary") && !shown.contains(&TOKEN[..12]), "{shown}");
        }
    }
}

/// What a connector makes of each question that it can ask, asked of `base`: the answer as text.
async fn asked(entry: &'static ConnectorEntry, base: &str) -> Vec<Result<String, LookupError>> {
    let endpoint = Endpoint::from([("base-url", base), (entry.sender_key, "106540352242922")]);
    // The questions block, and so does closing what asks them.
    let ask = move || {
        let inquiry = Inquiry {
            endpoint: &endpoint,
            account: Some("102290129340398"),
            token: &TOKEN.into(),
            timeout: Duration::from_millis(250),
        };
        assert!(!format!("{inquiry:?}").contains("canary"));
        let Capabilities { templates, allowance, .. } = entry.capabilities;
        let raw = |template: &dyn MessageTemplate| format!("{template:?} {}", template.raw());
        let templates = templates
            .map(|support| (support.fetch)(&inquiry, None).map(|known| known.templates().map(raw).collect::<String>()));
        let allowance = allowance.map(|fetch| fetch(&inquiry, None).map(|allowance| format!("{allowance:?}")));
        templates.into_iter().chain(allowance).collect()
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

#[tokio::test]
async fn a_question_follows_no_redirect() {
    for (entry, _) in subjects() {
        let elsewhere = Hostile::start([Act::Request, answer("200 OK", "", r#"{"data":[]}"#)]).await;
        for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"] {
            let location = format!("Location: {}/x\r\n", elsewhere.url());
            let redirect = answer(status, &location, "");
            let server = Hostile::start([Act::Request, redirect.clone(), Act::Request, redirect]).await;
            for answer in asked(entry, &server.url()).await {
                let error = answer.unwrap_err();
                assert!(error.kind == LookupFailure::Refused && error.message.contains("redirect"), "{error:?}");
            }
        }
        assert_eq!(elsewhere.connections(), 0);
    }
}

#[tokio::test]
async fn a_question_never_gives_the_token_away() {
    const NODE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"data\":[{\"name\":\"a\",\"language\":\"en\",\
        \"status\":\"APPROVED\",\"components\":[{\"type\":\"BODY\",\"text\":\"";
    const WORDS: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"verified_name\":\"";
    const ERROR: &str = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n{\"error\":{\"code\":190,\"message\":\"";
    for (entry, _) in subjects() {
        for (head, tail, refused) in [
            (NODE, "\"}]}]}", false),
            (WORDS, "\"}", false),
            (ERROR, "\"}}", true),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "", true),
            ("HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n", "", true),
            ("", "", true),
        ] {
            let server = Hostile::start([Act::Request, Act::Echo(head, tail)]).await;
            let answers = asked(entry, &server.url()).await;
            assert!(server.requests().iter().all(|request| request.head.contains(TOKEN)), "the server has seen it");
            assert_eq!(answers.iter().all(Result::is_err), refused || answers.is_empty(), "{answers:?}");
            let shown = format!("{answers:?}");
            assert!(!shown.contains("canary") && !shown.contains(&TOKEN[..12]), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_question_is_bounded_in_time_and_size() {
    for (entry, _) in subjects() {
        let silent = Hostile::start([Act::Request, Act::Stall]).await;
        let slow = Hostile::start([Act::Request, send("HTTP/1.1 200 OK\r\n\r\n{"), Act::Stall]).await;
        let endless = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned() + &" ".repeat(5 * 1024 * 1024);
        let endless = Hostile::start([Act::Request, send(endless)]).await;
        let nobody = Hostile::nobody().await;
        for (base, kind) in [
            (&silent.url(), LookupFailure::Unreachable),
            (&slow.url(), LookupFailure::NotUnderstood),
            (&endless.url(), LookupFailure::NotUnderstood),
            (&nobody, LookupFailure::Unreachable),
        ] {
            for answer in asked(entry, base).await {
                assert_eq!(answer.unwrap_err().kind, kind, "{base}");
            }
        }
    }
}

#[test]
fn no_token_goes_over_a_plain_connection() {
    for (entry, _) in subjects() {
        let endpoint = Endpoint::from([("base-url", "http://example.com")]);
        let access = Access { endpoint: &endpoint, token: &TOKEN.into(), timeout: Duration::from_secs(1) };
        let error = (entry.open)(&access).map(drop).unwrap_err();
        assert!(error.contains("https") && !error.contains("canary"), "{error}");
        assert!(!format!("{access:?}").contains("canary"));
    }
}

#[test]
fn kinds_and_tasks_are_told_apart_by_their_names() {
    let mut kinds: Vec<&str> = CONNECTORS.iter().map(|entry| entry.kind).collect();
    let all = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), all);
    for entry in CONNECTORS {
        let mut ids: Vec<&str> = entry.tasks.iter().map(|task| task.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), entry.tasks.len());
    }
}

/// A capability that is there has to know its own answers, and no others.
#[tokio::test]
async fn refusals_of_the_token_and_of_the_recipient_are_known() {
    for (entry, sample) in subjects() {
        let Capabilities { opt_out, token_check, .. } = entry.capabilities;
        assert_eq!(
            (token_check.is_some(), opt_out.is_some()),
            (sample.token_refused.is_some(), !sample.opt_outs.is_empty())
        );
        let others = [sample.throttled, &sample.fatal[sample.fatal.len() - 1..], &sample.rejected[..1]].concat();
        for (status, body) in sample.token_refused.iter().chain(sample.opt_outs).chain(&others) {
            let reply = reply(entry, sample, status, body).await;
            let is_token = sample.token_refused.is_some_and(|refused| refused == (*status, *body));
            let is_opt_out = sample.opt_outs.contains(&(*status, *body));
            assert_eq!(token_check.is_some_and(|check| check(&reply)), is_token, "{reply:?}");
            assert_eq!(opt_out.is_some_and(|check| check(&reply)), is_opt_out, "{reply:?}");
        }
    }
}

#[test]
fn templates_are_read_and_shown() {
    for (entry, sample) in subjects() {
        assert_eq!(entry.capabilities.templates.is_some(), sample.templates.is_some(), "{}", entry.kind);
        assert_eq!(entry.capabilities.templates.is_some(), entry.tasks.iter().any(TaskEntry::sends_template));
        let (Some(support), Some(text)) = (entry.capabilities.templates, sample.templates) else { continue };
        assert!(entry.keys.iter().any(|key| key.name == support.account_key), "{}", support.account_key);
        let all: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        let set = (support.parse)(all.clone());
        let first = set.templates().next().unwrap();
        assert_eq!((first.name(), first.language(), first.raw()), ("a", "en", &all[0]));
        assert_eq!(set.templates().count() + set.unread(), all.len());
        for template in set.templates() {
            assert!(!template.variables().is_empty() && template.recipe().starts_with("task: "), "{template:?}");
            let task = template.recipe().lines().next().unwrap().replace("task: ", "");
            assert!(entry.tasks.iter().any(|entry| entry.short() == task && entry.sends_template()), "{task}");
        }
        assert_eq!(set.check(b"not a message"), crate::model::Breaches::default());
    }
}

#[test]
fn what_an_entry_names_is_there() {
    for entry in CONNECTORS {
        assert!(entry.keys.iter().any(|key| key.name == entry.sender_key), "{}", entry.sender_key);
        assert!(!entry.token_variable.is_empty(), "{}", entry.kind);
        for task in entry.tasks {
            let names = |name: &str| task.fields.iter().any(|field| field.name == name);
            assert!(names(task.recipient) && names(entry.sender_key), "{}", task.id);
        }
    }
}
