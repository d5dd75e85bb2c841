//! Memory does not grow with the list: 300,000 rows here, ten million with `ROWCAST_BIG=1 cargo test --release memory`.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::Child;
use std::time::Duration;

use crate::support::Bench;

/// The most memory that the program may use.
const MOST_KIB: u64 = 64 * 1024;

fn rows() -> u64 {
    if std::env::var_os("ROWCAST_BIG").is_some() { 10_000_000 } else { 300_000 }
}

/// The high-water mark of a process's memory, as long as there is one to read.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    mark.trim().strip_suffix(" kB")?.parse().ok()
}

/// Waits for a process and returns its exit code and its peak memory.
pub(crate) fn watch(mut child: Child) -> (Option<i32>, u64) {
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), peak);
        }
        peak = peak_kib(child.id()).unwrap_or(peak).max(peak);
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_check_holds_no_list_in_memory() {
    let bench = Bench::with_list("", "https://graph.facebook.com");
    let mut list = BufWriter::new(File::create(bench.path().join("list.csv")).unwrap());
    writeln!(list, "phone,name").unwrap();
    // Every row has a text of its own, and every hundredth a problem of its own.
    for row in 0..rows() {
        let phone = if row % 100 == 7 { "0151 2345".to_owned() } else { format!("+491512{:07}", row % 10_000_000) };
        writeln!(list, "{phone},Ann {row}").unwrap();
    }
    list.into_inner().unwrap();
    let (code, peak) = watch(bench.spawn(&["check", "r.yaml"]));
    assert_eq!(code, Some(3));
    assert!(peak > 1024 && peak < MOST_KIB, "{peak} KiB");
}
