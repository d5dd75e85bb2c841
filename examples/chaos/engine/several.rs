//! Several runs at the same time over overlapping lists, killed and started again: the oracle counts per person.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::time::Duration;

use fastrand::Rng;
use rowcast::sandbox::{Config, Sandbox};

use super::bench::{Bench, Running, TOKEN, put};
use super::draw::{Drawn, exponential};
use super::{Setup, Violation};

/// The average time until a process is killed.
const LIFE: Duration = Duration::from_millis(250);
/// The time limit of a run.
const STUCK: Duration = Duration::from_secs(120);
/// Runs at the same time.
const RUNS: usize = 3;

/// The result of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) people: usize,
    pub(crate) started: usize,
    pub(crate) kills: usize,
    pub(crate) delivered: u64,
}

/// Plays the scenario `number` of a seed: so many processes are killed before all lists are sent to their end.
pub(crate) fn play(
    setup: &Setup,
    (seed, number): (u64, u64),
    most_kills: usize,
) -> io::Result<Result<Figures, Violation>> {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number));
    let drawn = Drawn::calm(0);
    let faults = ["131026=2%", "drop-after-accept=1%", "130429=2%", "reset=1%"];
    let faults: Vec<&str> = faults.into_iter().filter(|_| rng.bool()).collect();
    let config = Config {
        token: Some(TOKEN.to_owned()),
        faults: faults.iter().filter_map(|fault| fault.parse().ok()).collect(),
        latency: Duration::from_millis(rng.u64(0..20)),
        seed: rng.u64(..),
        ..Config::default()
    };
    let sandbox = Sandbox::start(config)?;
    let mut bench = Bench::new(&setup.rowcast, &drawn, sandbox.url())?;
    let mut figures = Figures { people: setup.rows, ..Figures::default() };
    for list in 0..RUNS {
        put(&bench.path().join(format!("list-{list}.csv")), self::list(setup.rows, &mut rng))?;
    }
    let mut children: Vec<(usize, Running)> = Vec::new();
    while figures.kills < most_kills {
        while children.len() < RUNS {
            let list = rng.usize(..RUNS);
            children.push((list, start(&mut bench, list, setup.concurrency, &mut rng)?));
            figures.started += 1;
        }
        std::thread::sleep(exponential(&mut rng, LIFE / 3));
        let (_, mut child) = children.swap_remove(rng.usize(..children.len()));
        if child.wait_for(Duration::ZERO)?.is_none() {
            child.kill()?;
            figures.kills += 1;
        }
    }
    let mut said = Vec::new();
    for (list, mut child) in children {
        said.extend(wait(&bench, list, &mut child)?);
    }
    // What is missing is sent by the same command, once more.
    for list in 0..RUNS {
        let mut child = start(&mut bench, list, setup.concurrency, &mut rng)?;
        figures.started += 1;
        said.extend(wait(&bench, list, &mut child)?);
    }
    said.extend(judge(&bench, &sandbox)?);
    figures.delivered = sandbox.inbox().total_delivered();
    if said.is_empty() {
        return Ok(Ok(figures));
    }
    let drawn = format!("seed {seed}, scenario {number} of several runs: faults {faults:?}");
    Ok(Err(Violation { said, folder: bench.keep(), drawn }))
}

/// A part of all people, in any order.
fn list(people: usize, rng: &mut Rng) -> String {
    let mut numbers: Vec<usize> = (0..people).filter(|_| rng.u8(..3) > 0).collect();
    rng.shuffle(&mut numbers);
    let mut list = "phone,name,go\n".to_owned();
    for number in numbers {
        // Writing to a string cannot fail.
        let _ = writeln!(list, "+4915100{number:06},Ann {number},yes");
    }
    list
}

fn start(bench: &mut Bench, list: usize, concurrency: u32, rng: &mut Rng) -> io::Result<Running> {
    let in_flight = rng.u32(1..=concurrency).to_string();
    let list = format!("list-{list}.csv");
    let args = ["run", "r.yaml", "-d", &list, "-y", "-j", &in_flight].map(str::to_owned);
    bench.start(&[], &args)
}

fn wait(bench: &Bench, list: usize, child: &mut Running) -> io::Result<Vec<String>> {
    let Some(status) = child.wait_for(STUCK)? else {
        return Ok(vec![format!("the run over list {list} has not ended after {STUCK:?}")]);
    };
    // Faults of the server may stop a run for a reason of its own.
    Ok(match status.code() {
        Some(0 | 4 | 5 | 6) => Vec::new(),
        code => vec![format!("the run over list {list} ended with {code:?}: {}", bench.last_output().1)],
    })
}

/// Nobody has a message twice, and whoever is left out because of another run has one.
fn judge(bench: &Bench, sandbox: &Sandbox) -> io::Result<Vec<String>> {
    let (got, mut said) = (sandbox.inbox().recipients(), Vec::new());
    let twice = got.iter().filter(|(_, count)| **count > 1);
    said.extend(twice.map(|(phone, count)| format!("{phone} has the message {count} times")));
    let mut states: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for run in fs::read_dir(bench.path().join("runs"))? {
        let results = run?.path().join("results.csv");
        let Ok(mut reader) = csv::Reader::from_path(&results) else { continue };
        for record in reader.records().map_while(Result::ok) {
            // The run that may have sent it was perhaps killed, and has no results.
            let doubt = record.get(9).is_some_and(|reason| reason.starts_with("once perhaps"));
            let state = if doubt { "unknown" } else { record.get(4).unwrap_or_default() }.to_owned();
            states.entry(record.get(0).unwrap_or_default().to_owned()).or_default().insert(state);
        }
    }
    for (phone, states) in states {
        let explained = ["unknown", "rejected", "failed", "pending"].iter().any(|state| states.contains(*state));
        if !explained && got.get(&phone) != Some(&1) {
            said.push(format!("{phone} has no message, and its rows are {states:?}"));
        }
    }
    Ok(said)
}
