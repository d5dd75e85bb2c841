//! The sandbox's own pages, which the API does not have: what was received, for tests and for people, and the faults.
//!
//! Belongs here: the inbox over HTTP. Does not belong here: the API itself.

use hyper::{HeaderMap, Method, Uri};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::SandboxReply;
use super::api::Api;
use super::fault::names;
use super::inbox::Inbox;
use super::origin;

const WELCOME: &str = "\
This is a Rowcast sandbox: a stand-in for the WhatsApp Business Cloud API on this machine.
It delivers nothing to anyone.

POST /{version}/{phone-number-id}/messages            send a message
GET  /{version}/{phone-number-id}?fields=             what the number is and may send
GET  /{version}/{waba-id}/message_templates           the templates: ?name=&language=&status=&category=&fields=&limit=&after=
GET  /                                                the inbox, for a browser
GET  /_sandbox/messages?after=N&limit=M               the last requests, after the one with number N, at most M
GET  /_sandbox/stats                                  the counts
GET  /_sandbox/deliveries                             the ids of the delivered messages by recipient
GET  /_sandbox/faults                                 the faults now, and those there are
POST /_sandbox/faults                                 other faults: {\"faults\":[\"timeout=5%\"]}

Any digits will do for an id.
";

/// The files of the inbox page. It draws bubbles with the same script as the preview.
const INBOX: &str = include_str!("../page/assets/inbox.html");
const ASSETS: [(&str, &str, &str); 5] = [
    ("page.css", "text/css; charset=utf-8", include_str!("../page/assets/page.css")),
    ("preview.css", "text/css; charset=utf-8", include_str!("../page/assets/preview.css")),
    ("inbox.css", "text/css; charset=utf-8", include_str!("../page/assets/inbox.css")),
    ("bubble.js", "text/javascript; charset=utf-8", include_str!("../page/assets/bubble.js")),
    ("inbox.js", "text/javascript; charset=utf-8", include_str!("../page/assets/inbox.js")),
];

/// Only the sandbox's own files, and requests only to the sandbox (Content Security Policy, level 3).
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether an address is one of our own pages and not the API's.
pub(super) fn is_page(uri: &Uri) -> bool {
    uri.path() == "/" || uri.path().starts_with("/_sandbox")
}

/// The answer of one of our own pages.
pub(super) fn page(api: &Api, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> SandboxReply {
    let is_change = method == Method::POST && uri.path() == "/_sandbox/faults";
    let reply = match origin::admit(method, headers) {
        _ if method != Method::GET && !is_change => {
            SandboxReply::json(405, &json!({ "error": "the sandbox's pages are read with GET" }))
        }
        Err(why) => SandboxReply::json(403, &json!({ "error": why })),
        Ok(()) if is_change => change(api, body),
        Ok(()) => read(api, uri),
    };
    reply
        .with("content-security-policy", POLICY)
        .with("x-content-type-options", "nosniff")
        .with("referrer-policy", "no-referrer")
        .with("cross-origin-resource-policy", "same-origin")
        .with("cache-control", "no-store")
}

fn read(api: &Api, uri: &Uri) -> SandboxReply {
    let inbox = api.inbox();
    match uri.path() {
        "/" => SandboxReply::new(200, "text/html; charset=utf-8", INBOX),
        "/_sandbox/help" => SandboxReply::new(200, "text/plain; charset=utf-8", WELCOME),
        "/_sandbox/messages" => SandboxReply::json(200, &json!({ "messages": messages(inbox, uri) })),
        "/_sandbox/stats" => SandboxReply::json(200, &json!(inbox.stats())),
        "/_sandbox/deliveries" => SandboxReply::json(200, &deliveries(inbox)),
        "/_sandbox/faults" => {
            let known: Vec<_> = names().map(|(name, title)| json!({ "name": name, "title": title })).collect();
            SandboxReply::json(200, &json!({ "faults": api.faults().written(), "known": known }))
        }
        "/_sandbox/templates" => SandboxReply::json(200, &api.templates().by_name()),
        // Everything that the inbox page wants to know each second.
        "/_sandbox/live" => {
            let (messages, stats) = (messages(inbox, uri), inbox.stats());
            SandboxReply::json(200, &json!({ "messages": messages, "stats": stats, "faults": api.faults().written() }))
        }
        path => match ASSETS.iter().find(|(name, ..)| path.strip_prefix("/_sandbox/assets/") == Some(name)) {
            Some((_, kind, text)) => SandboxReply::new(200, kind, *text),
            None => SandboxReply::json(404, &json!({ "error": "the sandbox has no such page" })),
        },
    }
}

#[derive(Deserialize)]
struct Wanted {
    faults: Vec<String>,
}

fn change(api: &Api, body: &[u8]) -> SandboxReply {
    let wanted = serde_json::from_slice::<Wanted>(body)
        .map_err(|error| format!("write {{\"faults\":[\"timeout=5%\"]}}: {error}"))
        .and_then(|wanted| api.faults().exchange(&wanted.faults));
    match wanted {
        Ok(()) => SandboxReply::json(200, &json!({ "faults": api.faults().written() })),
        Err(error) => SandboxReply::json(400, &json!({ "error": error })),
    }
}

fn messages(inbox: &Inbox, uri: &Uri) -> Vec<super::Record> {
    let mut messages = inbox.recent_after(number(uri, "after").unwrap_or(0));
    let most = number(uri, "limit").and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let over = messages.len().saturating_sub(most);
    messages.drain(..over);
    messages
}

fn number(uri: &Uri, key: &str) -> Option<u64> {
    let mut pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(known, n)| if known == key { n.parse().ok() } else { None })
}

fn deliveries(inbox: &Inbox) -> Value {
    let one = |(to, count): (String, u64)| {
        let ids = inbox.message_ids(&to);
        (to, json!({ "count": count, "ids": ids }))
    };
    Value::Object(inbox.recipients().into_iter().map(one).collect::<Map<_, _>>())
}
