//! repeated kill -9 at random times: no row is sent twice or lost, and the number of unknown rows is bounded.
//!
//! `ROWCAST_KILLS` sets the number of kills; `ROWCAST_SEED` repeats a run of this test.

use std::io::Write;
use std::time::Duration;

use rowcast::sandbox::{Config, Sandbox};

use crate::support::oracle::Allowed;
use crate::support::running::{Running, eventually};
use crate::support::{Bench, list, sandbox_with};

/// Faults that a scenario may meet. The shares of doubt are small: a breaker stops a run with too many unknown rows.
const FAULTS: [&str; 8] = [
    "131056=2%",
    "130429=0.3%",
    "131026=2%",
    "drop-after-accept=0.5%",
    "drop-before-accept=0.5%",
    "http-500=0.5%",
    "truncated-200=0.5%",
    "reset=0.5%",
];

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn killed_at_any_moment_a_run_loses_nothing_and_sends_nothing_twice() {
    let kills = number("ROWCAST_KILLS").unwrap_or(24);
    let seed = number("ROWCAST_SEED").unwrap_or_else(|| fastrand::u64(..));
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut done, mut rows, mut doubt, mut most) = (0, 0, 0, 0);
    while done < kills {
        let scenario = rng.u64(..);
        let told = Told(format!("ROWCAST_SEED={seed}: scenario {scenario}, after {done} kills"));
        let of_this = scenario_of(scenario, (kills - done).min(6));
        std::mem::forget(told);
        done += of_this.kills;
        rows += of_this.rows;
        doubt += of_this.unknown;
        most += of_this.bound;
    }
    say(&format!("{done} kills over {rows} rows, seed {seed}: {doubt} rows unknown, {most} would have been allowed"));
}

struct Figures {
    kills: u64,
    rows: u64,
    unknown: u64,
    bound: u64,
}

fn scenario_of(seed: u64, most_kills: u64) -> Figures {
    let mut rng = fastrand::Rng::with_seed(seed);
    let rows = rng.usize(400..=1000);
    let concurrency = rng.u64(8..=64);
    let mut faults: Vec<&str> = FAULTS.to_vec();
    rng.shuffle(&mut faults);
    faults.truncate(rng.usize(0..5));
    let latency = Duration::from_millis(rng.u64(0..12));
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let sandbox = sandbox_with(Config { faults, latency, seed, ..Config::default() });
    let bench = Bench::with_list(&list(rows), sandbox.url());
    if rng.bool() {
        share_with_another(&bench);
    }

    let wide = concurrency.to_string();
    let mut kills = 0;
    let mut allowed = Allowed::default();
    while kills < most_kills {
        let begin: &[&str] = if is_a_run(&bench) { &["resume"] } else { &["run", "r.yaml"] };
        let args = [begin, &["-y", "-j", &wide, "--retries", "1"]].concat();
        let running = bench.start(&args);
        if !killed_somewhere(running, &sandbox, &mut rng, rows) {
            break;
        }
        kills += 1;
        allowed.doubt += concurrency;
        if is_a_run(&bench) {
            bench.judge_allowing(sandbox.inbox(), &allowed);
        }
    }
    finish(&bench, rows);
    let states = bench.judge_allowing(sandbox.inbox(), &allowed);
    assert_eq!(states.get("pending"), None, "{states:?}");
    assert_eq!(states.values().sum::<u64>(), rows as u64);
    Figures { kills, rows: rows as u64, unknown: states.get("unknown").copied().unwrap_or(0), bound: allowed.doubt }
}

/// The rows use two connections; the limit of unknown rows stays the same.
fn share_with_another(bench: &Bench) {
    let one = bench.read("connections.yaml");
    let other = one.replace("acme:", "other:").replace("106540352242922", "106540352242923");
    bench.file("connections.yaml", one + &other);
    bench.file("r.yaml", bench.read("r.yaml").replace("connection: acme", "connection: [acme, other]"));
}

/// Resumes until no row is pending. A breaker may stop a session with too many unknown rows.
fn finish(bench: &Bench, rows: usize) {
    for _ in 0..=rows {
        let outcome = if is_a_run(bench) {
            bench.rowcast(&["resume", "-y", "--retries", "1"])
        } else {
            bench.rowcast(&["run", "r.yaml", "-y", "--retries", "1"])
        };
        match outcome.code {
            0 | 4 | 5 => return,
            6 => {}
            _ => drop(outcome.code(0)),
        }
    }
    panic!("it does not come to an end");
}

/// Kills at a time, or when a number of messages have arrived. False if the process had already ended.
fn killed_somewhere(mut running: Running, sandbox: &Sandbox, rng: &mut fastrand::Rng, rows: usize) -> bool {
    let begin = std::time::Instant::now();
    let (moment, messages) = if rng.bool() {
        let milliseconds = (-rng.f64().max(1e-9).ln() * 150.0).min(1500.0);
        (Duration::from_secs_f64(milliseconds / 1000.0), u64::MAX)
    } else {
        let left = rows as u64 - sandbox.inbox().total_delivered().min(rows as u64);
        (Duration::from_secs(20), sandbox.inbox().total_delivered() + rng.u64(0..=left / 2))
    };
    while begin.elapsed() < moment && sandbox.inbox().total_delivered() < messages {
        if !running.is_alive() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(300));
    }
    let alive = running.is_alive();
    running.kill();
    alive
}

/// A process that was killed before it had written `run.json` has sent nothing and left no run.
fn is_a_run(bench: &Bench) -> bool {
    bench.rowcast(&["runs", "--json"]).stdout.lines().count() == 1
}

/// Prints how to repeat a failed scenario.
struct Told(String);

impl Drop for Told {
    fn drop(&mut self) {
        say(&self.0);
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A run whose folder is gone must not go on into a file that nobody finds.
#[test]
fn a_run_stops_when_its_folder_is_removed_or_renamed() {
    for renamed in [false, true] {
        let sandbox = sandbox_with(Config { latency: Duration::from_millis(20), ..Config::default() });
        let bench = Bench::with_list(&list(400), sandbox.url());
        let run = bench.start(&["run", "r.yaml", "-y", "-j", "4"]);
        eventually("some are sent", || sandbox.inbox().total_delivered() > 20);
        let (folder, elsewhere) = (bench.run_folder(), bench.path().join("elsewhere"));
        if renamed {
            std::fs::rename(&folder, &elsewhere).unwrap();
        } else {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        let sent = sandbox.inbox().total_requests();
        let told = run.finish().code(6).stderr;
        assert!(sandbox.inbox().total_requests() <= sent + 12, "{} after {sent}", sandbox.inbox().total_requests());
        assert!(told.contains("ledger.db is gone: its folder "), "{told}");
        if renamed {
            assert!(told.contains(&elsewhere.display().to_string()), "{told}");
            // Its way out.
            std::fs::rename(&elsewhere, &folder).unwrap();
            bench.rowcast(&["resume", "-y"]);
            let got = sandbox.inbox().recipients();
            assert!(got.values().all(|count| *count == 1) && got.len() >= 400 - 4, "{}", got.len());
        }
    }
}
