//! A run folder on a disk that is full in the middle of the run: nothing more is sent, and no recorded outcome is lost.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::Command;

use crate::support::{Bench, list, sandbox};

/// Runs the script in a mount namespace of its own; prints a line and returns `None` where that is not allowed.
fn with_own_mounts(bench: &Bench, script: &str) -> Option<std::process::Output> {
    let unshare = |script: &str| {
        let rowcast = bench.command(&[]);
        let mut command = Command::new("unshare");
        command.args(["-r", "-m", "sh", "-c", script]).current_dir(bench.path());
        command.env("ROWCAST", rowcast.get_program()).env("WHATSAPP_TOKEN", crate::support::TOKEN).output()
    };
    fs::create_dir_all(bench.path().join("runs")).unwrap();
    if !unshare("mount -t tmpfs -o size=8k none runs").is_ok_and(|output| output.status.success()) {
        // Past the capture of output, because a skipped test must be visible.
        let _ = writeln!(std::io::stderr(), "disk_full: skipped, no disk can be mounted here");
        return None;
    }
    Some(unshare(script).unwrap())
}

#[test]
fn a_full_disk_stops_the_run_and_no_message_is_forgotten() {
    const ROWS: usize = 1200;
    let sandbox = sandbox(&[]);
    for size in [1300, 1400] {
        let bench = Bench::with_list(&list(ROWS), sandbox.url());
        let before = sandbox.inbox().total_delivered();
        let script = format!(
            "mount -t tmpfs -o size={size}k none runs && $ROWCAST run r.yaml -y -j 16; code=$?; cp -r runs after; exit $code"
        );
        let Some(output) = with_own_mounts(&bench, &script) else { return };
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(6), "{size}k: {told}");
        assert!(told.contains("MiB free, but the run may need"), "it was told before: {told}");
        let sent = sandbox.inbox().total_delivered() - before;
        assert!(sent > 0 && sent < ROWS as u64, "{size}k: {sent} sent, {told}");
        // With free space again, the remaining rows are sent.
        bench.rowcast(&["resume", "-y", "--runs-dir", "after"]);
        let results = bench.rowcast(&["results", "--runs-dir", "after"]).code(0).stdout;
        let mut doubtful = BTreeSet::new();
        for (at, line) in results.lines().skip(1).enumerate() {
            let phone = format!("+4915100{:06}", at + 1);
            match line.split(',').nth(3).unwrap() {
                "accepted" => {}
                "unknown" => drop(doubtful.insert((at + 1).to_string())),
                other => panic!("{phone} is {other}"),
            }
        }
        assert_eq!(results.lines().count(), ROWS + 1);
        // The rows in flight are exact as well, because space was reserved for them.
        assert!(doubtful.is_empty() && !told.contains("ROW "), "{size}k: {doubtful:?} {told}");
        assert_eq!(sandbox.inbox().total_delivered() - before, ROWS as u64, "{size}k");
    }
}

#[test]
fn a_disk_without_room_for_the_outcomes_is_not_begun_on() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let script = "mount -t tmpfs -o size=900k none runs && exec $ROWCAST run r.yaml -y";
    let Some(output) = with_own_mounts(&bench, script) else { return };
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("no room beside the ledger"), "{told}");
    assert_eq!(sandbox.inbox().total_requests(), 0);
}
