//! The memory: what it costs a check to ask it for every row, and how long it takes to build it from the ledgers.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rowcast::ledger::{self, Fact, LedgerWriter as _, Recorded};
use rowcast::model::{Addressee, Answer, KeyDigest, Mode, Reply, RowKeys, RowNumber};

use super::list::Project;
use super::measure::{Cost, median};
use super::server::{Refused, Server};
use super::sizes::float;

/// The sizes.
#[derive(Debug, clap::Args)]
pub(crate) struct Extent {
    /// Rows of the list
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Messages that the memory knows
    #[arg(long, default_value_t = 10_000_000)]
    messages: u64,
    /// Checks of each kind, in turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// Measures and returns the table.
pub(crate) fn ask(extent: &Extent, folder: &Path) -> io::Result<String> {
    let server = Server::start()?;
    server.reset(Duration::ZERO, Refused::None)?;
    let project = Project::create(folder, extent.rows, &server.url(), "unlimited")?;
    Cost::of(project.send().args(["--limit", "1"]), 0)?;
    let (runs, memory) = (project.runs(), project.runs().join(".memory"));
    let begin = Instant::now();
    fill(&project.run()?.join("ledger.db"), extent.messages)?;
    super::say(&format!("a ledger of {} messages in {:.1} s", extent.messages, begin.elapsed().as_secs_f64()));
    std::fs::remove_dir_all(&memory)?;
    let rebuild = Cost::of(project.check().args(["--limit", "1"]), 0)?;
    super::say("the memory was built");
    let elsewhere = folder.join("elsewhere");
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..extent.rounds {
        with.push(Cost::of(&mut project.check(), 0)?);
        std::fs::rename(&runs, &elsewhere)?;
        without.push(Cost::of(&mut project.check(), 0)?);
        std::fs::rename(&elsewhere, &runs)?;
    }
    let seconds = |costs: &[Cost]| median(costs.iter().map(|cost| cost.wall.as_secs_f64()).collect());
    let mib = |cost: &Cost| float(cost.peak / 1024) / 1024.0;
    let peak = |costs: &[Cost]| costs.iter().map(mib).fold(0.0, f64::max);
    let (without_s, with_s) = (seconds(&without), seconds(&with));
    Ok(format!(
        "| | seconds | peak memory, MiB |\n|---|--:|--:|\n| check of {rows} rows, no memory | {without_s:.3} | {:.1} |\n\
         | check of {rows} rows, a memory of {messages} messages | {with_s:.3} ({:.2} ×) | {:.1} |\n\
         | the memory built from a ledger of {messages} messages | {:.1} | {:.1} |\n",
        peak(&without),
        with_s / without_s,
        peak(&with),
        rebuild.wall.as_secs_f64(),
        mib(&rebuild),
        rows = extent.rows,
        messages = extent.messages,
    ))
}

/// Replaces a ledger by one in which so many messages were accepted. Nobody of the list has one of them.
fn fill(path: &Path, messages: u64) -> io::Result<()> {
    for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let file = path.with_file_name(file);
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    std::fs::File::create(path)?;
    let mut ledger = ledger::create(path).map_err(io::Error::other)?;
    ledger.begin_session(Mode::Run, 1, "here", 0).map_err(io::Error::other)?;
    let reply =
        |row: u64| Reply::Accepted { id: format!("wamid.{row:040}"), recipient: None, status: None, held: false };
    let mut group = Vec::new();
    for row in 1..=messages {
        let recipient: Arc<str> = format!("+4917{row:09}").into();
        let message = Some(KeyDigest::of(&row.to_string()));
        let to = Addressee {
            person: Some(Arc::clone(&recipient)),
            recipient: Some(recipient),
            keys: RowKeys { message, ..RowKeys::default() },
        };
        let row = RowNumber(row);
        group.push(Fact::Intent { row, attempt: 1, asked: false, to, at_ms: 1_796_000_000_000 });
        let recorded = Box::new(Recorded::new(Arc::new(Answer::from(reply(row.0))), true, Duration::ZERO));
        group.push(Fact::Reply { row, attempt: 1, at_ms: 1_796_000_000_001, recorded });
        if group.len() >= 8192 || row.0 == messages {
            ledger.commit(&group).map_err(io::Error::other)?;
            group.clear();
        }
    }
    Ok(())
}
