//! A kill or an error at the n-th system call of a kind, with `strace -e inject`. `strace` counts per thread.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use rowcast::sandbox::{Config, Sandbox};

use super::bench::{Bench, TOKEN};
use super::draw::Drawn;
use super::ledger::Allowed;
use super::scenario::judge;
use super::{Setup, Violation};

/// Calls at which the program is killed, as `strace` names them.
pub(crate) const DEADLY: [&str; 8] =
    ["write", "pwrite64", "fsync", "fdatasync", "openat", "/^rename", "sendto", "writev"];
/// Calls that fail.
pub(crate) const FAILING: [&str; 8] =
    ["write", "pwrite64", "fsync", "fdatasync", "openat", "/^rename", "ftruncate", "/^unlink"];
/// The errors of failing calls.
pub(crate) const ERRORS: [&str; 3] = ["EIO", "ENOSPC", "EINTR"];

/// Rows in flight at most.
const IN_FLIGHT: u32 = 4;
const STUCK: Duration = Duration::from_secs(25);

/// The injection.
#[derive(Debug, Clone)]
pub(crate) struct Injection {
    /// The system call.
    pub(crate) call: String,
    /// The error of the call; `None` kills the program.
    pub(crate) error: Option<String>,
    /// The number of the call in each thread.
    pub(crate) nth: u32,
}

/// The reason why nothing can be injected on this machine; `None` if it can.
pub(crate) fn unavailable() -> Option<String> {
    let tried = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output();
    match tried {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("strace: {error}")),
    }
}

/// Runs a short list with an injection, continues without one, and checks the result. `Ok(false)`: there is no n-th call.
pub(crate) fn play(setup: &Setup, injection: &Injection) -> io::Result<Result<bool, Violation>> {
    let drawn = Drawn::calm(setup.rows);
    let sandbox = Sandbox::start(Config { token: Some(TOKEN.to_owned()), ..Config::default() })?;
    let mut bench = Bench::new(&setup.rowcast, &drawn, sandbox.url())?;
    let (hit, said) = through(&mut bench, &drawn, &sandbox, injection)?;
    if said.is_empty() {
        return Ok(Ok(hit));
    }
    let drawn = format!("{injection:?} over {}", drawn.describe());
    Ok(Err(Violation { said, folder: bench.keep(), drawn }))
}

fn through(
    bench: &mut Bench,
    drawn: &Drawn,
    sandbox: &Sandbox,
    injection: &Injection,
) -> io::Result<(bool, Vec<String>)> {
    let Injection { call, error, nth } = injection;
    let trace = bench.path().join("trace");
    let act = error.as_ref().map_or("signal=SIGKILL".to_owned(), |error| format!("error={error}"));
    let (only, inject) = (format!("trace={call}"), format!("inject={call}:{act}:when={nth}"));
    let before = ["strace", "-f", "-o", &trace.to_string_lossy(), "-e", &only, "-e", &inject].map(str::to_owned);
    let in_flight = IN_FLIGHT.to_string();
    let run = ["run", "r.yaml", "-y", "-j", &in_flight, "--timeout", "5s"].map(str::to_owned);
    let mut child = bench.start(&before, &run)?;
    let stuck = child.wait_for(STUCK)?.is_none();
    if stuck {
        // If the tracer were killed, the program would continue. The first word of the log is the id of the traced process.
        let traced = fs::read_to_string(&trace).unwrap_or_default();
        let process = traced.split(' ').next().unwrap_or_default();
        Command::new("kill").args(["-KILL", process]).status()?;
        child.wait_for(STUCK)?;
    }
    let traced = fs::read_to_string(&trace).unwrap_or_default();
    let hits = traced.matches("(INJECTED)").count() + traced.matches("+++ killed by SIGKILL").count();
    let (_, told) = bench.last_output();
    // The event loop's counter does not fail in practice, and the runtime panics if it does. What was sent and recorded
    // must still be right.
    let unnatural = told.contains("failed to wake I/O driver");
    let mut said = Vec::new();
    if stuck && !unnatural {
        said.push(format!("the program has not ended after {STUCK:?}"));
    }
    for line in told.lines().filter_map(|line| line.strip_prefix("ROW ")) {
        let id = line.split(' ').nth(1).unwrap_or_default();
        if !drawn.rows.iter().any(|row| sandbox.inbox().message_ids(&row.phone).iter().any(|known| known == id)) {
            said.push(format!("`ROW {line}` names a message that was never delivered"));
        }
    }
    let mut code = None;
    for _ in 0..5 {
        let command: &[&str] =
            if bench.run_folder().is_some() { &["resume", "latest", "-y"] } else { &["run", "r.yaml", "-y"] };
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        code = bench.start(&[], &command)?.wait_for(STUCK)?.and_then(|status| status.code());
        if matches!(code, Some(0 | 4 | 5)) {
            break;
        }
    }
    if !matches!(code, Some(0 | 4 | 5)) {
        said.push(format!("going on ended with {code:?}: {}", bench.last_output().1));
    }
    let allowed = Allowed { by_process: HashMap::new(), else_each: IN_FLIGHT };
    let (_, more) = judge(bench, drawn, sandbox, &allowed, &HashMap::new(), error.is_some())?;
    said.extend(more.into_iter().filter(|line| !unnatural || !line.starts_with("a panic")));
    Ok((hits > 0, said))
}

/// Watches a run with one row in flight: before each request leaves, the outcome of the one before and its own intent
/// have been synced, one after the other. Returns the number of requests.
pub(crate) fn watch_syncs(setup: &Setup) -> io::Result<Result<usize, Violation>> {
    let drawn = Drawn::calm(setup.rows);
    let sandbox = Sandbox::start(Config { token: Some(TOKEN.to_owned()), ..Config::default() })?;
    let mut bench = Bench::new(&setup.rowcast, &drawn, sandbox.url())?;
    let trace = bench.path().join("trace");
    let calls = "trace=fsync,fdatasync,write,writev,sendto";
    let before = ["strace", "-f", "-o", &trace.to_string_lossy(), "-e", calls].map(str::to_owned);
    let run = ["run", "r.yaml", "-y", "-j", "1"].map(str::to_owned);
    bench.start(&before, &run)?.wait_for(STUCK)?;
    let (mut requests, mut syncs, mut said) = (0, 0, Vec::new());
    for line in fs::read_to_string(&trace)?.lines() {
        // A call that is split in the log by another thread ends where it is resumed.
        if line.contains("sync") && line.ends_with("= 0") {
            syncs += 1;
        } else if line.contains("POST /v") {
            requests += 1;
            if syncs < 2 {
                said.push(format!("request {requests} left after {syncs} syncs: {line}"));
            }
            syncs = 0;
        }
    }
    if requests as u64 != sandbox.inbox().total_requests() {
        said.push(format!("{requests} requests were seen to leave, {} came", sandbox.inbox().total_requests()));
    }
    if said.is_empty() {
        return Ok(Ok(requests));
    }
    Ok(Err(Violation { said, folder: bench.keep(), drawn: drawn.describe() }))
}
