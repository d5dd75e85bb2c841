//! Runs and people are forgotten, and who has which message stays known.

use std::fs;
use std::path::Path;

use crate::support::{Bench, sandbox};

const LIST: &str = "phone,name\n+4915100000001,Ann\n\"+55 11 96123-4567\",\"Bia \"\"B\"\"\"\n+4915100000003,Cem\n";

/// All files below a folder that contain a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_person_is_forgotten_and_the_sums_stay() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(LIST, sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    bench.rowcast(&["run", "r.yaml", "--again", "--limit", "2", "-y"]).code(0);
    bench.rowcast(&["report"]).code(0);
    // Both spellings are one person; the second was never a cell.
    let told = bench.rowcast(&["forget", "--person", "+551161234567", "-y"]).code(0).stderr;
    assert!(told.contains("removed 2 rows of this person in 2 runs"), "{told}");
    let runs = bench.path().join("runs");
    for trace in ["96123-4567", "551196123", "551161234567", "Bia", "NTUxMTk2MTIzNDU2Nw"] {
        assert_eq!(files_with(&runs, trace), Vec::<String>::new(), "{trace}");
    }
    let found = bench.rowcast(&["find", "+551161234567"]).code(0);
    assert_eq!(found.stdout, "");
    // Sums and the results of the others stay, and are written again from ledger and list.
    for run in bench.rowcast(&["runs", "--json"]).code(0).stdout.lines() {
        let run: serde_json::Value = serde_json::from_str(run).unwrap();
        let name = run["run"].as_str().unwrap();
        let results = bench.rowcast(&["results", name]).code(0).stdout;
        assert!(
            results.contains("+4915100000001,Ann,1,accepted,") && results.contains("forgotten,forgotten,2,accepted,"),
            "{results}"
        );
        let shown = bench.rowcast(&["show", name]).code(0).stdout;
        assert!(shown.contains(" rows = ") && shown.contains(" accepted"), "{shown}");
    }
    // She has the message all the same.
    let again = bench.rowcast(&["run", "r.yaml", "-y"]).code(0).stderr;
    assert!(again.contains("nothing to send: 3 rows have their message already"), "{again}");
    assert_eq!(sandbox.inbox().total_delivered(), 5);
    // Unless that is forgotten as well.
    bench.rowcast(&["forget", "--person", "+551161234567", "--memory", "-y"]).code(0);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 6);
}

#[test]
fn a_row_that_was_not_sent_yet_is_left_out_when_its_person_is_forgotten() {
    let sandbox = sandbox(&["131053=100%"]);
    let bench = Bench::with_list(LIST, sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(6);
    bench.rowcast(&["forget", "--person", "+5511961234567", "-y"]).code(0);
    let results = bench.rowcast(&["results"]).code(0).stdout;
    assert!(results.contains("forgotten,forgotten,2,skipped,"), "{results}");
    bench.rowcast(&["resume", "-y", "--retries", "0"]).code(6);
    let shown = bench.rowcast(&["show", "latest", "2"]).code(0).stdout;
    assert!(shown.contains("state       skipped"), "{shown}");
}

#[test]
fn a_removed_run_is_still_remembered_unless_that_is_forgotten_too() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(LIST, sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    let told = bench.rowcast(&["forget", "latest"]).code(2).stderr;
    assert!(told.contains("3 rows") && told.contains("use -y to remove this without asking"), "{told}");
    bench.rowcast(&["forget", "latest", "-y"]).code(0);
    assert_eq!(bench.rowcast(&["runs", "--json"]).code(0).stdout, "");
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
    // What is gone and old is forgotten with `--before` and `--memory`.
    bench.rowcast(&["forget", "--before", "1d", "--memory", "-y"]).code(0);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 3, "it is not old");
    bench.rowcast(&["run", "r.yaml", "--again", "-y"]).code(0);
    bench.rowcast(&["forget", "latest", "--memory", "-y"]).code(0);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 6, "the run before it is gone and remembered");
}

#[test]
fn what_is_to_be_forgotten_is_named_once() {
    let bench = Bench::with_list(LIST, "http://127.0.0.1:9");
    for (args, message) in [
        (vec!["forget"], "nothing is named that is to be forgotten"),
        (vec!["forget", "latest", "--before", "90d"], "exclude each other"),
        (vec!["forget", "--person", "12"], "write the number with + and its country code"),
        (vec!["forget", "--before", "90"], "is not a span of time"),
    ] {
        let told = bench.rowcast(&args).code(2).stderr;
        assert!(told.contains(message), "{told}");
    }
    assert_eq!(bench.rowcast(&["forget", "--before", "90d", "-y"]).code(0).stderr, "nothing to forget\n");
}
