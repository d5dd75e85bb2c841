//! The passes of a session over its rows. Usually there is one. Each stage is a pass of its own, and rows whose window
//! is closed are left for a later pass. This file also decides what happens between two passes.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::diag::count;
use crate::exec::{Halt, Policy, PutBack, Stop, execute, send_acks};
use crate::ledger::{self, LedgerReader, Projection};
use crate::model::{Counts, Event, FailureLimit, Mode, Rest, RowNumber, StageEnd};
use crate::plan::Plan;
use crate::report::stage_line;
use crate::run::check::repeats::RepeatedRows;
use crate::run::check::suppressed::{SuppressLists, Suppressed};
use crate::run::error::RunError;
use crate::run::state::snapshot::{Beginning, SnapshotRows, open_snapshot_at};
use crate::run::state::walk::{StateSet, Walk, WalkError};
use crate::run_folder::{RunFile, RunFolder};
use crate::schedule::{Stage, distance, moment};
use crate::template::Condition;

use super::claims::SessionClaims;
use super::committer::{CommitSummary, Committer};
use super::feed::{Feeder, Opening, PassResult, now};
use super::job_queues::JobQueues;
use super::retry_set::RetrySet;
use super::sender_lines::SenderLine;
use super::timetable::{Between, Timetable, gained, too_many_failures, tried};

/// Rows between reader and executor. Fewer if each row has its own time zone, so that rows whose window opens meanwhile
/// are sent soon.
const FEED: usize = 256;
const FEED_BY_ZONE: usize = 8;

/// The rows of a run.
#[derive(Clone, Copy)]
pub(super) struct RunSource<'p, 'e> {
    pub(super) folder: &'p RunFolder,
    pub(super) run: &'p RunFile,
    pub(super) plan: &'p Plan<'e>,
    pub(super) only: Option<&'p Condition<'e>>,
    pub(super) from: Beginning,
}

impl<'p, 'e> RunSource<'p, 'e> {
    /// A walk over the rows, with their statuses unless nothing has been recorded yet. Statuses are read ahead from
    /// this moment on, so nothing may be in flight or unrecorded except what this walk yields.
    pub(super) fn walk(&self, begun: bool) -> Result<Walk<'p, 'e, SnapshotRows>, RunError> {
        let statuses = begun
            .then(|| ledger::read(&self.folder.ledger())?.statuses_from(self.from.row, Projection::StatusOnly))
            .transpose()?;
        let range = (self.run.selection.offset, self.run.selection.limit);
        let rows = open_snapshot_at(self.folder, self.run, self.from.seek_point)?;
        Ok(Walk::new(rows, self.plan, self.only, range, statuses).from(self.from.row))
    }
}

/// A session at work.
pub(super) struct Passes<'s, 'p, 'e> {
    pub(super) source: RunSource<'p, 'e>,
    pub(super) mode: Mode,
    pub(super) selected: StateSet,
    /// Rows that are not selected although their state is.
    pub(super) except: HashSet<RowNumber>,
    /// Rows that the session selects.
    pub(super) rows: u64,
    /// Rows of the run that were tried before.
    pub(super) before: Counts,
    /// The rows whose message is not the first of its kind within the list.
    pub(super) repeats: RepeatedRows,
    /// Recipients who must not get a message.
    pub(super) suppress: SuppressLists,
    pub(super) timetable: Timetable,
    /// The connections, by index.
    pub(super) lines: Vec<Option<SenderLine>>,
    pub(super) stop: Stop,
    pub(super) committer: Committer<'s>,
    pub(super) runtime: &'s Runtime,
}

impl<'p, 'e> Passes<'_, 'p, 'e> {
    /// Passes over the rows until each selected row has its outcome, or the session has to end.
    pub(super) fn work(mut self, walk: Walk<'p, 'e, SnapshotRows>) -> (CommitSummary, Option<SessionClaims>) {
        let max_failures = self.policy().and_then(|policy| policy.max_failures);
        let retry_set = (self.mode == Mode::Retry && self.timetable.has_passes()).then(Arc::<Mutex<RetrySet>>::default);
        self.committer.retry_set.clone_from(&retry_set);
        let stages = self.timetable.stages(self.source.run.ready.unwrap_or(self.source.run.rows));
        let (mut walk, mut number, mut from, mut limit) = (Ok(walk), 0, Counts::default(), max_failures);
        // The check has read the lists, but a question may have waited for its answer since.
        let mut suppressed = self.suppressed_now();
        while !self.stop.is_draining() {
            let tried = self.tried();
            let stage = stages.after(tried.total()).filter(|stage| !stages.is_last(stage)).copied();
            let ceiling = stage.and_then(|stage| self.timetable.own_ceiling(&stage)).or(max_failures);
            if ceiling != limit {
                limit = ceiling;
                self.lines.iter().flatten().for_each(|line| line.link.state.count_anew(limit));
            }
            if let Some(stage) = stage.filter(|stage| stage.number != number) {
                number = stage.number;
                // If an earlier session began this stage, only rows of this session count towards its ceiling.
                from = if stages.before(&stage) == 0 { Counts::default() } else { tried.clone() };
            }
            let most = stage.map_or(u64::MAX, |stage| stage.upto - tried.total());
            let passed: Result<_, RunError> =
                walk.and_then(|walk| Ok(self.pass(walk, most, retry_set.as_deref(), suppressed.as_ref())?));
            let (result, put_back) = match passed {
                Ok(passed) => passed,
                Err(error) => {
                    self.stop.drain(Halt::Stopped(error.to_string()));
                    break;
                }
            };
            if self.lines.iter().flatten().all(|line| line.stop.is_draining()) {
                break;
            }
            let goes_on = match stage.filter(|stage| self.tried().total() >= stage.upto) {
                Some(stage) => self.goes_on_after(&stage, stages.count(), &from, ceiling),
                None if result.all && result.opens.is_none() && put_back.jobs == 0 => false,
                None => self.waits_for(result.opens.as_ref(), put_back),
            };
            if !goes_on {
                break;
            }
            suppressed = self.suppressed_now();
            walk = self.source.walk(true);
        }
        self.committer.close()
    }

    /// The recipients who must not get a message now. Stops the session if a list cannot be read.
    fn suppressed_now(&self) -> Option<Mutex<Suppressed>> {
        if self.suppress.lists.is_empty() {
            return None;
        }
        let read = Suppressed::read(&self.suppress).map_err(|problems| {
            let message = problems.into_iter().next().map_or(String::new(), |problem| problem.message);
            self.stop.drain(Halt::Stopped(format!("cannot read the suppress lists: {message}")));
        });
        read.ok().map(Mutex::new)
    }

    /// The policy, in the parts that all connections share.
    fn policy(&self) -> Option<&Policy> {
        self.lines.iter().flatten().map(|line| &line.link.policy).next()
    }

    /// Rows of the run that were tried to the end.
    fn tried(&self) -> Counts {
        let mut all = tried(self.committer.outcomes());
        for (state, rows) in self.before.present() {
            all.add_many(state, rows);
        }
        all
    }

    /// One pass: sends at most `most` rows, each to its outcome.
    fn pass(
        &mut self,
        walk: Walk<'p, 'e, SnapshotRows>,
        most: u64,
        retry_set: Option<&Mutex<RetrySet>>,
        suppressed: Option<&Mutex<Suppressed>>,
    ) -> Result<(PassResult, PutBack), WalkError> {
        let (runtime, plan) = (self.runtime, self.source.plan);
        // Fewer per connection if there are many, to limit memory.
        let room = FEED.min((FEED * 8).div_ceil(self.lines.len()));
        let room = if plan.fixed_zone().is_none() && self.timetable.window.is_some() { FEED_BY_ZONE } else { room };
        let in_flight: usize = self.lines.iter().flatten().map(|line| line.link.policy.concurrency.least).sum();
        let (events, events_in) = mpsc::channel(in_flight * 2 + FEED);
        let feeds = self.lines.iter().map(|line| line.as_ref().map(|line| (line, mpsc::channel(room))));
        let (queues, executions): (Vec<_>, Vec<_>) = feeds
            .map(|feed| feed.map(|(line, (jobs, feed_end))| ((jobs, line.stop.clone()), (line, feed_end))).unzip())
            .unzip();
        let queues = JobQueues::new(queues, self.source.folder.path(), runtime.handle());
        let (stop, timetable) = (&self.stop, &self.timetable);
        let feeder = Feeder {
            plan,
            selected: self.selected,
            except: &self.except,
            asked: self.mode == Mode::Retry,
            window: timetable.window.as_ref(),
            not_after: self.policy().and_then(|policy| policy.not_after),
            clock: &*timetable.clock,
            most,
            retry_set,
            repeats: &self.repeats,
            suppressed,
            stop,
        };
        let committer = &mut self.committer;
        let (committer, result, put_back) = std::thread::scope(|scope| {
            let (acks, groups) = mpsc::unbounded_channel();
            runtime.spawn(send_acks(groups));
            // The send fails only once the runtime is gone, and with it every task that waits.
            let committer =
                scope.spawn(move || committer.work(events_in, |group| acks.send(group).unwrap_or_default()));
            let to_committer = events.clone();
            let feeder = scope.spawn(move || feeder.feed(walk, queues, &to_committer));
            let mut sending = JoinSet::new();
            for (SenderLine { link, stop, .. }, feed_end) in executions.into_iter().flatten() {
                let clock = Arc::clone(&timetable.clock);
                sending
                    .spawn_on(execute(feed_end, link.clone(), clock, events.clone(), stop.clone()), runtime.handle());
            }
            drop(events);
            let put_back = runtime.block_on(sending.join_all()).into_iter().fold(PutBack::default(), PutBack::and);
            let result = feeder.join();
            (committer.join(), result, put_back)
        });
        // A panic in either thread is a bug. It has been printed, and the ledger has the state of every row.
        let result = if let (Ok(()), Ok(result)) = (committer, result) {
            result?
        } else {
            stop.drain(Halt::Stopped("a bug in Rowcast; nothing more was sent".to_owned()));
            PassResult::default()
        };
        Ok((result, put_back))
    }

    /// Judges a stage that has ended, and does what is planned before the next. `false` if the session has to end.
    fn goes_on_after(&mut self, stage: &Stage, of: usize, from: &Counts, ceiling: Option<FailureLimit>) -> bool {
        let left = self.rows.saturating_sub(self.committer.outcomes().total());
        let counts = gained(from, &self.tried());
        let too_many = too_many_failures(&counts, ceiling);
        let asks = left > 0 && too_many.is_none() && matches!(self.timetable.between, Between::Ask(_));
        let end = StageEnd { stage: stage.number, of, counts, left, asks };
        self.committer.report(&Event::Stage(end.clone()));
        if left == 0 {
            return false;
        }
        if let Some(reason) = too_many {
            self.stop.drain(Halt::Stopped(format!("stage {} of {of}: {reason}", stage.number)));
            return false;
        }
        match self.timetable.between.clone() {
            Between::Nothing => true,
            Between::Wait(wait) => {
                let now = now(&*self.timetable.clock);
                let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                let reason = format!("the next stage begins in {}", distance(wait));
                self.rest(Rest { reason, cause: "stage", until, wait })
            }
            Between::Ask(ask) => {
                let question = format!("{}. Continue with {}", stage_line(&end), count(left, "row"));
                let (answer, answered) = oneshot::channel();
                // The session may be interrupted before the user answers; the thread is then abandoned.
                std::thread::spawn(move || answer.send(ask(&question)));
                let agreed = self.runtime.block_on(async {
                    tokio::select! {
                        biased;
                        () = self.stop.draining() => false,
                        agreed = answered => agreed.unwrap_or(false),
                    }
                });
                agreed || self.pause(format!("stopped after stage {} of {of}, as you answered", stage.number))
            }
            Between::End => self.pause(format!("stage {} of {of} is complete", stage.number)),
        }
    }

    /// Waits until rows that were passed over or put back may leave. `false` if the session has to end.
    fn waits_for(&mut self, opens: Option<&Opening>, put_back: PutBack) -> bool {
        // Put-back rows were told to wait until their window has closed.
        if let Some(closed) = put_back.closed {
            return self.wait_until(closed);
        }
        let Some(opening) = opens else { return true };
        let now = now(&*self.timetable.clock);
        let wait = Duration::try_from(opening.at.duration_since(now)).unwrap_or_default();
        if wait.is_zero() {
            return true;
        }
        let (when, distance) = (moment(opening.at, &opening.zone, now), distance(wait));
        if !self.timetable.waits {
            return self.pause(format!("outside the window, which opens {when}, in {distance}"));
        }
        let reason = format!("outside the window; continues {when}, in {distance}");
        self.rest(Rest { reason, cause: "window", until: opening.at, wait })
    }

    fn rest(&mut self, rest: Rest) -> bool {
        let until = rest.until;
        self.committer.report(&Event::Resting(rest));
        self.wait_until(until.into())
    }

    /// Waits for a time of the wall clock. `false` if the session was stopped before.
    fn wait_until(&self, until: SystemTime) -> bool {
        let (clock, stop) = (&self.timetable.clock, &self.stop);
        while !stop.is_draining() && clock.now() < until {
            self.runtime.block_on(async {
                tokio::select! {
                    biased;
                    () = stop.draining() => {}
                    () = clock.wait(until) => {}
                }
            });
        }
        !stop.is_draining()
    }

    fn pause(&self, reason: String) -> bool {
        self.stop.drain(Halt::Paused(reason));
        false
    }
}

#[cfg(test)]
mod tests;
