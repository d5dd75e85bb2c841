//! One scenario: the program is killed and resumed until nothing is pending; the oracle; `retry --unknown`; the oracle.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::time::{Duration, Instant};

use fastrand::Rng;
use rowcast::sandbox::{Config, Sandbox};

use super::bench::{Bench, Running, TOKEN, put};
use super::draw::{Drawn, exponential};
use super::ledger::{self, Allowed};
use super::oracle::{self, Outcome};
use super::{Setup, Violation};

/// The average time until a process is killed.
const LIFE: Duration = Duration::from_millis(150);
/// The most kills in one scenario.
const MOST_KILLS: usize = 60;
/// The time limit of a session.
const STUCK: Duration = Duration::from_secs(120);

/// The result of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) kills: usize,
    pub(crate) signals: usize,
    pub(crate) sessions: usize,
    pub(crate) rows: usize,
    pub(crate) delivered: u64,
    pub(crate) requests: u64,
    pub(crate) states: BTreeMap<String, usize>,
    pub(crate) crashed: usize,
    pub(crate) asked: usize,
}

/// How a session is ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Kill,
    Signal(&'static str),
    Twice,
    SignalThenKill,
}

struct Chaos<'a> {
    bench: Bench,
    sandbox: &'a Sandbox,
    drawn: &'a Drawn,
    rng: Rng,
    allowed: Allowed,
    figures: Figures,
    most_kills: usize,
    until: Instant,
    concurrency: u32,
}

/// Runs the scenario `number` of a seed. No process is killed after `until` or once `most_kills` were.
pub(crate) fn play(
    setup: &Setup,
    (seed, number): (u64, u64),
    most_kills: usize,
    until: Instant,
) -> io::Result<Result<Figures, Violation>> {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number));
    let drawn = Drawn::new(setup, &mut rng);
    let faults = drawn.faults.iter().filter_map(|fault| fault.parse().ok()).collect();
    let config = Config {
        token: Some(TOKEN.to_owned()),
        faults,
        latency: drawn.latency,
        seed: drawn.sandbox_seed,
        ..Config::default()
    };
    let sandbox = Sandbox::start(config)?;
    let mut chaos = Chaos {
        bench: Bench::new(&setup.rowcast, &drawn, sandbox.url())?,
        sandbox: &sandbox,
        drawn: &drawn,
        rng,
        allowed: Allowed::default(),
        figures: Figures { rows: drawn.rows.len(), ..Figures::default() },
        most_kills: most_kills.min(MOST_KILLS),
        until,
        concurrency: setup.concurrency,
    };
    let said = chaos.through()?;
    if said.is_empty() {
        return Ok(Ok(chaos.figures));
    }
    let drawn = format!("seed {seed}, scenario {number}: {}", drawn.describe());
    // The sandbox's record is stored beside the run.
    let received = serde_json::to_string_pretty(&sandbox.inbox().recent()).unwrap_or_default();
    put(&chaos.bench.path().join("received.json"), received)?;
    Ok(Err(Violation { said, folder: chaos.bench.keep(), drawn }))
}

impl Chaos<'_> {
    fn through(&mut self) -> io::Result<Vec<String>> {
        let said = self.work(&[])?;
        if !said.is_empty() {
            return Ok(said);
        }
        let (rows, said) = self.judge(&HashMap::new())?;
        if !said.is_empty() {
            return Ok(said);
        }
        self.figures.states = oracle::states(&rows);
        self.figures.crashed = rows.iter().filter(|row| row.code == "crash").count();
        let mut asked: HashMap<String, usize> = HashMap::new();
        for row in rows.iter().filter(|row| row.state == "unknown") {
            *asked.entry(row.phone.clone()).or_default() += 1;
        }
        self.figures.asked = asked.values().sum();
        let said = self.work(&["retry", "latest", "--unknown"])?;
        if !said.is_empty() {
            return Ok(said);
        }
        let (_, said) = self.judge(&asked)?;
        self.figures.delivered = self.sandbox.inbox().total_delivered();
        self.figures.requests = self.sandbox.inbox().total_requests();
        Ok(said)
    }

    /// Starts sessions and ends them early, until one completes. `first` is the first session's
    /// command; without it that is `run`, or `resume` once there is a run.
    fn work(&mut self, first: &[&str]) -> io::Result<Vec<String>> {
        let mut first = Some(first).filter(|first| !first.is_empty());
        loop {
            let args = self.args(first.take());
            let in_flight = self.rng.u32(1..=self.concurrency);
            let args = [&args[..], &["-j".to_owned(), in_flight.to_string()]].concat();
            let mut child = self.bench.start(&[], &args)?;
            self.figures.sessions += 1;
            let kill = self.figures.kills + self.figures.signals < self.most_kills && Instant::now() < self.until;
            let life = if kill { exponential(&mut self.rng, LIFE) } else { STUCK };
            let status = match child.wait_for(life)? {
                Some(status) => Some(status),
                None if kill => self.end(&mut child, in_flight)?,
                None => return Ok(vec![format!("{args:?} has not ended after {STUCK:?}")]),
            };
            // No code: the process was killed, or a signal ended it before it installed its handlers.
            let Some(code) = status.and_then(|status| status.code()) else { continue };
            match code {
                0 | 4 | 5 => return Ok(Vec::new()),
                6 | 130 => {}
                _ => return Ok(vec![format!("{args:?} ended with {code}: {}", self.bench.last_output().1)]),
            }
        }
    }

    fn args(&mut self, command: Option<&[&str]>) -> Vec<String> {
        let words: Vec<&str> = match command {
            Some(command) => command.to_vec(),
            None if self.bench.run_folder().is_some() => vec!["resume", "latest"],
            None if self.drawn.skip_invalid => vec!["run", "r.yaml", "--skip-invalid"],
            None => vec!["run", "r.yaml"],
        };
        let mut args: Vec<String> = words.into_iter().chain(["-y", "--timeout"]).map(str::to_owned).collect();
        args.push(format!("{}ms", self.drawn.timeout.as_millis()));
        if self.rng.u8(..3) == 0 {
            args.extend(["--rate".to_owned(), format!("{}/s", self.rng.u32(200..3000))]);
        }
        args
    }

    /// Ends a session early. Its rows in flight may be in doubt, unless it ended normally.
    fn end(&mut self, child: &mut Running, in_flight: u32) -> io::Result<Option<std::process::ExitStatus>> {
        let end = match self.rng.u8(..10) {
            0 => End::Signal("TERM"),
            1 => End::Signal("INT"),
            2 => End::Twice,
            3 => End::SignalThenKill,
            _ => End::Kill,
        };
        if let End::Kill | End::SignalThenKill | End::Twice = end {
            self.allowed.by_process.insert(child.id(), in_flight);
        }
        let status = match end {
            End::Kill => {
                self.figures.kills += 1;
                return child.kill().map(Some);
            }
            End::SignalThenKill => {
                child.signal("TERM")?;
                self.figures.kills += 1;
                std::thread::sleep(exponential(&mut self.rng, LIFE / 10));
                return child.kill().map(Some);
            }
            End::Signal(name) => {
                child.signal(name)?;
                child.wait_for(STUCK)?
            }
            End::Twice => {
                child.signal("INT")?;
                std::thread::sleep(exponential(&mut self.rng, LIFE / 10));
                child.signal("INT")?;
                child.wait_for(STUCK)?
            }
        };
        self.figures.signals += 1;
        Ok(status)
    }

    fn judge(&mut self, asked: &HashMap<String, usize>) -> io::Result<(Vec<Outcome>, Vec<String>)> {
        judge(&mut self.bench, self.drawn, self.sandbox, &self.allowed, asked, false)
    }
}

/// The whole oracle over a completed run.
pub(super) fn judge(
    bench: &mut Bench,
    drawn: &Drawn,
    sandbox: &Sandbox,
    allowed: &Allowed,
    asked: &HashMap<String, usize>,
    errors_injected: bool,
) -> io::Result<(Vec<Outcome>, Vec<String>)> {
    let Some(folder) = bench.run_folder() else { return Ok((Vec::new(), vec!["there is no run".to_owned()])) };
    let quiet = !bench.last_output().1.contains("nothing to");
    let mut child = bench.start(&[], &["results".to_owned(), "latest".to_owned()])?;
    child.wait_for(STUCK)?;
    let mut said = Vec::new();
    if bench.last_output().0 != fs::read(folder.join("results.csv")).unwrap_or_default() {
        said.push("results.csv is not what `rowcast results` makes of the ledger".to_owned());
    }
    let rows = oracle::read_results(&folder.join("results.csv")).unwrap_or_else(|error| {
        said.push(error);
        Vec::new()
    });
    said.extend(oracle::judge(drawn, &rows, sandbox.inbox(), asked, errors_injected));
    match ledger::judge(&folder.join("ledger.db"), allowed, quiet) {
        Ok(more) => said.extend(more),
        Err(error) => said.push(format!("the ledger cannot be read: {error}")),
    }
    said.extend(oracle::find_token(bench.path()));
    Ok((rows, said))
}
