//! What a run tells while it works: the events for programs, the log for people, and that neither can stop it.

use serde_json::Value;

use crate::support::{Bench, TOKEN, list, sandbox};

/// The events of a standard output.
fn events(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// An object's keys, in order.
fn keys(event: &Value) -> Vec<&str> {
    event.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn events_are_an_object_a_line_in_a_shape_that_stays() {
    let sandbox = sandbox(&["131026=20%", "http-429=20%"]);
    let bench = Bench::with_list(&list(40), sandbox.url());
    let recipe = bench.read("r.yaml") + "when: \"{{ row_number != 7 }}\"\n";
    bench.file("r.yaml", recipe);
    let outcome = bench.rowcast(&[
        "run",
        "r.yaml",
        "-y",
        "--json",
        "--retries",
        "9",
        "--stages",
        "10,100%",
        "--max-failures",
        "90%",
    ]);
    let events = events(&outcome.stdout);
    let first = |kind: &str| {
        let found = events.iter().find(|event| event["event"] == kind);
        keys(found.unwrap_or_else(|| panic!("no {kind} in\n{}", outcome.stdout))).join(" ")
    };
    assert_eq!(first("started"), "event at run mode rows allowed counts");
    assert_eq!(first("sending"), "event at row attempt");
    assert_eq!(first("waiting"), "event at row attempt wait_ms answer");
    assert_eq!(first("finished"), "event at row line status attempt duration_ms answer");
    assert_eq!(first("left"), "event at row line status reason");
    assert_eq!(first("stage"), "event at stage of rows counts left asks");
    assert_eq!(first("progress"), "event at counts in_flight rate allowed left_s waits");
    assert_eq!(first("finished_run"), "event at run rows counts results");
    assert_eq!((&events[0]["event"], &events[0]["rows"]), (&"started".into(), &40.into()));
    assert_eq!(events.last().unwrap()["event"], "finished_run");
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    assert_eq!((of("finished"), of("left")), (39, 1));
    assert_eq!(of("sending"), of("finished") + of("waiting"));
}

#[test]
fn a_run_that_stops_and_one_that_rests_say_so_as_events() {
    let sandbox = sandbox(&["190=100%"]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--json"]).code(6);
    let stopping = events(&outcome.stdout).into_iter().find(|event| event["event"] == "stopping").unwrap();
    assert_eq!(keys(&stopping), ["event", "at", "reason", "counts"]);
    assert!(stopping["reason"].as_str().unwrap().contains("190"), "{stopping}");
}

#[test]
fn a_log_tells_what_happened_beside_everything_else() {
    let sandbox = sandbox(&["131026=20%"]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--json", "--log", "a.log"]).code(4);
    let log = bench.read("a.log");
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].contains(" run r-") && lines[0].contains(": 20 to go; 20 rows = 20 pending"), "{log}");
    assert!(lines.last().unwrap().contains(" the end: 20 rows = "), "{log}");
    let finished = |line: &&&str| line.contains(" at attempt 1 after ");
    assert_eq!(lines.iter().filter(finished).count(), 20);
    assert_eq!(events(&outcome.stdout).iter().filter(|event| event["event"] == "finished").count(), 20);
    for line in &lines {
        let (at, _) = line.split_once(' ').unwrap();
        assert!(at.ends_with('Z') && at.parse::<jiff::Timestamp>().is_ok(), "{line}");
    }
    assert!(!log.contains(TOKEN));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(bench.path().join("a.log")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // A second session comes behind the first.
    bench.rowcast(&["retry", "--rejected", "-y", "--log", "a.log"]);
    let both = bench.read("a.log");
    assert!(both.starts_with(&log) && both[log.len()..].contains(" retry r-"), "{both}");
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning_and_the_run_goes_on() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--log", "no/such/folder.log"]).code(0);
    assert_eq!(outcome.stderr.matches("warning: ").count(), 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the log cannot be written"), "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 20);
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_on_a_full_disk_is_a_warning_and_the_run_goes_on() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--log", "/dev/full"]).code(0);
    assert_eq!(outcome.stderr.matches("warning: ").count(), 1, "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 20);
}

#[test]
fn nobody_reads_the_events_and_the_run_goes_on() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(200), sandbox.url());
    let mut child = bench.command(&["run", "r.yaml", "-y", "--json"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(sandbox.inbox().total_delivered(), 200);
}
