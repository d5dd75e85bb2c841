//! Throttling through the binary: it costs time, never rows, and the pace of the API is found. The shapes of servers are
//! tested in virtual time; here each kind meets the real HTTP client once.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rowcast::sandbox::{Config, Sandbox};
use serde_json::Value;

use crate::support::raw::{Raw, taken as accepted};
use crate::support::running::eventually;
use crate::support::{Bench, list, sandbox_with};

/// A sandbox that takes so many messages a second.
fn slow(throughput: u32) -> Sandbox {
    sandbox_with(Config { throughput: Some(throughput), ..Config::default() })
}

/// A project whose connection allows far more than any server here takes.
fn eager(rows: usize, url: &str) -> Bench {
    let bench = Bench::with_list(&list(rows), url);
    bench.file("connections.yaml", bench.read("connections.yaml").replace("unlimited", "100000/s"));
    bench
}

/// A server said no to some requests, and to at most so many percent of all.
fn few_were_refused(requests: u64, rows: u64, percent: u64) {
    let refused = requests - rows;
    assert!(refused > 0 && refused * 100 <= percent * requests, "{refused} of {requests} were refused");
}

#[test]
fn a_number_that_takes_less_than_is_allowed_gets_all_rows_at_its_pace() {
    let sandbox = slow(80);
    let bench = eager(480, sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "-j", "32", "--retries", "0", "--log", "log.txt"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 480);
    few_were_refused(sandbox.inbox().total_requests(), 480, 40);
    let told = |text: &str| text.contains("the API takes about ") && text.contains("; 100,000/s are allowed");
    assert!(told(&outcome.stderr) && outcome.stderr.contains("\nrate     the API takes about"), "{}", outcome.stderr);
    assert!(told(&bench.read("log.txt")));
}

#[test]
fn who_goes_on_begins_at_the_pace_that_was_found() {
    let sandbox = slow(40);
    let bench = eager(300, sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y", "-j", "32", "--json"]);
    eventually("a pace is found", || running.stdout().contains("\"event\":\"rate\""));
    running.signal("INT");
    let told = running.finish().code(130);
    let rate = told.stdout.lines().rev().find(|line| line.contains("\"event\":\"rate\"")).unwrap().to_owned();
    let rate: Value = serde_json::from_str(&rate).unwrap();
    let takes = rate["takes"].as_f64().unwrap();
    assert!((25.0..60.0).contains(&takes) && rate["allowed"] == 100_000.0 && rate["connection"].is_null(), "{rate}");

    let refused = |sandbox: &Sandbox| sandbox.inbox().answers(130_429);
    let before = refused(&sandbox);
    let rest = bench.rowcast(&["resume", "-y", "-j", "32", "--json"]).code(0);
    let first = rest.stdout.lines().find(|line| line.contains("\"event\":\"progress\"")).unwrap();
    let first: Value = serde_json::from_str(first).unwrap();
    assert!(first["allowed"].as_f64().unwrap() < 100.0, "{first}");
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 300);
    assert!(refused(&sandbox) - before < 60, "{} refusals before, {} after", before, refused(&sandbox) - before);
}

/// A server that takes 60 within any second, and tells the others to come back after one.
#[test]
fn a_gateway_that_names_the_wait_gets_all_rows() {
    let taken = Mutex::new(Vec::<Instant>::new());
    let server = Raw::start(move |request| {
        let mut taken = taken.lock().unwrap();
        taken.retain(|at| at.elapsed() < Duration::from_secs(1));
        if taken.len() >= 60 {
            return "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .to_owned();
        }
        taken.push(Instant::now());
        accepted(request)
    });
    let bench = eager(240, server.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "-j", "16", "--retries", "0"]).code(0);
    assert!(outcome.stderr.contains("240 rows = 240 accepted"), "{}", outcome.stderr);
    few_were_refused(server.requests().len() as u64, 240, 40);
}

#[test]
fn a_stray_refusal_costs_its_row_a_moment_and_no_other() {
    let sandbox = crate::support::sandbox(&["130429=3%"]);
    let bench = Bench::with_list(&list(600), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 600);
    assert!(sandbox.inbox().answers(130_429) > 3 && !outcome.stderr.contains("takes about"), "{}", outcome.stderr);
}
