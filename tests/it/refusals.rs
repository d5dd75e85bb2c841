//! What no row may be: every rule of every task, broken once. Nothing is sent, not even the good row before the bad ones.

use rowcast::diag::cell_lines;

use crate::support::{Bench, Outcome, sandbox};

/// A recipe whose column `x` goes into one field, a value of `x` that is good, and values that are refused with the problem.
struct Case<'a> {
    task: &'a str,
    input: &'a str,
    good: &'a str,
    bad: &'a [(&'a str, &'a str)],
}

const TEMPLATE: &str = "send-text-based-template-message";
const TEXT: &str = "send-text-message";
const MEDIA: &str = "send-media-message";
const PLACE: &str = "send-location-message";
const CARD: &str = "send-contact-message";
const BUTTON: &str = "send-interactive-call-to-action-url-button-message";

const EMPTY: &str = "empty; the API refuses empty parameters. Give a default: {{ x | default('there', true) }}";
const BROKEN: &str = "holds a line break (or tab, or more than four spaces in a row); the API refuses it";

/// Runs a case against a sandbox that counts, over a connection with these further keys.
fn refused(keys: &str, task: &str, input: &str, cells: &[&str]) -> Outcome {
    let sandbox = sandbox(&[]);
    let bench = Bench::new();
    let to = if input.contains("to: ") { "" } else { "to: \"+16505551234\", " };
    bench.file(
        "r.yaml",
        format!(
            "version: 1\nconnection: {{ type: whatsapp, token: \"{{{{ env.WHATSAPP_TOKEN }}}}\", base-url: \"{}\", {keys} }}\n\
             task: {task}\ndata: list.csv\ninput: {{ {to}{input} }}\n",
            sandbox.url()
        ),
    );
    let mut list = csv::Writer::from_path(bench.path().join("list.csv")).unwrap();
    // The third column keeps the last row from being empty, and so from being none.
    list.write_record(["x", "other", "kept"]).unwrap();
    for cell in cells {
        list.write_record([cell, "", "y"]).unwrap();
    }
    list.flush().unwrap();
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    assert_eq!(sandbox.inbox().total_requests(), 0, "{task}: {input}");
    assert!(!bench.path().join("runs").exists(), "{task}: {input}");
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.ends_with("; nothing was sent\n"), "{}", outcome.stderr);
    outcome
}

/// Every bad value is told with its line, its row, its field, its column and its cell, and nothing else is.
fn check_with(keys: &str, case: &Case<'_>) {
    let Case { task, input, good, bad } = case;
    let cells: Vec<&str> = [*good].into_iter().chain(bad.iter().map(|(cell, _)| *cell)).collect();
    let outcome = refused(keys, task, input, &cells);
    let mut line = 3;
    let mut expected = String::new();
    for (row, (cell, problem)) in (2..).zip(*bad) {
        expected.extend([format!("error: list.csv:{line}: row {row}: {problem}\n")]);
        // A one-time password is not shown, not even the wrong one.
        let shown = (!input.contains("one-time-password: \"{{ x")).then_some(*cell);
        expected.extend([format!("  {}\n", cell_lines([("x", shown)])[0])]);
        line += 1 + cell.matches('\n').count();
    }
    let rows = cells.len();
    let noun = format!("{rows} rows checked: 1 ready to send, {} invalid; nothing was sent\n", bad.len());
    assert_eq!(outcome.stderr, expected + &noun, "{task}: {input}");
}

#[track_caller]
fn check(case: &Case<'_>) {
    check_with("phone-number-id: 106540352242922", case);
}

#[test]
fn recipients() {
    let case = |good, bad| Case { task: TEXT, input: "to: \"{{ x }}\", body: Hi, preview-url: false", good, bad };
    check(&case(
        "+1 (650) 555-1234",
        &[
            ("", "to: required, but empty"),
            (
                "5.59199E+12",
                "to: \"5.59199E+12\" is a number that Excel has shortened; its digits are lost. Format the column as text and export again",
            ),
            (
                "5,59e+12",
                "to: \"5,59e+12\" is a number that Excel has shortened; its digits are lost. Format the column as text and export again",
            ),
            ("+49 (0)30 1234", "to: \"+49 (0)30 1234\": leave out the (0)"),
            ("12a45", "to: \"12a45\" is not a phone number: 'a' does not belong in one"),
            (
                "+4915123456789\u{34f}",
                "to: \"+4915123456789\\u{34f}\" is not a phone number: U+034F does not belong in one",
            ),
            ("+12", "to: \"+12\": a phone number has 7 to 15 digits after the + and does not begin with 0"),
            (
                "+1234567890123456",
                "to: \"+1234567890123456\": a phone number has 7 to 15 digits after the + and does not begin with 0",
            ),
            (
                "+0151234567",
                "to: \"+0151234567\": a phone number has 7 to 15 digits after the + and does not begin with 0",
            ),
            (
                "0151 23456789",
                "to: \"0151 23456789\" has no country code. Write +<country code>…, or set default-country in the connection",
            ),
            (
                "15550001",
                "to: \"15550001\" has no country code. Write +<country code>…, or set default-country in the connection",
            ),
        ],
    ));
    check_with(
        "phone-number-id: 106540352242922, default-country: US",
        &case(
            "+1 (650) 555-1234",
            &[
                ("6598551234", "to: \"6598551234\" may be +6598551234 or, in US, +16598551234. Write it with +"),
                ("15550001", "to: \"15550001\" is not a valid number, neither international nor in US"),
            ],
        ),
    );
}

#[test]
fn senders() {
    let input = "phone-number-id: \"{{ x }}\", body: Hi, preview-url: false";
    let bad = [
        ("", "phone-number-id: required, but empty; give it in the recipe or in the connection"),
        ("106/../x", "phone-number-id: \"106/../x\": digits only"),
        ("106 540", "phone-number-id: \"106 540\": no spaces allowed"),
    ];
    check_with("", &Case { task: TEXT, input, good: "106540352242922", bad: &bad });
}

#[test]
fn template_parameters() {
    let long = "x".repeat(32_769);
    let too_long = "body-parameters[0]: 32769 characters, at most 32768";
    check(&Case {
        task: TEMPLATE,
        input: "name: promo, language-code: en_US, body-parameters: [\"{{ x }}\"]",
        good: "Ann    Lee",
        bad: &[
            ("", &format!("body-parameters[0]: {EMPTY}")),
            ("a\nb", &format!("body-parameters[0]: {BROKEN}")),
            ("a\tb", &format!("body-parameters[0]: {BROKEN}")),
            ("a     b", &format!("body-parameters[0]: {BROKEN}")),
            (&long, too_long),
        ],
    });
    check(&Case {
        task: TEMPLATE,
        input: "name: promo, language-code: en_US, header-parameters: \"{{ x | split(',') }}\", body-parameters: [a, b]",
        good: "Ann",
        bad: &[
            ("Ann,Bob", "header-parameters: 2 entries; a header has at most one variable"),
            ("a\nb", &format!("header-parameters[0]: {BROKEN}")),
        ],
    });
    check(&Case {
        task: TEMPLATE,
        input: "name: promo, language-code: en_US, body-parameters: [{ name: day, text: \"{{ x }}\" }, { name: \"{{ x }}\", text: b }]",
        good: "name",
        bad: &[
            ("day", "body-parameters[1].name: \"day\" given twice"),
            ("First Name", "body-parameters[1].name: \"First Name\": lower-case letters, digits and _ only"),
        ],
    });
    check(&Case {
        task: TEMPLATE,
        input: "name: \"{{ x }}\", language-code: en_US",
        good: "promo",
        bad: &[
            ("", "name: required, but empty"),
            ("Promo", "name: \"Promo\": lower-case letters, digits and _ only"),
            ("a b", "name: \"a b\": no spaces allowed"),
            (&"x".repeat(513), "name: 513 characters, at most 512"),
        ],
    });
}

#[test]
fn template_buttons() {
    let url = format!("0;url;{}", "x".repeat(2001));
    check(&Case {
        task: TEMPLATE,
        input: "name: promo, language-code: en_US, button-parameters: [\"{{ x }}\", \"7;url;x\"]",
        good: "0;quick_reply;YES;NO",
        bad: &[
            ("", "button-parameters[0]: empty; write index;type;value, for example 0;quick_reply;randomvalue"),
            ("0;url", "button-parameters[0]: \"0;url\": write index;type;value, for example 0;quick_reply;randomvalue"),
            ("x;url;a", "button-parameters[0]: index \"x\": a whole number from 0 to 9"),
            ("10;url;a", "button-parameters[0]: index \"10\": a whole number from 0 to 9"),
            ("0;flow;a", "button-parameters[0]: type \"flow\": quick_reply, url or copy_code"),
            ("0;url;", "button-parameters[0]: the value is empty"),
            ("0;url;a\nb", &format!("button-parameters[0]: {BROKEN}")),
            (
                "0;copy_code;1234567890123456",
                "button-parameters[0]: a copy_code has at most 15 characters, this has 16",
            ),
            (&url, "button-parameters[0]: a url has at most 2000 characters, this has 2001"),
            ("7;url;a", "button-parameters[1]: index 7 given twice"),
        ],
    });
}

#[test]
fn media() {
    check(&Case {
        task: MEDIA,
        input: "media-type: image, id-or-link: \"{{ x }}\"",
        good: "HTTPS://example.com/a.png",
        bad: &[
            ("", "id-or-link: required, but empty"),
            ("https://", "id-or-link: \"https://\": not a URL"),
            ("https://example.com/a b.png", "id-or-link: \"https://example.com/a b.png\": no spaces allowed"),
        ],
    });
    check(&Case {
        task: MEDIA,
        input: "media-type: \"{{ x }}\", id-or-link: 1",
        good: "audio",
        bad: &[
            ("", "media-type: required, but empty"),
            ("Image", "media-type: \"Image\": one of image, audio, document, video (did you mean image?)"),
            ("sticker", "media-type: \"sticker\": one of image, audio, document, video"),
        ],
    });
    check(&Case {
        task: "send-media-based-template-message",
        input: "name: a, language-code: en, media-type: \"{{ x }}\", id-or-link: 1",
        good: "video",
        bad: &[("audio", "media-type: \"audio\": one of image, video, document")],
    });
    let caption = "é".repeat(1025);
    check(&Case {
        task: MEDIA,
        input: "media-type: image, id-or-link: 1, caption: \"{{ x }}\"",
        good: &caption[2..],
        bad: &[(&caption, "caption: 1025 characters, at most 1024")],
    });
}

#[test]
fn coordinates() {
    for (task, rest) in [(PLACE, ""), ("send-location-based-template-message", "name: a, language-code: en, ")] {
        check(&Case {
            task,
            input: &format!("{rest}latitude: \"{{{{ x }}}}\", longitude: 0, location-name: a, address: b"),
            good: "-90",
            bad: &[
                ("", "latitude: required, but empty"),
                ("25,12", "latitude: \"25,12\": write a decimal number with a point"),
                ("1e1", "latitude: \"1e1\": write a decimal number with a point"),
                ("NaN", "latitude: \"NaN\": write a decimal number with a point"),
                ("91", "latitude: 91 is not between -90 and 90. Are latitude and longitude swapped?"),
                ("-90.0000001", "latitude: -90.0000001 is not between -90 and 90. Are latitude and longitude swapped?"),
            ],
        });
    }
    check(&Case {
        task: PLACE,
        input: "latitude: 0, longitude: \"{{ x }}\", location-name: a, address: b",
        good: "180",
        bad: &[("180.5", "longitude: 180.5 is not between -180 and 180")],
    });
    for field in ["location-name", "address"] {
        let other = if field == "address" { "location-name: a" } else { "address: a" };
        check(&Case {
            task: PLACE,
            input: &format!("latitude: 0, longitude: 0, {other}, {field}: \"{{{{ x }}}}\""),
            good: "Store 7",
            bad: &[("", &format!("{field}: required, but empty"))],
        });
    }
}

#[test]
fn one_time_passwords_are_refused_without_being_shown() {
    check(&Case {
        task: "send-authentication-template-message",
        input: "name: otp, language-code: en_US, one-time-password: \"{{ x }}\"",
        good: "ABCDEFGHIJ12345",
        bad: &[
            ("", "one-time-password: required, but empty"),
            ("ABCDEFGHIJ123456", "one-time-password: 16 characters, at most 15"),
            ("A 123", "one-time-password: no spaces or line breaks allowed"),
            ("A123\n", "one-time-password: no spaces or line breaks allowed"),
        ],
    });
}

#[test]
fn texts() {
    let long = "x".repeat(4097);
    check(&Case {
        task: TEXT,
        input: "body: \"{{ x }}\", preview-url: false",
        good: " ",
        bad: &[("", "body: required, but empty"), (&long, "body: 4097 characters, at most 4096")],
    });
    check(&Case {
        task: TEXT,
        input: "body: Hi, preview-url: \"{{ x }}\"",
        good: "true",
        bad: &[
            ("", "preview-url: required, but empty"),
            ("TRUE", "preview-url: \"TRUE\": true or false (try {{ preview | lower }})"),
            ("1", "preview-url: \"1\": true or false"),
        ],
    });
    check(&Case {
        task: TEXT,
        input: "body: \"{{ x | split(',') if ',' in x else x }}\", preview-url: false",
        good: "a",
        bad: &[("a,b", "body: wanted text, got a list")],
    });
}

#[test]
fn contacts() {
    for (field, good, bad) in [
        (
            "birthday",
            "1984-02-29",
            &[("02/01/1990", "write a date as YYYY-MM-DD"), ("1990-02-30", "write a date as YYYY-MM-DD")][..],
        ),
        ("email", "a@x.de", &[("a b@x.de", "no spaces allowed")]),
        ("email-type", "HOME", &[("CELL", "one of none, HOME, WORK")]),
        (
            "phone-number-type",
            "IPHONE",
            &[("home", "one of none, CELL, MAIN, PHONE, IPHONE, HOME, WORK (did you mean HOME?)")],
        ),
    ] {
        let problems: Vec<String> =
            bad.iter().map(|(cell, problem)| format!("{field}: \"{cell}\": {problem}")).collect();
        let bad: Vec<(&str, &str)> =
            bad.iter().zip(&problems).map(|((cell, _), problem)| (*cell, problem.as_str())).collect();
        let input = format!("first-name: Ann, {field}: \"{{{{ x }}}}\"");
        check(&Case { task: CARD, input: &input, good, bad: &bad });
    }
    check(&Case {
        task: CARD,
        input: "first-name: \"{{ x }}\", last-name: Cole",
        good: "Ann",
        bad: &[("", "first-name: required, but empty")],
    });
    check(&Case {
        task: CARD,
        input: "first-name: Ann, phone-number: 1, phone-number-type: \"{{ x }}\", email: a@x.de, email-type: WORK",
        good: "",
        bad: &[("none", "phone-number-type: none, but a phone-number is given. Say which type it is")],
    });
    check(&Case {
        task: CARD,
        input: "first-name: Ann, email: a@x.de, email-type: \"{{ x }}\"",
        good: "",
        bad: &[("none", "email-type: none, but an email is given. Say which type it is")],
    });
}

#[test]
fn url_buttons() {
    let fields = [
        ("header-text", 60, false),
        ("body-text", 1024, true),
        ("footer-text", 60, false),
        ("button-display-text", 20, true),
    ];
    for (field, most, required) in fields {
        let others = fields.iter().filter(|(other, _, required)| *required && *other != field);
        let rest = others.map(|(other, ..)| format!("{other}: a, ")).collect::<Vec<_>>().concat();
        let long = "ü".repeat(most + 1);
        let too_long = format!("{field}: {} characters, at most {most}", most + 1);
        let missing = format!("{field}: required, but empty");
        let mut bad = vec![(long.as_str(), too_long.as_str())];
        bad.extend(required.then_some(("", missing.as_str())));
        let input = format!("{rest}button-url: \"https://example.com\", {field}: \"{{{{ x }}}}\"");
        check(&Case { task: BUTTON, input: &input, good: &long[2..], bad: &bad });
    }
    check(&Case {
        task: BUTTON,
        input: "body-text: a, button-display-text: b, button-url: \"{{ x }}\"",
        good: "http://example.com",
        bad: &[
            ("", "button-url: required, but empty"),
            ("example.com", "button-url: \"example.com\": write a whole URL with https://"),
            ("https://exam ple.com", "button-url: \"https://exam ple.com\": no spaces allowed"),
        ],
    });
}

#[test]
fn all_problems_of_a_row_are_told() {
    let input = "to: \"{{ x }}\", latitude: \"{{ x }}\", longitude: 0, location-name: \"{{ other }}\", address: \"{{ x | money('EUR') }}\"";
    let outcome = refused("phone-number-id: 1", PLACE, input, &["12a"]);
    insta::assert_snapshot!(outcome.stderr, @r#"
    error: list.csv:2: row 1: address: money: "12a" is not an amount: write digits with a point, such as 1234.50
      column `x`: `12a`
    error: list.csv:2: row 1: to: "12a" is not a phone number: 'a' does not belong in one
      column `x`: `12a`
    error: list.csv:2: row 1: latitude: "12a": write a decimal number with a point
      column `x`: `12a`
    error: list.csv:2: row 1: location-name: required, but empty
      column `other`: empty
    1 row checked: 0 ready to send, 1 invalid; nothing was sent
    "#);
}

#[test]
fn what_the_recipe_itself_breaks_is_told_once_and_at_its_place() {
    for (task, input, under, problem) in [
        (
            TEMPLATE,
            "name: a, language-code: e, body-parameters: [\"{{ x }}\", \"\"]",
            "\"\"] }",
            format!("body-parameters[1]: {EMPTY}"),
        ),
        (
            TEMPLATE,
            "name: a, language-code: e, header-parameters: [\"{{ x }}\", \"{{ x }}\"]",
            "[\"{{ x }}\", \"{{ x }}\"]",
            "header-parameters: 2 entries; a header has at most one variable".to_owned(),
        ),
        (
            TEMPLATE,
            "name: a, language-code: e, body-parameters: [\"{{ x }}\", { name: b, text: \"{{ x }}\" }]",
            "[\"{{ x }}\", { name: b",
            "body-parameters: named and positional parameters mixed; a template has one kind".to_owned(),
        ),
        (
            TEMPLATE,
            "name: a, language-code: e, header-parameters: [{ name: a, text: \"{{ x }}\" }], body-parameters: [\"{{ x }}\"]",
            "[\"{{ x }}\"] }",
            "body-parameters: named and positional parameters mixed; a template has one kind".to_owned(),
        ),
        (
            TEMPLATE,
            "name: a, language-code: e, body-parameters: [{ name: a, value: \"{{ x }}\", text: b }]",
            "{ name: a, value",
            "body-parameters[0]: unknown key \"value\"".to_owned(),
        ),
        (
            TEMPLATE,
            "name: a, language-code: e, button-parameters: [{ index: 0, type: url }]",
            "{ index: 0, type: url }",
            "button-parameters[0]: a mapping needs index, type and value".to_owned(),
        ),
        (
            TEMPLATE,
            "name: a, language-code: e, button-parameters: [{ index: 0, sort: url, value: \"{{ x }}\" }]",
            "{ index: 0, sort",
            "button-parameters[0]: a mapping needs index, type and value".to_owned(),
        ),
        (
            TEMPLATE,
            "name: a, language-code: e, button-parameters: 0;url;x",
            "0;url;x",
            "button-parameters: wanted a list, got text. Write [\"0;url;x\"]".to_owned(),
        ),
        (TEXT, "body: \"{{ x }}\", preview-url: no", "no }", "preview-url: \"no\": true or false".to_owned()),
        (
            TEXT,
            "body: 1.5, preview-url: false",
            "1.5",
            "body: wanted text, got a number; put it in quotes: \"1.5\"".to_owned(),
        ),
        (TEXT, "body: [\"{{ x }}\"], preview-url: false", "[\"{{ x }}\"]", "body: wanted text, got a list".to_owned()),
        (TEXT, "body: \"{{ x }}\"", "{ to: ", "preview-url: required, but empty".to_owned()),
        (
            TEXT,
            "body: \"{{ x }}\", preview-url: false, preview_url: true",
            "preview_url: true",
            "input: unknown field \"preview_url\" (did you mean preview-url?)".to_owned(),
        ),
        (
            CARD,
            "first-name: Ann, birthday: 02/01/1990",
            "02/01/1990",
            "birthday: \"02/01/1990\": write a date as YYYY-MM-DD".to_owned(),
        ),
    ] {
        let outcome = refused("phone-number-id: 1", task, input, &["a", "b", "c"]);
        let errors: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("error")).collect();
        assert_eq!(errors, [format!("error: {problem}")], "{input}");
        let place = outcome.stderr.lines().find_map(|line| line.trim().strip_prefix("--> r.yaml:")).unwrap();
        let column: usize = place.strip_prefix("5:").unwrap().parse().unwrap();
        let line = format!("input: {{ to: \"+16505551234\", {input} }}");
        assert!(line[column - 1..].starts_with(under), "{input}: {}", &line[column - 1..]);
        assert!(
            outcome.stderr.ends_with("3 rows checked: 0 ready to send, 3 invalid; nothing was sent\n"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn no_rows_in_flight_are_too_few() {
    let bench = Bench::new();
    for few in ["0", "-1", "many"] {
        let flag = format!("--concurrency={few}");
        let told = bench.rowcast(&["run", "r.yaml", &flag]).code(2).stderr;
        assert!(told.contains(&format!("'{few}' for '--concurrency <ROWS>': not a whole number from 1 on")), "{told}");
    }
}
