//! Cost by size: every command over lists that grow tenfold, and the size of a run's files.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use super::list::Project;
use super::measure::Cost;
use super::server::{Refused, Server};

/// The sizes of the lists.
#[derive(Debug, clap::Args)]
pub(crate) struct Extent {
    /// Rows of the smallest list, as a power of ten
    #[arg(long, default_value_t = 3)]
    from: u32,
    /// Rows of the largest list, as a power of ten; 7 takes an hour and 10 GB
    #[arg(long, default_value_t = 6)]
    to: u32,
}

/// In the second run one row in this many is throttled, so that `retry` has rows to send.
const REFUSED: u64 = 4;

/// The cost of one command.
struct Line {
    command: &'static str,
    /// Messages that the command sent.
    sent: u64,
    cost: Cost,
    /// The time from the start to the first message.
    first: Option<Duration>,
}

/// The costs of one list.
struct Size {
    rows: u64,
    lines: Vec<Line>,
    ledger: u64,
    results: u64,
}

/// Measures and returns the tables.
pub(crate) fn grow(extent: &Extent, folder: &Path) -> io::Result<String> {
    let server = Server::start()?;
    let mut sizes = Vec::new();
    for power in extent.from..=extent.to {
        let rows = 10_u64.pow(power);
        let own = folder.join(rows.to_string());
        std::fs::create_dir_all(&own)?;
        sizes.push(size(&server, &own, rows)?);
        std::fs::remove_dir_all(&own)?;
        super::say(&format!("{rows} rows"));
    }
    Ok(format!("{}\n{}", costs(&sizes), files(&sizes)))
}

fn size(server: &Server, folder: &Path, rows: u64) -> io::Result<Size> {
    let project = Project::create(folder, rows, &server.url(), "unlimited")?;
    let written = folder.join("results.csv");
    let mut lines = Vec::new();
    let mut measure = |name, command: &mut Command, code| {
        server.reset(Duration::ZERO, Refused::None)?;
        let begin = SystemTime::now();
        let cost = Cost::of(command, code)?;
        let so_far = server.so_far()?;
        let first = so_far.first.and_then(|first| first.duration_since(begin).ok());
        lines.push(Line { command: name, sent: so_far.messages, cost, first });
        Ok::<_, io::Error>(())
    };
    measure("check", &mut project.check(), 0)?;
    measure("run", &mut project.send(), 0)?;
    let run = project.run()?;
    measure("results", project.of_run("results").arg("-o").arg(&written), 0)?;
    let (ledger, results) = (bytes(&run.join("ledger.db"))?, bytes(&written)?);
    project.forget()?;
    half(server, &project, rows)?;
    measure("resume of half", project.of_run("resume").arg("--yes"), 4)?;
    measure("retry --rejected", project.of_run("retry").args(["--rejected", "--yes"]), 0)?;
    Ok(Size { rows, lines, ledger, results })
}

/// A run that was interrupted after half of its messages; some of these were refused.
fn half(server: &Server, project: &Project, rows: u64) -> io::Result<()> {
    // Answers take a moment. Otherwise a small run ends before it can be interrupted.
    server
        .reset(if rows < 100_000 { Duration::from_millis(20) } else { Duration::ZERO }, Refused::Recipients(REFUSED))?;
    let mut child = project.send().spawn()?;
    while server.so_far()?.messages < rows / 2 {
        if child.try_wait()?.is_some() {
            return Err(io::Error::other("the run to be interrupted was over before"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(process.ok_or_else(|| io::Error::other("no process id"))?, Signal::INT)?;
    match child.wait()?.code() {
        Some(130) => Ok(()),
        code => Err(io::Error::other(format!("an interrupted run ended with {code:?}"))),
    }
}

fn bytes(path: &Path) -> io::Result<u64> {
    std::fs::metadata(path).map(|file| file.len())
}

fn costs(sizes: &[Size]) -> String {
    let mut lines = vec![
        "| rows | command | messages | seconds | µs a row | CPU µs a row | peak memory, MiB | first message after, s |"
            .to_owned(),
        "|--:|---|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    for size in sizes {
        for Line { command, sent, cost, first } in &size.lines {
            let each = |time: Duration| time.as_secs_f64() * 1e6 / float(size.rows);
            let row = [
                size.rows.to_string(),
                (*command).to_owned(),
                sent.to_string(),
                format!("{:.2}", cost.wall.as_secs_f64()),
                format!("{:.1}", each(cost.wall)),
                format!("{:.1}", each(cost.cpu)),
                format!("{:.0}", float(cost.peak) / f64::from(1 << 20)),
                first.map_or("–".to_owned(), |first| format!("{:.3}", first.as_secs_f64())),
            ];
            lines.push(format!("| {} |", row.join(" | ")));
        }
    }
    lines.join("\n") + "\n"
}

fn files(sizes: &[Size]) -> String {
    let mut lines =
        vec!["| rows | ledger, bytes a row | results, bytes a row |".to_owned(), "|--:|--:|--:|".to_owned()];
    for Size { rows, ledger, results, .. } in sizes {
        let each = |bytes: u64| float(bytes) / float(*rows);
        lines.push(format!("| {rows} | {:.0} | {:.0} |", each(*ledger), each(*results)));
    }
    lines.join("\n") + "\n"
}

#[expect(clippy::cast_precision_loss, reason = "a table shows four digits")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}
