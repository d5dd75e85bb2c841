//! Harm to the folder of a run: logs, marks, copies and removed folders. Nobody may have a message twice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fastrand::Rng;
use rowcast::sandbox::{Config, Sandbox};

use super::bench::{Bench, TOKEN, put};
use super::draw::{Drawn, exponential};
use super::{Setup, Violation};

/// The average time until the harm is done.
const LIFE: Duration = Duration::from_millis(200);
/// The time limit of a session.
const STUCK: Duration = Duration::from_secs(120);

/// What is done to a run.
#[derive(Debug, Clone, Copy)]
enum Harm {
    /// A bit of its log is flipped, after a kill.
    FlippedBit,
    /// Its log is cut, after a kill.
    CutLog,
    /// Its log is deleted, after a kill.
    DeletedLog,
    /// Its high-water mark is deleted, after a kill.
    DeletedMark,
    /// Its folder is copied while it works, and the copy is resumed beside it.
    Copied,
    /// Its folder is removed while it works, and the same command is typed again.
    Removed,
}

const HARMS: [Harm; 6] =
    [Harm::FlippedBit, Harm::CutLog, Harm::DeletedLog, Harm::DeletedMark, Harm::Copied, Harm::Removed];

/// Plays the scenario `number` of a seed, and returns what was done in words.
pub(crate) fn play(setup: &Setup, (seed, number): (u64, u64)) -> io::Result<Result<String, Violation>> {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number));
    let harm = HARMS[rng.usize(..HARMS.len())];
    let latency = Duration::from_millis(rng.u64(1..12));
    let sandbox = Sandbox::start(Config { token: Some(TOKEN.to_owned()), latency, ..Config::default() })?;
    let mut bench = Bench::new(&setup.rowcast, &Drawn::calm(setup.rows), sandbox.url())?;
    let in_flight = rng.u32(1..=setup.concurrency).to_string();
    let mut said = Vec::new();
    let mut child = bench.start(&[], &words(&["run", "r.yaml", "-y", "-j", &in_flight]))?;
    while bench.run_folder().is_none() && child.wait_for(Duration::from_millis(1))?.is_none() {}
    let ended = child.wait_for(exponential(&mut rng, LIFE))?.is_some();
    let Some(folder) = bench.run_folder() else { return Ok(Ok(format!("{harm:?}: no run"))) };
    match harm {
        Harm::Copied if !ended => {
            let copy = folder.with_file_name(format!("{}-copy", name(&folder)));
            copy_folder(&folder, &copy)?;
            let mut other = bench.start(&[], &words(&["resume", &name(&copy), "-y"]))?;
            let code = other.wait_for(STUCK)?.and_then(|status| status.code());
            if !matches!(code, Some(0 | 3 | 4 | 5)) {
                said.push(format!("the copy ended with {code:?}: {}", bench.last_output().1));
            }
            fs::remove_dir_all(&copy)?;
        }
        Harm::Removed if !ended => fs::remove_dir_all(&folder)?,
        Harm::Copied | Harm::Removed => {}
        Harm::FlippedBit | Harm::CutLog | Harm::DeletedLog | Harm::DeletedMark => {
            child.kill()?;
            do_harm(harm, &folder, &mut rng)?;
        }
    }
    if child.wait_for(STUCK)?.is_none() {
        said.push(format!("the run has not ended after {STUCK:?}"));
    }
    // Whoever does not know what was done types what he always types.
    let mut again = vec![words(&["resume", "latest", "-y"])];
    again.extend(matches!(harm, Harm::Copied | Harm::Removed).then(|| words(&["run", "r.yaml", "-y"])));
    again.push(words(&["resume", "latest", "--lost", "-y"]));
    for args in again {
        // After the removal of a folder nobody knows what was sent.
        if matches!(harm, Harm::Removed) && args[0] == "run" {
            continue;
        }
        if bench.start(&[], &args)?.wait_for(STUCK)?.is_none() {
            said.push(format!("{args:?} has not ended after {STUCK:?}"));
        }
        let output = bench.last_output().1;
        if output.contains("panicked") {
            said.push(format!("{args:?}: {output}"));
        }
    }
    let got = sandbox.inbox().recipients();
    let twice = got.iter().filter(|(_, count)| **count > 1);
    said.extend(twice.map(|(phone, count)| format!("{phone} has the message {count} times")));
    let done = format!("{harm:?}: {} of {} people have it", got.len(), setup.rows);
    if said.is_empty() {
        return Ok(Ok(done));
    }
    let drawn = format!("seed {seed}, scenario {number}, {harm:?} at {in_flight} in flight");
    Ok(Err(Violation { said, folder: bench.keep(), drawn }))
}

fn do_harm(harm: Harm, folder: &Path, rng: &mut Rng) -> io::Result<()> {
    let (log, mark) = (folder.join("ledger.db-wal"), folder.join("ledger.mark"));
    let Ok(mut bytes) = fs::read(&log) else { return Ok(()) };
    match harm {
        Harm::FlippedBit if !bytes.is_empty() => {
            let at = rng.usize(..bytes.len());
            bytes[at] ^= 1 << rng.u8(..8);
            put(&log, bytes)
        }
        Harm::CutLog => put(&log, &bytes[..rng.usize(..=bytes.len())]),
        Harm::DeletedLog => fs::remove_file(log),
        Harm::DeletedMark if mark.exists() => fs::remove_file(mark),
        _ => Ok(()),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Copies the files of a folder as `cp` does, while they are written.
fn copy_folder(from: &Path, to: &PathBuf) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // A file may be gone by then.
        let _ = fs::copy(entry.path(), to.join(entry.file_name()));
    }
    Ok(())
}
