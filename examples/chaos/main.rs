//! `cargo run --release --example chaos -- --kills 1000 --seed 7`: kills the program repeatedly, resumes it, and
//! checks every promise against what a sandbox received. `--inject kill|error` does so at every system call instead.
//!
//! Build the program first (`cargo build --release`), or name another one with `--rowcast`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use engine::inject::{self, Injection};
use engine::scenario::{self, Figures};
use engine::{Setup, Violation};
use engine::{harm, several};

mod engine;

/// Kill rowcast repeatedly, resume it, and check every promise.
#[derive(Debug, Parser)]
struct Args {
    /// The number of processes to end early
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// The seed; random and printed by default
    #[arg(long)]
    seed: Option<u64>,
    /// Run only this scenario of the seed
    #[arg(long)]
    scenario: Option<u64>,
    /// Rows of a list [default: 1000, with --inject 20]
    #[arg(long)]
    rows: Option<usize>,
    /// Rows in flight at most
    #[arg(long, default_value_t = 32)]
    concurrency: u32,
    /// Stop killing after this number of seconds
    #[arg(long, default_value_t = 24 * 3600)]
    seconds: u64,
    /// The program; by default the one built beside this example
    #[arg(long)]
    rowcast: Option<PathBuf>,
    /// Kill several runs over overlapping lists that work at the same time, and count per person
    #[arg(long, conflicts_with = "inject")]
    several: bool,
    /// Harm logs, marks and folders of runs instead, as often as --kills says
    #[arg(long, conflicts_with_all = ["inject", "several"])]
    harm: bool,
    /// Kill or fail at the n-th system call, n = 1, 2, ..., until a run ends; needs strace
    #[arg(long, value_enum)]
    inject: Option<Inject>,
    /// With --inject: only every n that is a multiple of this
    #[arg(long, default_value_t = 1)]
    step: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Inject {
    Kill,
    Error,
}

fn main() -> io::Result<ExitCode> {
    let args = Args::parse();
    let beside = std::env::current_exe()?.with_file_name("..").join(format!("rowcast{}", std::env::consts::EXE_SUFFIX));
    let rowcast = std::path::absolute(args.rowcast.clone().unwrap_or(beside))?.canonicalize()?;
    let rows = args.rows.unwrap_or(if args.inject.is_some() { 20 } else { 1000 });
    let setup = Setup { rowcast, rows, concurrency: args.concurrency.max(1) };
    let kept = match args.inject {
        None if args.harm => harm_folders(&args, &setup)?,
        None if args.several => several_at_once(&args, &setup)?,
        None => kill_and_go_on(&args, &setup)?,
        Some(inject) => at_every_call(&args, &setup, inject)?,
    };
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn kill_and_go_on(args: &Args, setup: &Setup) -> io::Result<bool> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let (begin, mut out) = (Instant::now(), io::stdout());
    let until = begin + Duration::from_secs(args.seconds);
    writeln!(out, "seed {seed}, {} rows a list, at most {} in flight", setup.rows, setup.concurrency)?;
    let (mut kills, mut signals, mut sessions, mut delivered, mut crashed, mut played) = (0, 0, 0, 0, 0, 0);
    let mut number = args.scenario.unwrap_or(0);
    while kills + signals < args.kills && Instant::now() < until && (played == 0 || args.scenario.is_none()) {
        let figures = match scenario::play(setup, (seed, number), args.kills - kills - signals, until)? {
            Ok(figures) => figures,
            Err(violation) => return tell(&violation).map(|()| false),
        };
        let Figures { states, asked, requests, .. } = &figures;
        writeln!(
            out,
            "scenario {number}: {} rows, {} killed, {} signalled, {} sessions, {requests} requests, {} delivered; {states:?}; \
             {} crashed; {asked} asked again",
            figures.rows, figures.kills, figures.signals, figures.sessions, figures.delivered, figures.crashed
        )?;
        kills += figures.kills;
        signals += figures.signals;
        sessions += figures.sessions;
        delivered += figures.delivered;
        crashed += figures.crashed;
        played += 1;
        number += 1;
    }
    writeln!(
        out,
        "seed {seed}: {played} scenarios, {kills} killed, {signals} signalled, {sessions} sessions, {delivered} delivered, \
         {crashed} rows in doubt by a crash, 0 violations, {:.0} s",
        begin.elapsed().as_secs_f64()
    )?;
    Ok(true)
}

fn harm_folders(args: &Args, setup: &Setup) -> io::Result<bool> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let (begin, mut out) = (Instant::now(), io::stdout());
    let first = args.scenario.unwrap_or(0);
    let count = args.scenario.map_or(args.kills as u64, |_| 1);
    for number in first..first + count {
        if begin.elapsed().as_secs() >= args.seconds {
            break;
        }
        match harm::play(setup, (seed, number))? {
            Ok(done) => writeln!(out, "scenario {number}: {done}")?,
            Err(violation) => return tell(&violation).map(|()| false),
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    writeln!(out, "seed {seed}: nobody has a message twice, 0 violations, {seconds:.0} s")?;
    Ok(true)
}

fn several_at_once(args: &Args, setup: &Setup) -> io::Result<bool> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let (begin, mut out) = (Instant::now(), io::stdout());
    let mut number = args.scenario.unwrap_or(0);
    let mut kills = 0;
    while kills < args.kills && begin.elapsed().as_secs() < args.seconds && (kills == 0 || args.scenario.is_none()) {
        let figures = match several::play(setup, (seed, number), (args.kills - kills).min(12))? {
            Ok(figures) => figures,
            Err(violation) => return tell(&violation).map(|()| false),
        };
        kills += figures.kills;
        writeln!(
            out,
            "scenario {number}: {} people, {} runs started, {} killed, {} delivered",
            figures.people, figures.started, figures.kills, figures.delivered
        )?;
        number += 1;
    }
    let seconds = begin.elapsed().as_secs_f64();
    writeln!(out, "seed {seed}: {kills} killed, nobody has a message twice, 0 violations, {seconds:.0} s")?;
    Ok(true)
}

fn at_every_call(args: &Args, setup: &Setup, inject: Inject) -> io::Result<bool> {
    let (begin, mut out) = (Instant::now(), io::stdout());
    if let Some(why) = inject::unavailable() {
        writeln!(out, "nothing can be injected here: {why}")?;
        return Ok(false);
    }
    match inject::watch_syncs(setup)? {
        Ok(requests) => writeln!(out, "{requests} requests, each after the sync of its intent")?,
        Err(violation) => return tell(&violation).map(|()| false),
    }
    let until = begin + Duration::from_secs(args.seconds);
    let (calls, errors): (&[&str], Vec<Option<&str>>) = match inject {
        Inject::Kill => (&inject::DEADLY, vec![None]),
        Inject::Error => (&inject::FAILING, inject::ERRORS.into_iter().map(Some).collect()),
    };
    let (mut runs, mut bad) = (0, 0);
    for call in calls {
        for error in &errors {
            let mut nth = 1;
            let before = bad;
            while Instant::now() < until {
                let injection = Injection { call: (*call).to_owned(), error: error.map(str::to_owned), nth };
                runs += 1;
                match inject::play(setup, &injection)? {
                    Ok(true) => nth += args.step,
                    Ok(false) => break,
                    Err(violation) => {
                        tell(&violation)?;
                        bad += 1;
                        nth += args.step;
                    }
                }
            }
            let act = error.unwrap_or("SIGKILL");
            writeln!(out, "{call}: {act} at each of the first {} calls, {} violations", nth - 1, bad - before)?;
        }
    }
    writeln!(out, "{runs} runs, {bad} violations, {:.0} s", begin.elapsed().as_secs_f64())?;
    Ok(bad == 0)
}

fn tell(violation: &Violation) -> io::Result<()> {
    writeln!(io::stdout(), "VIOLATION\n{violation}")
}
