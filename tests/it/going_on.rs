//! Resuming a run: which parts of the snapshots, the ledger and a session's summary it trusts, and where it starts.

use std::fs;
use std::path::Path;

use rowcast::ledger::{self, Balance, LedgerReader, Projection};
use rowcast::model::{RowStatus, State};

use crate::retry::{again_at, count};
use crate::support::{Bench, list, sandbox};

#[test]
fn a_file_edited_later_never_slips_into_a_run() {
    let sandbox = sandbox(&["http-421=50%"]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    let original = bench.read("list.csv");
    bench.file("list.csv", original.replace("Ann", "Eve").replace("+49", "+43"));
    bench.file("r.yaml", "this is no recipe any more");
    assert!((0..20).any(|_| bench.rowcast(&["retry", "-y", "--retries", "0"]).code == 0));
    assert_eq!(count(&bench, "accepted"), 20);
    assert!(sandbox.inbox().recent().iter().all(|request| !request.request.contains("Eve")));
    bench.file("list.csv", original);
    bench.judge(sandbox.inbox());
}

#[test]
fn a_snapshot_that_was_touched_is_refused() {
    for file in ["data.csv", "recipe.yaml"] {
        let sandbox = sandbox(&["http-421=100%"]);
        let bench = Bench::with_list(&list(3), sandbox.url());
        bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
        let path = bench.run_folder().join(file);
        let text = fs::read_to_string(&path).unwrap().replace("Ann", "Eve").replace("Hello", "Bye");
        bench.file(path.to_str().unwrap(), text);
        for command in ["retry", "resume"] {
            let outcome = bench.rowcast(&[command, "-y"]).code(3);
            assert!(outcome.stderr.contains("Rowcast does not send from it"), "{file}: {}", outcome.stderr);
        }
        assert_eq!(sandbox.inbox().total_requests(), 3);
    }
}

#[test]
fn a_damaged_ledger_is_refused() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(200), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]);
    let path = bench.run_folder().join("ledger.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 5000].fill(0x5a);
    bench.file(path.to_str().unwrap(), &bytes);
    let before = sandbox.inbox().total_requests();
    let outcome = bench.rowcast(&["retry", "-y"]).code(3);
    assert!(outcome.stderr.contains("ledger"), "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_requests(), before);
}

/// Data on the disk may be damaged between two sessions. Nothing is sent from a damaged ledger.
#[test]
fn a_ledger_with_a_broken_page_is_gone_on_with_by_nobody() {
    let sandbox = sandbox(&["131026=50%"]);
    let bench = Bench::with_list(&list(600), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--max-failures", "30"]).code(6);
    let before = sandbox.inbox().total_requests();
    let path = bench.run_folder().join("ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // A page in the middle of the events: its free list points out of the page. A reader of the events does not read it.
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page + 1..page + 3].fill(0xff);
    let name = path.strip_prefix(bench.path()).unwrap().to_str().unwrap().to_owned();
    bench.file(&name, &bytes);
    for command in ["resume", "retry"] {
        let outcome = bench.rowcast(&[command, "-y", "--rejected"][..if command == "retry" { 3 } else { 2 }]).code(3);
        assert!(outcome.stderr.contains("ledger.db is damaged"), "{}", outcome.stderr);
    }
    assert_eq!(sandbox.inbox().total_requests(), before);
}

/// The states of a run's rows by every record of its ledger.
fn read_through(ledger: &Path, rows: u64) -> Balance {
    let (mut balance, mut next) = (Balance::default(), 1);
    for status in ledger::read(ledger).unwrap().statuses(Projection::Full).unwrap() {
        let (row, status) = status.unwrap();
        balance.add(&RowStatus::UNTOUCHED, next..row.0);
        balance.add(&status, row.0..row.0 + 1);
        next = row.0 + 1;
    }
    balance.add(&RowStatus::UNTOUCHED, next..rows + 1);
    balance
}

#[test]
fn what_a_session_sums_up_at_its_end_is_what_its_ledger_says() {
    let sandbox = sandbox(&["131026=20%", "131050=10%", "http-421=20%"]);
    let bench = Bench::with_list(&list(300), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--max-failures", "40", "--retries", "0"]).code(6);
    let ledger = bench.run_folder().join("ledger.db");
    for command in
        [&["resume", "-y", "--max-failures", "300"][..], &["retry", "-y", "--rejected", "--max-failures", "300"]]
    {
        let kept = ledger::read(&ledger).unwrap().balance().expect("a session that ended in order");
        assert_eq!(kept, read_through(&ledger, 300));
        assert!(kept.sums().iter().any(|sum| sum.never_again), "{kept:?}");
        bench.rowcast(command);
    }
    let kept = ledger::read(&ledger).unwrap().balance().unwrap();
    assert_eq!(kept, read_through(&ledger, 300));
    assert_eq!((kept.counts().total(), kept.counts().get(State::Pending)), (300, 0));
}

/// Reading starts after the first rows of the snapshot: it misses no row, and each row has its right line.
#[test]
fn rows_far_behind_the_first_are_found_where_they_stand() {
    let first = sandbox(&["http-421=100%"]);
    let url = first.url().to_owned();
    let bench = Bench::with_list(&list(9_000), &url);
    let recipe = fs::read_to_string(bench.path().join("r.yaml")).unwrap();
    bench.file("r.yaml", recipe + "when: \"{{ phone[-4:] | int > 8800 }}\"\n");
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0", "--max-failures", "100%"]).code(4);
    assert_eq!((count(&bench, "skipped"), count(&bench, "failed")), (8_800, 200));
    drop(first);
    let fine = again_at(&url, &[]);
    bench.rowcast(&["retry", "-y"]).code(0);
    let sent: Vec<(String, u64)> = fine.inbox().recipients().into_iter().collect();
    assert_eq!(sent, (8_801..=9_000).map(|row| (format!("+4915100{row:06}"), 1)).collect::<Vec<_>>(), "one for each");
    let results = bench.results();
    let found = ["_row", "phone", "_status"].map(|column| results[8_800].get(column).to_owned());
    assert_eq!(found, ["8801", "+4915100008801", "accepted"]);
    let run = bench.run_folder().file_name().unwrap().to_str().unwrap().to_owned();
    for (row, state) in [("8800", "skipped"), ("8801", "accepted"), ("9000", "accepted")] {
        let shown = bench.rowcast(&["show", &run, row]).code(0).stdout;
        let line = row.parse::<u32>().unwrap() + 1;
        assert!(shown.contains(&format!("{row}, line {line} of")), "{shown}");
        assert!(shown.contains(&format!("phone = +491510000{row}")) && shown.contains(state), "{shown}");
    }
    bench.rowcast(&["show", &run, "9001"]).code(3);
}
