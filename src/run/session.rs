//! A session: one process working on a run, from its first intent to its last outcome.

use std::collections::HashSet;
use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::exec::{Concurrency, Connector, Failures, Halt, Pace, Policy, Stop};
use crate::ledger::{Ledger, RunFile, RunFolder};
use crate::model::{Counts, Event, Mode, RowNumber, Start};
use crate::plan::Plan;
use crate::recipe::{MaxFailures, Rate, Send};
use crate::report::Reporter;
use crate::rows::{Csv, Mark, Options, open_file};
use crate::template::Condition;

use super::desk::{Closed, Desk};
use super::lines::{Part, lines, stopped_in_part};
use super::passes::{Passes, Source};
use super::timetable::{Timetable, tried};
use super::{LeftOut, LeftRow, RunError, SuppressLists, Take, WalkError};

/// Rows in flight, if nobody says otherwise; with a rate that needs more, up to the second number.
const DEFAULT_CONCURRENCY: Concurrency = Concurrency { least: 64, most: 1000 };
/// The most for all connections of a run together, if nobody says otherwise.
const MOST_OF_ALL: usize = 10_000;
/// Further attempts, if nobody says otherwise.
pub(super) const DEFAULT_RETRIES: u32 = 3;

/// Everything that a session works with.
pub struct Session<'p, 'e> {
    /// The run's folder.
    pub folder: &'p RunFolder,
    /// What the run is bound to.
    pub run: &'p RunFile,
    /// How rows become requests.
    pub plan: &'p Plan<'e>,
    /// `--only`, compiled.
    pub only: Option<&'p Condition<'e>>,
    /// The ledger, its session begun.
    pub ledger: Ledger,
    /// What is being done.
    pub mode: Mode,
    /// Which rows.
    pub take: Take,
    /// Where it begins to look at rows.
    pub from: Beginning,
    /// Rows that are not taken all the same.
    pub except: HashSet<RowNumber>,
    /// The ledger knows of rows that the checks have left out.
    pub screened: bool,
    /// Rows that were left out just now, for the reporters; the ledger and `counts` have them.
    pub left_out: LeftOut,
    /// How many those are.
    pub rows: u64,
    /// How all rows of the run stand, those to be taken as pending.
    pub counts: Counts,
    /// Who is not written to: read again after every wait.
    pub suppress: SuppressLists,
    /// When it sends, and in which parts.
    pub timetable: Timetable,
    /// The ways out, by the places of their connections, at least one; none where no row goes by a connection.
    pub senders: Vec<Option<Sender>>,
    /// Asks the session to end.
    pub stop: Stop,
}

/// Where a session begins to look at the rows of its run.
#[derive(Debug, Clone, Copy)]
pub struct Beginning {
    /// No row before this one is taken. Another than the first only where every row of the list belongs to the run.
    pub row: RowNumber,
    /// A place in the snapshot from which reading comes to that row, if one is known.
    pub mark: Option<Mark>,
}

impl Default for Beginning {
    /// The beginning of the list.
    fn default() -> Self {
        Self { row: RowNumber(1), mark: None }
    }
}

/// One connection of a session.
pub struct Sender {
    /// Its name.
    pub name: String,
    /// The way out.
    pub connector: Arc<dyn Connector>,
    /// The rules. Connections differ in how fast they are, and in nothing else.
    pub policy: Policy,
}

/// How a session ended.
#[derive(Debug)]
pub struct Ended {
    /// Why it ended before its rows did, if it did.
    pub halt: Option<Halt>,
    /// The user or the system asked for the end, perhaps after it had begun to stop for another reason.
    pub interrupted: bool,
    /// What the desk was left with.
    pub closed: Closed,
}

/// The rate of these settings; `most` is what the connection allows, whatever a recipe says.
pub fn allowed_rate(send: &Send, most: Option<Rate>) -> Option<Rate> {
    match (send.rate, most) {
        (Some(wanted), Some(most)) if wanted.per_second() <= most.per_second() => Some(wanted),
        (_, Some(most)) => Some(most),
        (wanted, None) => wanted,
    }
}

/// The policy of these settings for one of so many connections; `most` is what the connection allows, whatever a recipe says.
pub fn policy(send: &Send, most: Option<Rate>, connections: usize) -> Policy {
    let rate = allowed_rate(send, most);
    Policy {
        concurrency: concurrency(send, rate.is_some(), connections.max(1)),
        pace: rate.map(|rate| Pace { count: rate.count, per: rate.per }),
        retries: send.retries.unwrap_or(DEFAULT_RETRIES),
        max_failures: send.max_failures.map(failures),
        not_after: send.not_after.map(SystemTime::from),
    }
}

/// What may be in doubt after a crash is a promise about the run: its connections share it.
fn concurrency(send: &Send, paced: bool, connections: usize) -> Concurrency {
    let share = MOST_OF_ALL / connections;
    match send.concurrency {
        Some(rows) => Concurrency::fixed((rows.get() as usize / connections).max(1)),
        None if paced => Concurrency {
            least: DEFAULT_CONCURRENCY.least.min(share).max(1),
            most: DEFAULT_CONCURRENCY.most.min(share).max(1),
        },
        None => Concurrency::fixed(DEFAULT_CONCURRENCY.least.min(share).max(1)),
    }
}

/// Works through the rows and returns when each that was taken has its outcome, or nothing is in flight any more.
///
/// # Errors
/// There is no room on the disk, the snapshot cannot be opened, or the system has no threads. Nothing was sent then.
pub fn work(session: Session<'_, '_>, reporter: &mut dyn Reporter) -> Result<Ended, RunError> {
    let Session {
        folder,
        run,
        plan,
        only,
        mut ledger,
        mode,
        take,
        from,
        except,
        screened,
        mut left_out,
        rows,
        counts,
        suppress,
        timetable,
        senders,
        stop,
    } = session;
    let policies = || senders.iter().flatten().map(|sender| &sender.policy);
    ledger.reserve(policies().map(|policy| policy.concurrency.most).sum())?;
    // One thread for all requests: a second one takes less work off the first than passing rows between them costs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::System)?;
    let source = Source { folder, run, plan, only, from };
    let walk = source.walk(screened || mode != Mode::Run)?;
    // All together; nothing if one of them has no limit.
    let rate = policies().map(|policy| policy.pace.map(Pace::per_second)).sum();
    let ready = run.ready.filter(|_| matches!(mode, Mode::Run | Mode::Test));
    let in_parts = timetable.has_passes();
    reporter.event(&Event::Started(Start { run: run.run.clone(), mode, rows, ready, rate, in_parts }), &counts);
    // Each row that this session decides about is told once, also those that never come to the desk.
    let temporary = |source| RunError::Io { path: std::env::temp_dir(), source };
    for row in left_out.rows().map_err(temporary)? {
        let LeftRow { row, line, left, .. } = row.map_err(temporary)?;
        reporter.event(&Event::Left { row, line, left }, &counts);
    }
    let before = tried(&counts);
    let lines = lines(senders, &stop);
    let parts = Part::of(&lines);
    let desk = Desk::new(ledger, reporter, counts, stop.clone(), parts.clone());
    let (until, runs) = (stop.clone(), &runtime);
    let passes =
        Passes { source, mode, take, except, rows, before, suppress, timetable, lines, stop, desk, runtime: runs };
    let closed = passes.work(walk);
    // Aborted rows leave their requests behind; nobody waits for those.
    runtime.shutdown_timeout(Duration::from_millis(200));
    let halt = until.reason().cloned().or_else(|| stopped_in_part(&parts));
    Ok(Ended { halt, interrupted: until.is_interrupted(), closed })
}

/// A threshold as the executor has it.
pub(super) fn failures(limit: MaxFailures) -> Failures {
    match limit {
        MaxFailures::Rows(rows) => Failures::Rows(rows),
        MaxFailures::Percent(percent) => Failures::Percent(percent),
    }
}

/// The rows of a run's snapshot, one after the other.
pub(super) type Rows = Csv<File>;

/// The rows of a run's snapshot from its beginning or a mark on.
pub(super) fn open_snapshot_at(folder: &RunFolder, run: &RunFile, mark: Option<Mark>) -> Result<Rows, RunError> {
    let rows = open_snapshot(folder, run)?;
    let Some(mark) = mark else { return Ok(rows) };
    rows.from_mark(mark).map_err(|source| RunError::Io { path: folder.data(), source })
}

/// The rows of a run's snapshot.
pub(super) fn open_snapshot(folder: &RunFolder, run: &RunFile) -> Result<Rows, WalkError> {
    let delimiter = u8::try_from(run.data.delimiter).ok();
    let options = Options { delimiter, lined: run.data.format.is_some(), encoding: None };
    open_file(&folder.data(), &options).map_err(WalkError::Data)
}
