//! What a person was sent, over all runs.

use crate::support::{Bench, sandbox};

/// A folder after two runs over different recipes, and with a rehearsal.
fn after_two_runs(url: &str) -> Bench {
    let list = "phone,name\n+4915100000001,Ann\n+55 11 96123-4567,Bia\n+4915100000002,Cem\n";
    let bench = Bench::with_list(list, url);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    bench.file("other.csv", "phone,name\n+551161234567,Beatriz\n");
    bench.rowcast(&["run", "r.yaml", "-d", "other.csv", "-y"]).code(0);
    bench.rowcast(&["run", "r.yaml", "--sandbox", "-y"]).code(0);
    bench
}

#[test]
fn both_spellings_of_a_number_find_the_rows_of_all_runs() {
    let sandbox = sandbox(&[]);
    let bench = after_two_runs(sandbox.url());
    for phone in ["+5511961234567", "+55 (11) 6123-4567"] {
        let found = bench.rowcast(&["find", phone]).code(0);
        let lines: Vec<&str> = found.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{}", found.stdout);
        for (line, part) in lines.iter().zip(["row 2 of ", "row 1 of ", "row 2 of "]) {
            assert!(line.contains("accepted") && line.contains(part) && line.contains("wamid."), "{line}");
        }
        assert!(lines[2].contains("(sandbox)") && !lines[1].contains("(sandbox)"), "{}", found.stdout);
        assert_eq!(found.stderr, "3 rows to this person in runs\n");
    }
    let nothing = bench.rowcast(&["find", "+4915100000009"]).code(0);
    assert_eq!((nothing.stdout.as_str(), nothing.stderr.as_str()), ("", "0 rows to this person in runs\n"));
}

#[test]
fn programs_get_an_object_for_each_row() {
    let sandbox = sandbox(&["131026=100%"]);
    let bench = Bench::with_list("phone,name\n+4915100000001,Ann\n", sandbox.url());
    let code = bench.rowcast(&["run", "r.yaml", "-y"]).stderr;
    let found = bench.rowcast(&["find", "+4915100000001", "--json"]).code(0).stdout;
    let row: serde_json::Value =
        serde_json::from_str(found.trim()).unwrap_or_else(|error| panic!("{error}: {found}{code}"));
    assert_eq!(row["row"], 1);
    assert_eq!(row["recipient"], "+4915100000001");
    assert_eq!((&row["status"], &row["error_code"]), (&"rejected".into(), &"131026".into()));
    assert_eq!(
        (&row["message_id"], &row["sandbox"], &row["test"]),
        (&serde_json::Value::Null, &false.into(), &false.into())
    );
}

#[test]
fn a_test_was_sent_to_its_number_and_to_no_customer() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("phone,name\n+4915100000001,Ann\n", sandbox.url());
    bench.rowcast(&["run", "r.yaml", "--to", "+4915199999999", "--limit", "1", "-y"]).code(0);
    assert_eq!(bench.rowcast(&["find", "+4915100000001"]).code(0).stdout, "");
    let found = bench.rowcast(&["find", "+4915199999999"]).code(0).stdout;
    assert!(found.contains("(test)"), "{found}");
}

#[test]
fn what_is_no_number_is_a_usage_error() {
    let refused = Bench::new().rowcast(&["find", "0151 23456789"]).code(2).stderr;
    assert!(refused.contains("write the number with + and its country code"), "{refused}");
}

#[test]
fn a_run_that_cannot_be_read_is_reported_and_the_others_are_searched() {
    let sandbox = sandbox(&[]);
    let bench = after_two_runs(sandbox.url());
    bench.file("runs/broken-20261201T000000Z-0000/run.json", "{");
    let found = bench.rowcast(&["find", "+4915100000002"]).code(0);
    assert_eq!(found.stdout.lines().count(), 2, "{}", found.stdout);
    assert!(found.stderr.contains("this run was not searched"), "{}", found.stderr);
}
