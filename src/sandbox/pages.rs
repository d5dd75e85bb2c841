//! The sandbox's own pages, which the API does not have: what was received, for tests and for people.
//!
//! Belongs here: reading the inbox over HTTP. Does not belong here: anything that changes it.

use hyper::{Method, Uri};
use serde_json::{Map, Value, json};

use super::answer::Reply;
use super::inbox::Inbox;

const WELCOME: &str = "\
This is a Rowcast sandbox: a stand-in for the WhatsApp Business Cloud API on this machine.
It delivers nothing to anyone.

POST /{version}/{phone-number-id}/messages            send a message
GET  /{version}/{phone-number-id}?fields=             what the number is and may send
GET  /{version}/{waba-id}/message_templates           the templates: ?name=&language=&status=&category=&fields=&limit=&after=
GET  /_sandbox/messages?after=N                       the last requests, after the one with number N
GET  /_sandbox/stats                                  the counts
GET  /_sandbox/deliveries                             the ids of the delivered messages by recipient

Any digits will do for an id.
";

/// The answer of one of our own pages; `None` where the address is not ours but the API's.
pub(super) fn page(inbox: &Inbox, method: &Method, uri: &Uri) -> Option<Reply> {
    let path = uri.path();
    if path != "/" && !path.starts_with("/_sandbox") {
        return None;
    }
    if method != Method::GET {
        return Some(Reply::json(405, &json!({ "error": "the sandbox's pages are read with GET" })));
    }
    Some(match path {
        "/" => Reply::new(200, "text/plain; charset=utf-8", WELCOME),
        "/_sandbox/messages" => Reply::json(200, &json!({ "messages": inbox.recent_after(after(uri)) })),
        "/_sandbox/stats" => Reply::json(200, &json!(inbox.stats())),
        "/_sandbox/deliveries" => Reply::json(200, &deliveries(inbox)),
        _ => Reply::json(404, &json!({ "error": "the sandbox has no such page" })),
    })
}

fn after(uri: &Uri) -> u64 {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == "after").find_map(|(_, n)| n.parse().ok()).unwrap_or(0)
}

fn deliveries(inbox: &Inbox) -> Value {
    let one = |(to, count): (String, u64)| {
        let ids = inbox.message_ids(&to);
        (to, json!({ "count": count, "ids": ids }))
    };
    Value::Object(inbox.recipients().into_iter().map(one).collect::<Map<_, _>>())
}
