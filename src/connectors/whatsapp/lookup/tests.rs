//! Lookups at a server that answers from a script.

use serde_json::json;

use super::*;
use crate::connectors::capabilities::TemplateSet;
use crate::connectors::hostile::{Act, Hostile, answer};
use crate::model::{DailyLimit, Endpoint};

/// The result of a lookup over an open connection to `base`.
async fn ask<T: Send + 'static>(base: String, question: impl FnOnce(&Meta) -> T + Send + 'static) -> T {
    let settings = [("base-url", base.as_str()), ("phone-number-id", "1065"), ("api-version", "v23.0")];
    let endpoint = Endpoint::from(settings);
    let asked = tokio::task::spawn_blocking(move || {
        let token = &"EAAGcanary0123456789".into();
        let inquiry = Inquiry { endpoint: &endpoint, account: Some("102"), token, timeout: Duration::from_secs(5) };
        question(&Meta::open(&inquiry).unwrap())
    });
    asked.await.unwrap()
}

/// A server that answers one question after the other.
async fn server(answers: &[(&str, String)]) -> Hostile {
    let script = answers.iter().flat_map(|(status, body)| [Act::Request, answer(status, "", body)]);
    Hostile::start(script.collect::<Vec<_>>()).await
}

fn template(name: &str, language: &str) -> Value {
    json!({"name": name, "language": language, "status": "APPROVED", "components": [{"type": "BODY", "text": "Hello"}]})
}

fn page(templates: &[Value], after: Option<&str>, next: Option<&str>) -> (&'static str, String) {
    let paging = json!({"cursors": {"before": "x", "after": after}, "next": next});
    ("200 OK", json!({"data": templates, "paging": paging}).to_string())
}

/// The first lines of what the server was asked.
fn questions(server: &Hostile) -> Vec<String> {
    server.requests().iter().map(|request| request.head.lines().next().unwrap_or_default().to_owned()).collect()
}

fn names(templates: &AccountTemplates) -> Vec<String> {
    templates.iter().map(|template| format!("{} {}", template.name, template.language)).collect()
}

#[tokio::test]
async fn pages_are_followed_by_their_cursor() {
    let elsewhere = Hostile::start([Act::Request, answer("200 OK", "", r#"{"data":[]}"#)]).await;
    let next = format!("{}/v23.0/102/message_templates?access_token=x", elsewhere.url());
    let server = server(&[
        page(&[template("b", "en")], Some("two&="), Some(&next)),
        page(&[], Some("three"), Some(&next)),
        page(&[template("a", "de"), template("b", "de"), template("b", "en"), json!({"x": 1})], Some("three"), None),
    ])
    .await;
    let templates = ask(server.url(), |lookup| lookup.templates(None)).await.unwrap();
    assert_eq!(names(&templates), ["a de", "b de", "b en"]);
    assert_eq!(TemplateSet::unread(&templates), 1);
    let path = "GET /v23.0/102/message_templates?limit=100";
    let asked = [path, &format!("{path}&after=two%26%3D"), &format!("{path}&after=three")];
    assert_eq!(questions(&server), asked.map(|asked| format!("{asked} HTTP/1.1")));
    assert_eq!((server.connections(), elsewhere.connections()), (1, 0));
}

#[tokio::test]
async fn a_list_without_an_end_is_left() {
    for (pages, part) in [
        (vec![page(&[], Some("a"), Some("x")), page(&[], Some("a"), Some("x"))], "in a circle"),
        (
            vec![page(&[], Some("a"), Some("x")), page(&[], Some("b"), Some("x")), page(&[], Some("a"), Some("x"))],
            "circle",
        ),
        (vec![page(&[], None, Some("x"))], "does not say where"),
        (vec![page(&[], Some(""), Some("x"))], "does not say where"),
        (vec![("200 OK", "{}".to_owned())], "not a list of templates"),
        (vec![("200 OK", "[]".to_owned())], "not a JSON object"),
        (vec![("200 OK", "<html>".to_owned())], "not a JSON object"),
    ] {
        let server = server(&pages).await;
        let error = ask(server.url(), |lookup| lookup.templates(None)).await.unwrap_err();
        assert!(error.kind == LookupFailure::NotUnderstood && error.message.contains(part), "{error:?}");
    }
    let pages: Vec<_> = (0..=PAGES).map(|at| page(&[], Some(&at.to_string()), Some("x"))).collect();
    let server = server(&pages).await;
    let error = ask(server.url(), |lookup| lookup.templates(None)).await.unwrap_err();
    assert_eq!((error.kind, server.requests().len()), (LookupFailure::NotUnderstood, PAGES), "{error:?}");
}

#[tokio::test]
async fn one_name_is_asked_for_and_all_if_it_is_not_there() {
    let found = server(&[page(&[template("order", "en"), template("orders", "en")], None, None)]).await;
    let templates = ask(found.url(), |lookup| lookup.templates(Some("order"))).await.unwrap();
    assert_eq!(names(&templates), ["order en"]);
    assert_eq!(questions(&found), ["GET /v23.0/102/message_templates?limit=100&name=order HTTP/1.1"]);

    let missing = server(&[page(&[], None, None), page(&[template("orders", "en")], None, None)]).await;
    let templates = ask(missing.url(), |lookup| lookup.templates(Some("order"))).await.unwrap();
    assert_eq!(names(&templates), ["orders en"]);
    assert_eq!(missing.requests().len(), 2);
}

#[tokio::test]
async fn a_number_is_asked_for_what_it_may_send() {
    let node = json!({"throughput": {"level": "STANDARD"}, "whatsapp_business_manager_messaging_limit": "TIER_2K"});
    let server = server(&[("200 OK", node.to_string())]).await;
    let allowance = ask(server.url(), |lookup| lookup.allowance(None)).await.unwrap();
    assert_eq!(allowance.recipients_per_day, Some(DailyLimit::AtMost(2000)));
    let fields = "display_phone_number%2Cverified_name%2Cquality_rating%2Cthroughput";
    let asked = format!("GET /v23.0/1065?fields={fields}%2Cwhatsapp_business_manager_messaging_limit HTTP/1.1");
    assert_eq!(questions(&server), [asked]);
}

#[tokio::test]
async fn an_older_version_is_asked_for_the_older_limit() {
    let unknown = r#"{"error":{"code":100,"message":"(#100) Tried accessing nonexisting field"}}"#;
    let node = json!({"messaging_limit_tier": "TIER_1K"});
    let server = server(&[("400 Bad Request", unknown.to_owned()), ("200 OK", node.to_string())]).await;
    let allowance = ask(server.url(), |lookup| lookup.allowance(Some("77"))).await.unwrap();
    assert_eq!(allowance.recipients_per_day, Some(DailyLimit::AtMost(1000)));
    assert!(questions(&server)[1].starts_with("GET /v23.0/77?fields="), "{:?}", questions(&server));
}

#[tokio::test]
async fn a_refusal_has_a_way_out() {
    for (status, body, said, help) in [
        (
            "401 Unauthorized",
            r#"{"error":{"code":190,"message":"Session has expired"}}"#,
            "the API refused to say: 190: Session has expired",
            "replace the access token; it is expired or invalid",
        ),
        (
            "403 Forbidden",
            r#"{"error":{"code":10,"message":"denied"}}"#,
            "the API refused to say: 10: denied",
            "grant the token `whatsapp_business_management` for this account",
        ),
        (
            "400 Bad Request",
            r#"{"error":{"code":100,"error_subcode":33,"message":"Object does not exist"}}"#,
            "the API refused to say: 100: Object does not exist",
            "check `waba-id` and `phone-number-id`, and that the token may read them",
        ),
        (
            "400 Bad Request",
            r#"{"error":{"code":77777}}"#,
            "the API refused to say: 77777: HTTP 400 with code 77777",
            "look the code up in Meta's error list",
        ),
        (
            "404 Not Found",
            "<html>",
            "the API refused to say: HTTP 404",
            "check `base-url`, `api-version` and `waba-id` in the connection",
        ),
        ("502 Bad Gateway", "", "the API refused to say: HTTP 502", "try again later"),
        (
            "400 Bad Request",
            r#"{"error":{"message":"odd"}}"#,
            "the API refused to say: HTTP 400: odd",
            "check the connection",
        ),
    ] {
        let server = server(&[(status, body.to_owned())]).await;
        let error = ask(server.url(), |lookup| lookup.templates(None)).await.unwrap_err();
        let expected = (LookupFailure::Refused, said, Some(help));
        assert_eq!((error.kind, error.message.as_str(), error.help.as_deref()), expected);
    }
}

#[test]
fn what_is_not_configured_is_not_asked() {
    let endpoint = Endpoint::from([("base-url", "http://127.0.0.1:9")]);
    let token = &"EAAGcanary0123456789".into();
    let inquiry = Inquiry { endpoint: &endpoint, account: None, token, timeout: Duration::from_secs(1) };
    let lookup = Meta::open(&inquiry).unwrap();
    for error in [
        lookup.templates(None).unwrap_err(),
        lookup.allowance(None).unwrap_err(),
        lookup.allowance(Some("../102")).unwrap_err(),
    ] {
        assert_eq!(error.kind, LookupFailure::NotConfigured, "{error:?}");
    }
}
