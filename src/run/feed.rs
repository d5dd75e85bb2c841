//! The second pass: the rows that are to be sent become jobs, those left out are told to the desk. Reads the snapshot.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::exec::{Clock, Job, Signal, Stop};
use crate::model::{FieldError, Left, Row, RowNumber, State};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;
use crate::schedule::{Gate, Window};

use super::owed::Owed;
use super::{Member, Take, Walk, WalkError};

/// Feeds the executor from the rows of a run, those whose window is open.
pub(super) struct Feeder<'f, 'e> {
    pub(super) plan: &'f Plan<'e>,
    pub(super) take: Take,
    /// Rows that are not taken all the same.
    pub(super) except: &'f HashSet<RowNumber>,
    /// The user asked by name for these rows to be sent again.
    pub(super) asked: bool,
    /// The hours in which rows are sent.
    pub(super) window: Option<&'f Window>,
    pub(super) not_after: Option<SystemTime>,
    pub(super) clock: &'f dyn Clock,
    /// So many jobs at most, at least 1.
    pub(super) most: u64,
    pub(super) owed: Option<&'f Mutex<Owed>>,
    pub(super) stop: &'f Stop,
    pub(super) runtime: &'f Handle,
}

/// What became of a pass over the rows.
#[derive(Debug, Default)]
pub(super) struct Fed {
    /// Jobs that were given to the executor.
    pub(super) jobs: u64,
    /// When the first of the windows opens for which rows were passed over.
    pub(super) opens: Option<Opening>,
    /// Every row was looked at.
    pub(super) all: bool,
}

/// When a window opens.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) at: Timestamp,
    pub(super) zone: TimeZone,
}

/// Whether a row may leave now.
enum Turn {
    Now(Option<SystemTime>),
    Later(Opening),
    Never(Left),
}

/// Jobs on their way to the executor. They go in parts: a reader that is woken for every row costs more than the row.
struct Batch<'f> {
    to: &'f mpsc::Sender<Job>,
    runtime: &'f Handle,
    jobs: Vec<Job>,
    most: usize,
}

impl<'f> Batch<'f> {
    fn new(to: &'f mpsc::Sender<Job>, runtime: &'f Handle) -> Self {
        Self { to, runtime, jobs: Vec::new(), most: (to.max_capacity() / 4).max(1) }
    }

    /// False if nobody wants any more.
    fn push(&mut self, job: Job) -> bool {
        self.jobs.push(job);
        self.jobs.len() < self.most || self.send()
    }

    /// Waits for room for all of them. False if nobody wants any more.
    fn send(&mut self) -> bool {
        if self.jobs.is_empty() {
            return true;
        }
        let Ok(room) = self.runtime.block_on(self.to.reserve_many(self.jobs.len())) else { return false };
        room.zip(self.jobs.drain(..)).for_each(|(room, job)| room.send(job));
        true
    }
}

impl Feeder<'_, '_> {
    /// Feeds the executor until the rows end, as many jobs are given as are wanted, or nobody wants any more. Ends early if
    /// all rows have the same window and it is closed, and when a window opens for which rows were passed over.
    ///
    /// # Errors
    /// The snapshot or the ledger cannot be read.
    pub(super) fn feed<I>(
        &self,
        walk: Walk<'_, '_, I>,
        jobs: &mpsc::Sender<Job>,
        desk: &mpsc::Sender<Signal>,
    ) -> Result<Fed, WalkError>
    where
        I: Iterator<Item = Result<Row, DataError>>,
    {
        let mut batch = Batch::new(jobs, self.runtime);
        let fed = self.feed_in_parts(walk, &mut batch, desk);
        // What was ready before an error goes as well.
        let all_sent = batch.send();
        fed.map(|fed| Fed { all: fed.all && all_sent, ..fed })
    }

    fn feed_in_parts<I>(
        &self,
        walk: Walk<'_, '_, I>,
        batch: &mut Batch<'_>,
        desk: &mpsc::Sender<Signal>,
    ) -> Result<Fed, WalkError>
    where
        I: Iterator<Item = Result<Row, DataError>>,
    {
        let mut fed = Fed::default();
        for member in walk {
            let member = member?;
            let may_go_back = fed.opens.as_ref().is_some_and(|opening| opening.at <= self.now());
            if self.stop.is_draining() || fed.jobs >= self.most || may_go_back {
                return Ok(fed);
            }
            if !self.takes(&member) {
                self.note(member.row.number, false);
                // It may be long until the next one that is taken.
                batch.send();
                continue;
            }
            let (row, line, attempts) = (member.row.number, member.row.line, member.standing.attempts);
            let scope = self.plan.scope(member.row);
            let left = match self.plan.verdict(&scope, row, line) {
                Verdict::Ready(request, _) => match self.turn(&scope) {
                    Turn::Now(closes) => {
                        self.note(row, true);
                        let in_doubt = member.standing.state == State::Unknown;
                        let job = Job { request, before: attempts, asked: self.asked, in_doubt, closes };
                        if !batch.push(job) {
                            return Ok(fed);
                        }
                        fed.jobs += 1;
                        continue;
                    }
                    Turn::Later(opening) => {
                        self.note(row, true);
                        batch.send();
                        if fed.opens.as_ref().is_none_or(|first| opening.at < first.at) {
                            fed.opens = Some(opening);
                        }
                        if self.plan.zone().is_some_and(|zone| zone.fixed().is_some()) {
                            return Ok(fed);
                        }
                        continue;
                    }
                    Turn::Never(left) => left,
                },
                Verdict::Skipped(reason) => Left { state: State::Skipped, reason: reason.to_string() },
                Verdict::Invalid(errors) => {
                    let errors: Vec<String> = errors.iter().map(FieldError::to_string).collect();
                    Left { state: State::Invalid, reason: errors.join("; ") }
                }
            };
            self.note(row, false);
            batch.send();
            // A row that was tried, or left out before, stays what it was.
            let new = member.standing.state == State::Pending;
            if new && desk.blocking_send(Signal::Left { row, line, attempts, left }).is_err() {
                return Ok(fed);
            }
        }
        fed.all = true;
        Ok(fed)
    }

    fn takes(&self, member: &Member) -> bool {
        let owes = self.owed().and_then(|owed| owed.owes(member.row.number));
        owes.unwrap_or_else(|| self.take.takes(&member.standing) && !self.except.contains(&member.row.number))
    }

    /// Whether a row may leave by the clocks of its recipient.
    fn turn(&self, scope: &Value) -> Turn {
        let Some((window, zone)) = self.window.zip(self.plan.zone()) else { return Turn::Now(None) };
        let zone = match zone.of(scope) {
            Ok(zone) => zone,
            Err(error) => return Turn::Never(Left { state: State::Invalid, reason: error.to_string() }),
        };
        match window.at(self.now(), &zone) {
            Gate::Open { until } => Turn::Now((until < Timestamp::MAX).then(|| until.into())),
            Gate::Closed { opens } if self.not_after.is_some_and(|end| SystemTime::from(opens) > end) => {
                Turn::Never(Left { state: State::Skipped, reason: "not-after".to_owned() })
            }
            Gate::Closed { opens } => Turn::Later(Opening { at: opens, zone }),
        }
    }

    fn now(&self) -> Timestamp {
        now(self.clock)
    }

    fn note(&self, row: RowNumber, owes: bool) {
        if let Some(mut owed) = self.owed() {
            // What was looked at in an earlier pass is known.
            if owed.owes(row).is_none() {
                owed.note(row, owes);
            }
        }
    }

    fn owed(&self) -> Option<MutexGuard<'_, Owed>> {
        self.owed.map(|owed| owed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a clock shows, as calendars have it.
pub(super) fn now(clock: &dyn Clock) -> Timestamp {
    Timestamp::try_from(clock.now()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
