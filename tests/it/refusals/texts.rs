//! Texts, and texts with a button.

use super::{BUTTON, TEXT, case, refusals};

#[test]
fn texts() {
    let long = "x".repeat(4097);
    insta::assert_snapshot!(refusals(&[
        case(TEXT, "body: \"{{ x }}\", preview-url: false", " ", &["", &long]),
        case(TEXT, "body: Hi, preview-url: \"{{ x }}\"", "true", &["", "TRUE", "1"]),
        case(TEXT, "body: \"{{ x | split(',') if ',' in x else x }}\", preview-url: false", "a", &["a,b"]),
    ]));
}

#[test]
fn url_buttons() {
    let long = |length: usize| "ü".repeat(length + 1);
    let (short, body, button) = (long(60), long(1024), long(20));
    let url = "button-url: \"https://example.com\"";
    let both = format!("body-text: a, button-display-text: a, {url}");
    let (header, footer) =
        (format!("{both}, header-text: \"{{{{ x }}}}\""), format!("{both}, footer-text: \"{{{{ x }}}}\""));
    insta::assert_snapshot!(refusals(&[
        case(BUTTON, &header, &short[2..], &[&short]),
        case(BUTTON, &format!("button-display-text: a, {url}, body-text: \"{{{{ x }}}}\""), &body[2..], &[&body, ""]),
        case(BUTTON, &footer, &short[2..], &[&short]),
        case(
            BUTTON,
            &format!("body-text: a, {url}, button-display-text: \"{{{{ x }}}}\""),
            &button[2..],
            &[&button, ""]
        ),
        case(
            BUTTON,
            "body-text: a, button-display-text: b, button-url: \"{{ x }}\"",
            "http://example.com",
            &["", "example.com", "https://exam ple.com"],
        ),
    ]));
}
