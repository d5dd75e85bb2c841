use proptest::prelude::*;
use serde_json::json;

use super::*;

fn templates() -> AccountTemplates {
    let body = |text: &str| json!({ "type": "BODY", "text": text });
    let plain = |name: &str, components: Value| json!({ "name": name, "language": "en", "status": "APPROVED", "category": "UTILITY", "components": components });
    let of = |name: &str, key: &str, value: &str| {
        let mut template = plain(name, json!([body("Hello {{1}}")]));
        template[key] = value.into();
        template
    };
    AccountTemplates::new([
        plain("order_update", json!([body("Hi {{1}}, order {{2}} comes {{3}}.")])),
        of("order_update", "language", "de"),
        of("waits", "status", "PAUSED"),
        {
            let mut named = plain("named", json!([body("Hi {{first_name}}, {{day}}?")]));
            named["parameter_format"] = "NAMED".into();
            named
        },
        plain("title", json!([{ "type": "header", "format": "text", "text": "Dear {{1}}" }, body("Hello")])),
        plain("bill", json!([{ "type": "HEADER", "format": "DOCUMENT" }, body("Hi {{1}}")])),
        plain("pickup", json!([{ "type": "HEADER", "format": "LOCATION" }, body("Hi")])),
        plain(
            "track",
            json!([body("Hi"), { "type": "BUTTONS", "buttons": [
            { "type": "QUICK_REPLY", "text": "Thanks" },
            { "type": "URL", "text": "Track", "url": "https://example.com/t/{{1}}" },
            { "type": "COPY_CODE", "text": "Copy" },
            { "type": "URL", "text": "Home", "url": "https://example.com" },
        ] }]),
        ),
        {
            let mut code = plain(
                "otp",
                json!([{ "type": "BODY", "text": "{{1}} is it", "add_security_recommendation": true },
                { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Copy", "url": "https://www.whatsapp.com/otp/{{1}}" }] }]),
            );
            code["category"] = "AUTHENTICATION".into();
            code
        },
        plain("cards", json!([body("Look"), { "type": "CAROUSEL", "cards": [] }])),
    ])
}

/// The problems of a message with these components: errors, then warnings with a `?`.
fn said(name: &str, language: &str, components: Value) -> String {
    let mut template = json!({ "name": name, "language": { "code": language } });
    if components != json!([]) {
        template["components"] = components;
    }
    let body = json!({ "messaging_product": "whatsapp", "to": "+1", "type": "template", "template": template });
    let Breaches { errors, warnings } = templates().check(body.to_string().as_bytes());
    let errors = errors.iter().map(ToString::to_string);
    errors.chain(warnings.iter().map(|warning| format!("? {warning}"))).collect::<Vec<_>>().join("\n")
}

fn texts(kind: &str, texts: &[&str]) -> Value {
    let parameters: Vec<Value> = texts.iter().map(|text| json!({ "type": "text", "text": text })).collect();
    json!({ "type": kind, "parameters": parameters })
}

#[expect(clippy::needless_pass_by_value, reason = "a test reads better without the ampersands")]
fn button(index: &str, sub_type: &str, parameter: Value) -> Value {
    json!({ "type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter] })
}

#[test]
fn what_fits_is_said_nothing_about() {
    let url = || button("1", "url", json!({ "type": "text", "text": "42" }));
    let code = || button("2", "copy_code", json!({ "type": "coupon_code", "coupon_code": "SAVE10" }));
    let reply = button("0", "quick_reply", json!({ "type": "payload", "payload": "YES" }));
    let named = |name: &str| json!({ "type": "text", "parameter_name": name, "text": "x" });
    for (name, components) in [
        ("order_update", json!([texts("body", &["Ann", "7", "today"])])),
        ("named", json!([{ "type": "body", "parameters": [named("day"), named("first_name")] }])),
        ("title", json!([texts("header", &["Ann"])])),
        (
            "bill",
            json!([{ "type": "header", "parameters": [{ "type": "document", "document": { "link": "https://x.de/a" } }] },
            texts("body", &["Ann"])]),
        ),
        (
            "pickup",
            json!([{ "type": "header", "parameters": [{ "type": "location", "location": { "latitude": "1" } }] }]),
        ),
        ("track", json!([url(), code()])),
        ("track", json!([reply, url(), code()])),
        ("otp", json!([texts("body", &["123"]), button("0", "url", json!({ "type": "text", "text": "123" }))])),
    ] {
        assert_eq!(said(name, "en", components), "", "{name}");
    }
    assert_eq!(templates().check(br#"{"type":"text","text":{"body":"Hi"}}"#), Breaches::default());
}

#[test]
fn what_does_not_fit_is_said_in_the_words_of_the_recipe() {
    let url = || button("1", "url", json!({ "type": "text", "text": "42" }));
    let code = || button("2", "copy_code", json!({ "type": "coupon_code", "coupon_code": "SAVE10" }));
    let image = json!({ "type": "header", "parameters": [{ "type": "image", "image": { "id": "1" } }] });
    let named = |name: &str| json!({ "type": "text", "parameter_name": name, "text": "x" });
    let cases = [
        said("order_updat", "en", json!([])),
        said("order_update", "en_US", json!([])),
        said("waits", "en", json!([texts("body", &["Ann"])])),
        said("order_update", "en", json!([texts("body", &["Ann", "7"])])),
        said("order_update", "en", json!([])),
        said("order_update", "en", json!([texts("header", &["x"]), texts("body", &["Ann", "7", "today"])])),
        said("order_update", "en", json!([{ "type": "body", "parameters": [named("a"), named("b"), named("c")] }])),
        said("named", "en", json!([texts("body", &["Ann", "Monday"])])),
        said("named", "en", json!([{ "type": "body", "parameters": [named("fist_name"), named("day")] }])),
        said("title", "en", json!([])),
        said("bill", "en", json!([image.clone(), texts("body", &["Ann"])])),
        said("bill", "en", json!([texts("body", &["Ann"])])),
        said("pickup", "en", json!([image])),
        said("track", "en", json!([code()])),
        said("track", "en", json!([url(), code(), button("3", "url", json!({ "type": "text", "text": "x" }))])),
        said("track", "en", json!([url(), code(), button("7", "url", json!({ "type": "text", "text": "x" }))])),
        said("track", "en", json!([url(), button("2", "url", json!({ "type": "text", "text": "x" }))])),
        said("otp", "en", json!([texts("body", &["123"])])),
        said(
            "bill",
            "en",
            json!([texts("body", &["123"]), button("0", "url", json!({ "type": "text", "text": "123" }))]),
        ),
        said("cards", "en", json!([])),
    ];
    insta::assert_snapshot!(cases.join("\n--\n"));
}

#[test]
fn filled_texts_are_measured() {
    let long = "x".repeat(1020);
    insta::assert_snapshot!(said("order_update", "en", json!([texts("body", &[&long, "7", "today"])])), @"? body-parameters: the text of the template order_update (en) has more than 1024 characters once filled; the API may refuse it");
    let ending = button("1", "url", json!({ "type": "text", "text": "x".repeat(1990) }));
    let code = button("2", "copy_code", json!({ "type": "coupon_code", "coupon_code": "SAVE10" }));
    let said = said("track", "en", json!([ending, code]));
    assert!(said.contains("button-parameters[0]") && said.contains("at most 2000"), "{said}");
}

#[test]
fn rows_with_the_same_mistake_are_told_the_same() {
    let one = said("order_update", "en", json!([texts("body", &["Ann", "7"])]));
    assert_eq!(one, said("order_update", "en", json!([texts("body", &["Jürgen", "8"])])));
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("type"),
        Just("text"),
        Just("format"),
        Just("buttons"),
        Just("components"),
        Just("name"),
        Just("language")
    ];
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(7)),
        "(HEADER|BODY|BUTTONS|URL|\\{\\{[a-z1-9]?\\}\\}|\\{\\{|[a-z]{0,3})".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_the_api_says_is_read_without_harm(mut template in any_json(), body in any_json()) {
        if let Value::Object(object) = &mut template {
            object.insert("name".to_owned(), "t".into());
            object.insert("language".to_owned(), "en".into());
        }
        let templates = AccountTemplates::new([template]);
        let message = json!({ "template": { "name": "t", "language": { "code": "en" }, "components": body } });
        templates.check(message.to_string().as_bytes());
        templates.check(body.to_string().as_bytes());
        templates.iter().for_each(|template| assert!(template.recipe().starts_with("task: ")));
    }
}
