use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::State;

fn answer(status: u16, body: &str) -> Answer {
    answer_to(status, body, &FieldVariation::default())
}

fn answer_to(status: u16, body: &str, variation: &FieldVariation) -> Answer {
    classify(&HttpAnswer { status, retry_after: None, body: body.as_bytes(), extent: Extent::Whole }, variation, None)
}

fn error(code: impl std::fmt::Display) -> String {
    format!(r#"{{"error":{{"message":"(#1) Title","code":{code}}}}}"#)
}

/// State, code and wait of a reply, in short.
fn brief(answer: &Answer) -> String {
    let kind = match &answer.reply {
        Reply::Accepted { .. } => "accepted",
        Reply::Rejected { .. } => "rejected",
        Reply::Throttled { scope: Scope::Lane, .. } => "throttled pair",
        Reply::Throttled { after: Some(after), .. } => return format!("throttled {after:?} {}", answer.reply.code()),
        Reply::Throttled { .. } => "throttled",
        Reply::Unreachable { .. } => "unreachable",
        Reply::Unknown { .. } => "unknown",
        Reply::Fatal { .. } => "fatal",
    };
    format!("{kind} {}", answer.reply.code())
}

/// A recipe in which these fields differ from row to row, and the number of entries of these lists.
fn varying(values: &[&str], lengths: &[&str]) -> FieldVariation {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    FieldVariation { varying_values: owned(values), varying_lengths: owned(lengths) }
}

#[test]
fn accepted_with_an_id() {
    let body = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+16505551234","wa_id":"16505551234"}],
        "messages":[{"id":"wamid.X","message_status":"accepted"}]}"#;
    let got = answer(200, body);
    assert_eq!(
        got.reply,
        Reply::Accepted {
            id: "wamid.X".into(),
            recipient: Some("16505551234".into()),
            status: Some("accepted".into()),
            held: false
        }
    );
    assert_eq!(got.note, Note { http_status: Some(200), ..Note::default() });
}

#[test]
fn all_but_the_id_may_be_missing_or_nonsense() {
    for body in [
        r#"{"messages":[{"id":"wamid.X"}]}"#,
        r#"{"contacts":"x","messages":[{"id":"wamid.X","message_status":7}]}"#,
        r#"{"contacts":[{"wa_id":""}],"messages":[{"id":"wamid.X","message_status":""},3],"error":1}"#,
    ] {
        let accepted = Reply::Accepted { id: "wamid.X".into(), recipient: None, status: None, held: false };
        assert_eq!(answer(201, body).reply, accepted, "{body}");
    }
}

#[test]
fn held_by_its_status() {
    for (status, state) in [
        ("held_for_quality_assessment", State::Held),
        ("paused", State::Held),
        ("accepted", State::Accepted),
        ("something new", State::Accepted),
    ] {
        let got = answer(200, &format!(r#"{{"messages":[{{"id":"wamid.X","message_status":"{status}"}}]}}"#));
        assert_eq!(got.reply.state(), state, "{status}");
        assert_eq!(got.note.advice.is_some(), state == State::Held);
    }
}

#[test]
fn success_without_an_id_is_unknown() {
    for body in [
        "",
        "<html>Welcome to the airport</html>",
        "{}",
        "[]",
        "null",
        r#"{"success":true}"#,
        r#"{"messages":[]}"#,
        r#"{"messages":[{"id":""}]}"#,
        r#"{"messages":[{"id":" "}]}"#,
        r#"{"messages":[{"id":7}]}"#,
        r#"{"messages":{"0":{"id":""}}}"#,
        r#"{"error":{"code":130429,"message":"x"}}"#,
        r#"{"messages":[{"id":"wamid.X"}]} trailing"#,
    ] {
        let got = answer(200, body);
        assert_eq!(brief(&got), "unknown malformed_200", "{body}");
        assert_eq!(got.note.advice.as_deref(), Some(CONFIRM_FIRST));
    }
    assert_eq!(answer(200, "<html>").note.raw.as_deref(), Some("<html>"));
    let note = answer(200, r#"{"error":{"code":190}}"#).note;
    assert_eq!((note.code, note.raw.as_deref()), (Some(190), Some(r#"{"error":{"code":190}}"#)));
}

#[test]
fn a_body_that_was_not_read_whole_proves_little() {
    let body = br#"{"messages":[{"id":"wamid.X"}],"error":{"code":130429}}"#;
    for (status, cut, too_long) in [
        (200, "unknown truncated_2xx", "unknown malformed_200"),
        (302, "fatal redirect", "fatal redirect"),
        (400, "rejected http_4xx", "rejected http_4xx"),
        (401, "fatal http_401", "fatal http_401"),
        (408, "unknown http_408", "unknown http_408"),
        (429, "throttled http_429", "throttled http_429"),
        (500, "unknown http_5xx", "unknown http_5xx"),
    ] {
        let read = |extent| {
            brief(&classify(&HttpAnswer { status, retry_after: None, body, extent }, &FieldVariation::default(), None))
        };
        assert_eq!((read(Extent::Cut).as_str(), read(Extent::TooLong).as_str()), (cut, too_long), "{status}");
    }
}

#[test]
fn without_a_known_code_the_status_decides() {
    for (status, bare, unknown_code) in [
        (307, "fatal redirect", "fatal redirect"),
        (400, "rejected http_4xx", "rejected 999"),
        (401, "fatal http_401", "fatal 999"),
        (403, "rejected http_4xx", "rejected 999"),
        (408, "unknown http_408", "unknown http_408"),
        (421, "unreachable unreachable", "unreachable unreachable"),
        (425, "unreachable unreachable", "unreachable unreachable"),
        (429, "throttled http_429", "throttled 999"),
        (500, "unknown http_5xx", "unknown 999"),
        (502, "unknown http_5xx", "unknown 999"),
        (504, "unknown http_5xx", "unknown 999"),
        (102, "unknown http_102", "unknown http_102"),
        (999, "unknown http_999", "unknown http_999"),
    ] {
        let got = answer(status, "<html>Bad</html>");
        assert_eq!(brief(&got), bare, "{status}");
        assert_eq!(got.note.raw.as_deref(), Some("<html>Bad</html>"));
        assert_eq!(brief(&answer(status, &error(999))), unknown_code, "{status}");
    }
}

#[test]
fn a_known_code_decides_whatever_the_status() {
    for status in [400, 403, 404, 408, 421, 429, 500, 503] {
        for (code, reply) in [
            ("190", "fatal 190"),
            ("\"190\"", "fatal 190"),
            ("200", "fatal 200"),
            ("299", "fatal 299"),
            ("4", "throttled 60s 4"),
            ("80007", "throttled 60s 80007"),
            ("2494100", "throttled 60s 2494100"),
            ("131057", "throttled 20s 131057"),
            ("134101", "throttled 600s 134101"),
            ("130429", "throttled 130429"),
            ("131056", "throttled pair 131056"),
            ("131048", "fatal 131048"),
            ("1", "unknown 1"),
            ("2", "unknown 2"),
            ("131000", "unknown 131000"),
            ("131016", "unknown 131016"),
            ("133004", "unknown 133004"),
            ("33", "fatal 33"),
            ("131042", "fatal 131042"),
            ("130497", "rejected 130497"),
            ("132001", "fatal 132001"),
            ("132012", "rejected 132012"),
            ("100", "rejected 100"),
            ("131026", "rejected 131026"),
            ("131047", "rejected 131047"),
        ] {
            assert_eq!(brief(&answer(status, &error(code))), reply, "{status}");
        }
    }
}

#[test]
fn the_range_of_permissions_is_one_of_integers() {
    for code in [199, 300, 2_000, 200_005, -200] {
        assert_eq!(brief(&answer(400, &error(code))), format!("rejected {code}"));
    }
}

#[test]
fn codes_that_are_none() {
    for code in ["null", "\"x\"", "1.5", "[190]", "{\"code\":190}", "99999999999999999999", "true"] {
        assert_eq!(brief(&answer(400, &error(code))), "rejected http_4xx", "{code}");
        assert_eq!(brief(&answer(500, &error(code))), "unknown http_5xx", "{code}");
    }
    assert_eq!(answer(400, r#"{"error":{}}"#).note.raw.as_deref(), Some(r#"{"error":{}}"#));
    assert_eq!(answer(400, r#"{"error":"a text"}"#).note.raw.as_deref(), Some(r#"{"error":"a text"}"#));
}

#[test]
fn shared_content_makes_a_refusal_fatal() {
    let same = FieldVariation::default();
    for code in [132_001, 132_007, 132_015, 132_016, 131_063, 131_055, 134_100, 134_102, 132_068, 132_069] {
        assert_eq!(brief(&answer_to(400, &error(code), &same)), format!("fatal {code}"));
        for field in ["name", "language-code"] {
            let by_row = varying(&[field], &[]);
            assert_eq!(brief(&answer_to(400, &error(code), &by_row)), format!("rejected {code}"));
        }
    }
    let filled = varying(&["body-parameters"], &[]);
    assert_eq!(brief(&answer_to(400, &error(132_000), &filled)), "fatal 132000");
    let counted = varying(&["body-parameters"], &["body-parameters"]);
    assert_eq!(brief(&answer_to(400, &error(132_000), &counted)), "rejected 132000");
    assert_eq!(brief(&answer_to(400, &error(132_000), &varying(&["name"], &[]))), "rejected 132000");
    assert_eq!(brief(&answer_to(400, &error(131_053), &same)), "fatal 131053");
    assert_eq!(brief(&answer_to(400, &error(131_053), &varying(&["id-or-link"], &[]))), "rejected 131053");
}

#[test]
fn what_is_kept_of_an_error() {
    let body = r#"{"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429,
        "error_data":{"messaging_product":"whatsapp","details":"Throughput has been reached."},
        "error_subcode":2494055,"fbtrace_id":"Az8or2yhqkZfEZ"}}"#;
    let got = answer(400, body);
    assert_eq!(got.reply.message(), "Throughput has been reached.");
    assert_eq!(
        got.note,
        Note {
            http_status: Some(400),
            advice: Some("Lower `rate` to what the number allows.".into()),
            never_again: false,
            title: Some("(#130429) Rate limit hit".into()),
            code: Some(130_429),
            subcode: Some(2_494_055),
            trace: Some("Az8or2yhqkZfEZ".into()),
            raw: None,
        }
    );
    for data in [r#""a bare text""#, "7", "[]", r#"{"details":""}"#, r#"{"details":[1]}"#] {
        let got = answer(400, &format!(r#"{{"error":{{"message":"Title","code":100,"error_data":{data}}}}}"#));
        assert_eq!((got.reply.message(), got.note.title), ("Title", None), "{data}");
    }
    assert_eq!(answer(400, r#"{"error":{"code":100}}"#).reply.message(), "HTTP 400 with code 100");
    let wrong_id = answer(400, r#"{"error":{"code":100,"error_subcode":"33"}}"#);
    assert_eq!(wrong_id.note.advice.as_deref(), Some("Check `phone-number-id` and the token's access to it."));
}

#[test]
fn the_server_may_ask_for_a_longer_or_shorter_wait() {
    let wait = Some(Duration::from_secs(7));
    for (status, code) in [(400, "131057"), (400, "130429"), (429, "999")] {
        let body = error(code);
        let answer = HttpAnswer { status, retry_after: wait, body: body.as_bytes(), extent: Extent::Whole };
        let got = classify(&answer, &FieldVariation::default(), None);
        assert_eq!(brief(&got), format!("throttled 7s {code}"));
    }
}

#[test]
fn server_text_is_cut() {
    let bytes = [0xFF_u8; 10_000];
    let whole = HttpAnswer { status: 502, retry_after: None, body: &bytes, extent: Extent::Whole };
    let raw = classify(&whole, &FieldVariation::default(), None).note.raw.unwrap();
    assert!((4000..=4096).contains(&raw.len()));
    let long = format!(r#"{{"error":{{"code":100,"message":"{}"}}}}"#, "ä".repeat(10_000));
    assert_eq!(answer(400, &long).reply.message().len(), 4096);
}

/// JSON of the shape of an answer, with nonsense in any place.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just("\"\"".to_owned()),
        Just("1e400".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        (0..300_i64).prop_map(|number| number.to_string()),
        (130_000..135_000_i64).prop_map(|number| format!("\"{number}\"")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let object = (leaf.clone(), leaf.clone(), leaf.clone(), leaf).prop_map(|(a, b, c, d)| {
        format!(
            r#"{{"messages":[{{"id":{a},"message_status":{b}}}],"contacts":[{b}],
                "error":{{"code":{c},"message":{a},"error_data":{{"details":{d}}},"error_subcode":{d},"fbtrace_id":{b}}}}}"#
        )
        .into_bytes()
    });
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), object, "\\PC*".prop_map(String::into_bytes)]
}

proptest! {
    #[test]
    fn nothing_is_accepted_without_an_id_or_repeated_without_a_refusal(
        status in prop_oneof![any::<u16>(), 200..600_u16],
        body in bodies(),
        extent in prop_oneof![Just(Extent::Whole), Just(Extent::Cut), Just(Extent::TooLong)],
    ) {
        let got = classify(&HttpAnswer { status, retry_after: None, body: &body, extent }, &FieldVariation::default(), None);
        let json = serde_json::from_slice::<Value>(&body).ok().filter(|_| extent == Extent::Whole);
        match &got.reply {
            Reply::Accepted { id, .. } => {
                prop_assert!((200..300).contains(&status) && !id.is_empty());
                let sent = json.as_ref().and_then(|json| json.pointer("/messages/0/id"));
                prop_assert_eq!(sent.and_then(Value::as_str), Some(id.as_str()));
            }
            reply if reply.proves_not_sent() => {
                let coded = json.as_ref().and_then(|json| json.pointer("/error/code")).is_some();
                prop_assert!(status >= 400);
                prop_assert!(coded || matches!(status, 421 | 425 | 429), "{} {:?}", status, reply);
            }
            _ => {}
        }
        prop_assert!(got.reply.message().len() <= 4096);
        prop_assert!(got.note.raw.is_none_or(|raw| raw.len() <= 4096));
    }
}

#[test]
fn who_wants_no_more_is_not_written_to_again() {
    for (code, never) in [(131_049, true), (131_050, true), (130_403, true), (131_026, false), (190, false)] {
        let got = answer(400, &format!(r#"{{"error":{{"code":{code},"message":"x"}}}}"#));
        assert_eq!(got.note.never_again, never, "{code}");
    }
}

/// Answers to accepted messages, and answers that resemble them.
fn nearly_sent() -> impl Strategy<Value = String> {
    let word = || prop_oneof!["[a-z0-9]{0,3}", Just(" ".to_owned())].prop_map(|word| format!("{word:?}"));
    let value = move || prop_oneof![8 => word(), 1 => Just("null".to_owned()), 1 => Just("7".to_owned())];
    let entry = move |names: &'static [&'static str]| {
        proptest::collection::vec((proptest::sample::select(names), value()), 0..4)
            .prop_map(|fields| {
                fields.iter().map(|(name, value)| format!("{name:?}:{value}")).collect::<Vec<_>>().join(",")
            })
            .prop_map(|fields| format!("[{{{fields}}}]"))
    };
    let list = prop_oneof![
        6 => entry(&["id", "message_status", "wa_id"]),
        1 => Just("[]".to_owned()),
        1 => Just("null".to_owned()),
        2 => Just(r#"{"code":131026}"#.to_owned()),
    ];
    let fields =
        proptest::collection::vec((proptest::sample::select(vec!["messages", "contacts", "error"]), list), 0..4);
    fields.prop_map(|fields| {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

#[test]
fn an_id_with_an_error_beside_it_is_kept_with_the_error() {
    let answer = answer(200, r#"{"messages":[{"id":"wamid.1"}],"error":{"code":131026,"fbtrace_id":"A1"}}"#);
    assert_eq!(brief(&answer), "accepted ");
    assert_eq!((answer.note.code, answer.note.trace.as_deref()), (Some(131_026), Some("A1")));
}

proptest! {
    /// The fast reader and the complete reader agree.
    #[test]
    fn the_quick_way_is_the_long_way(body in nearly_sent(), status in prop_oneof![Just(200), Just(201), Just(400)]) {
        let answer = HttpAnswer { status, retry_after: None, body: body.as_bytes(), extent: Extent::Whole };
        let variation = FieldVariation::default();
        prop_assert_eq!(classify(&answer, &variation, None), look_closer(&answer, &variation, None));
    }
}
