use serde_json::{Value, json};

use super::*;

/// A message of some type in its envelope.
fn message(kind: &str, content: Value) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234", "type": kind,
    });
    body[kind] = content;
    body
}

fn template(components: Value) -> Value {
    let bare = message("template", json!({ "name": "promo", "language": { "code": "en_US" } }));
    with(bare, "/template", "components", components)
}

/// A template with one text parameter in its body.
fn filled(text: &str) -> Value {
    template(json!([{ "type": "body", "parameters": [{ "type": "text", "text": text }] }]))
}

#[track_caller]
fn accepted(body: &Value) {
    assert_eq!(check(body).map(|accepted| accepted.to), Ok("+16505551234".to_owned()), "{body}");
}

/// The body is refused with this code, and the details contain these words.
#[track_caller]
fn refused(code: u32, words: &str, body: &Value) {
    let refusal = check(body).expect_err(&body.to_string());
    assert_eq!(refusal.code, code, "{}: {body}", refusal.details);
    assert!(refusal.details.contains(words), "{:?} lacks {words:?}", refusal.details);
    assert!(refusal.message.starts_with(&format!("(#{code}) ")), "{}", refusal.message);
}

/// Applies a change to a good body before it is checked.
fn changed(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

fn without(mut body: Value, pointer: &str, key: &str) -> Value {
    body.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    body
}

fn with(mut body: Value, pointer: &str, key: &str, value: Value) -> Value {
    body.pointer_mut(pointer).unwrap()[key] = value;
    body
}

fn text_message() -> Value {
    message("text", json!({ "body": "Hello", "preview_url": false }))
}

fn contact() -> Value {
    message(
        "contacts",
        json!([{
            "name": { "formatted_name": "Ann B Cole", "first_name": "Ann", "middle_name": "B", "last_name": "Cole" },
            "phones": [{ "phone": "+15559", "type": "WORK" }],
            "emails": [{ "email": "ann@example.com", "type": "HOME" }],
            "birthday": "1990-01-02",
        }]),
    )
}

fn call_to_action() -> Value {
    message(
        "interactive",
        json!({
            "type": "cta_url", "header": { "type": "text", "text": "Order 1042" },
            "body": { "text": "Your order is on its way." }, "footer": { "text": "Acme" },
            "action": { "name": "cta_url",
                "parameters": { "display_text": "Track it", "url": "https://example.com/t/1042" } },
        }),
    )
}

fn location_header() -> Value {
    let place =
        json!({ "latitude": "25.1234567", "longitude": "-121.5", "name": "Store 7", "address": "1 Hacker Way" });
    template(json!([{ "type": "header", "parameters": [{ "type": "location", "location": place }] }]))
}

fn button(sub_type: &str, index: Value, parameter: Value) -> Value {
    let button = json!({ "type": "button", "sub_type": sub_type });
    with(with(button, "", "index", index), "", "parameters", vec![parameter].into())
}

#[test]
fn good_templates_are_accepted() {
    accepted(&message("template", json!({ "name": "promo", "language": { "code": "en_US" } })));
    accepted(&template(json!([
        { "type": "header", "parameters": [{ "type": "text", "text": "Summer" }] },
        { "type": "body", "parameters": [{ "type": "text", "text": "Ann" }, { "type": "text", "text": "1042" }] },
        button("quick_reply", json!("0"), json!({ "type": "payload", "payload": "YES" })),
        button("url", json!("1"), json!({ "type": "text", "text": "orders/1042?a=1;b=2" })),
        button("copy_code", json!("2"), json!({ "type": "coupon_code", "coupon_code": "SAVE10" })),
    ])));
    accepted(&template(json!([{ "type": "body", "parameters": [
        { "type": "text", "parameter_name": "first_name", "text": "Ann" },
        { "type": "text", "parameter_name": "order_id", "text": "1042" },
    ] }])));
    for media in [
        json!({ "type": "document", "document": { "link": "https://example.com/a.pdf", "filename": "invoice.pdf" } }),
        json!({ "type": "image", "image": { "id": "1037543291543636" } }),
        json!({ "type": "video", "video": { "link": "HTTPS://example.com/a.mp4" } }),
    ] {
        accepted(&template(json!([{ "type": "header", "parameters": [media] }])));
    }
    accepted(&location_header());
    accepted(&template(json!([
        { "type": "body", "parameters": [{ "type": "text", "text": "A12345" }] },
        button("url", json!("0"), json!({ "type": "text", "text": "A12345" })),
    ])));
}

#[test]
fn good_messages_are_accepted() {
    accepted(&text_message());
    accepted(&message("text", json!({ "body": "Your order:\nhttps://example.com/1042", "preview_url": true })));
    let document = json!({ "link": "https://example.com/a.pdf", "filename": "invoice.pdf", "caption": "Your invoice" });
    accepted(&message("document", document));
    accepted(&message("image", json!({ "id": "1037543291543636", "caption": "New in store" })));
    accepted(&message("video", json!({ "id": "1037543291543636" })));
    accepted(&message("audio", json!({ "id": "1037543291543636" })));
    let place = json!({ "latitude": 25.123_456_7, "longitude": -121.5, "name": "Store 7", "address": "1 Hacker Way" });
    accepted(&message("location", place));
    accepted(&contact());
    accepted(&message("contacts", json!([{ "name": { "formatted_name": "Ann", "first_name": "Ann" } }])));
    accepted(&call_to_action());
    let bare = without(without(call_to_action(), "/interactive", "header"), "/interactive", "footer");
    accepted(&bare);
}

#[test]
fn an_accepted_message_names_its_recipient_and_type() {
    let accepted = check(&text_message()).unwrap();
    assert_eq!((accepted.recipient, accepted.kind, accepted.is_template()), (16_505_551_234, "text", false));
    assert!(check(&filled("Ann")).unwrap().is_template());
}

#[test]
fn the_envelope_is_checked() {
    refused(100, "wanted an object", &json!([]));
    refused(100, "messaging_product is required", &without(text_message(), "", "messaging_product"));
    refused(100, "one of whatsapp", &changed(text_message(), "/messaging_product", json!("sms")));
    refused(131_008, "to is required", &without(text_message(), "", "to"));
    refused(131_008, "type is required", &without(text_message(), "", "type"));
    refused(131_008, "text is required", &without(text_message(), "", "text"));
    refused(131_051, "type sticker", &message("sticker", json!({ "id": "1" })));
    refused(100, "type: wanted a string", &changed(text_message(), "/type", json!(1)));
    refused(100, "one of individual", &changed(text_message(), "/recipient_type", json!("group")));
    refused(100, "unexpected key \"image\"", &with(text_message(), "", "image", json!({ "id": "1" })));
    refused(100, "unexpected key \"prievew\"", &with(text_message(), "/text", "prievew", json!(true)));
    accepted(&without(text_message(), "", "recipient_type"));
    accepted(&with(text_message(), "", "context", json!({ "message_id": "wamid.X" })));
    accepted(&with(text_message(), "", "biz_opaque_callback_data", json!("x".repeat(512))));
    refused(100, "at most 512", &with(text_message(), "", "biz_opaque_callback_data", json!("x".repeat(513))));
}

#[test]
fn a_recipient_is_plus_and_digits() {
    for good in ["+1234567", "+123456789012345"] {
        assert!(check(&changed(text_message(), "/to", json!(good))).is_ok(), "{good}");
    }
    for bad in
        ["16505551234", "+1 650 555 1234", "+123456", "+1234567890123456", "+0123456789", "+12a45678", "++1234567"]
    {
        refused(131_009, "to: wanted + and 7 to 15 digits", &changed(text_message(), "/to", json!(bad)));
    }
    refused(131_008, "to: is required, but empty", &changed(text_message(), "/to", json!("")));
    refused(100, "to: wanted a string", &changed(text_message(), "/to", json!(16_505_551_234_u64)));
}

#[test]
fn a_text_has_1_to_4096_characters() {
    accepted(&changed(text_message(), "/text/body", json!("ü".repeat(4_096))));
    refused(100, "has 4097", &changed(text_message(), "/text/body", json!("ü".repeat(4_097))));
    refused(131_008, "text.body: is required, but empty", &changed(text_message(), "/text/body", json!("")));
    refused(131_008, "body is required", &without(text_message(), "/text", "body"));
    refused(100, "wanted a string", &changed(text_message(), "/text/body", Value::Null));
    refused(100, "wanted true or false", &changed(text_message(), "/text/preview_url", json!("true")));
}

#[test]
fn media_has_an_id_or_a_link() {
    refused(131_008, "id or link is required", &message("image", json!({ "caption": "x" })));
    refused(100, "exclude each other", &message("image", json!({ "id": "1", "link": "https://example.com" })));
    refused(131_008, "image.id", &message("image", json!({ "id": "" })));
    for id in ["1 2", "invoices/0042.pdf", "http5"] {
        refused(131_009, "a media id is digits", &message("image", json!({ "id": id })));
    }
    for link in ["example.com/a.png", "https://", "ftp://example.com/a", "https:///a", "https://example.com/a b"] {
        refused(131_009, "image.link: wanted a URL", &message("image", json!({ "link": link })));
    }
    refused(100, "at most 1024", &message("video", json!({ "id": "1", "caption": "x".repeat(1_025) })));
    refused(100, "unexpected key \"caption\"", &message("audio", json!({ "id": "1", "caption": "x" })));
    refused(100, "unexpected key \"filename\"", &message("image", json!({ "id": "1", "filename": "a.png" })));
}

#[test]
fn coordinates_are_numbers_in_messages() {
    let at = |latitude: Value, longitude: Value| {
        message("location", json!({ "latitude": latitude, "longitude": longitude }))
    };
    accepted(&at(json!(-90), json!(180)));
    refused(100, "latitude: wanted a number", &at(json!("25.1"), json!(1)));
    refused(131_009, "location.latitude: must be from -90 to 90", &at(json!(90.1), json!(1)));
    refused(131_009, "location.longitude: must be from -180 to 180", &at(json!(1), json!(-181)));
    refused(131_008, "longitude is required", &message("location", json!({ "latitude": 1 })));
}

#[test]
fn coordinates_are_text_in_headers() {
    let place = "/template/components/0/parameters/0/location";
    let latitude = format!("{place}/latitude");
    refused(100, "latitude: wanted a string", &changed(location_header(), &latitude, json!(25.1)));
    for bad in ["1e1", "25,1", ".5", "5.", "+5", "NaN", "1.2.3", "--1", " 1"] {
        refused(131_009, "wanted a decimal number", &changed(location_header(), &latitude, json!(bad)));
    }
    refused(131_009, "from -90 to 90", &changed(location_header(), &latitude, json!("90.1")));
    refused(131_008, "address is required", &without(location_header(), place, "address"));
    refused(131_008, "name: is required", &changed(location_header(), &format!("{place}/name"), json!("")));
}

#[test]
fn template_names_and_languages_could_exist() {
    let name = |name: &str| changed(filled("Ann"), "/template/name", json!(name));
    accepted(&name(&"a".repeat(512)));
    refused(100, "at most 512", &name(&"a".repeat(513)));
    refused(132_001, "this name", &name("Promo"));
    refused(131_008, "template.name", &name(""));
    for good in ["en", "fil", "pt_BR"] {
        accepted(&changed(filled("Ann"), "/template/language/code", json!(good)));
    }
    for bad in ["en_us", "EN", "english", "en-US", "en_", "_US"] {
        refused(132_001, "this language", &changed(filled("Ann"), "/template/language/code", json!(bad)));
    }
    refused(131_008, "code is required", &changed(filled("Ann"), "/template/language", json!({})));
    refused(100, "wanted an object", &changed(filled("Ann"), "/template/language", json!("en_US")));
    refused(100, "deterministic", &with(filled("Ann"), "/template/language", "policy", json!("fallback")));
    assert_eq!(check(&name("Promo")).unwrap_err().http, 404);
}

#[test]
fn template_parameters_are_one_line_of_text() {
    refused(131_008, "parameters[0].text: is required, but empty", &filled(""));
    for bad in ["a\nb", "a\rb", "a\tb", "a     b"] {
        refused(132_018, "no line break", &filled(bad));
    }
    accepted(&filled("a    b"));
    accepted(&filled(&"x".repeat(32_768)));
    refused(100, "at most 32768", &filled(&"x".repeat(32_769)));
}

#[test]
fn template_parameters_are_named_in_one_way() {
    let named = |name: &str| json!({ "type": "text", "parameter_name": name, "text": "x" });
    let positional = json!({ "type": "text", "text": "x" });
    let body = |parameters: Value| template(json!([{ "type": "body", "parameters": parameters }]));
    refused(132_012, "mixed", &body(json!([named("day"), positional])));
    let header = json!({ "type": "header", "parameters": [positional] });
    refused(132_012, "mixed", &template(json!([header, { "type": "body", "parameters": [named("day")] }])));
    refused(100, "given twice", &body(json!([named("day"), named("day")])));
    refused(100, "only lower-case", &body(json!([named("First Name")])));
    refused(131_008, "at least one parameter", &body(json!([])));
    refused(100, "one of text", &body(json!([{ "type": "currency", "currency": {} }])));
}

#[test]
fn template_components_are_checked() {
    let body = json!({ "type": "body", "parameters": [{ "type": "text", "text": "x" }] });
    refused(100, "given twice", &template(json!([body, body])));
    refused(100, "components[0].type: must be one of", &template(json!([{ "type": "footer" }])));
    refused(131_008, "parameters is required", &template(json!([{ "type": "body" }])));
    refused(100, "wanted an array", &template(json!({})));
    let text = json!({ "type": "text", "text": "x" });
    refused(132_000, "one parameter", &template(json!([{ "type": "header", "parameters": [text, text] }])));
    let image = json!({ "type": "image", "image": { "id": "1", "caption": "x" } });
    refused(100, "unexpected key \"caption\"", &template(json!([{ "type": "header", "parameters": [image] }])));
    let audio = json!({ "type": "audio", "audio": { "id": "1" } });
    refused(100, "must be one of text", &template(json!([{ "type": "header", "parameters": [audio] }])));
}

#[test]
fn buttons_are_checked() {
    let one = |sub_type: &str, index: Value, parameter: Value| template(json!([button(sub_type, index, parameter)]));
    let payload = json!({ "type": "payload", "payload": "YES" });
    let code = |code: &str| json!({ "type": "coupon_code", "coupon_code": code });
    accepted(&one("quick_reply", json!(9), payload.clone()));
    accepted(&one("COPY_CODE", json!("0"), code("SAVE10")));
    refused(131_009, "at most ten buttons", &one("quick_reply", json!("10"), payload.clone()));
    refused(100, "wanted a whole number", &one("quick_reply", json!("x"), payload.clone()));
    refused(100, "wanted a whole number", &one("quick_reply", json!("-1"), payload.clone()));
    refused(100, "must be one of quick_reply", &one("flow", json!("0"), payload.clone()));
    refused(
        132_012,
        "type coupon_code",
        &one("copy_code", json!("0"), json!({ "type": "payload", "coupon_code": "X" })),
    );
    refused(100, "unexpected key \"payload\"", &one("copy_code", json!("0"), payload.clone()));
    refused(100, "at most 20", &one("copy_code", json!("0"), code(&"x".repeat(21))));
    refused(131_008, "coupon_code: is required", &one("copy_code", json!("0"), code("")));
    refused(100, "at most 2000", &one("url", json!("0"), json!({ "type": "text", "text": "x".repeat(2_001) })));
    let twice = button("quick_reply", json!("0"), payload);
    refused(100, "given twice", &template(json!([twice, twice])));
}

#[test]
fn contacts_are_checked() {
    refused(131_008, "at least one contact", &message("contacts", json!([])));
    refused(100, "at most 5", &changed(contact(), "/contacts", vec![contact()["contacts"][0].clone(); 6].into()));
    refused(100, "wanted an array", &message("contacts", json!({})));
    refused(131_008, "name is required", &message("contacts", json!([{}])));
    refused(131_008, "formatted_name is required", &without(contact(), "/contacts/0/name", "formatted_name"));
    refused(
        131_008,
        "first_name or another",
        &changed(contact(), "/contacts/0/name", json!({ "formatted_name": "A" })),
    );
    refused(131_008, "phone is required", &changed(contact(), "/contacts/0/phones", json!([{ "type": "WORK" }])));
    refused(100, "must be one of CELL", &changed(contact(), "/contacts/0/phones/0/type", json!("none")));
    refused(100, "must be one of HOME", &changed(contact(), "/contacts/0/emails/0/type", json!("none")));
    refused(131_008, "email: is required", &changed(contact(), "/contacts/0/emails/0/email", json!("")));
    refused(131_009, "no white space", &changed(contact(), "/contacts/0/emails/0/email", json!("a b@x.de")));
    for bad in ["1990-02-30", "02/01/1990", "1990-1-2", "19900102", "1990-01-02T00:00"] {
        refused(131_009, "YYYY-MM-DD", &changed(contact(), "/contacts/0/birthday", json!(bad)));
    }
    let full = with(contact(), "/contacts/0", "org", json!({ "company": "Acme" }));
    let full = with(full, "/contacts/0", "addresses", json!([{ "city": "Berlin", "country_code": "de" }]));
    accepted(&with(full, "/contacts/0", "urls", json!([{ "url": "https://example.com", "type": "WORK" }])));
}

#[test]
fn calls_to_action_are_checked() {
    let change = |pointer: &str, value: Value| changed(call_to_action(), &format!("/interactive{pointer}"), value);
    refused(131_051, "supports only the interactive type cta_url", &change("/type", json!("button")));
    refused(100, "at most 60", &change("/header/text", json!("x".repeat(61))));
    refused(100, "at most 60", &change("/footer/text", json!("x".repeat(61))));
    refused(100, "at most 1024", &change("/body/text", json!("x".repeat(1_025))));
    refused(100, "at most 20", &change("/action/parameters/display_text", json!("x".repeat(21))));
    refused(131_008, "is required, but empty", &change("/header/text", json!("")));
    refused(131_008, "is required, but empty", &change("/action/parameters/display_text", json!("")));
    refused(131_009, "wanted a URL", &change("/action/parameters/url", json!("example.com")));
    refused(100, "one of cta_url", &change("/action/name", json!("flow")));
    refused(131_008, "body is required", &without(call_to_action(), "/interactive", "body"));
    accepted(&change("/header", json!({ "type": "image", "image": { "id": "1" } })));
    accepted(&change("/body/text", json!("ü".repeat(1_024))));
}
