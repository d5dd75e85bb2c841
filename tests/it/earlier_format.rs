//! Runs of earlier versions of Rowcast. Their ledgers are read as they are, and no row is sent twice.
//!
//! `tests/earlier_format/` has the folders of two such runs, both with ledgers of format 1. The ledger of the first does not
//! record the recipients of its attempts; that of the second does. Rows 1 to 3 were sent to `phone`: accepted, opted out, and in doubt.
//! Then row 4 was sent to `other`, under a second recipe. Rows 5 to 8 are invalid under both.

use std::fs;
use std::path::Path;

use rowcast::sandbox::Sandbox;

use crate::support::{Bench, sandbox};

const RUNS: [&str; 2] = ["campaign-20261201T035145Z-e834", "campaign-20261201T041809Z-2a94"];

/// A folder with a copy of a run, which sends to `sandbox`.
fn bench(run: &str, sandbox: &Sandbox) -> Bench {
    let bench = Bench::new();
    bench.connection(sandbox.url());
    for entry in fs::read_dir(Path::new("tests/earlier_format").join(run)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        let bytes = match name {
            "run.json" => String::from_utf8(bytes).unwrap().replace("http://127.0.0.1:9", sandbox.url()).into_bytes(),
            _ => bytes,
        };
        bench.file(&format!("runs/{run}/{name}"), bytes);
    }
    bench.file(&format!("runs/{run}/lock"), "");
    bench
}

#[test]
fn its_rows_are_what_they_were() {
    for run in RUNS {
        let bench = bench(run, &sandbox(&[]));
        let results = bench.rowcast(&["results"]).code(0).stdout;
        let states: Vec<String> =
            crate::support::records(&results).iter().map(|record| record.get("_status").to_owned()).collect();
        let sent = ["accepted", "rejected", "unknown", "accepted"];
        assert_eq!(states, [&sent[..], &["invalid"; 4]].concat());
        let shown = bench.rowcast(&["show", "latest", "2"]).code(0).stdout;
        assert!(shown.contains("answer    rejected 131050: Unable to deliver the message."), "{shown}");
        assert!(shown.contains("trace     AZ8or2jhqkZ9fFh0_"), "{shown}");
    }
}

#[test]
fn the_people_who_were_written_to_are_those_of_the_recipe_of_each_row() {
    for run in RUNS {
        let bench = bench(run, &sandbox(&[]));
        assert_eq!(bench.rowcast(&["suppress"]).code(0).stdout, "phone\n+4915100000002\n");
        bench.rowcast(&["report", "--full", "-o", "report.html"]).code(0);
        let page = bench.read("report.html");
        assert!(page.contains("+4915100000002") && page.contains("+4915100000003"), "{page}");
        assert!(!page.contains("+4915100000012") && !page.contains("+4915100000013"), "{page}");
    }
}

/// Under a third recipe, rows 5 to 7 are for the people of rows 1, 3 and 4.
#[test]
fn nobody_gets_a_second_message_under_a_further_recipe() {
    for run in RUNS {
        let sandbox = sandbox(&[]);
        let bench = bench(run, &sandbox);
        let recipe = bench.read(&format!("runs/{run}/recipe.yaml"));
        bench.file("c.yaml", recipe.replace("{{ phone }}", "{{ third }}").replace("{{ name }}", "Hello"));
        let retry = ["retry", "--recipe", "c.yaml", "-y", "--connections", "connections.yaml"];
        bench.rowcast(&retry).code(0);
        let delivered = sandbox.inbox().recipients();
        assert_eq!(delivered.into_iter().collect::<Vec<_>>(), [("+4915100000008".to_owned(), 1)]);
        let reasons: Vec<String> = bench.results()[4..7].iter().map(|record| record.get("_error").to_owned()).collect();
        assert_eq!(reasons, [1, 3, 4].map(|row| format!("duplicate of row {row}")));
    }
}

#[test]
fn its_people_are_found_by_the_recipe_that_each_row_was_sent_under() {
    for run in RUNS {
        let bench = bench(run, &sandbox(&[]));
        let results = bench.rowcast(&["results"]).code(0).stdout;
        let rows = crate::support::records(&results);
        let first = bench.rowcast(&["find", rows[0].get("phone")]).code(0).stdout;
        assert!(first.contains(&format!("row 1 of {run}")), "{first}");
        let fourth = bench.rowcast(&["find", rows[3].get("other")]).code(0).stdout;
        assert!(fourth.contains(&format!("row 4 of {run}")), "{fourth}");
        assert_eq!(bench.rowcast(&["find", rows[3].get("phone")]).code(0).stdout, "");
    }
}
