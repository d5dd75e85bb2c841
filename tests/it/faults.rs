//! The effect of each fault on a row and on the run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rowcast::sandbox::{Config, Sandbox};

use crate::support::raw::{Raw, answer, nobody};
use crate::support::running::eventually;
use crate::support::{Bench, TOKEN, list, records, sandbox, sandbox_with};

fn of(bench: &Bench, state: &str) -> usize {
    bench.results().iter().filter(|record| record.get("_status") == state).count()
}

/// The first row of the run's results as state, code and HTTP status.
fn first(bench: &Bench) -> [String; 3] {
    let results = bench.results();
    ["_status", "_error_code", "_http_status"].map(|column| results[0].get(column).to_owned())
}

#[test]
fn a_large_list_over_a_bad_line_has_every_row_in_exactly_one_state() {
    // Refusals of a recipient's pace: at this share, refusals of the number's pace would make the test take minutes.
    let sandbox = sandbox(&["131056=3%", "drop-after-accept=1%", "131026=1%"]);
    let bench = Bench::with_list(&list(5000), sandbox.url());
    let begin = Instant::now();
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--retries", "6"]).code(5);
    let took = begin.elapsed();
    assert!(outcome.stderr.contains("5000 rows = "), "{}", outcome.stderr);
    let states = bench.judge(sandbox.inbox());

    let seen = sandbox.inbox().stats();
    assert_eq!(states["rejected"], seen.by_code[&131_026]);
    assert_eq!(states["unknown"], seen.by_fault["drop-after-accept"]);
    assert_eq!(states["accepted"], 5000 - states["rejected"] - states["unknown"], "throttled rows end accepted");
    assert!(seen.by_code[&131_056] > 100 && states["unknown"] > 20 && states["rejected"] > 20, "{seen:?}");
    for record in bench.results() {
        match record.get("_status") {
            "rejected" => {
                assert_eq!(record.get("_error_code"), "131026");
                assert_eq!(record.get("_advice"), "Check that this number uses WhatsApp.");
                assert_eq!((record.get("_http_status"), record.get("_message_id")), ("400", ""));
            }
            "unknown" => {
                assert_eq!(record.get("_error_code"), "no_response");
                assert!(record.get("_advice").contains("retry --unknown"), "{record:?}");
            }
            _ => assert!(!record.get("_message_id").is_empty() && record.get("_error").is_empty(), "{record:?}"),
        }
    }
    assert!(took < Duration::from_secs(60), "{took:?}");

    let requests = sandbox.inbox().total_requests();
    let retry = bench.rowcast(&["retry", "-y"]).code(0);
    assert!(retry.stderr.contains("nothing to retry"), "{}", retry.stderr);
    assert_eq!(sandbox.inbox().total_requests(), requests, "rejected and unknown rows are not retried unasked");
}

#[test]
fn a_throttled_number_is_tried_again_until_it_is_accepted() {
    let sandbox = sandbox(&["130429=5%"]);
    let bench = Bench::with_list(&list(150), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "9"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 150);
    let throttled = sandbox.inbox().answers(130_429);
    assert!(throttled > 0 && sandbox.inbox().total_requests() == 150 + throttled);
    let attempts: u64 = bench.results().iter().map(|record| record.get("_attempts").parse::<u64>().unwrap()).sum();
    assert_eq!(attempts, 150 + throttled, "every request is an attempt in the ledger");
}

#[test]
fn retry_sends_the_failed_rows_and_no_other() {
    let sandbox = sandbox(&["http-421=20%", "131026=2%", "drop-after-accept=1%"]);
    let bench = Bench::with_list(&list(300), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(5);
    let before = bench.judge(sandbox.inbox());
    assert!(before["failed"] > 30, "{before:?}");
    let (requests, delivered) = (sandbox.inbox().total_requests(), sandbox.inbox().total_delivered());
    bench.rowcast(&["retry", "-y", "--retries", "0"]);
    let after = bench.judge(sandbox.inbox());
    assert_eq!(sandbox.inbox().total_requests() - requests, before["failed"], "one request per failed row");
    assert_eq!(after["rejected"], before["rejected"]);
    let settled = before["failed"] - after.get("failed").copied().unwrap_or(0);
    assert!(sandbox.inbox().total_delivered() - delivered <= settled, "nothing is delivered again");
}

#[test]
fn a_timeout_is_unknown_and_never_sent_again() {
    for fault in ["timeout=100%", "timeout-after-accept=100%"] {
        let sandbox = sandbox(&[fault]);
        let bench = Bench::with_list(&list(3), sandbox.url());
        bench.rowcast(&["run", "r.yaml", "-y", "--timeout", "300ms"]).code(5);
        assert_eq!(first(&bench), ["unknown", "timeout", ""]);
        assert_eq!((of(&bench, "unknown"), sandbox.inbox().total_requests()), (3, 3));
        bench.judge(sandbox.inbox());
        bench.rowcast(&["resume", "-y"]).code(5);
        bench.rowcast(&["retry", "-y"]).code(0);
        assert_eq!(sandbox.inbox().total_requests(), 3);
    }
}

#[test]
fn answers_that_prove_nothing_make_a_row_unknown() {
    for (fault, code, status) in [
        ("http-500=100%", "http_5xx", "500"),
        ("http-502=100%", "http_5xx", "502"),
        ("empty-200=100%", "malformed_200", "200"),
        ("truncated-200=100%", "truncated_2xx", "200"),
        ("drop-before-accept=100%", "no_response", ""),
        ("drop-after-accept=100%", "no_response", ""),
        ("reset=100%", "no_response", ""),
        ("131000=100%", "131000", "500"),
        ("2=100%", "2", "503"),
    ] {
        let sandbox = sandbox(&[fault]);
        let bench = Bench::with_list(&list(2), sandbox.url());
        bench.rowcast(&["run", "r.yaml", "-y"]).code(5);
        assert_eq!(first(&bench), ["unknown", code, status], "{fault}");
        assert_eq!(sandbox.inbox().total_requests(), 2, "{fault}");
        bench.judge(sandbox.inbox());
    }
}

#[test]
fn a_captive_portal_stops_the_run_after_three_rows() {
    let sandbox = sandbox(&["html-200=100%"]);
    let bench = Bench::with_list(&list(40), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "-j", "1"]).code(6);
    assert!(outcome.stderr.contains("did not come from the API; check base-url"), "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 3);
    assert_eq!((of(&bench, "unknown"), of(&bench, "pending")), (3, 37));
    bench.judge(sandbox.inbox());
}

#[test]
fn a_bare_429_is_tried_again_after_what_the_server_asks_for() {
    let refused = AtomicBool::new(false);
    let server = Raw::start(move |_| {
        if refused.swap(true, Ordering::Relaxed) {
            return answer("200 OK", r#"{"messages":[{"id":"wamid.1"}]}"#);
        }
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".to_owned()
    });
    let bench = Bench::with_list(&list(1), server.url());
    let begin = Instant::now();
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(0);
    assert!(begin.elapsed() >= Duration::from_secs(1), "Retry-After says a second");
    assert_eq!((bench.results()[0].get("_attempts"), server.requests().len()), ("2", 2));
}

#[test]
fn a_redirect_is_not_followed_and_stops_the_run() {
    let sandbox = sandbox(&["redirect=100%"]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(6);
    assert!(outcome.stderr.contains("redirect"), "{}", outcome.stderr);
    assert_eq!(first(&bench), ["failed", "redirect", "307"]);
    assert_eq!((of(&bench, "failed"), of(&bench, "pending")), (1, 19));
    assert_eq!(sandbox.inbox().total_requests(), 1);
    bench.judge(sandbox.inbox());
}

#[test]
fn a_redirect_to_another_host_takes_neither_body_nor_token_there() {
    let elsewhere = Raw::start(|_| answer("200 OK", "{}"));
    let target = elsewhere.url().to_owned();
    let here = Raw::start(move |_| {
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}/x\r\nContent-Length: 0\r\n\r\n")
    });
    let bench = Bench::with_list(&list(3), here.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(6);
    assert_eq!((here.requests().len(), elsewhere.requests().len()), (1, 0));
}

#[test]
fn a_held_message_counts_as_sent() {
    let sandbox = sandbox(&["held=100%"]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-based-template-message\ndata: list.csv\n\
         input: { to: \"{{ phone }}\", name: hello, language-code: en_US }\n",
    );
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["held"], 3);
    let results = bench.results();
    assert_eq!(results[0].get("_message_status"), "held_for_quality_assessment");
    assert_eq!(results[0].get("_advice"), "Wait; WhatsApp may still drop this message.");
    bench.rowcast(&["retry", "-y", "--rejected", "--unknown"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
}

#[test]
fn a_dead_token_costs_one_row() {
    let sandbox = Sandbox::start(Config { token: Some("another".to_owned()), ..Config::default() }).unwrap();
    let bench = Bench::with_list(&list(1000), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(6);
    assert!(outcome.stderr.contains("190") && outcome.stderr.contains("rowcast resume"), "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 1, "one request, not a thousand");
    assert_eq!(first(&bench), ["failed", "190", "401"]);
    assert_eq!((of(&bench, "failed"), of(&bench, "pending")), (1, 999));

    let with_token = |args: &[&str]| {
        let output = bench.command(args).env("WHATSAPP_TOKEN", "another").output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = with_token(&["resume", "-y"]);
    assert_eq!(code, 4, "one row has failed: {said}");
    assert_eq!((of(&bench, "failed"), of(&bench, "accepted")), (1, 999));
    let (code, said) = with_token(&["retry", "-y"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 1000);
}

#[test]
fn a_token_that_dies_in_the_middle_leaves_the_rest_pending() {
    let sandbox = sandbox(&["190=2%"]);
    let bench = Bench::with_list(&list(600), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "-j", "4"]).code(6);
    let states = bench.judge(sandbox.inbox());
    assert!(states["failed"] <= 4 && states["pending"] > 100, "{states:?}");
    assert!(of(&bench, "unknown") == 0);
}

#[test]
fn a_recipient_written_to_too_often_waits_alone() {
    let sandbox = sandbox_with(Config { pair_limit: true, ..Config::default() });
    // Forty-five messages in six seconds pass; the next to the same person does not.
    let mut text = "phone,name\n".to_owned();
    text.extend((0..47).map(|n| format!("+491510000001,Same {n}\n")));
    text.extend((0..20).map(|n| format!("+4915100010{n:02},Other {n}\n")));
    let bench = Bench::with_list(&text, sandbox.url());
    bench.file("r.yaml", format!("{}unique: false\n", bench.read("r.yaml")));
    let running = bench.start(&["run", "r.yaml", "-y", "--retries", "0"]);
    eventually("the others go on and the pair is asked again", || {
        sandbox.inbox().total_delivered() == 65 && sandbox.inbox().answers(131_056) >= 2
    });
    running.signal("INT");
    running.finish().code(130);
    let results = bench.results();
    let pending: Vec<_> = results.iter().filter(|record| record.get("_status") == "pending").collect();
    assert!(pending.len() == 2 && pending.iter().all(|record| record.get("phone") == "+491510000001"), "{pending:?}");
    assert!(results[47..].iter().all(|record| record.get("_status") == "accepted"));
    assert_eq!(sandbox.inbox().deliveries("+491510000001"), 45);
}

#[test]
fn where_nobody_listens_nothing_is_in_doubt() {
    let bench = Bench::with_list(&list(30), &nobody());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--retries", "1"]).code(6);
    assert!(outcome.stderr.contains("the API cannot be reached"), "{}", outcome.stderr);
    let results = bench.results();
    let (pending, tried): (Vec<_>, Vec<_>) = results.iter().partition(|record| record.get("_status") == "pending");
    assert_eq!((pending.len(), tried.len()), (29, 1), "one row finds out: {results:?}");
    assert_eq!((tried[0].get("_status"), tried[0].get("_error_code")), ("failed", "unreachable"));
    assert!(tried[0].get("_advice").contains("Check the network"), "{:?}", tried[0]);

    // The same address is served again: rows that were never sent are sent once.
    let address = bench
        .read("connections.yaml")
        .lines()
        .find_map(|line| line.trim().strip_prefix("base-url: http://").map(str::to_owned));
    let sandbox = sandbox_with(Config { listen: address.unwrap().parse().unwrap(), ..Config::default() });
    bench.rowcast(&["resume", "-y"]).code(4);
    bench.rowcast(&["retry", "-y"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 30);
}

#[test]
fn a_mistake_of_the_whole_campaign_stops_after_ten_rows() {
    let sandbox = sandbox(&["131047=100%"]);
    let bench = Bench::with_list(&list(200), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "-j", "1"]).code(6);
    assert!(outcome.stderr.contains("each of the first 10 rows was rejected with 131047"), "{}", outcome.stderr);
    let states = bench.judge(sandbox.inbox());
    assert_eq!((states["rejected"], states["pending"]), (10, 190));
}

#[test]
fn max_failures_stops_the_run() {
    let sandbox = sandbox(&["131026=30%"]);
    let bench = Bench::with_list(&list(300), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "-j", "1", "--max-failures", "3"]).code(6);
    assert!(outcome.stderr.contains("max-failures (3)"), "{}", outcome.stderr);
    assert_eq!(bench.judge(sandbox.inbox())["rejected"], 4);
}

#[test]
fn at_one_row_in_flight_at_most_one_row_is_ever_in_flight() {
    let sandbox = sandbox(&["130429=5%"]);
    let bench = Bench::with_list(&list(100), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "-j", "1"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 100);
}

#[test]
fn a_list_without_rows_and_one_whose_rows_are_all_skipped_are_done() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("phone,name\n", sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert!(outcome.stderr.contains("0 rows"), "{}", outcome.stderr);
    assert!(bench.results().is_empty());

    let bench = Bench::with_list(&list(50), sandbox.url());
    let recipe = bench.read("r.yaml").replace("data: list.csv", "data: list.csv\nwhen: \"{{ name == 'Nobody' }}\"");
    bench.file("r.yaml", recipe);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    let results = bench.results();
    assert!(results.iter().all(|record| record.get("_status") == "skipped" && record.get("_error") == "when"));
    assert_eq!((bench.judge(sandbox.inbox())["skipped"], sandbox.inbox().total_requests()), (50, 0));
    bench.rowcast(&["resume", "-y"]).code(0);
}

#[test]
fn rows_may_come_over_standard_input() {
    let sandbox = sandbox(&["http-421=50%"]);
    let bench = Bench::with_list(&list(40), sandbox.url());
    let mut command = bench.command(&["run", "r.yaml", "-y", "-d", "-", "--retries", "0"]);
    let output = command.stdin(std::fs::File::open(bench.path().join("list.csv")).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(bench.judge(sandbox.inbox())["failed"] > 5);
    // A pipe cannot be read twice: the remaining rows come from the run's own copy.
    assert!((0..20).any(|_| bench.rowcast(&["retry", "-y", "--retries", "0"]).code == 0));
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 40);
}

#[test]
fn progress_is_told_every_ten_seconds_where_nothing_can_move() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(12), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--rate", "1/s"]).code(0);
    let lines: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains("/s")).collect();
    assert_eq!(lines.len(), 1, "{}", outcome.stderr);
    assert!(
        lines[0].starts_with("12 rows = 1") && lines[0].contains("pending") && lines[0].contains(" left"),
        "{lines:?}"
    );
    assert!(!outcome.stderr.contains('\u{1b}') && !outcome.stderr.contains('\r'), "{:?}", outcome.stderr);
    assert!(outcome.stdout.is_empty());
}

#[test]
fn events_as_json_say_what_the_results_say() {
    let sandbox = sandbox(&["131026=10%", "131056=10%"]);
    let bench = Bench::with_list(&list(100), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--json", "--retries", "6"]).code(4);
    let events: Vec<serde_json::Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).collect::<Vec<_>>();
    assert_eq!((of("started").len(), of("finished").len(), of("finished_run").len()), (1, 100, 1));
    let results = records(&bench.rowcast(&["results"]).stdout);
    for event in of("finished") {
        let row = usize::try_from(event["row"].as_u64().unwrap()).unwrap();
        assert_eq!(event["status"], results[row - 1].get("_status"));
        assert_eq!(event["attempt"].to_string(), results[row - 1].get("_attempts"));
    }
    assert!(!outcome.stdout.contains(TOKEN));
}
