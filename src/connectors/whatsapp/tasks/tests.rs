//! The table, and the rules of all tasks. Bodies and refusals of the tasks have their own files.

mod bodies;
mod refusals;

use std::borrow::Cow;

use serde_json::json;

use super::TASKS;
use crate::model::{Built, Endpoint, FieldError, Number, Origin, TaskEntry, Value};

const ID: &str = "106540352242922";

fn endpoint(settings: &[(&str, &str)]) -> Endpoint {
    settings.iter().copied().collect()
}

fn task(short: &str) -> &'static TaskEntry {
    TASKS.iter().find(|task| task.short() == short).unwrap()
}

/// An input as a recipe would have it, its numbers unquoted.
fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => Value::Number(Number { text: number.to_string(), origin: Origin::Recipe }),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(entries) => Value::List(entries.into_iter().map(value).collect()),
        serde_json::Value::Object(keys) => Value::Map(keys.into_iter().map(|(key, of)| (key, value(of))).collect()),
    }
}

fn build_at(short: &str, input: serde_json::Value, endpoint: &Endpoint) -> Result<Built, Vec<FieldError>> {
    let Value::Map(input) = value(input) else { panic!("an input is a mapping") };
    let input: Vec<_> = input.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value))).collect();
    (task(short).build)(&input, endpoint)
}

/// Builds with a recipient and a sender in place, unless the input has its own.
fn build(short: &str, mut input: serde_json::Value) -> Result<Built, Vec<FieldError>> {
    input.as_object_mut().unwrap().entry("to").or_insert_with(|| json!("+16505551234"));
    build_at(short, input, &endpoint(&[("phone-number-id", ID)]))
}

/// The problems of an input, one line each.
fn problems(short: &str, input: serde_json::Value) -> Vec<String> {
    build(short, input).expect_err("a refusal").iter().map(ToString::to_string).collect()
}

#[test]
fn the_table_is_complete_and_documented() {
    let ids: Vec<_> = TASKS.iter().map(|task| task.id).collect();
    assert_eq!(
        ids,
        [
            "TASK_SEND_TEXT_BASED_TEMPLATE_MESSAGE",
            "TASK_SEND_MEDIA_BASED_TEMPLATE_MESSAGE",
            "TASK_SEND_LOCATION_BASED_TEMPLATE_MESSAGE",
            "TASK_SEND_AUTHENTICATION_TEMPLATE_MESSAGE",
            "TASK_SEND_TEXT_MESSAGE",
            "TASK_SEND_MEDIA_MESSAGE",
            "TASK_SEND_LOCATION_MESSAGE",
            "TASK_SEND_CONTACT_MESSAGE",
            "TASK_SEND_INTERACTIVE_CALL_TO_ACTION_URL_BUTTON_MESSAGE",
        ]
    );
    for task in TASKS {
        assert!(task.short().starts_with("send-") && !task.summary.is_empty(), "{}", task.id);
        assert_eq!(task.outputs.contains(&"message-status"), task.id.contains("TEMPLATE"), "{}", task.id);
        assert_eq!(task.sends_template(), task.id.contains("TEMPLATE"), "{}", task.id);
        let names_one = ["name", "language-code"].map(|name| task.fields.iter().any(|field| field.name == name));
        assert_eq!(names_one, [task.sends_template(); 2], "{}: where the name of its template is read", task.id);
        for (at, field) in task.fields.iter().enumerate() {
            assert!(field.doc.ends_with('.'), "{}: {}", task.id, field.name);
            assert!(!task.fields[..at].iter().any(|earlier| earlier.name == field.name), "{}: {}", task.id, field.name);
        }
        assert_eq!((task.fields[0].name, task.fields[1].name), ("phone-number-id", "to"), "{}", task.id);
    }
}

#[test]
fn every_required_field_is_asked_for() {
    for task in TASKS {
        let refused = (task.build)(&[], &endpoint(&[("phone-number-id", ID)])).unwrap_err();
        let required: Vec<_> = task.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        assert_eq!(refused.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), required, "{}", task.id);
        assert!(refused.iter().all(|problem| problem.message == "required, but empty"), "{refused:?}");
    }
}

#[test]
fn the_request_around_the_body() {
    let text = |settings: &[(&str, &str)], id| {
        let input = json!({"phone-number-id": id, "to": "0151 23456789", "body": "Hello", "preview-url": false});
        build_at("send-text-message", input, &endpoint(settings))
    };
    let all = [("base-url", "http://127.0.0.1:9/"), ("api-version", "v99.0"), ("default-country", "DE")];
    let draft = text(&all, json!(106)).unwrap().draft;
    assert_eq!(draft.method, "POST");
    assert_eq!(draft.url, "http://127.0.0.1:9/v99.0/106/messages");
    assert_eq!(draft.lane.as_deref(), Some("+4915123456789"));
    let message = &draft.body.outline()[draft.message_at.unwrap() as usize..];
    assert_eq!(std::str::from_utf8(message).unwrap(), r#""type":"text","text":{"body":"Hello","preview_url":false}}"#);
    let few = [("phone-number-id", ID), ("default-country", "DE")];
    assert_eq!(text(&few, json!(null)).unwrap().draft.url, "https://graph.facebook.com/v23.0/106540352242922/messages");
    assert_eq!(
        text(&few, json!(" 7 ")).unwrap().draft.url,
        "https://graph.facebook.com/v23.0/7/messages",
        "the recipe's id wins"
    );
}

#[test]
fn the_sender_is_checked() {
    let sender = |settings: &[(&str, &str)], id| {
        let input = json!({"phone-number-id": id, "to": "+16505551234", "body": "Hello", "preview-url": false});
        build_at("send-text-message", input, &endpoint(settings)).unwrap_err()
    };
    let wrong = |message: &str| vec![FieldError::new("phone-number-id", message)];
    assert_eq!(sender(&[], json!("")), wrong("required, but empty; set it in the recipe or in the connection"));
    assert_eq!(sender(&[], json!("12a")), wrong("\"12a\": digits only"));
    assert_eq!(sender(&[("phone-number-id", "../me")], json!(null)), wrong("\"../me\": digits only"));
    assert_eq!(sender(&[], json!(["1"])), wrong("wanted text, got a list"));
    assert_eq!(sender(&[], json!("1 2")), wrong("\"1 2\": no spaces allowed"));
}

#[test]
fn the_recipient_is_checked() {
    let to = |to| problems("send-text-message", json!({"to": to, "body": "Hello", "preview-url": false}));
    assert_eq!(to(json!("")), ["to: required, but empty"]);
    assert_eq!(to(json!(" ")), ["to: required, but empty"]);
    assert_eq!(
        to(json!("0151 23456789")),
        ["to: \"0151 23456789\" has no country code. Write +<country code>…, or set default-country in the connection"]
    );
    let input = json!({"to": "+16505551234", "body": "Hello", "preview-url": false});
    let settings = endpoint(&[("phone-number-id", ID), ("default-country", "XQ")]);
    let refused = build_at("send-text-message", input, &settings).unwrap_err();
    assert_eq!(
        refused[0].to_string(),
        "to: default-country of the connection: \"XQ\" is not a country code; write the two letters of ISO 3166, \
         for example DE"
    );
}

#[test]
fn a_recipient_that_may_be_a_mistake_is_doubted() {
    let doubts = |to| {
        let input = json!({"to": to, "body": "Hello", "preview-url": false});
        let built = build("send-text-message", input).unwrap();
        (task("send-text-message").doubt)(&built.draft).map(|doubt| doubt.to_string())
    };
    assert_eq!(doubts("+4915123456789"), None);
    assert_eq!(doubts("+4930123456").unwrap(), "to: this is a landline number; few landlines have WhatsApp");
    assert_eq!(
        doubts("+498001234567").unwrap(),
        "to: this is a service number (toll-free, shared cost …); few service numbers have WhatsApp"
    );
    assert_eq!(doubts("+49151000").unwrap(), "to: no number plan contains this number; check it for typing errors");
}
