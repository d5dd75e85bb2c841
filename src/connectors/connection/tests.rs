use std::path::Path;

use super::*;
use crate::diag::render;
use crate::model::Endpoint;
use crate::recipe::find_connection;

const GOOD: &str = r#"
  type: whatsapp
  token: "{{ env.WHATSAPP_TOKEN }}"
  phone-number-id: "106540352242922"
"#;

/// The connection `acme` of a file, and its problems as people see them.
fn read(keys: &str) -> (Option<Connection>, String) {
    let environment = Environment::fixed([("PHONE_ID", "1065"), ("RATE", "5/s"), ("HOST", "http://example.com")]);
    let source = Source::new("conf/connections.yaml", format!("acme:\n{}\n", keys.trim_matches('\n')));
    let text = find_connection(&source, "acme").unwrap();
    let mut problems = Problems::default();
    let connection = read_connection(&text, &environment, &mut problems);
    (connection, problems.into_iter().map(|problem| render(&problem, false)).collect::<Vec<_>>().join("\n"))
}

fn settings(endpoint: &Endpoint) -> Vec<(&str, &str)> {
    endpoint.0.keys().filter_map(|key| Some((key.as_str(), endpoint.get(key)?))).collect()
}

#[test]
fn defaults_are_metas() {
    let (connection, problems) = read(GOOD);
    let connection = connection.unwrap();
    assert_eq!(problems, "");
    assert_eq!(
        settings(&connection.endpoint),
        [("api-version", "v23.0"), ("base-url", "https://graph.facebook.com"), ("phone-number-id", "106540352242922")]
    );
    assert_eq!(connection.rate.map(|rate| rate.to_string()).as_deref(), Some("80/s"));
    assert_eq!((connection.name.as_str(), connection.entry.kind), ("acme", "whatsapp"));
}

#[test]
fn every_key_is_read() {
    let (connection, problems) = read(
        r#"
  type: whatsapp
  token-file: secrets/token
  phone-number-id: "{{ env.PHONE_ID }}"
  default-country: DE
  api-version: v25.0
  base-url: HTTPS://Gateway.Example/meta/
  rate: "{{ env.RATE }}"
"#,
    );
    let connection = connection.unwrap();
    assert_eq!(problems, "");
    assert_eq!(
        settings(&connection.endpoint),
        [
            ("api-version", "v25.0"),
            ("base-url", "https://gateway.example/meta"),
            ("default-country", "DE"),
            ("phone-number-id", "1065")
        ]
    );
    assert_eq!(connection.rate.map(|rate| rate.to_string()).as_deref(), Some("5/s"));
    assert!(matches!(connection.token, TokenSource::File(path) if path == *Path::new("conf/secrets/token")));
}

#[test]
fn a_rate_may_be_unlimited() {
    let (connection, problems) = read(&format!("{GOOD}  rate: unlimited\n"));
    assert_eq!((connection.unwrap().rate, problems.as_str()), (None, ""));
}

#[test]
fn everything_that_is_wrong_is_said_at_its_place() {
    let (connection, problems) = read(
        r#"
  type: whatsapp
  token: "{{ env.WHATSAPP_TOKEN"
  phone-number-id: "+49 151 2345"
  default-country: Germany
  api-version: "23"
  base-url: "{{ env.HOST }}"
  rate: 80
  pone-number-id: 1
"#,
    );
    assert!(connection.is_some());
    insta::assert_snapshot!(problems, @r#"
    error: unknown key `pone-number-id` in a whatsapp connection (did you mean phone-number-id?)
     --> conf/connections.yaml:9:3
      |
    9 |   pone-number-id: 1
      |   ^^^^^^^^^^^^^^
      |
      = help: known keys: type, token, token-file, rate, phone-number-id, default-country, api-version, base-url, waba-id, templates

    error: `token`: not a template: unexpected end of input, expected end of variable block
     --> conf/connections.yaml:3:10
      |
    3 |   token: "{{ env.WHATSAPP_TOKEN"
      |          ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write "{{ env.NAME }}" for the environment variable NAME

    error: `rate`: "80" is not a rate: write a whole number and a unit (s, m, h or d), such as 80/s
     --> conf/connections.yaml:8:9
      |
    8 |   rate: 80
      |         ^^

    error: `base-url`: http would show the token to the network: write https
     --> conf/connections.yaml:7:13
      |
    7 |   base-url: "{{ env.HOST }}"
      |             ^^^^^^^^^^^^^^^^

    error: `api-version`: wanted a version such as v23.0
     --> conf/connections.yaml:6:16
      |
    6 |   api-version: "23"
      |                ^^

    error: `phone-number-id`: wanted the number's id, digits alone; it is not the phone number
     --> conf/connections.yaml:4:20
      |
    4 |   phone-number-id: "+49 151 2345"
      |                    ^^^^^^^^^^^^

    error: `default-country`: "Germany" is not a country code; write DE
     --> conf/connections.yaml:5:20
      |
    5 |   default-country: Germany
      |                    ^^^^^^^
    "#);
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let (connection, problems) = read(&format!("{GOOD}  api-version: \"{{{{ env.API_VERSION }}}}\"\n"));
    assert!(connection.is_some());
    insta::assert_snapshot!(problems, @r#"
    error: `api-version`: the environment variable `API_VERSION` is not set
     --> conf/connections.yaml:5:16
      |
    5 |   api-version: "{{ env.API_VERSION }}"
      |                ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: set it, or write a line `API_VERSION=…` in the file `.env`
    "#);
}

#[test]
fn a_kind_that_is_not_known_is_the_end() {
    for (keys, part) in [
        ("  type: watsapp\n", "unknown type `watsapp` (did you mean whatsapp?)"),
        ("  token: x\n", "`type` is missing"),
        ("  type: \"{{ env.KIND }}\"\n", "`KIND` is not set"),
    ] {
        let (connection, problems) = read(keys);
        assert!(connection.is_none() && problems.contains(part), "{problems}");
    }
}

#[test]
fn a_literal_token_works_is_warned_about_and_never_shown() {
    let (connection, problems) = read("  type: whatsapp\n  token: EAAGcanary0123456789\n  phone-number-id: 1065\n");
    let connection = connection.unwrap();
    insta::assert_snapshot!(problems, @r#"
    warning: `token`: a secret that stands in a file is soon in a backup or a commit
     --> conf/connections.yaml:3:10
      |
    3 |   token: xxxxxxxxxxxxxxxxxxxx
      |          ^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `token: "{{ env.WHATSAPP_TOKEN }}"` and set that variable, or `token-file: PATH`
    "#);
    assert!(connection.open(&Environment::default(), Duration::from_secs(1)).is_ok());
    assert!(!format!("{connection:?}").contains("canary"));
    let (_, inline) = read("  {type: whatsapp, token: EAAGcanary0123456789, rte: 5}");
    assert!(inline.contains("unknown key `rte`") && !inline.contains("canary"), "{inline}");
}

#[test]
fn a_token_is_crossed_out_where_it_stands_and_nowhere_else() {
    for keys in [
        "  type: whatsapp\n  phone-number-id: é\n  token: e\n",
        "  {type: whatsapp, phone-number-id: é, token: 'e'}",
        "  type: whatsapp\n  phone-number-id: é\n  token: |\n    e\n",
    ] {
        let (_, problems) = read(keys);
        assert!(problems.contains("phone-number-id: é"), "{problems}");
        assert!(problems.contains("type: whatsapp") || !keys.contains('{'), "{problems}");
        assert!(!problems.contains("token: e") && !problems.contains("'e'"), "{problems}");
    }
}

#[test]
fn a_copy_of_the_text_names_a_variable_instead_of_the_token() {
    let copy = |keys: &str| {
        let source = Source::new("c.yaml", format!("acme:\n  type: whatsapp\n  {keys}\n"));
        let copy = without_token(&find_connection(&source, "acme").unwrap())?;
        // The copy reads back with the same values.
        let again = find_connection(&Source::new("c.yaml", copy.as_str()), "acme").unwrap();
        let (_, token) = again.entries.into_iter().find(|(key, _)| key == "token").unwrap();
        let Node::Text(token) = token else { panic!("{copy}") };
        assert!(!copy.contains("EAAGcanary"), "{copy}");
        Some(token.trim().to_owned())
    };
    for keys in [
        "token: EAAGcanary-0123",
        "token: 'EAAGcanary-0123'",
        "token: \"EAAGcanary-0123\"",
        "token: 123456789012",
        "token: text",
        "token: |\n    EAAGcanary-0123",
        "token: EAAGcanary-0123 # EAAGcanary-0123",
    ] {
        assert_eq!(copy(keys).as_deref(), Some("{{ env.WHATSAPP_TOKEN }}"), "{keys}");
    }
    for keys in ["token: \"{{ env.T }}\"", "token: \"\"", "token-file: t", "token:"] {
        assert_eq!(copy(keys), None, "{keys}");
    }
}

#[test]
fn two_sources_of_a_token_are_one_too_many() {
    let (_, problems) = read(&format!("{GOOD}  token-file: token\n"));
    assert!(problems.contains("both given"), "{problems}");
}

#[test]
fn a_token_is_asked_for_only_when_the_connection_is_opened() {
    for (keys, message) in [
        (GOOD, "connection `acme`: the environment variable `WHATSAPP_TOKEN` is not set"),
        ("  type: whatsapp\n", "connection `acme`: no `token`"),
        ("  type: whatsapp\n  token-file: no-such-file\n", "connection `acme`: token file `conf/no-such-file`: "),
    ] {
        let (connection, problems) = read(keys);
        assert_eq!(problems, "");
        let problem = connection.unwrap().open(&Environment::default(), Duration::from_secs(1)).map(drop).unwrap_err();
        assert!(problem.message.starts_with(message), "{}", problem.message);
        assert!(render(&problem, false).contains("conf/connections.yaml"));
    }
}

#[test]
fn a_sandbox_takes_the_place_of_the_api() {
    let sandbox = read(GOOD).0.unwrap().for_sandbox("http://127.0.0.1:4000", "sandbox-token");
    assert_eq!(sandbox.endpoint.get("base-url"), Some("http://127.0.0.1:4000"));
    assert_eq!(sandbox.endpoint.get("phone-number-id"), Some("106540352242922"));
    assert!(sandbox.open(&Environment::default(), Duration::from_secs(1)).is_ok());
    let elsewhere = sandbox.for_sandbox("http://example.com", "sandbox-token");
    let problem = elsewhere.open(&Environment::default(), Duration::from_secs(1)).map(drop).unwrap_err();
    assert!(problem.message.contains("write https"), "{}", problem.message);
}
