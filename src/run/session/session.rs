//! A session: a process working on a run, from its first intent to its last outcome.

use std::collections::HashSet;
use std::time::Duration;

use crate::exec::{Halt, Stop};
use crate::ledger::{Ledger, LedgerWriter};
use crate::model::{Counts, Event, Mode, Rate, RowNumber, Start};
use crate::plan::Plan;
use crate::report::Reporter;
use crate::run::check::excluded_rows::{ExcludedRow, ExcludedRows};
use crate::run::check::repeats::RepeatedRows;
use crate::run::check::suppressed::SuppressLists;
use crate::run::error::RunError;
use crate::run::state::snapshot::Beginning;
use crate::run::state::walk::StateSet;
use crate::run_folder::{RunFile, RunFolder};
use crate::template::Condition;

use super::claims::SessionClaims;
use super::committer::{CommitSummary, Committer};
use super::found_rates::FoundRates;
use super::passes::{Passes, RunSource};
use super::sender_lines::{LineStop, Sender, lines, stopped_in_part};
use super::timetable::{Timetable, tried};

/// The inputs of a session.
pub struct Session<'p, 'e> {
    /// The run's folder.
    pub folder: &'p RunFolder,
    /// The contents of its `run.json`.
    pub run: &'p RunFile,
    /// Turns rows into requests.
    pub plan: &'p Plan<'e>,
    /// The compiled `--only`.
    pub only: Option<&'p Condition<'e>>,
    /// The ledger, with the session begun.
    pub ledger: Ledger,
    /// How the session was started.
    pub mode: Mode,
    /// The states of the rows to send.
    pub selected: StateSet,
    /// Where reading begins.
    pub from: Beginning,
    /// Rows that are not selected although their state is.
    pub except: HashSet<RowNumber>,
    /// The ledger has rows that the checks left out.
    pub screened: bool,
    /// Rows that were left out just now, for the reporters. Ledger and `counts` include them.
    pub excluded: ExcludedRows,
    /// Rows that the session selects.
    pub rows: u64,
    /// All rows of the run by state; selected rows count as pending.
    pub counts: Counts,
    /// The rows whose message is not the first of its kind within the list.
    pub repeats: RepeatedRows,
    /// The claims of the session, unless nothing of it counts for other runs.
    pub claims: Option<SessionClaims>,
    /// Recipients who must not get a message; read again after every wait.
    pub suppress: SuppressLists,
    /// When it sends.
    pub timetable: Timetable,
    /// Senders by connection index; `None` where no row uses the connection. At least one is `Some`.
    pub senders: Vec<Option<Sender>>,
    /// Stops the session.
    pub stop: Stop,
}

/// How a session ended.
#[derive(Debug)]
pub struct Ended {
    /// Why it ended before its rows did, if it did.
    pub halt: Option<Halt>,
    /// The user or the system asked for the end, even if the session was already stopping.
    pub interrupted: bool,
    /// The committer's final report.
    pub summary: CommitSummary,
    /// The claims of the session. They end once the memory has taken the run up.
    pub claims: Option<SessionClaims>,
}

/// Works through the rows. Returns once each selected row has its outcome, or nothing is in flight any more.
///
/// # Errors
///
/// Nothing was sent: the disk has no room, the snapshot cannot be opened, or the system refused a thread.
pub fn work(session: Session<'_, '_>, reporter: &mut dyn Reporter) -> Result<Ended, RunError> {
    let Session {
        folder,
        run,
        plan,
        only,
        mut ledger,
        mode,
        selected,
        from,
        except,
        screened,
        mut excluded,
        rows,
        counts,
        repeats,
        claims,
        suppress,
        timetable,
        senders,
        stop,
    } = session;
    let policies = || senders.iter().flatten().map(|sender| &sender.policy);
    ledger.reserve(policies().map(|policy| policy.concurrency.most).sum())?;
    // One thread for all requests: a second one takes less work off the first than passing rows between them costs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::System)?;
    let source = RunSource { folder, run, plan, only, from };
    let walk = source.walk(screened || mode != Mode::Run)?;
    // The sum; `None` if one of them is unlimited.
    let rate = policies().map(|policy| policy.rate.map(Rate::per_second)).sum();
    let ready = run.ready.filter(|_| matches!(mode, Mode::Run | Mode::Test));
    let in_parts = timetable.has_passes();
    reporter.event(&Event::Started(Start { run: run.run.clone(), mode, rows, ready, rate, in_parts }), &counts);
    // Each row that this session decides about is reported once, also rows that never reach the committer.
    let temporary = |source| RunError::Io { path: std::env::temp_dir(), source };
    for row in excluded.rows().map_err(temporary)? {
        let ExcludedRow { row, line, exclusion, .. } = row.map_err(temporary)?;
        reporter.event(&Event::Excluded { row, line, exclusion }, &counts);
    }
    let before = tried(&counts);
    let lines = lines(senders, run.token(), &stop);
    let parts = LineStop::of(&lines);
    let mut committer = Committer::new(ledger, reporter, counts, stop.clone(), parts.clone());
    committer.claims = claims;
    committer.rates = FoundRates::of(&lines);
    let (until, runs) = (stop.clone(), &runtime);
    let passes = Passes {
        source,
        mode,
        selected,
        except,
        rows,
        before,
        repeats,
        suppress,
        timetable,
        lines,
        stop,
        committer,
        runtime: runs,
    };
    let (summary, claims) = passes.work(walk);
    // Aborted rows leave their requests behind, and nothing waits for those.
    runtime.shutdown_timeout(Duration::from_millis(200));
    let halt = until.reason().cloned().or_else(|| stopped_in_part(&parts));
    Ok(Ended { halt, interrupted: until.is_interrupted(), summary, claims })
}
