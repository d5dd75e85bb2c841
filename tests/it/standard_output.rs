//! Standard output that cannot be written: a closed pipe is not an error, everything else is.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::support::{Bench, Outcome, list, sandbox};

/// The errors of a command line whose standard output accepts nothing, as on a full disk.
#[cfg(target_os = "linux")]
fn into_the_full(bench: &Bench, args: &[&str]) -> Outcome {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    Outcome::of(bench.command(args).stdout(full).output().unwrap())
}

/// A command line whose reader exits before the first byte.
fn into_a_closed_pipe(bench: &Bench, args: &[&str]) -> Outcome {
    let mut child = bench.command(args).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    Outcome::of(child.wait_with_output().unwrap())
}

/// A run with more rows than any buffer holds, and a list with an invalid row.
fn bench() -> Bench {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(2000), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    bench.file("bad.csv", list(2000) + "+12,Bad\n");
    bench
}

const COMMANDS: [&[&str]; 16] = [
    &["run", "r.yaml", "--again", "--dry-run"],
    &["run", "r.yaml", "--again", "--dry-run", "--json"],
    &["run", "r.yaml", "--again", "--dry-run", "--curl"],
    &["runs"],
    &["runs", "--json"],
    &["show"],
    &["show", "latest", "2"],
    &["results"],
    &["results", "--format", "jsonl"],
    &["suppress"],
    &["report"],
    &["schema"],
    &["tasks"],
    &["completions", "bash"],
    &["man"],
    &["--help"],
];

#[cfg(target_os = "linux")]
#[test]
fn data_that_cannot_be_written_is_an_error() {
    let bench = bench();
    for args in COMMANDS {
        let outcome = into_the_full(&bench, args);
        assert_eq!(outcome.code, 1, "{args:?}: {}", outcome.stderr);
        let told = "error: standard output cannot be written: No space left on device (os error 28)\n";
        assert!(outcome.stderr.ends_with(told), "{args:?}: {}", outcome.stderr);
    }
    let outcome = into_the_full(&bench, &["run", "r.yaml", "-d", "bad.csv", "--dry-run", "--json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let bench = bench();
    for args in COMMANDS {
        let outcome = into_a_closed_pipe(&bench, args);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{args:?}");
    }
    // The exit code still reports the problem of the list.
    into_a_closed_pipe(&bench, &["run", "r.yaml", "-d", "bad.csv", "--dry-run", "--json"]).code(3);
}

/// The run continues, and all of it is in the ledger. The lost events are reported.
#[cfg(target_os = "linux")]
#[test]
fn events_that_cannot_be_written_are_told_and_stop_nothing() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(200), sandbox.url());
    let outcome = into_the_full(&bench, &["run", "r.yaml", "-y", "--json"]).code(0);
    let told = "warning: standard output cannot be written: No space left on device (os error 28)\n";
    assert_eq!(outcome.stderr.matches(told).count(), 1, "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 200);
}
