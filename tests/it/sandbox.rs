//! `rowcast sandbox`: its templates, its number, and its errors for files that it cannot read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rowcast::sandbox::Config;

use crate::dry_run::{example, examples};
use crate::support::running::{Running, eventually};
use crate::support::{Bench, TOKEN, sandbox_with};

/// Asks the sandbox at this address with the tests' token; gives the whole answer.
fn ask(url: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The address that a sandbox prints.
fn url(running: &Running) -> String {
    let said = || running.stderr().lines().find_map(|line| Some(line.strip_prefix("  base-url: ")?.to_owned()));
    eventually("the sandbox listens", || said().is_some());
    said().unwrap()
}

#[test]
fn every_template_that_a_recipe_names_is_known() {
    let names: Vec<_> = examples().into_iter().filter(|name| name.contains("template")).collect();
    assert_eq!(names.len(), 4);
    for name in names {
        let sandbox = sandbox_with(Config { strict_templates: true, ..Config::default() });
        let bench = Bench::new();
        let connection =
            "acme: { type: whatsapp, token: '{{ env.WHATSAPP_TOKEN }}', phone-number-id: '1', default-country: DE";
        bench.file("connections.yaml", format!("{connection}, base-url: '{}', rate: unlimited }}\n", sandbox.url()));
        bench
            .rowcast(&["run", &example(&name), "--connections", "connections.yaml", "--runs-dir", "runs", "-y"])
            .code(0);
        assert!(sandbox.inbox().total_delivered() >= 8, "{name}");
    }
}

#[test]
fn it_serves_the_templates_of_a_file() {
    let bench = Bench::new();
    bench.file("mine.json", r#"{ "templates": [{ "name": "mine", "language": "en", "components": [] }] }"#);
    let mut args = vec!["sandbox", "--port", "0", "--templates", "mine.json", "--strict-templates"];
    args.extend(["--tier", "TIER_250", "--throughput", "500/s", "--token", TOKEN]);
    let running = bench.start(&args);
    let url = url(&running);
    eventually("the token is said to be that one", || running.stderr().contains("\n  token: the one given\n"));
    assert!(!running.stderr().contains(TOKEN));
    let templates = ask(&url, "/v23.0/1/message_templates");
    assert!(templates.contains(r#"{"data":[{"name":"mine","#), "{templates}");
    let number = ask(&url, "/v23.0/1?fields=throughput,whatsapp_business_manager_messaging_limit");
    let expected = r#"{"throughput":{"level":"HIGH"},"whatsapp_business_manager_messaging_limit":"TIER_250","id":"1"}"#;
    assert!(number.ends_with(expected), "{number}");

    bench.connection(&url);
    bench.file("list.csv", "phone\n+4915100000001\n");
    let recipe = "version: 1\nconnection: acme\ntask: send-text-based-template-message\ndata: list.csv\n\
                  input: { to: \"{{ phone }}\", name: order_update, language-code: en }\n";
    bench.file("r.yaml", recipe);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]);
    assert!(outcome.stderr.contains("132001") || outcome.stdout.contains("132001"), "{outcome:?}");

    running.signal("INT");
    let outcome = running.finish().code(0);
    assert!(outcome.stderr.ends_with("1 requests, 0 messages delivered, 2 lookups\n"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains(TOKEN), "{}", outcome.stderr);
}

#[test]
fn files_that_cannot_be_read_are_refused_before_it_listens() {
    let bench = Bench::new();
    bench.file("wrong.json", r#"[{ "language": "en" }, { "name": "a", "language": "en", "status": "LIVE" }]"#);
    let sandbox = |args: &[&str]| bench.rowcast(&[&["sandbox", "--port", "0"], args].concat()).code(2).stderr;
    insta::assert_snapshot!(sandbox(&["--templates", "wrong.json"]), @r#"
    error: --templates wrong.json: template 1: missing field `name`
    error: --templates wrong.json: template 2 (a): status "LIVE": one of APPROVED, PENDING, REJECTED, PAUSED, DISABLED, ARCHIVED, IN_APPEAL, LIMIT_EXCEEDED, PENDING_DELETION, DELETED
    "#);
    insta::assert_snapshot!(sandbox(&["--templates", "nowhere.json"]), @"error: --templates nowhere.json: No such file or directory (os error 2)");
    insta::assert_snapshot!(sandbox(&["--tier", "TIER_7"]), @r"
    error: invalid value 'TIER_7' for '--tier <TIER>'
      [possible values: TIER_50, TIER_250, TIER_1K, TIER_2K, TIER_10K, TIER_100K, TIER_UNLIMITED]

      tip: a similar value exists: 'TIER_2K'

    For more information, try '--help'.
    ");
}
