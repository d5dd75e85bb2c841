//! Each kind of message as its recipient sees it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::Bench;
use crate::support::browser::Browser;

/// A page that has the script which draws bubbles, and the folder it is in.
fn page() -> Option<(Browser, Bench)> {
    let mut browser = Browser::start()?;
    let bench = Bench::with_list(&crate::support::list(1), "http://127.0.0.1:9");
    bench.rowcast(&["run", "r.yaml", "--dry-run", "--html", "p.html"]).code(0);
    browser.open_file(&bench.path().join("p.html"));
    Some((browser, bench))
}

/// What people read in the bubble of a message.
fn read(browser: &mut Browser, message: &Value, templates: &Value) -> String {
    let draw = format!(
        "(() => {{ const chat = document.getElementById('chat'); chat.replaceChildren(Bubble.draw({message}, {templates})); \
         return chat.innerText; }})()"
    );
    browser.eval(&draw).as_str().unwrap().trim().to_owned()
}

fn template(name: &str, components: &Value) -> Value {
    json!({ "to": "+1", "type": "template", "template": { "name": name, "language": { "code": "en_US" }, "components": components } })
}

fn parameters(kind: &str, texts: &[&str]) -> Value {
    let parameters: Vec<_> = texts.iter().map(|text| json!({ "type": "text", "text": text })).collect();
    json!({ "type": kind, "parameters": parameters })
}

fn button(index: u8, kind: &str, key: &str, value: &str) -> Value {
    let parameter = match key {
        "text" => json!({ "type": "text", "text": value }),
        "payload" => json!({ "type": "payload", "payload": value }),
        _ => json!({ "type": "coupon_code", "coupon_code": value }),
    };
    json!({ "type": "button", "sub_type": kind, "index": index.to_string(), "parameters": [parameter] })
}

/// Templates as Meta's API gives them: the reference of `GET /{waba-id}/message_templates`.
fn templates() -> Value {
    json!({
        "promo/en_US": { "name": "promo", "language": "en_US", "components": [
            { "type": "HEADER", "format": "TEXT", "text": "{{1}} sale" },
            { "type": "BODY", "text": "Hello *{{1}}*, your code for order {{2}}." },
            { "type": "FOOTER", "text": "Reply STOP to opt out" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Yes please" }, { "type": "URL", "text": "Open", "url": "https://acme.example/{{1}}" },
                { "type": "COPY_CODE" }, { "type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+15550100" } ] } ] },
        "named/en_US": { "components": [{ "type": "BODY", "text": "Dear {{first_name}}, until {{day}}." }] },
        "invoice/en_US": { "components": [{ "type": "HEADER", "format": "DOCUMENT" }, { "type": "BODY", "text": "Your invoice, {{1}}" }] },
        "pickup/en_US": { "components": [{ "type": "HEADER", "format": "LOCATION" }, { "type": "BODY", "text": "Here, {{1}}" }] },
        "otp/en_US": { "components": [
            { "type": "BODY", "text": "*{{1}}* is your verification code.", "add_security_recommendation": true },
            { "type": "FOOTER", "code_expiration_minutes": 5 },
            { "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code" }] } ] },
    })
}

#[test]
fn each_task_is_drawn_as_its_recipient_sees_it() {
    let Some((mut browser, _bench)) = page() else { return };
    let place = json!({ "latitude": 25.123, "longitude": -121.5, "name": "Store 7", "address": "1 Hacker Way" });
    let document =
        json!({ "link": "https://example.com/a.pdf", "filename": "invoice.pdf", "caption": "Your _invoice_" });
    let head = |kind: &str, object: &Value| json!({ "type": "header", "parameters": [{ "type": kind, kind: object }] });
    let promo = json!([
        parameters("header", &["Summer"]),
        parameters("body", &["Ann", "1042"]),
        button(0, "quick_reply", "payload", "YES"),
        button(1, "url", "text", "orders/1042"),
        button(2, "copy_code", "coupon_code", "SAVE10"),
    ]);
    let invoice = json!([head("document", &document), parameters("body", &["Ann"])]);
    let pickup = json!([head("location", &place), parameters("body", &["Ann"])]);
    let otp = json!([parameters("body", &["A12345"]), button(0, "url", "text", "A12345")]);
    let contact = json!([{ "name": { "formatted_name": "Ann B Cole", "first_name": "Ann" },
        "phones": [{ "phone": "+15559", "type": "WORK" }], "emails": [{ "email": "ann@example.com" }], "birthday": "1990-01-02" }]);
    let cta = json!({ "type": "cta_url", "header": { "type": "text", "text": "Order 1042" }, "body": { "text": "On its *way*." },
        "footer": { "text": "Acme" }, "action": { "name": "cta_url", "parameters": { "display_text": "Track it", "url": "https://example.com/t" } } });
    let messages = [
        ("text template", template("promo", &promo)),
        ("media template", template("invoice", &invoice)),
        ("location template", template("pickup", &pickup)),
        ("authentication template", template("otp", &otp)),
        ("text", json!({ "type": "text", "text": { "body": "See https://example.com/1042.", "preview_url": true } })),
        ("document", json!({ "type": "document", "document": document })),
        ("image", json!({ "type": "image", "image": { "id": "1037", "caption": "New" } })),
        ("location", json!({ "type": "location", "location": place })),
        ("contact", json!({ "type": "contacts", "contacts": contact })),
        ("call to action", json!({ "type": "interactive", "interactive": cta })),
    ];
    let mut seen = String::new();
    for (what, message) in &messages {
        let text = read(&mut browser, message, &templates());
        writeln!(seen, "== {what}\n{text}").unwrap();
        browser.picture(&format!("bubble-{}", what.replace(' ', "-")));
    }
    insta::assert_snapshot!(seen);
    assert_eq!(browser.count(".button svg.icon"), 1);
    browser.assert_clean("file://");
}

#[test]
fn a_template_that_is_not_known_is_its_name_and_its_parameters() {
    let Some((mut browser, _bench)) = page() else { return };
    let named =
        json!([{ "type": "body", "parameters": [{ "type": "text", "parameter_name": "first_name", "text": "Ann" }] }]);
    let named = template("named", &named);
    insta::assert_snapshot!(read(&mut browser, &named, &Value::Null), @r"
    TEMPLATE
    named
    en_US
    {{first_name}}
    Ann
    ");
    // Placeholders that the message does not fill stay visible.
    assert_eq!(read(&mut browser, &named, &templates()), "Dear Ann, until {{day}}.");
    let many: Vec<_> = (0..4).map(|n| button(n, "quick_reply", "payload", &format!("P{n}"))).collect();
    let text = read(&mut browser, &template("many", &json!(many)), &json!({ "__proto__/en_US": {} }));
    assert!(text.contains("Button 2") && text.contains("See all options") && !text.contains("Button 3"), "{text}");
    browser.assert_clean("file://");
}

#[test]
fn formatting_is_whatsapps() {
    let Some((mut browser, _bench)) = page() else { return };
    let mut html = |text: &str| {
        let expression = format!("Bubble.formatted({}).innerHTML", json!(text));
        let html = browser.eval(&expression).as_str().unwrap().to_owned();
        html.replace("<div class=\"line\">", "").replace("</div>", "").replace(" class=\"line\"", "")
    };
    for (text, wanted) in [
        ("*bold* _italic_ ~strike~ `code`", "<b>bold</b> <i>italic</i> <s>strike</s> <code>code</code>"),
        ("*_both_* and _*both*_", "<b><i>both</i></b> and <i><b>both</b></i>"),
        // Only at the borders of words, around something, and within a line.
        ("2*3*4 a_b_c snake_case_", "2*3*4 a_b_c snake_case_"),
        ("* a * and ** and *a\nb*", "<ul><li>a * and ** and *a\n</li></ul>b*"),
        ("(*a*), *b*! *c*d", "(<b>a</b>), <b>b</b>! *c*d"),
        ("*not closed _but this_", "*not closed <i>but this</i>"),
        ("```a *b*\nc``` d", "<code class=\"fence\">a *b*\nc</code> d"),
        ("```never closed", "```never closed"),
        ("`*raw*`", "<code>*raw*</code>"),
        ("> quoted *b*\n> more", "<blockquote>quoted <b>b</b>\nmore</blockquote>"),
        ("- one\n- two\n\n3. three", "<ul><li>one\n</li><li>two\n</li></ul>\n<ol><li value=\"3\">three</li></ol>"),
        ("-5 and 1.5", "-5 and 1.5"),
        ("https://a.example/x_y_z*1*!", "<span class=\"link\">https://a.example/x_y_z*1</span>*!"),
        ("<b>*&*</b>", "&lt;b&gt;<b>&amp;</b>&lt;/b&gt;"),
        ("*Zoë* *日本* 👍*x*", "<b>Zoë</b> <b>日本</b> 👍<b>x</b>"),
    ] {
        assert_eq!(html(text), wanted, "{text}");
    }
    // The longest allowed text, chosen to be slow, is still drawn.
    for slow in ["*a ".repeat(1300), "*_~".repeat(1300), "`".repeat(4096)] {
        assert!(html(&slow).len() >= slow.trim_end().len());
    }
    browser.assert_clean("file://");
}
