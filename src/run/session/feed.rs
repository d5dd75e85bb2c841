//! The second pass: rows of the snapshot become jobs, and rows that are left out are reported to the committer.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::Value;
use tokio::sync::mpsc;

use crate::exec::{Clock, ExecEvent, Job, Stop};
use crate::model::{Exclusion, FieldError, Request, Row, RowNumber, RowStatus, Skip, State};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;
use crate::run::check::repeats::RepeatedRows;
use crate::run::check::screen::person;
use crate::run::check::suppressed::Suppressed;
use crate::run::state::walk::{RunRow, StateSet, Walk, WalkError};
use crate::schedule::{Gate, Window};
use crate::template::RowScope;

use super::job_queues::JobQueues;
use super::retry_set::RetrySet;

/// Feeds the executions with the rows of a run whose window is open.
pub(super) struct Feeder<'f, 'e> {
    pub(super) plan: &'f Plan<'e>,
    pub(super) selected: StateSet,
    /// Rows that are not selected although their state is.
    pub(super) except: &'f HashSet<RowNumber>,
    /// The user named these rows to be sent again.
    pub(super) asked: bool,
    /// The hours in which rows are sent.
    pub(super) window: Option<&'f Window>,
    pub(super) not_after: Option<SystemTime>,
    pub(super) clock: &'f dyn Clock,
    /// Maximum number of jobs in this pass; at least 1.
    pub(super) most: u64,
    pub(super) retry_set: Option<&'f Mutex<RetrySet>>,
    /// The rows whose message is not the first of its kind within the list.
    pub(super) repeats: &'f RepeatedRows,
    /// Recipients suppressed since the session began; checked for every row.
    pub(super) suppressed: Option<&'f Mutex<Suppressed>>,
    pub(super) stop: &'f Stop,
}

/// The result of a pass over the rows.
#[derive(Debug, Default)]
pub(super) struct PassResult {
    /// Jobs that the executions got.
    pub(super) jobs: u64,
    /// When the first window opens for which rows were passed over.
    pub(super) opens: Option<Opening>,
    /// Every row was read.
    pub(super) all: bool,
}

/// When a window opens.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) at: Timestamp,
    pub(super) zone: TimeZone,
}

/// Whether a row may leave now.
enum Eligibility {
    Now(Option<SystemTime>),
    Later(Opening),
    Never(Exclusion),
}

impl Feeder<'_, '_> {
    /// Feeds the executions until the rows end, the maximum is reached or the executions stop. Ends early if all rows
    /// have the same window and it is closed, and when a window opens for which rows were passed over.
    ///
    /// A row whose connection has no room goes to its backlog, and reading continues for the others. Each connection
    /// therefore sends at its own rate, however the list is sorted.
    ///
    /// # Errors
    ///
    /// The snapshot or the ledger cannot be read, or a backlog cannot be written.
    pub(super) fn feed<I>(
        &self,
        walk: Walk<'_, '_, I>,
        mut queues: JobQueues<'_>,
        committer: &mpsc::Sender<ExecEvent>,
    ) -> Result<PassResult, WalkError>
    where
        I: Iterator<Item = Result<Row, DataError>>,
    {
        let result = self.feed_in_parts(walk, &mut queues, committer);
        // Jobs that were ready before an error are sent, too.
        let all_sent = queues.flush();
        result.map(|result| PassResult { all: result.all && all_sent, ..result })
    }

    fn feed_in_parts<I>(
        &self,
        mut walk: Walk<'_, '_, I>,
        queues: &mut JobQueues<'_>,
        committer: &mpsc::Sender<ExecEvent>,
    ) -> Result<PassResult, WalkError>
    where
        I: Iterator<Item = Result<Row, DataError>>,
    {
        let (mut result, mut read_all) = (PassResult::default(), false);
        loop {
            let may_go_back = result.opens.as_ref().is_some_and(|opening| opening.at <= self.now());
            if self.stop.is_draining() || result.jobs >= self.most || may_go_back {
                return Ok(result);
            }
            if let Some(RunRow { row, status }) = queues.next_aside().map_err(WalkError::Backlog)? {
                let (number, line) = (row.number, row.line);
                if !self.offer((number, line, &status), &self.plan.scope(row), queues, committer, &mut result)? {
                    return Ok(result);
                }
                continue;
            }
            let reads = !read_all && result.jobs + queues.aside() < self.most;
            if reads && queues.is_hungry() {
                let Some(run_row) = walk.next() else {
                    read_all = true;
                    continue;
                };
                let run_row = run_row?;
                if !self.selects(&run_row) {
                    self.record(run_row.row.number, false);
                    // The next selected row may be far away.
                    queues.flush();
                    continue;
                }
                let RunRow { row, status } = run_row;
                let (number, line) = (row.number, row.line);
                let scope = self.plan.scope(row);
                let index = RowScope::index(&scope).unwrap_or_default();
                if queues.is_closed(index) {
                    // The row keeps its state for a later session.
                    self.record(number, false);
                } else if let Some(row) = RowScope::row(&scope).filter(|_| queues.is_behind(index)) {
                    self.record(number, true);
                    let run_row = RunRow { row: row.clone(), status };
                    queues.put_aside(index, &run_row).map_err(WalkError::Backlog)?;
                } else if !self.offer((number, line, &status), &scope, queues, committer, &mut result)? {
                    return Ok(result);
                }
            } else if (queues.aside() > 0 || reads) && !queues.are_closed() {
                queues.flush();
                queues.wait(reads);
            } else {
                result.all = read_all;
                return Ok(result);
            }
        }
    }

    /// Makes a job of a row, or reports why there is none. `false` if the executions have stopped.
    fn offer(
        &self,
        (row, line, status): (RowNumber, u64, &RowStatus),
        scope: &Value,
        queues: &mut JobQueues<'_>,
        committer: &mpsc::Sender<ExecEvent>,
        result: &mut PassResult,
    ) -> Result<bool, WalkError> {
        let attempts = status.last_attempt;
        let exclusion = match self.plan.verdict(scope, row, line) {
            Verdict::Ready(mut request, _) => {
                request.keys.message = request.keys.message.map(|message| message.nth(self.repeats.nth(row)));
                match self.opted_out(&request)?.map_or_else(|| self.eligibility(scope), Eligibility::Never) {
                    Eligibility::Now(closes) => {
                        self.record(row, true);
                        let in_doubt = status.doubt;
                        let refused = status.refused_with().map(str::to_owned);
                        let (before, asked, was) = (attempts, self.asked, status.state);
                        let pushed = queues.push(Job { request, before, asked, was, in_doubt, refused, closes });
                        result.jobs += u64::from(pushed);
                        return Ok(pushed || !queues.are_closed());
                    }
                    Eligibility::Later(opening) => {
                        self.record(row, true);
                        queues.flush();
                        if result.opens.as_ref().is_none_or(|first| opening.at < first.at) {
                            result.opens = Some(opening);
                        }
                        return Ok(self.plan.fixed_zone().is_none());
                    }
                    Eligibility::Never(exclusion) => exclusion,
                }
            }
            Verdict::Skipped(reason) => Exclusion { state: State::Skipped, reason: reason.to_string() },
            Verdict::Invalid(errors) => {
                let errors: Vec<String> = errors.iter().map(FieldError::to_string).collect();
                Exclusion { state: State::Invalid, reason: errors.join("; ") }
            }
        };
        self.record(row, false);
        queues.flush();
        let event = match (status.state, exclusion.state) {
            // The row was certainly not sent, and will not be.
            (State::Pending, _) | (State::Failed | State::Invalid, State::Skipped) => {
                ExecEvent::Excluded { row, line, attempts: status.left_out_after(), exclusion }
            }
            // The caller of the retry has counted these rows already.
            (_, State::Invalid) => return Ok(true),
            // A row that was refused, is in doubt or was left out before keeps its state.
            (state, _) => ExecEvent::Kept { row, line, state, reason: exclusion.reason },
        };
        Ok(committer.blocking_send(event).is_ok())
    }

    fn selects(&self, run_row: &RunRow) -> bool {
        let owes = self.retry_set().and_then(|retry_set| retry_set.contains(run_row.row.number));
        owes.unwrap_or_else(|| self.selected.selects(&run_row.status) && !self.except.contains(&run_row.row.number))
    }

    /// The reason to leave the row out if its recipient is suppressed.
    fn opted_out(&self, request: &Request) -> Result<Option<Exclusion>, WalkError> {
        let Some((suppressed, person)) = self.suppressed.zip(person(request)) else { return Ok(None) };
        let mut suppressed = suppressed.lock().unwrap_or_else(PoisonError::into_inner);
        let by = suppressed.list_of(person).map_err(WalkError::Suppressed)?;
        let skip = by.map(|by| Skip::Suppressed { by: by.to_owned() });
        Ok(skip.map(|skip| Exclusion { state: State::Skipped, reason: skip.to_string() }))
    }

    /// Whether a row may leave at its recipient's local time.
    fn eligibility(&self, scope: &Value) -> Eligibility {
        let Some((window, zone)) = self.window.zip(self.plan.zone(scope)) else { return Eligibility::Now(None) };
        let zone = match zone.of(scope) {
            Ok(zone) => zone,
            Err(error) => return Eligibility::Never(Exclusion { state: State::Invalid, reason: error.to_string() }),
        };
        match window.at(self.now(), &zone) {
            Gate::Open { until } => Eligibility::Now((until < Timestamp::MAX).then(|| until.into())),
            Gate::Closed { opens } if self.not_after.is_some_and(|end| SystemTime::from(opens) > end) => {
                Eligibility::Never(Exclusion { state: State::Skipped, reason: "not-after".to_owned() })
            }
            Gate::Closed { opens } => Eligibility::Later(Opening { at: opens, zone }),
        }
    }

    fn now(&self) -> Timestamp {
        now(self.clock)
    }

    fn record(&self, row: RowNumber, owes: bool) {
        if let Some(mut retry_set) = self.retry_set() {
            // A row that an earlier pass has read and settled is not added again.
            if !owes || retry_set.contains(row).is_none() {
                retry_set.record(row, owes);
            }
        }
    }

    fn retry_set(&self) -> Option<MutexGuard<'_, RetrySet>> {
        self.retry_set.map(|retry_set| retry_set.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A clock's time as a timestamp.
pub(super) fn now(clock: &dyn Clock) -> Timestamp {
    Timestamp::try_from(clock.now()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
