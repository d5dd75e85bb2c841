//! `run`: what is sent, what is written, what the exit code says.

use crate::support::{Bench, list, sandbox};

#[test]
fn every_row_is_sent_once_and_has_its_result() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(300), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert!(outcome.stderr.contains("300 rows = 300 accepted"), "{}", outcome.stderr);
    let results = bench.results();
    assert_eq!(results.len(), 300);
    for (at, record) in results.iter().enumerate() {
        assert_eq!(record.get("_row"), (at + 1).to_string());
        assert_eq!(record.get("_status"), "accepted");
        assert_eq!(sandbox.inbox().message_ids(record.get("phone")), [record.get("_message_id")]);
    }
}

#[test]
fn a_list_is_not_sent_twice_unasked() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    let refused = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    assert!(refused.stderr.contains("3 rows = 3 accepted") && refused.stderr.contains("--again"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
    bench.rowcast(&["run", "r.yaml", "-y", "--again"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 6);
}

#[test]
fn a_run_goes_on_when_killed() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let mut child = bench.spawn(&["run", "r.yaml", "-y", "--rate", "5/s"]);
    while sandbox.inbox().total_delivered() < 3 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    bench.rowcast(&["resume", "-y", "--rate", "1000/s"]);
    assert!(bench.read("list.csv").starts_with("phone"));
    assert!((1..=20).all(|row| sandbox.inbox().deliveries(&format!("+4915100{row:06}")) <= 1));
}

#[test]
fn a_place_for_the_results_that_is_not_there_is_told_before_anything_is_sent() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let refused = bench.rowcast(&["run", "r.yaml", "-y", "-o", "nowhere/results.csv"]).code(3);
    assert!(refused.stderr.contains("the folder nowhere does not exist"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 0);
}

#[test]
fn no_recipe_goes_faster_than_its_connection() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(30), sandbox.url());
    let connections = bench.read("connections.yaml").replace("rate: unlimited", "rate: 20/s");
    bench.file("connections.yaml", connections);
    let begin = std::time::Instant::now();
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--rate", "1000/s"]).code(0);
    assert!(outcome.stderr.contains("20/s is kept"), "{}", outcome.stderr);
    // Thirty rows, the first at once: not before twenty-nine intervals. However slow the machine is, it takes no less.
    assert!(begin.elapsed() >= std::time::Duration::from_millis(29 * 50));
}
