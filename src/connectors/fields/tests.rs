use std::borrow::Cow;

use super::*;
use crate::model::Entries;

const TABLE: &[Field] = &[
    required("body", Kind::Text, "A text."),
    Field { max: Some(5), ..optional("short", Kind::Text, "A short text.") },
    optional("email", Kind::Word, "A word."),
    required("media-type", Kind::Enum(&["image", "video", "document"]), "An enum."),
    required("latitude", Kind::Number { min: -90.0, max: 90.0 }, "A number."),
    required("preview-url", Kind::Boolean, "A boolean."),
    optional("birthday", Kind::Date, "A date."),
    optional("parameters", Kind::List(Entries { max: None, form: None, keys: &[] }), "A list."),
    Field { secret: true, max: Some(5), ..optional("password", Kind::Text, "A secret.") },
    Field { secret: true, ..optional("pin", Kind::Word, "A secret word.") },
];

fn t(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn number(text: &str, origin: Origin) -> Value {
    Value::Number(Number { text: text.to_owned(), origin })
}

/// Reads one field with `read` and returns its value or its problem.
fn one<T>(name: &str, value: Value, read: impl FnOnce(&mut Fields<'_>) -> T) -> Result<T, String> {
    let input = [(name, Cow::Owned(value))];
    let mut fields = Fields::new(&input, TABLE);
    let got = read(&mut fields);
    match fields.finish() {
        Ok(_) => Ok(got),
        Err(problems) => Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

fn body(value: Value) -> Result<String, String> {
    one("body", value, |fields| fields.text("body").to_owned())
}

#[test]
fn text_is_kept_as_it_is() {
    assert_eq!(body(t(" a\nb ")), Ok(" a\nb ".into()));
    assert_eq!(body(number("0091", Origin::Recipe)), Ok("0091".into()));
    assert_eq!(body(number("+4915123456789", Origin::Recipe)), Ok("+4915123456789".into()));
    assert_eq!(
        body(number("123456789012345678901234567890", Origin::Recipe)),
        Ok("123456789012345678901234567890".into())
    );
    assert_eq!(body(number("0.5", Origin::Expression)), Ok("0.5".into()));
}

#[test]
fn what_is_no_text() {
    for (value, message) in [
        (Value::Null, "body: required, but empty"),
        (t(""), "body: required, but empty"),
        (number("0.10", Origin::Recipe), "body: wanted text, got a number; put it in quotes: \"0.10\""),
        (number("0x1F", Origin::Recipe), "body: wanted text, got a number; put it in quotes: \"0x1F\""),
        (number("1e5", Origin::Recipe), "body: wanted text, got a number; put it in quotes: \"1e5\""),
        (Value::Bool(true), "body: wanted text, got a boolean; put it in quotes"),
        (Value::List(vec![t("a")]), "body: wanted text, got a list"),
        (Value::Map(vec![]), "body: wanted text, got a mapping"),
    ] {
        assert_eq!(body(value), Err(message.to_owned()));
    }
}

#[test]
fn length_is_counted_in_characters() {
    let short = |text: &str| one("short", t(text), |fields| fields.optional_text("short").map(str::to_owned));
    assert_eq!(short("äöüß€"), Ok(Some("äöüß€".to_owned())));
    assert_eq!(short("äöüß€!"), Err("short: 6 characters, at most 5".to_owned()));
    assert_eq!(short(""), Ok(None));
}

#[test]
fn a_word_has_no_white_space() {
    let email = |value| one("email", value, |fields| fields.optional_word("email").map(str::to_owned));
    assert_eq!(email(t("\u{a0}a@x.de \n")), Ok(Some("a@x.de".to_owned())));
    assert_eq!(email(t("a b@x.de")), Err("email: \"a b@x.de\": no spaces allowed".to_owned()));
    assert_eq!(email(t("  ")), Ok(None));
    assert_eq!(email(number("12", Origin::Recipe)), Ok(Some("12".to_owned())));
}

#[test]
fn an_enum_is_exact() {
    let media = |text: &str| one("media-type", t(text), |fields| fields.choice("media-type"));
    assert_eq!(media(" image "), Ok("image"));
    assert_eq!(
        media("Image"),
        Err("media-type: \"Image\": one of image, video, document (did you mean image?)".to_owned())
    );
    assert_eq!(media("sticker"), Err("media-type: \"sticker\": one of image, video, document".to_owned()));
    assert_eq!(media(" "), Err("media-type: required, but empty".to_owned()));
}

#[test]
fn a_number_is_plain_and_within_its_bounds() {
    let latitude = |value| {
        one("latitude", value, |fields| fields.number("latitude", ". Are latitude and longitude swapped?").to_string())
    };
    assert_eq!(latitude(t("25.1234567")), Ok("25.1234567".into()));
    assert_eq!(latitude(number("-21.50", Origin::Recipe)), Ok("-21.5".into()));
    assert_eq!(latitude(number("1e-7", Origin::Expression)), Ok("0.0000001".into()));
    assert_eq!(latitude(t(" 90 ")), Ok("90".into()));
    assert_eq!(latitude(t("")), Err("latitude: required, but empty".into()));
    assert_eq!(latitude(t("25,12")), Err("latitude: \"25,12\": write a decimal number with a point".into()));
    for text in ["1e1", ".inf", ".nan", "0x10"] {
        let message = format!("latitude: \"{text}\": write a decimal number with a point");
        assert_eq!(latitude(number(text, Origin::Recipe)), Err(message));
    }
    assert_eq!(
        latitude(t("121.5")),
        Err("latitude: 121.5 is not between -90 and 90. Are latitude and longitude swapped?".into())
    );
    assert_eq!(latitude(Value::Bool(true)), Err("latitude: wanted a number, got a boolean".into()));
}

#[test]
fn a_boolean_is_exact() {
    let preview = |value| one("preview-url", value, |fields| fields.boolean("preview-url", " (a hint)"));
    assert_eq!(preview(Value::Bool(true)), Ok(true));
    assert_eq!(preview(t("false")), Ok(false));
    assert_eq!(preview(t("TRUE")), Err("preview-url: \"TRUE\": true or false (a hint)".into()));
    assert_eq!(preview(t("yes")), Err("preview-url: \"yes\": true or false".into()));
    assert_eq!(
        preview(number("1", Origin::Recipe)),
        Err("preview-url: wanted true or false, got a whole number".into())
    );
    assert_eq!(preview(Value::Null), Err("preview-url: required, but empty".into()));
}

#[test]
fn a_date_is_a_day_of_the_calendar() {
    let birthday = |text: &str| one("birthday", t(text), |fields| fields.optional_date("birthday").map(str::to_owned));
    assert_eq!(birthday(" 1990-01-02 "), Ok(Some("1990-01-02".to_owned())));
    assert_eq!(birthday("2024-02-29"), Ok(Some("2024-02-29".to_owned())));
    assert_eq!(birthday(""), Ok(None));
    for text in ["02/01/1990", "2023-02-29", "19900102", "1990-1-2", "1990-01-02T00:00", "1990 01 02", "１990-01-02"] {
        assert_eq!(birthday(text), Err(format!("birthday: \"{text}\": write a date as YYYY-MM-DD")));
    }
}

#[test]
fn a_list_is_no_text() {
    let count = |value| one("parameters", value, |fields| fields.list("parameters").len());
    assert_eq!(count(Value::List(vec![t("a"), Value::Null])), Ok(2));
    assert_eq!(count(Value::List(vec![])), Ok(0));
    assert_eq!(count(Value::Null), Ok(0));
    assert_eq!(count(t("Ann")), Err("parameters: wanted a list, got text. Write [\"Ann\"]".into()));
    assert_eq!(count(Value::Map(vec![])), Err("parameters: wanted a list, got a mapping".into()));
}

#[test]
fn a_secret_is_never_printed() {
    let password = |value| one("password", value, |fields| fields.optional_text("password").map(str::to_owned));
    let pin = |value| one("pin", value, |fields| fields.optional_word("pin").map(str::to_owned));
    assert_eq!(password(t("123456")), Err("password: 6 characters, at most 5".into()));
    assert_eq!(
        password(number("12.3", Origin::Recipe)),
        Err("password: wanted text, got a number; put it in quotes".into())
    );
    assert_eq!(pin(t("12 34")), Err("pin: no spaces allowed".into()));
}

#[test]
fn every_problem_is_reported() {
    let input = [("bodi", t("Hello")), ("media-type", t("gif")), ("birthday", t("x"))]
        .map(|(name, value)| (name, Cow::Owned(value)));
    let mut fields = Fields::new(&input, TABLE);
    fields.text("body");
    assert!(!fields.is_sound("body") && fields.is_sound("media-type"));
    fields.choice("media-type");
    fields.optional_date("birthday");
    let problems: Vec<String> = fields.finish().unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "input: unknown field \"bodi\" (did you mean body?)",
            "body: required, but empty",
            "media-type: \"gif\": one of image, video, document",
            "birthday: \"x\": write a date as YYYY-MM-DD",
        ]
    );
}

#[test]
fn a_long_value_is_cut_in_the_message() {
    let message = one("email", t(&"a ".repeat(5000)), |fields| fields.optional_word("email").is_some()).unwrap_err();
    assert!(message.len() < 120, "{message}");
}
