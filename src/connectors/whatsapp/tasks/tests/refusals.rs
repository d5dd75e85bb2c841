//! The inputs that each task refuses before anything is sent, and the messages.

use serde_json::{Value, json};

use super::problems;

/// The problems of a text template with one field set.
fn template(field: &str, value: Value) -> Vec<String> {
    let mut input = json!({"name": "promo", "language-code": "en_US"});
    input[field] = value;
    problems("send-text-based-template-message", input)
}

#[track_caller]
fn buttons(entries: Value, expected: &[&str]) {
    assert_eq!(template("button-parameters", entries), expected);
}

#[test]
fn any_field() {
    assert_eq!(
        template("bodyparameters", json!(["Ann"])),
        ["input: unknown field \"bodyparameters\" (did you mean body-parameters?)"]
    );
    assert_eq!(
        template("body-parameters", json!("Ann")),
        ["body-parameters: wanted a list, got text. Write [\"Ann\"]"]
    );
    assert_eq!(template("name", json!("Promo")), ["name: \"Promo\": lower-case letters, digits and _ only"]);
    assert_eq!(template("name", json!("a".repeat(513))), ["name: 513 characters, at most 512"]);
    assert_eq!(template("language-code", json!("en US")), ["language-code: \"en US\": no spaces allowed"]);
}

#[test]
fn parameters() {
    let empty = "empty; the API refuses empty parameters. Add a default: {{ x | default('there', true) }}";
    let broken = "contains a line break (or a tab, or more than four spaces in a row); the API refuses this";
    let name = "lower-case letters, digits and _ only";
    for (entries, expected) in [
        (json!(["Ann", ""]), vec![format!("body-parameters[1]: {empty}")]),
        (json!([null, "a"]), vec![format!("body-parameters[0]: {empty}")]),
        (
            json!(["a\nb", "a\rb", "a\tb", "a     b", "a    b"]),
            (0..4).map(|at| format!("body-parameters[{at}]: {broken}")).collect(),
        ),
        (json!(["ä".repeat(40_001)]), vec!["body-parameters[0]: 40001 characters, at most 32768".to_owned()]),
        (
            json!(["Ann", {"name": "day", "text": "Monday"}]),
            vec!["body-parameters: named and positional parameters are mixed; use only one kind".to_owned()],
        ),
        (
            json!([{"name": "First Name", "text": "Ann"}]),
            vec![format!("body-parameters[0].name: \"First Name\": {name}")],
        ),
        (
            json!([{"name": "day", "text": "a"}, {"name": "day", "text": "b"}]),
            vec!["body-parameters[1].name: \"day\" is given twice".to_owned()],
        ),
        (
            json!([{"name": "day", "value": "Monday"}]),
            vec!["body-parameters[0]: unknown key \"value\"".to_owned(), format!("body-parameters[0].text: {empty}")],
        ),
        (json!([{"text": "Monday"}]), vec!["body-parameters[0].name: required, but empty".to_owned()]),
        (
            json!([{"name": ["a"], "text": 1.5}]),
            vec![
                "body-parameters[0].name: wanted text, got a list".to_owned(),
                "body-parameters[0].text: wanted text, got a number; put it in quotes: \"1.5\"".to_owned(),
            ],
        ),
        (json!([["a"]]), vec!["body-parameters[0]: wanted text, got a list".to_owned()]),
    ] {
        assert_eq!(template("body-parameters", entries), expected);
    }
    assert_eq!(
        template("header-parameters", json!(["a", "b"])),
        ["header-parameters: 2 entries; a header has at most one variable"]
    );
    let mixed = json!({
        "name": "promo", "language-code": "en_US", "header-parameters": ["Summer"],
        "body-parameters": [{"name": "day", "text": "Monday"}],
    });
    assert_eq!(
        problems("send-text-based-template-message", mixed),
        ["body-parameters: named and positional parameters are mixed; use only one kind"]
    );
}

#[test]
fn button_parameters() {
    buttons(
        json!(["0;url"]),
        &["button-parameters[0]: \"0;url\": write index;type;value, for example 0;quick_reply;randomvalue"],
    );
    buttons(
        json!([""]),
        &["button-parameters[0]: empty; write index;type;value, for example 0;quick_reply;randomvalue"],
    );
    buttons(json!(["x;url;a"]), &["button-parameters[0]: index \"x\": a whole number from 0 to 9"]);
    for index in ["10", "-1", "1.0", "", "٣"] {
        let expected = format!("button-parameters[0]: index \"{index}\": a whole number from 0 to 9");
        buttons(json!([{"index": index, "type": "url", "value": "a"}]), &[&expected]);
    }
    buttons(json!(["0;flow;a"]), &["button-parameters[0]: type \"flow\": quick_reply, url or copy_code"]);
    buttons(json!(["0;url;"]), &["button-parameters[0]: the value is empty"]);
    buttons(
        json!(["0;quick_reply;a\nb"]),
        &[
            "button-parameters[0]: contains a line break (or a tab, or more than four spaces in a row); the API refuses this",
        ],
    );
    buttons(
        json!(["0;copy_code;123456789012345678901"]),
        &["button-parameters[0]: a copy_code has at most 20 characters, this has 21"],
    );
    buttons(
        json!([format!("0;url;{}", "a".repeat(2001))]),
        &["button-parameters[0]: a url has at most 2000 characters, this has 2001"],
    );
    buttons(
        json!(["0;url;a", {"index": 0, "type": "url", "value": "b"}]),
        &["button-parameters[1]: index 0 is given twice"],
    );
    for entry in [json!({"index": 0, "type": "url"}), json!({"index": 0, "type": "url", "value": "a", "text": "b"})] {
        buttons(json!([entry]), &["button-parameters[0]: a mapping needs index, type and value"]);
    }
    buttons(
        json!(["x;flow;"]),
        &[
            "button-parameters[0]: index \"x\": a whole number from 0 to 9",
            "button-parameters[0]: type \"flow\": quick_reply, url or copy_code",
            "button-parameters[0]: the value is empty",
        ],
    );
}

#[test]
fn media() {
    let of = |short, kind: &str, source: &str| {
        let mut input = json!({"media-type": kind, "id-or-link": source});
        if short == "send-media-based-template-message" {
            input["name"] = json!("promo");
            input["language-code"] = json!("en_US");
        }
        problems(short, input)
    };
    for short in ["send-media-message", "send-media-based-template-message"] {
        assert_eq!(of(short, "image", "https://"), ["id-or-link: \"https://\": not a URL"]);
        assert_eq!(of(short, "image", "1 2"), ["id-or-link: \"1 2\": no spaces allowed"]);
        for (source, why) in [
            (
                "invoices/0042.pdf",
                "an id is digits; upload the file and give its id, or give a link that begins with https://",
            ),
            (
                "C:\\docs\\a.pdf",
                "an id is digits; upload the file and give its id, or give a link that begins with https://",
            ),
            ("http5", "an id is digits; upload the file and give its id, or give a link that begins with https://"),
            ("file:///srv/a.pdf", "only links with http and https can be sent"),
            ("ftp://example.com/a.pdf", "only links with http and https can be sent"),
            ("www.example.com/a.pdf", "write https://www.example.com/a.pdf"),
        ] {
            let said = of(short, "document", source);
            assert!(
                said.len() == 1 && said[0].starts_with("id-or-link: ") && said[0].ends_with(why),
                "{source}: {said:?}"
            );
        }
    }
    assert_eq!(
        of("send-media-based-template-message", "Image", "1"),
        ["media-type: \"Image\": one of image, video, document (did you mean image?)"]
    );
    assert_eq!(
        of("send-media-based-template-message", "audio", "1"),
        ["media-type: \"audio\": one of image, video, document"]
    );
    assert_eq!(
        of("send-media-message", "sticker", "1"),
        ["media-type: \"sticker\": one of image, audio, document, video"]
    );
    let long = json!({"media-type": "image", "id-or-link": "1", "caption": "a".repeat(1100)});
    assert_eq!(problems("send-media-message", long), ["caption: 1100 characters, at most 1024"]);
}

#[test]
fn coordinates() {
    let at = |latitude: Value, longitude: Value| {
        let input = json!({"latitude": latitude, "longitude": longitude, "location-name": "Store 7", "address": "x"});
        problems("send-location-message", input)
    };
    assert_eq!(at(json!(""), json!(0)), ["latitude: required, but empty"]);
    assert_eq!(at(json!("25,12"), json!(0)), ["latitude: \"25,12\": write a decimal number with a point"]);
    assert_eq!(
        at(json!(121.5), json!("180.1")),
        [
            "latitude: 121.5 is not between -90 and 90. Are latitude and longitude swapped?",
            "longitude: 180.1 is not between -180 and 180",
        ]
    );
}

#[test]
fn one_time_password() {
    let password = |password| {
        let input = json!({"name": "otp", "language-code": "en_US", "one-time-password": password});
        problems("send-authentication-template-message", input)
    };
    assert_eq!(password("1234567890123456"), ["one-time-password: 16 characters, at most 15"]);
    for broken in ["12 34", " 1234", "1234\n"] {
        assert_eq!(password(broken), ["one-time-password: must not contain spaces or line breaks"]);
    }
    assert_eq!(password(""), ["one-time-password: required, but empty"]);
}

#[test]
fn text() {
    let text = |body: &str, preview: &str| problems("send-text-message", json!({"body": body, "preview-url": preview}));
    assert_eq!(text(&"ä".repeat(4100), "true"), ["body: 4100 characters, at most 4096"]);
    assert_eq!(text("Hi", "TRUE"), ["preview-url: \"TRUE\": true or false (try {{ preview | lower }})"]);
    assert_eq!(
        problems("send-text-message", json!({"body": ["a"], "preview-url": true})),
        ["body: wanted text, got a list"]
    );
}

#[test]
fn contact() {
    let mut input = json!({
        "first-name": "Ann", "phone-number": "+15559", "phone-number-type": "none", "email": "a@x.de",
        "email-type": "none", "birthday": "02/01/1990",
    });
    assert_eq!(
        problems("send-contact-message", input.clone()),
        [
            "phone-number-type: none, but a phone-number is given. Set its type",
            "email-type: none, but an email is given. Set its type",
            "birthday: \"02/01/1990\": write a date as YYYY-MM-DD",
        ]
    );
    input = json!({"first-name": "Ann", "phone-number-type": "cell", "email": "a b@x.de", "email-type": "none"});
    assert_eq!(
        problems("send-contact-message", input),
        [
            "phone-number-type: \"cell\": one of none, CELL, MAIN, PHONE, IPHONE, HOME, WORK (did you mean CELL?)",
            "email: \"a b@x.de\": no spaces allowed",
        ]
    );
}

#[test]
fn interactive() {
    let input = json!({
        "header-text": "a".repeat(61), "body-text": "a".repeat(1025), "footer-text": "a".repeat(61),
        "button-display-text": "a".repeat(21), "button-url": "example.com",
    });
    assert_eq!(
        problems("send-interactive-call-to-action-url-button-message", input),
        [
            "header-text: 61 characters, at most 60",
            "body-text: 1025 characters, at most 1024",
            "footer-text: 61 characters, at most 60",
            "button-display-text: 21 characters, at most 20",
            "button-url: \"example.com\": write a full URL that starts with https://",
        ]
    );
}
