//! Lookups before a message is sent: the sandbox's templates, and the limits of a number.

use super::*;

/// Asks with a token.
fn get(sandbox: &Sandbox, path: &str) -> (u16, String, Value) {
    answer(sandbox, &request(&format!("GET {path}"), "Authorization: Bearer canary\r\n", ""))
}

#[test]
fn templates_are_listed() {
    let sandbox = start(&[]);
    let (status, head, page) = get(&sandbox, "/v23.0/102290129340398/message_templates?name=order_update&limit=2");
    assert_eq!(status, 200);
    assert!(head.contains("facebook-api-version: v23.0") && head.contains("application/json"), "{head}");
    assert_eq!((&page["data"][0]["language"], page["data"].as_array().unwrap().len()), (&json!("en_US"), 2));
    let next = page["paging"]["next"].as_str().unwrap();
    let start = "http://127.0.0.1/v23.0/102290129340398/message_templates?name=order_update&limit=2&after=";
    assert!(next.starts_with(start), "{next}");
    let (_, _, page) = get(&sandbox, next.strip_prefix("http://127.0.0.1").unwrap());
    assert_eq!(page["data"][0]["language"], "en_GB");
    let (status, _, body) = get(&sandbox, "/v23.0/1/message_templates?after=nonsense");
    assert_eq!((status, &body["error"]["code"]), (400, &json!(100)));
}

#[test]
fn messages_are_held_to_the_templates_they_name() {
    let own = SandboxTemplates::read(&json!([{
        "name": "promo", "language": "en_US", "status": "APPROVED", "components": [{ "type": "BODY", "text": "Hi {{1}}!" }],
    }]));
    let sandbox = Sandbox::start(Config { templates: Some(own.unwrap()), ..Config::default() }).unwrap();
    let (status, _, body) = answer(&sandbox, &post(&template(TO)));
    assert_eq!((status, &body["error"]["code"]), (400, &json!(132_000)));
    assert_eq!(body["error"]["message"], "(#132000) Template Param Count Mismatch");
    assert_eq!((sandbox.inbox().total_delivered(), sandbox.inbox().answers(132_000)), (0, 1));
    assert_eq!((&*sandbox.inbox().recent()[0].to, &*sandbox.inbox().recent()[0].kind), (TO, "template"));
    let (_, _, page) = get(&sandbox, "/v23.0/1/message_templates");
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "they take the place of the built-in ones");

    let strict = |strict_templates| {
        let sandbox = Sandbox::start(Config { strict_templates, ..Config::default() }).unwrap();
        let (status, _, body) = answer(&sandbox, &post(&template(TO)));
        (status, body["error"]["code"].as_u64())
    };
    assert_eq!((strict(false), strict(true)), ((200, None), (404, Some(132_001))));
}

#[test]
fn the_number_tells_what_it_may_send() {
    let ask = |config: Config, query: &str| get(&Sandbox::start(config).unwrap(), &format!("/v23.0/1065{query}")).2;
    let limits = "?fields=throughput,whatsapp_business_manager_messaging_limit";
    let fast = json!({
        "throughput": { "level": "HIGH" }, "whatsapp_business_manager_messaging_limit": "TIER_100K", "id": "1065",
    });
    assert_eq!(ask(Config::default(), limits), fast);
    let tier = "TIER_250".to_owned();
    let slow = ask(Config { throughput: Some(80), tier, ..Config::default() }, limits);
    assert_eq!(
        (&slow["throughput"]["level"], &slow["whatsapp_business_manager_messaging_limit"]),
        (&json!("STANDARD"), &json!("TIER_250"))
    );
    assert_eq!(ask(Config { throughput: Some(81), ..Config::default() }, limits), fast);
    let named = ask(Config::default(), "?fields=quality_rating,display_phone_number,verified_name");
    let name = json!({
        "quality_rating": "GREEN", "display_phone_number": "+1 202-555-0100", "verified_name": "Sandbox", "id": "1065",
    });
    assert_eq!(named, name);
    assert!(ask(Config::default(), "").get("whatsapp_business_manager_messaging_limit").is_none(), "only if asked for");
    let error = &ask(Config::default(), "?fields=colour")["error"];
    assert_eq!((&error["code"], error["message"].as_str().unwrap().contains("(colour)")), (&json!(100), true));
}

#[test]
fn lookups_need_the_token_and_their_method_and_are_counted_apart() {
    let sandbox = Sandbox::start(Config { token: Some("right".to_owned()), ..Config::default() }).unwrap();
    let ask = |line: &str, header: &str| {
        let (status, _, body) = answer(&sandbox, &request(line, header, ""));
        (status, body["error"]["code"].as_u64(), body["error"]["error_subcode"].as_u64())
    };
    let right = "Authorization: Bearer right\r\n";
    for path in ["/v23.0/1/message_templates", "/v23.0/1"] {
        let get = format!("GET {path}");
        assert_eq!(ask(&get, ""), (401, Some(0), None));
        assert_eq!(ask(&get, "Authorization: Bearer wrong\r\n"), (401, Some(190), None));
        assert_eq!(ask(&get, right), (200, None, None));
        assert_eq!(ask(&format!("{get}?nonsense=1"), right), (400, Some(100), None));
        assert_eq!(ask(&get.replace("/1", "/x"), right), (400, Some(100), Some(33)));
        assert_eq!(ask(&format!("POST {path}"), right), (400, Some(100), Some(33)));
    }
    assert_eq!(ask("GET /23.0/1/message_templates", right), (400, Some(2_500), None));
    let stats = sandbox.inbox().stats();
    assert_eq!((stats.lookups, sandbox.inbox().total_lookups()), (12, 12));
    assert_eq!((stats.requests, stats.by_code), (1, [(2_500, 1)].into()), "the lookups are in no other count");
    assert_eq!(sandbox.inbox().recent().len(), 1);
}

#[test]
fn lookups_pass_the_faults_and_the_pace() {
    let faults = vec!["190=100%".parse().unwrap()];
    let sandbox = Sandbox::start(Config { faults, throughput: Some(1), ..Config::default() }).unwrap();
    for _ in 0..5 {
        assert_eq!(get(&sandbox, "/v23.0/1").0, 200);
    }
}
