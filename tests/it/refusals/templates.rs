//! Templates: names, parameters, buttons, one-time passwords.

use super::{TEMPLATE, case, refusals};

#[test]
fn template_parameters() {
    let (long, long_name) = ("x".repeat(32_769), "x".repeat(513));
    insta::assert_snapshot!(refusals(&[
        case(
            TEMPLATE,
            "name: promo, language-code: en_US, body-parameters: [\"{{ x }}\"]",
            "Ann    Lee",
            &["", "a\nb", "a\tb", "a     b", &long],
        ),
        case(
            TEMPLATE,
            "name: promo, language-code: en_US, header-parameters: \"{{ x | split(',') }}\", body-parameters: [a, b]",
            "Ann",
            &["Ann,Bob", "a\nb"],
        ),
        case(
            TEMPLATE,
            "name: promo, language-code: en_US, body-parameters: [{ name: day, text: \"{{ x }}\" }, { name: \"{{ x }}\", text: b }]",
            "name",
            &["day", "First Name"],
        ),
        case(TEMPLATE, "name: \"{{ x }}\", language-code: en_US", "promo", &["", "Promo", "a b", &long_name]),
    ]));
}

#[test]
fn template_buttons() {
    let url = format!("0;url;{}", "x".repeat(2001));
    insta::assert_snapshot!(refusals(&[case(
        TEMPLATE,
        "name: promo, language-code: en_US, button-parameters: [\"{{ x }}\", \"7;url;x\"]",
        "0;quick_reply;YES;NO",
        &[
            "",
            "0;url",
            "x;url;a",
            "10;url;a",
            "0;flow;a",
            "0;url;",
            "0;url;a\nb",
            "0;copy_code;123456789012345678901",
            &url,
            "7;url;a",
        ],
    )]));
}

#[test]
fn one_time_passwords_are_refused_without_being_shown() {
    insta::assert_snapshot!(refusals(&[case(
        "send-authentication-template-message",
        "name: otp, language-code: en_US, one-time-password: \"{{ x }}\"",
        "ABCDEFGHIJ12345",
        &["", "ABCDEFGHIJ123456", "A 123", "A123\n"],
    )]));
}
