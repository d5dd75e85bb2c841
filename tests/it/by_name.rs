//! Rows that are sent again only when their state is named: rejected and unknown rows.

use serde_json::Value;

use crate::retry::again_at;
use crate::support::{Bench, list, sandbox};

/// The name of the only run.
fn name(bench: &Bench) -> String {
    bench.run_folder().file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_refusal_makes_nobody_forget_what_may_have_arrived() {
    let first = sandbox(&["drop-after-accept=100%"]);
    let url = first.url().to_owned();
    let bench = Bench::with_list(&list(1), &url);
    bench.file("r.yaml", bench.read("r.yaml") + "once: \"spring/{{ phone }}\"\n");
    bench.rowcast(&["run", "r.yaml", "-y"]).code(5);
    assert_eq!(first.inbox().total_delivered(), 1);
    drop(first);

    let refusing = again_at(&url, &["131026=100%"]);
    let run = name(&bench);
    let refused = bench.rowcast(&["retry", "-y", "--unknown"]).code(4);
    for told in
        ["(an earlier attempt may have arrived)", "follow the advice first; of 1 an earlier attempt may have arrived"]
    {
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    let results = bench.results();
    let [state, error, advice] = ["_status", "_error", "_advice"].map(|column| results[0].get(column));
    assert_eq!(state, "rejected");
    assert!(error.ends_with(" (an earlier attempt may have arrived)"), "{error}");
    assert!(advice.starts_with("Check whether an earlier attempt arrived"), "{advice}");
    let shown = bench.rowcast(&["show", &run, "1"]).code(0).stdout;
    assert!(
        shown.contains(
            "doubt       an earlier attempt may have arrived\n  advice    Check whether an earlier attempt arrived"
        ),
        "{shown}"
    );
    drop(refusing);

    let fine = again_at(&url, &[]);
    let told = bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert!(told.stderr.contains("1 in doubt"), "{}", told.stderr);
    assert_eq!(fine.inbox().total_requests(), 0, "its key may have been sent");
    let asked = bench.rowcast(&["retry", &run, "-y", "--rejected"]).code(0);
    assert!(asked.stderr.contains("1 of these rows may have arrived already"), "{}", asked.stderr);
    assert_eq!(fine.inbox().total_delivered(), 1);
}

#[test]
fn what_a_stopped_retry_did_not_send_is_refused_as_before() {
    let first = sandbox(&["131026=100%"]);
    let url = first.url().to_owned();
    let bench = Bench::with_list(&list(9), &url);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(4);
    drop(first);
    // Another refusal, so that the limit stops the run while rows have an intent and were not sent.
    let other = again_at(&url, &["131047=100%"]);
    bench.rowcast(&["retry", "-y", "--rejected", "--max-failures", "2", "-j", "8"]).code(6);
    let sent = other.inbox().total_requests();
    let results = bench.results();
    let with = |column, value: &str| results.iter().filter(|record| record.get(column) == value).count() as u64;
    assert_eq!((with("_status", "rejected"), with("_error_code", "131047")), (9, sent), "{results:?}");
    assert_eq!((with("_error_code", "131026"), with("_attempts", "2")), (9 - sent, sent), "{results:?}");
    bench.rowcast(&["resume", "-y"]).code(4);
    assert_eq!(other.inbox().total_requests(), sent, "refused rows are taken by name alone");
}

#[test]
fn rows_that_stay_refused_do_not_keep_the_others_from_being_sent() {
    let first = sandbox(&["131026=100%"]);
    let url = first.url().to_owned();
    let bench = Bench::with_list(&list(60), &url);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(6);
    while bench.rowcast(&["resume", "-y"]).code == 6 {}
    assert_eq!(first.inbox().answers(131_026), 60);
    drop(first);

    let same = again_at(&url, &["131026=100%"]);
    bench.rowcast(&["retry", "-y", "--rejected"]).code(4);
    assert_eq!(same.inbox().total_requests(), 60);
    drop(same);
    // A different reason, the same for all rows, is reported.
    let other = again_at(&url, &["131047=100%"]);
    let stopped = bench.rowcast(&["retry", "-y", "--rejected"]).code(6);
    assert!(stopped.stderr.contains("each of the first 10 rows was rejected with 131047"), "{}", stopped.stderr);
    assert!(other.inbox().total_requests() < 60);
    drop(other);
    let fine = again_at(&url, &[]);
    bench.rowcast(&["retry", "-y", "--rejected"]).code(0);
    assert_eq!(fine.inbox().total_delivered(), 60);
}

#[test]
fn a_retry_that_comes_too_late_says_what_the_rows_stay() {
    let first = sandbox(&["drop-after-accept=100%"]);
    let url = first.url().to_owned();
    let bench = Bench::with_list(&list(6), &url);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(5);
    drop(first);
    let fine = again_at(&url, &[]);
    let late = bench.rowcast(&["retry", "-y", "--unknown", "--not-after", "2026-01-01T00:00:00Z", "--json"]).code(5);
    assert_eq!(fine.inbox().total_requests(), 0);
    let events: Vec<Value> = late.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let left: Vec<&Value> = events.iter().filter(|event| event["event"] == "left").collect();
    assert!(left.len() == 6 && left.iter().all(|event| event["status"] == "unknown"), "{left:?}");
    assert!(left.iter().all(|event| event["reason"] == "not-after"), "{left:?}");
    assert_eq!(events.last().unwrap()["counts"]["unknown"], 6);
}
