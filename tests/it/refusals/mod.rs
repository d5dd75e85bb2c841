//! Every rule of every task, broken once. Nothing is sent, not even the valid row before the invalid ones.
//!
//! The snapshots show the user's view.

mod contacts;
mod media;
mod places;
mod recipes;
mod templates;
mod texts;

use crate::support::{Bench, Outcome, sandbox};

const TEMPLATE: &str = "send-text-based-template-message";
const TEXT: &str = "send-text-message";
const MEDIA: &str = "send-media-message";
const PLACE: &str = "send-location-message";
const CARD: &str = "send-contact-message";
const BUTTON: &str = "send-interactive-call-to-action-url-button-message";

/// A recipe whose column `x` fills a field, and cells of that column: a good one, then bad ones.
struct Case<'a> {
    /// Keys of the connection.
    keys: &'a str,
    task: &'a str,
    input: &'a str,
    cells: Vec<&'a str>,
}

/// A case over a connection with a number.
fn case<'a>(task: &'a str, input: &'a str, good: &'a str, bad: &[&'a str]) -> Case<'a> {
    let cells = [good].into_iter().chain(bad.iter().copied()).collect();
    Case { keys: "phone-number-id: 106540352242922", task, input, cells }
}

/// The output of each case, below its recipe: a problem for each bad cell.
#[track_caller]
fn refusals(cases: &[Case<'_>]) -> String {
    let section = |case: &Case<'_>| {
        let outcome = refused(case);
        let errors = outcome.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        let bad = case.cells.len() - 1;
        assert_eq!(errors, bad, "{}", outcome.stderr);
        let counts = format!("{} rows checked: 1 ready to send, {bad} invalid; nothing was sent\n", case.cells.len());
        assert!(outcome.stderr.ends_with(&counts), "{}", outcome.stderr);
        format!("{}: {}\n\n{}", case.task, case.input, outcome.stderr)
    };
    cases.iter().map(section).collect::<Vec<_>>().join("\n\n")
}

/// Runs a case against a sandbox, which must not get a request.
#[track_caller]
fn refused(case: &Case<'_>) -> Outcome {
    let Case { keys, task, input, cells } = case;
    let sandbox = sandbox(&[]);
    let bench = Bench::new();
    let to = if input.contains("to: ") { "" } else { "to: \"+16505551234\", " };
    bench.file(
        "r.yaml",
        format!(
            "version: 1\nconnection: {{ type: whatsapp, token: \"{{{{ env.WHATSAPP_TOKEN }}}}\", base-url: \"{}\", {keys} }}\n\
             task: {task}\ndata: list.csv\ninput: {{ {to}{input} }}\n",
            sandbox.url()
        ),
    );
    let mut list = csv::Writer::from_path(bench.path().join("list.csv")).unwrap();
    // The third column keeps the last row from being empty, because empty rows at the end do not count.
    list.write_record(["x", "other", "kept"]).unwrap();
    for cell in cells {
        list.write_record([cell, "", "y"]).unwrap();
    }
    list.flush().unwrap();
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    assert_eq!(sandbox.inbox().total_requests(), 0, "{task}: {input}");
    assert!(!bench.path().join("runs").exists(), "{task}: {input}");
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.ends_with("; nothing was sent\n"), "{}", outcome.stderr);
    outcome
}

#[test]
fn recipients() {
    let input = "to: \"{{ x }}\", body: Hi, preview-url: false";
    let bad = [
        "",
        "5.59199E+12",
        "5,59e+12",
        "+49 (0)30 1234",
        "12a45",
        "+4915123456789\u{34f}",
        "+12",
        "+1234567890123456",
        "+0151234567",
        "0151 23456789",
        "15550001",
    ];
    let read_in_the_us = ["6598551234", "15550001"];
    insta::assert_snapshot!(refusals(&[
        case(TEXT, input, "+1 (650) 555-1234", &bad),
        Case {
            keys: "phone-number-id: 106540352242922, default-country: US",
            ..case(TEXT, input, "+1 (650) 555-1234", &read_in_the_us)
        },
    ]));
}

#[test]
fn senders() {
    let input = "phone-number-id: \"{{ x }}\", body: Hi, preview-url: false";
    let bad = ["", "106/../x", "106 540"];
    insta::assert_snapshot!(refusals(&[Case { keys: "", ..case(TEXT, input, "106540352242922", &bad) }]));
}

#[test]
fn no_rows_in_flight_are_too_few() {
    let bench = Bench::new();
    for few in ["0", "-1", "many"] {
        let flag = format!("--concurrency={few}");
        let refusal = bench.rowcast(&["run", "r.yaml", &flag]).code(2).stderr;
        let reason = format!("'{few}' for '--concurrency <ROWS>': not a whole number of at least 1");
        assert!(refusal.contains(&reason), "{refusal}");
    }
}
