//! A ledger that was harmed after a kill -9 is not a shorter ledger: it is refused, or the rows that it may lack are in doubt.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use rowcast::sandbox::{Config, Sandbox};

use crate::support::running::eventually;
use crate::support::{Bench, list, sandbox_with};

const ROWS: usize = 400;

/// A run that was killed in its midst.
struct Killed {
    sandbox: Sandbox,
    bench: Bench,
}

impl Killed {
    fn after(delivered: u64) -> Self {
        let sandbox = sandbox_with(Config { latency: Duration::from_millis(3), ..Config::default() });
        let bench = Bench::with_list(&list(ROWS), sandbox.url());
        let running = bench.start(&["run", "r.yaml", "-y", "-j", "8"]);
        eventually("messages are delivered", || sandbox.inbox().total_delivered() >= delivered);
        running.kill();
        Self { sandbox, bench }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.bench.run_folder().join(name)
    }

    /// Nobody has more than one message.
    fn once_each(&self) {
        let often: BTreeMap<String, u64> =
            self.sandbox.inbox().recipients().into_iter().filter(|(_, times)| *times > 1).collect();
        assert!(often.is_empty(), "{} people have it twice: {often:?}", often.len());
    }

    /// Neither goes on nor says that rows are unsent; goes on with `--lost`, and sends nothing twice.
    fn is_refused_and_goes_on_when_told(&self, harm: &str) {
        let sent = self.sandbox.inbox().total_requests();
        let name = self.bench.run_folder().file_name().unwrap().to_str().unwrap().to_owned();
        for command in [&["resume", "-y"][..], &["retry", "-y"], &["run", "r.yaml", "-y"]] {
            let refused = self.bench.rowcast(command);
            assert_eq!(refused.code, 3, "{harm}, {command:?}: {}", refused.stderr);
            assert!(refused.stderr.contains("ledger.db was harmed: "), "{harm}: {}", refused.stderr);
            assert!(refused.stderr.contains(&format!("rowcast resume {name} --lost")), "{harm}: {}", refused.stderr);
        }
        assert_eq!(self.sandbox.inbox().total_requests(), sent, "{harm}");
        let resumed = self.bench.rowcast(&["resume", &name, "--lost", "-y"]);
        assert_eq!(resumed.code, 5, "{harm}: {}", resumed.stderr);
        assert!(resumed.stderr.contains("may have been sent without a record"), "{harm}: {}", resumed.stderr);
        self.once_each();
        // Whoever has no record has a doubt, for other runs as well.
        self.bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
        self.once_each();
    }
}

/// Changes a file in place.
fn change(path: &PathBuf, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::File::create(path).unwrap().write_all(&bytes).unwrap();
}

#[test]
fn a_flipped_bit_in_the_log_is_refused() {
    for part in [3, 5, 9] {
        let killed = Killed::after(150);
        change(&killed.file("ledger.db-wal"), |log| {
            let at = log.len() * part / 10;
            log[at] ^= 8;
        });
        killed.is_refused_and_goes_on_when_told(&format!("a bit flipped at {part}/10"));
    }
}

#[test]
fn a_log_that_was_cut_or_deleted_is_refused() {
    let killed = Killed::after(150);
    change(&killed.file("ledger.db-wal"), |log| log.truncate(log.len() / 2));
    killed.is_refused_and_goes_on_when_told("cut to half");
    let killed = Killed::after(60);
    fs::remove_file(killed.file("ledger.db-wal")).unwrap();
    let _ = fs::remove_file(killed.file("ledger.db-shm"));
    killed.is_refused_and_goes_on_when_told("deleted");
}

#[test]
fn a_mark_that_is_missing_is_refused() {
    let killed = Killed::after(100);
    fs::remove_file(killed.file("ledger.mark")).unwrap();
    let refused = killed.bench.rowcast(&["resume", "-y"]).code(3).stderr;
    assert!(refused.contains("`ledger.mark` is missing"), "{refused}");
    let resumed = killed.bench.rowcast(&["resume", "--lost", "-y"]).code(5).stderr;
    assert!(resumed.contains("= "), "{resumed}");
    killed.once_each();
}

#[test]
fn a_run_that_was_only_killed_goes_on_as_before() {
    for delivered in [1, 20, 90, 240, 390] {
        let killed = Killed::after(delivered);
        let useless = killed.bench.rowcast(&["resume", "--lost", "-y"]).code(2).stderr;
        assert!(useless.contains("lacks nothing"), "{useless}");
        let resumed = killed.bench.rowcast(&["resume", "-y"]);
        assert!(matches!(resumed.code, 0 | 5), "{}", resumed.stderr);
        killed.once_each();
        let unknown = killed.bench.results().iter().filter(|record| record.get("_status") == "unknown").count();
        assert!(unknown <= 8, "{unknown}");
    }
}
