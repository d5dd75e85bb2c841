use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::template::{pieces, variables};
use super::*;

const SEED: Seed = Seed(7);
const ADDRESS: &str = "http://sandbox/v23.0/1/message_templates";

fn built_in() -> SandboxTemplates {
    SandboxTemplates::built_in().unwrap()
}

fn list(query: &str) -> Value {
    built_in().list(query, ADDRESS, SEED).unwrap()
}

fn refusal(query: &str) -> Refusal {
    built_in().list(query, ADDRESS, SEED).unwrap_err()
}

/// Name and language of each template of a page.
fn names(page: &Value) -> Vec<String> {
    let one = |template: &Value| format!("{}/{}", template["name"], template["language"]).replace('"', "");
    page["data"].as_array().unwrap().iter().map(one).collect()
}

/// All pages of a query, by `after`.
fn pages(query: &str) -> Vec<Value> {
    let mut pages = vec![list(query)];
    while let Some(page) = pages.last().filter(|page| page["paging"]["next"].is_string()) {
        let after = page["paging"]["cursors"]["after"].as_str().unwrap();
        pages.push(list(&format!("{query}&after={after}")));
    }
    pages
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn named(name: &str, text: &str) -> Value {
    json!({ "type": "text", "parameter_name": name, "text": text })
}

fn header(parameter: &Value) -> Value {
    json!({ "type": "header", "parameters": [parameter] })
}

fn body(parameters: &[Value]) -> Value {
    json!({ "type": "body", "parameters": parameters })
}

fn button(kind: &str, index: impl Into<Value>, parameter: &Value) -> Value {
    json!({ "type": "button", "sub_type": kind, "index": index.into(), "parameters": [parameter] })
}

fn image() -> Value {
    header(&json!({ "type": "image", "image": { "id": "1" } }))
}

fn place() -> Value {
    let location = json!({ "latitude": "1", "longitude": "2", "name": "Shop", "address": "Here" });
    header(&json!({ "type": "location", "location": location }))
}

fn message(name: &str, language: &str, components: &[Value]) -> Value {
    let template = json!({ "name": name, "language": { "code": language }, "components": components });
    json!({ "messaging_product": "whatsapp", "to": "+16505551234", "type": "template", "template": template })
}

#[track_caller]
fn fits(name: &str, language: &str, components: &[Value]) {
    let message = message(name, language, components);
    assert_eq!(crate::sandbox::rules::check(&message).map(|_| ()), Ok(()), "by itself");
    assert_eq!(built_in().judge(&message, true), Ok(()), "{message}");
}

/// A message that passes the general rules is refused for its template, with this code and these words.
#[track_caller]
fn refused(code: u32, words: &str, name: &str, language: &str, components: &[Value]) {
    let message = message(name, language, components);
    assert_eq!(crate::sandbox::rules::check(&message).map(|_| ()), Ok(()), "by itself");
    let refusal = built_in().judge(&message, false).expect_err(&message.to_string());
    assert_eq!(refusal.code, code, "{}: {message}", refusal.details);
    assert!(refusal.details.contains(words), "{:?} lacks {words:?}", refusal.details);
}

#[test]
fn the_built_in_ones_are_of_all_kinds() {
    let templates = built_in();
    let some = |what: &str, found: bool| assert!(found, "no template {what}");
    for status in ["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "ARCHIVED"] {
        some(status, templates.all.iter().any(|template| template.status == status));
    }
    for category in ["MARKETING", "UTILITY", "AUTHENTICATION"] {
        some(category, templates.all.iter().any(|template| template.category == category));
    }
    let json: Value = serde_json::from_str(BUILT_IN).unwrap();
    let components: Vec<_> =
        json.as_array().unwrap().iter().flat_map(|template| template["components"].as_array().unwrap()).collect();
    for format in ["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"] {
        some(format, components.iter().any(|component| component["format"] == format));
    }
    let buttons: Vec<_> = components.iter().filter_map(|component| component["buttons"].as_array()).flatten().collect();
    for kind in ["URL", "COPY_CODE", "QUICK_REPLY", "PHONE_NUMBER"] {
        some(kind, buttons.iter().any(|button| button["type"] == kind));
    }
    some("NAMED", templates.all.iter().any(|template| template.named));
    let ids: BTreeSet<_> = templates.all.iter().map(|template| template.object["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), templates.len(), "each has an id of its own");
}

/// Meta's limits of what can be approved at all: its page on template components.
#[test]
fn the_built_in_ones_could_be_approved() {
    let json: Value = serde_json::from_str(BUILT_IN).unwrap();
    for template in json.as_array().unwrap() {
        let what = format!("{} {}", template["name"], template["language"]);
        for component in template["components"].as_array().unwrap() {
            let most = if component["type"] == "BODY" { 1_024 } else { 60 };
            let text = component["text"].as_str().unwrap_or_default();
            assert!(text.chars().count() <= most, "{what}: {text}");
            if template["category"] != "AUTHENTICATION" {
                assert!(!text.starts_with("{{") && !text.ends_with("}}"), "{what}: a variable at an end");
            }
            for button in component["buttons"].as_array().into_iter().flatten() {
                assert!(button["text"].as_str().unwrap().chars().count() <= 25, "{what}: {button}");
            }
        }
    }
}

#[test]
fn pages_follow_each_other_until_there_is_no_next() {
    let pages = pages("");
    assert_eq!(pages.iter().map(|page| names(page).len()).collect::<Vec<_>>(), [25, 25, 12]);
    let all: Vec<_> = pages.iter().flat_map(names).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), built_in().len(), "each once");
    assert!(pages[0]["paging"].get("previous").is_none() && pages[2]["paging"].get("next").is_none());
    let next = pages[0]["paging"]["next"].as_str().unwrap();
    let after = pages[0]["paging"]["cursors"]["after"].as_str().unwrap();
    assert_eq!(next, format!("{ADDRESS}?limit=25&after={after}"));
    let before = pages[2]["paging"]["cursors"]["before"].as_str().unwrap();
    let previous = list(&format!("before={before}"));
    assert_eq!(names(&previous), names(&pages[1]), "and back");
}

#[test]
fn limits_and_filters_go_together() {
    assert_eq!(names(&list("limit=250")).len(), built_in().len());
    let pages = pages("name=welcome&limit=20&fields=language");
    assert_eq!(pages.iter().map(|page| names(page).len()).collect::<Vec<_>>(), [20, 13]);
    let next = pages[0]["paging"]["next"].as_str().unwrap();
    assert!(next.starts_with(&format!("{ADDRESS}?name=welcome&fields=language&limit=20&after=")), "{next}");
    assert_eq!(names(&list("name=order_update&language=en")), ["order_update/en"]);
    assert_eq!(
        names(&list("name=order_update&language=en_US")),
        ["order_update_delayed/en_US", "order_update/en_US"],
        "a part of the name is enough"
    );
    assert_eq!(names(&list("status=PAUSED")), ["winter_sale/en_US"]);
    assert_eq!(names(&list("category=AUTHENTICATION")).len(), 5);
    assert_eq!(list("name=nothing"), json!({ "data": [] }));
    let last = pages[1]["paging"]["cursors"]["after"].as_str().unwrap();
    assert_eq!(list(&format!("after={last}")), json!({ "data": [] }), "after the last there is nothing");
}

#[test]
fn only_the_fields_asked_for_are_given() {
    let first = |query: &str| list(query)["data"][0].clone();
    assert_eq!(
        first("name=order_update&language=de&fields=name,quality_score"),
        json!({ "name": "order_update", "quality_score": { "score": "GREEN" }, "id": "1387372356749757" })
    );
    assert!(first("name=order_update&language=de").get("quality_score").is_none(), "it has to be asked for");
    let keys: Vec<_> = first("name=hello").as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["name", "parameter_format", "components", "language", "status", "category", "id"]);
    let refusal = refusal("fields=name,colour");
    assert_eq!(
        refusal.message,
        "(#100) Tried accessing nonexisting field (colour) on node type (WhatsAppMessageTemplate)"
    );
}

#[test]
fn a_wrong_question_is_code_100() {
    let other = SandboxTemplates::built_in().unwrap().list("limit=1", ADDRESS, Seed(8)).unwrap();
    let other = other["paging"]["cursors"]["after"].as_str().unwrap();
    for (query, words) in [
        ("after=nonsense", "cursor"),
        ("after=AAAAAAAAAAAAAAAAAAAAAA", "cursor"),
        (&format!("after={other}"), "cursor"),
        ("limit=0", "from 1 to 250"),
        ("limit=251", "from 1 to 250"),
        ("limit=x", "from 1 to 250"),
        ("status=approved", "must be one of APPROVED"),
        ("category=NEWS", "must be one of MARKETING"),
        ("nane=x", "unexpected parameter \"nane\""),
        ("name=a&name=b", "given twice"),
    ] {
        let refusal = refusal(query);
        assert_eq!((refusal.code, refusal.http), (100, 400), "{query}");
        assert!(refusal.details.contains(words), "{query}: {}", refusal.details);
    }
}

#[test]
fn what_fits_is_taken() {
    let track = button("url", "0", &text("0000417"));
    let two = body(&[text("Ann"), text("0000417")]);
    fits("order_update", "de", &[header(&text("Acme")), two.clone(), track]);
    fits("order_update", "en", &[two]);
    fits("hello_world", "en_US", &[]);
    fits("one_time_code", "en_US", &[body(&[text("004217")]), button("url", "0", &text("004217"))]);
    let three = [named("order_id", "1"), named("amount_due", "€1"), named("first_name", "Ann")];
    fits("ready_for_collection", "fr", &[place(), body(&three)]);
    let payload = json!({ "type": "payload", "payload": "x" });
    fits("ready_for_collection", "fr", &[place(), body(&three), button("quick_reply", "0", &payload)]);
    let code = json!({ "type": "coupon_code", "coupon_code": "SPRING20" });
    fits("spring_offer", "en_US", &[image(), body(&[text("Ann"), text("20%")]), button("COPY_CODE", 0, &code)]);
}

#[test]
fn names_and_languages_have_to_exist() {
    refused(132_001, "does not exist in nl", "order_update", "nl", &[]);
    refused(132_001, "does not exist in en", "one_time_code", "en", &[]);
    let unknown = message("made_up", "en", &[body(&[text("a")])]);
    assert_eq!(built_in().judge(&unknown, false), Ok(()), "a name that is not known is taken");
    assert_eq!(built_in().judge(&unknown, true).unwrap_err().code, 132_001);
    let text = json!({ "messaging_product": "whatsapp", "type": "text", "text": { "body": "Hello" } });
    assert_eq!(built_in().judge(&text, true), Ok(()));
}

#[test]
fn only_approved_ones_are_sent() {
    let one = [body(&[text("Ann")])];
    refused(132_015, "PAUSED", "winter_sale", "en_US", &one);
    refused(132_016, "DISABLED", "last_chance", "en_US", &one);
    refused(132_001, "REJECTED", "loyalty_invitation", "en_US", &one);
    refused(132_001, "PENDING", "spring_offer", "de", &one);
    refused(132_001, "IN_APPEAL", "price_change", "en_US", &one);
    refused(132_001, "ARCHIVED", "old_newsletter", "en_US", &one);
}

#[test]
fn the_body_has_as_many_parameters_as_variables() {
    refused(
        132_000,
        "body: number of parameters (0) does not match the expected number (2)",
        "order_update",
        "en",
        &[],
    );
    refused(132_000, "(1)", "order_update", "en", &[body(&[text("Ann")])]);
    refused(132_000, "(3)", "order_update", "en", &[body(&[text("a"), text("b"), text("c")])]);
    refused(132_000, "expected number (0)", "hello_world", "en_US", &[body(&[text("a")])]);
    let said = [named("first_name", "Ann"), named("day", "Saturday"), named("time", "9")];
    let clinic = header(&named("clinic", "Acme"));
    fits("appointment_reminder", "en_US", &[clinic.clone(), body(&said)]);
    refused(132_000, "(2)", "appointment_reminder", "en_US", &[clinic, body(&said[..2])]);
}

#[test]
fn parameters_are_told_apart_as_the_template_does() {
    let numbered = [text("a"), text("b"), text("c")];
    refused(132_012, "by name", "ready_for_collection", "en", &[place(), body(&numbered)]);
    refused(132_012, "by position", "order_update", "en", &[body(&[named("a", "x"), named("b", "y")])]);
    let wrong = [named("first_name", "Ann"), named("order_id", "1"), named("amount", "€1")];
    refused(132_012, "amount_due is not given", "ready_for_collection", "en", &[place(), body(&wrong)]);
}

#[test]
fn headers_are_of_the_templates_kind() {
    let two = body(&[text("Ann"), text("20%")]);
    refused(132_012, "expected image, received nothing", "spring_offer", "en_US", std::slice::from_ref(&two));
    refused(132_012, "expected image, received location", "spring_offer", "en_US", &[place(), two.clone()]);
    refused(132_012, "expected image, received text", "spring_offer", "en_US", &[header(&text("x")), two.clone()]);
    refused(132_012, "expected text, received image", "order_update", "de", &[image(), two.clone()]);
    refused(132_012, "expected text, received image", "order_update", "en", &[image(), two.clone()]);
    refused(132_000, "header: number of parameters (0)", "order_update", "de", std::slice::from_ref(&two));
    refused(132_000, "header: number of parameters (1)", "order_update", "en", &[header(&text("x")), two]);
}

#[test]
fn buttons_get_what_they_need() {
    let order = [header(&text("Acme")), body(&[text("Ann"), text("1")])];
    let with = |button: Value| [order.as_slice(), &[button]].concat();
    refused(131_008, "button at index 0 of type Url requires a parameter", "order_update", "de", &order);
    let payload = json!({ "type": "payload", "payload": "x" });
    refused(132_012, "is not of type quick_reply", "order_update", "de", &with(button("quick_reply", 0, &payload)));
    refused(132_012, "index 1 does not exist", "order_update", "de", &with(button("url", "1", &text("x"))));
    refused(131_008, "index 0", "one_time_code", "de", &[body(&[text("123456")])]);
    let offer = [image(), body(&[text("Ann"), text("20%")])];
    refused(131_008, "of type CopyCode", "spring_offer", "en_US", &offer);
    let code = button("copy_code", "0", &json!({ "type": "coupon_code", "coupon_code": "X" }));
    let [head, text_of] = offer;
    let shop = button("url", "1", &text("x"));
    refused(132_000, "no variable in its URL", "spring_offer", "en_US", &[head, text_of, code, shop]);
}

#[test]
fn what_is_filled_in_has_to_fit() {
    // `Hello {{1}}, your order {{2}} is on its way.`
    let around = "Hello , your order  is on its way.".chars().count();
    let fill = |length: usize| [body(&[text(&"ü".repeat(length)), text("1")])];
    fits("order_update", "en", &fill(1_024 - around - 1));
    refused(132_005, "has 1025 characters", "order_update", "en", &fill(1_024 - around));
    let code = "1234567890123456";
    let sent = [body(&[text(code)]), button("url", "0", &text(code))];
    refused(132_018, "at most 15 characters, this one has 16", "one_time_code", "en_US", &sent);
    fits("one_time_code", "en_US", &[body(&[text(&code[1..])]), button("url", "0", &text(&code[1..]))]);
}

#[test]
fn files_come_in_three_shapes() {
    let one = json!({ "name": "mine", "language": "en" });
    for shape in [json!([one]), json!({ "data": [one], "paging": {} }), json!({ "version": 1, "templates": [one] })] {
        let templates = SandboxTemplates::read(&shape).unwrap();
        assert_eq!(templates.len(), 1);
        let listed = templates.list("", ADDRESS, SEED).unwrap();
        let expected = json!({
            "name": "mine", "parameter_format": "POSITIONAL", "components": [], "language": "en",
            "status": "APPROVED", "category": "UTILITY", "id": "1000000000000000",
        });
        assert_eq!(listed["data"][0], expected, "what a file written by hand may lack is filled in");
    }
    assert!(SandboxTemplates::read(&json!([])).unwrap().is_empty());
    assert_eq!("\u{feff}[]".parse::<SandboxTemplates>().unwrap().len(), 0);
}

#[test]
fn every_template_that_cannot_be_read_is_named() {
    let error = SandboxTemplates::read(&json!([
        { "language": "en" },
        { "name": "a", "language": "en" },
        { "name": "a", "language": "en" },
        { "name": "b", "language": "en", "status": "APROVED" },
        { "name": "c", "language": "en", "category": "NEWS" },
        { "name": "d", "language": "en", "parameter_format": "MIXED" },
        { "name": "e", "language": "en", "components": [{ "text": "x" }] },
        7,
    ]))
    .unwrap_err();
    insta::assert_snapshot!(error, @r#"
    template 1: missing field `name`
    template 3 (a): it is defined twice in en
    template 4 (b): status "APROVED": one of APPROVED, PENDING, REJECTED, PAUSED, DISABLED, ARCHIVED, IN_APPEAL, LIMIT_EXCEEDED, PENDING_DELETION, DELETED
    template 5 (c): category "NEWS": one of MARKETING, UTILITY, AUTHENTICATION, FREE_SERVICE
    template 6 (d): parameter_format "MIXED": one of POSITIONAL, NAMED
    template 7 (e): missing field `type`
    template 8: invalid type: integer `7`, expected a template
    "#);
    let error = |text: &str| text.parse::<SandboxTemplates>().unwrap_err().to_string();
    assert_eq!(error("{}"), "wanted a list of templates, or an object with one under `data` or `templates`");
    assert!(error("[").starts_with("not valid JSON: "), "{}", error("["));
}

#[test]
fn letters_of_either_case_are_read() {
    let templates = SandboxTemplates::read(&json!([{
        "name": "mine", "language": "en", "category": "AUTHENTICATION", "components": [
            { "type": "header", "format": "image" },
            { "type": "body", "text": "{{ 1 }} and {{1}} again" },
            { "type": "buttons", "buttons": [{ "type": "otp" }, { "type": "url", "url": "https://example.com" }] },
        ],
    }]))
    .unwrap();
    let sent = |components: &[Value]| templates.judge(&message("mine", "en", components), true);
    let buttons = [button("url", 0, &text("1")), button("url", "1", &text("1"))];
    let all = [&[image(), body(&[text("1")])], buttons.as_slice()].concat();
    assert_eq!(sent(&all), Ok(()), "a variable that stands twice is filled once");
    assert_eq!(
        sent(&all[..3]).unwrap_err().code,
        131_008,
        "every URL button of an authentication template takes the code"
    );
}

proptest! {
    #[test]
    fn pages_of_any_size_give_each_template_once(limit in 1_usize..=70, part in "[a-z_]{0,2}") {
        let pages = pages(&format!("limit={limit}&name={part}&fields=name,language"));
        let paged: Vec<_> = pages.iter().flat_map(names).collect();
        prop_assert_eq!(paged, names(&list(&format!("limit=250&name={part}"))));
        prop_assert!(pages.iter().rev().skip(1).all(|page| names(page).len() == limit));
    }

    #[test]
    fn no_question_makes_it_stumble(query in "(after|before|limit|name|fields|x)=[-A-Za-z0-9_%&=,]{0,24}") {
        let answer = built_in().list(&query, ADDRESS, SEED);
        prop_assert!(answer.map_or_else(|refusal| refusal.code == 100, |page| page["data"].is_array()));
    }

    #[test]
    fn a_text_is_cut_without_loss(text in "[a{} 1]{0,24}") {
        let cut = pieces(&text);
        let whole: usize = cut.iter().map(|(before, variable)| before.len() + variable.map_or(0, |name| name.len() + 4)).sum();
        let blanks = text.matches(' ').count();
        prop_assert!((whole..=whole + blanks).contains(&text.len()), "{text:?}: {cut:?}");
        prop_assert!(variables(&text).len() < cut.len());
    }
}
