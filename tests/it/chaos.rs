//! A short version of the chaos command: the same scenarios, the same oracle.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::engine::inject::{self, DEADLY, FAILING, Injection};
use self::engine::{Setup, harm, scenario, several};

#[path = "../../examples/chaos/engine/mod.rs"]
#[allow(dead_code, reason = "the command prints more figures than a test asks for")]
mod engine;

fn setup(rows: usize, concurrency: u32) -> Setup {
    Setup { rowcast: PathBuf::from(env!("CARGO_BIN_EXE_rowcast")), rows, concurrency }
}

#[test]
fn whatever_is_killed_nothing_is_lost_or_sent_twice() {
    const KILLS: usize = 25;
    let seed = fastrand::u64(..1_000_000);
    let until = Instant::now() + Duration::from_secs(15);
    let (mut kills, mut number) = (0, 0);
    while kills < KILLS && Instant::now() < until {
        let played = scenario::play(&setup(150, 16), (seed, number), KILLS - kills, until).unwrap();
        let figures = played.unwrap_or_else(|violation| panic!("{violation}"));
        kills += figures.kills + figures.signals;
        number += 1;
    }
    say(&format!("seed {seed}: {number} scenarios, {kills} processes ended before their time"));
}

#[test]
fn however_several_runs_are_killed_nobody_has_a_message_twice() {
    let seed = fastrand::u64(..1_000_000);
    let (mut kills, mut number) = (0, 0);
    let until = Instant::now() + Duration::from_secs(12);
    while kills < 24 && Instant::now() < until {
        let played = several::play(&setup(150, 8), (seed, number), 8).unwrap();
        kills += played.unwrap_or_else(|violation| panic!("{violation}")).kills;
        number += 1;
    }
    say(&format!("seed {seed}: {number} scenarios of several runs, {kills} processes killed"));
}

#[test]
fn however_the_folder_of_a_run_is_harmed_nobody_has_a_message_twice() {
    let seed = fastrand::u64(..1_000_000);
    let until = Instant::now() + Duration::from_secs(12);
    let mut done = 0;
    for number in (0..24).take_while(|_| Instant::now() < until) {
        let played = harm::play(&setup(150, 8), (seed, number)).unwrap();
        played.unwrap_or_else(|violation| panic!("{violation}"));
        done = number + 1;
    }
    say(&format!("seed {seed}: {done} folders of runs harmed"));
}

#[test]
fn death_and_errors_at_system_calls_lose_nothing() {
    if let Some(why) = inject::unavailable() {
        say(&format!("skipped, nothing can be injected here: {why}"));
        return;
    }
    if let Err(violation) = inject::watch_syncs(&setup(20, 1)).unwrap() {
        panic!("{violation}");
    }
    let until = Instant::now() + Duration::from_secs(15);
    let calls = DEADLY.iter().map(|call| (*call, None)).chain(FAILING.iter().map(|call| (*call, Some("EIO"))));
    let mut runs = 0;
    for step in 0..8 {
        for (call, error) in calls.clone() {
            if Instant::now() > until {
                break;
            }
            let injection = Injection { call: call.to_owned(), error: error.map(str::to_owned), nth: 1 + 7 * step };
            if let Err(violation) = inject::play(&setup(20, 4), &injection).unwrap() {
                panic!("{violation}");
            }
            runs += 1;
        }
    }
    say(&format!("{runs} runs with something injected"));
}

/// Prints one line to the log, past the capture of output, because skipped parts must be visible.
fn say(line: &str) {
    // A closed standard error must not fail the test.
    let _ = writeln!(std::io::stderr(), "chaos: {line}");
}
