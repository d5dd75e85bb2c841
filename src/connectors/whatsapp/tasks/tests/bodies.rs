//! The bytes that each task sends: with everything given, and with the least.

use serde_json::json;

use super::build;

const TO: &str = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551234","type":"#;

/// Builds without a warning and compares the content behind `"type":`.
#[track_caller]
fn sends(short: &str, input: serde_json::Value, content: &str) {
    let built = build(short, input).unwrap();
    assert_eq!(built.warnings, []);
    assert_eq!(std::str::from_utf8(&built.draft.body.outline()).unwrap(), format!("{TO}{content}"));
}

#[test]
fn text_based_template() {
    let short = "send-text-based-template-message";
    sends(
        short,
        json!({
            "name": "promo", "language-code": "en_US", "header-parameters": ["Summer"], "body-parameters": ["Ann", "1042"],
            "button-parameters": ["0;quick_reply;YES", "1;url;orders/1042", "2;copy_code;SAVE10"],
        }),
        concat!(
            r#""template","template":{"name":"promo","language":{"code":"en_US"},"components":["#,
            r#"{"type":"header","parameters":[{"type":"text","text":"Summer"}]},"#,
            r#"{"type":"body","parameters":[{"type":"text","text":"Ann"},{"type":"text","text":"1042"}]},"#,
            r#"{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"YES"}]},"#,
            r#"{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"orders/1042"}]},"#,
            r#"{"type":"button","sub_type":"copy_code","index":"2","parameters":[{"type":"coupon_code","coupon_code":"SAVE10"}]}]}}"#,
        ),
    );
    let least = r#""template","template":{"name":"promo","language":{"code":"en_US"}}}"#;
    sends(short, json!({"name": "promo", "language-code": "en_US"}), least);
    let empty = json!({"name": " promo ", "language-code": "en_US", "header-parameters": [], "body-parameters": "", "button-parameters": null});
    sends(short, empty, least);
}

#[test]
fn named_parameters() {
    sends(
        "send-text-based-template-message",
        json!({
            "name": "promo", "language-code": "en_US", "header-parameters": [{"name": "day", "text": "Monday"}],
            "body-parameters": [{"name": "first_name", "text": "Ann"}, {"text": 1042, "name": "order_id"}],
        }),
        concat!(
            r#""template","template":{"name":"promo","language":{"code":"en_US"},"components":["#,
            r#"{"type":"header","parameters":[{"type":"text","parameter_name":"day","text":"Monday"}]},"#,
            r#"{"type":"body","parameters":[{"type":"text","parameter_name":"first_name","text":"Ann"},"#,
            r#"{"type":"text","parameter_name":"order_id","text":"1042"}]}]}}"#,
        ),
    );
}

#[test]
fn buttons_keep_their_order_and_their_values() {
    sends(
        "send-text-based-template-message",
        json!({
            "name": "promo", "language-code": "en_US",
            "button-parameters": [" 9 ; url ; a?a=1;b=2 ", {"index": 2, "type": "copy_code", "value": 10}, {"value": "x;y", "type": "quick_reply", "index": "0"}],
        }),
        concat!(
            r#""template","template":{"name":"promo","language":{"code":"en_US"},"components":["#,
            r#"{"type":"button","sub_type":"url","index":"9","parameters":[{"type":"text","text":" a?a=1;b=2 "}]},"#,
            r#"{"type":"button","sub_type":"copy_code","index":"2","parameters":[{"type":"coupon_code","coupon_code":"10"}]},"#,
            r#"{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"x;y"}]}]}}"#,
        ),
    );
}

#[test]
fn media_based_template() {
    let short = "send-media-based-template-message";
    sends(
        short,
        json!({
            "name": "invoice", "language-code": "en_US", "media-type": "document", "id-or-link": "https://example.com/a.pdf",
            "filename": "invoice.pdf", "body-parameters": ["Ann"], "button-parameters": ["0;url;orders/1042"],
        }),
        concat!(
            r#""template","template":{"name":"invoice","language":{"code":"en_US"},"components":["#,
            r#"{"type":"header","parameters":[{"type":"document","document":{"link":"https://example.com/a.pdf","filename":"invoice.pdf"}}]},"#,
            r#"{"type":"body","parameters":[{"type":"text","text":"Ann"}]},"#,
            r#"{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"orders/1042"}]}]}}"#,
        ),
    );
    for kind in ["image", "video", "document"] {
        let input = json!({"name": "invoice", "language-code": "en_US", "media-type": kind, "id-or-link": 1_037_543_291_543_636_u64});
        let content = r#""template","template":{"name":"invoice","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"KIND","KIND":{"id":"1037543291543636"}}]}]}}"#;
        sends(short, input, &content.replace("KIND", kind));
    }
}

#[test]
fn location_based_template() {
    let short = "send-location-based-template-message";
    let mut input = json!({
        "name": "pickup", "language-code": "en_US", "latitude": "25.1234567", "longitude": "-121.50",
        "location-name": "Store 7", "address": "1 Hacker Way",
    });
    let least = concat!(
        r#""template","template":{"name":"pickup","language":{"code":"en_US"},"components":["#,
        r#"{"type":"header","parameters":[{"type":"location","location":{"latitude":"25.1234567","longitude":"-121.5","name":"Store 7","address":"1 Hacker Way"}}]}"#,
    );
    sends(short, input.clone(), &format!("{least}]}}}}"));
    input["body-parameters"] = json!(["Ann"]);
    input["button-parameters"] = json!(["0;quick_reply;ON_MY_WAY"]);
    let rest = concat!(
        r#",{"type":"body","parameters":[{"type":"text","text":"Ann"}]},"#,
        r#"{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"ON_MY_WAY"}]}]}}"#,
    );
    sends(short, input, &format!("{least}{rest}"));
}

#[test]
fn authentication_template() {
    sends(
        "send-authentication-template-message",
        json!({"name": "otp", "language-code": "en_US", "one-time-password": "A12345"}),
        concat!(
            r#""template","template":{"name":"otp","language":{"code":"en_US"},"components":["#,
            r#"{"type":"body","parameters":[{"type":"text","text":"A12345"}]},"#,
            r#"{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"A12345"}]}]}}"#,
        ),
    );
}

#[test]
fn text() {
    let short = "send-text-message";
    sends(
        short,
        json!({"body": "Your order: https://example.com/1042", "preview-url": true}),
        r#""text","text":{"body":"Your order: https://example.com/1042","preview_url":true}}"#,
    );
    sends(
        short,
        json!({"body": " \"ä\"\n", "preview-url": "false"}),
        r#""text","text":{"body":" \"ä\"\n","preview_url":false}}"#,
    );
    let longest = "ä".repeat(4096);
    sends(
        short,
        json!({"body": longest, "preview-url": false}),
        &format!(r#""text","text":{{"body":"{longest}","preview_url":false}}}}"#),
    );
}

#[test]
fn media() {
    let short = "send-media-message";
    sends(
        short,
        json!({"media-type": "document", "id-or-link": "https://example.com/a.pdf", "caption": "Your invoice", "filename": "invoice.pdf"}),
        r#""document","document":{"link":"https://example.com/a.pdf","filename":"invoice.pdf","caption":"Your invoice"}}"#,
    );
    sends(
        short,
        json!({"media-type": "image", "id-or-link": "1037543291543636", "caption": "New in store"}),
        r#""image","image":{"id":"1037543291543636","caption":"New in store"}}"#,
    );
    sends(
        short,
        json!({"media-type": "audio", "id-or-link": "1037543291543636"}),
        r#""audio","audio":{"id":"1037543291543636"}}"#,
    );
    sends(
        short,
        json!({"media-type": "video", "id-or-link": "HTTPS://example.com/a.mp4"}),
        r#""video","video":{"link":"HTTPS://example.com/a.mp4"}}"#,
    );
}

#[test]
fn location() {
    for (latitude, longitude, numbers) in [
        (json!("25.1234567"), json!("-121.50"), r#""latitude":25.1234567,"longitude":-121.5"#),
        (json!(25), json!(-0.0), r#""latitude":25,"longitude":0"#),
        (json!("90"), json!("-180.0"), r#""latitude":90,"longitude":-180"#),
        (json!("0.0000001"), json!("100"), r#""latitude":0.0000001,"longitude":100"#),
    ] {
        sends(
            "send-location-message",
            json!({"latitude": latitude, "longitude": longitude, "location-name": "Store 7", "address": "1 Hacker Way"}),
            &format!(r#""location","location":{{{numbers},"name":"Store 7","address":"1 Hacker Way"}}}}"#),
        );
    }
}

#[test]
fn contact() {
    let short = "send-contact-message";
    sends(
        short,
        json!({
            "first-name": "Ann", "middle-name": "B", "last-name": "Cole", "phone-number": "+15559",
            "phone-number-type": "WORK", "email": "ann@example.com", "email-type": "HOME", "birthday": "1990-01-02",
        }),
        concat!(
            r#""contacts","contacts":[{"name":{"formatted_name":"Ann B Cole","first_name":"Ann","middle_name":"B","last_name":"Cole"},"#,
            r#""phones":[{"phone":"+15559","type":"WORK"}],"emails":[{"email":"ann@example.com","type":"HOME"}],"birthday":"1990-01-02"}]}"#,
        ),
    );
    let least = r#""contacts","contacts":[{"name":{"formatted_name":"Ann","first_name":"Ann"}}]}"#;
    sends(short, json!({"first-name": "Ann"}), least);
    sends(short, json!({"first-name": "Ann", "phone-number-type": "WORK", "email-type": "none"}), least);
    sends(
        short,
        json!({"first-name": "Ann", "last-name": "Cole", "phone-number": "0 55 9", "email": "a@b.c"}),
        concat!(
            r#""contacts","contacts":[{"name":{"formatted_name":"Ann Cole","first_name":"Ann","last_name":"Cole"},"#,
            r#""phones":[{"phone":"0 55 9"}],"emails":[{"email":"a@b.c"}]}]}"#,
        ),
    );
}

#[test]
fn interactive() {
    let short = "send-interactive-call-to-action-url-button-message";
    sends(
        short,
        json!({
            "header-text": "Order 1042", "body-text": "Your order is on its way.", "footer-text": "Acme",
            "button-display-text": "Track it", "button-url": "https://example.com/t/1042",
        }),
        concat!(
            r#""interactive","interactive":{"type":"cta_url","header":{"type":"text","text":"Order 1042"},"#,
            r#""body":{"text":"Your order is on its way."},"footer":{"text":"Acme"},"#,
            r#""action":{"name":"cta_url","parameters":{"display_text":"Track it","url":"https://example.com/t/1042"}}}}"#,
        ),
    );
    sends(
        short,
        json!({"body-text": "Hi", "button-display-text": "Go", "button-url": "http://example.com"}),
        concat!(
            r#""interactive","interactive":{"type":"cta_url","body":{"text":"Hi"},"#,
            r#""action":{"name":"cta_url","parameters":{"display_text":"Go","url":"http://example.com"}}}}"#,
        ),
    );
}

#[test]
fn what_does_not_apply_is_left_out_with_a_warning() {
    let warned = |short, input| {
        let built = build(short, input).unwrap();
        let warnings: Vec<_> = built.warnings.iter().map(ToString::to_string).collect();
        (String::from_utf8(built.draft.body.outline().into_owned()).unwrap(), warnings)
    };
    let filename = "filename: ignored: only a document has a filename";
    let caption = "caption: ignored: audio has no caption";
    let mut input = json!({"media-type": "audio", "id-or-link": "1", "caption": "A", "filename": "a.mp3"});
    let (body, warnings) = warned("send-media-message", input.clone());
    assert_eq!(body, format!(r#"{TO}"audio","audio":{{"id":"1"}}}}"#));
    assert_eq!(warnings, [filename, caption]);
    input["media-type"] = json!("video");
    let (body, warnings) = warned("send-media-message", input);
    assert_eq!(body, format!(r#"{TO}"video","video":{{"id":"1","caption":"A"}}}}"#));
    assert_eq!(warnings, [filename]);
    let input =
        json!({"name": "a", "language-code": "de", "media-type": "image", "id-or-link": "1", "filename": "a.png"});
    let (body, warnings) = warned("send-media-based-template-message", input);
    assert!(!body.contains("a.png"));
    assert_eq!(warnings, [filename]);
    let input = json!({"name": "a", "language-code": "de", "header-parameters": ["h".repeat(61)], "body-parameters": ["x", "b".repeat(1025)]});
    let (_, warnings) = warned("send-text-based-template-message", input);
    assert_eq!(
        warnings,
        [
            "header-parameters[0]: 61 characters; the header of a template has at most 60, and the API may refuse more",
            "body-parameters[1]: 1025 characters; the body of a template has at most 1024, and the API may refuse more",
        ]
    );
}
