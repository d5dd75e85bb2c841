//! The passes of a session over its rows. Mostly there is one. Where a window closes rows are left for a later pass, and
//! each stage is a pass of its own; what is between two passes is decided here.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

use crate::exec::{Conditions, Connector, Failures, Halt, Policy, PutBack, Stop, execute, let_go};
use crate::ledger::{LedgerReader, RunFile, RunFolder};
use crate::model::{Counts, Event, Mode, Rest, RowNumber, StageEnd};
use crate::plan::Plan;
use crate::report::stage_line;
use crate::schedule::{Stage, distance, moment};
use crate::template::Condition;

use super::desk::{Closed, Desk};
use super::feed::{Fed, Feeder, Opening, now};
use super::owed::Owed;
use super::session::{Rows, open_snapshot};
use super::timetable::{Between, Timetable, gained, too_many_failures, tried};
use super::{RunError, Take, Walk, WalkError};

/// Rows that wait between the reader and the executor; fewer where each row has its own clock, so that those whose window
/// opens meanwhile are soon at their turn.
const FEED: usize = 256;
const FEED_BY_ZONE: usize = 8;

/// The rows of a run.
#[derive(Clone, Copy)]
pub(super) struct Source<'p, 'e> {
    pub(super) folder: &'p RunFolder,
    pub(super) run: &'p RunFile,
    pub(super) plan: &'p Plan<'e>,
    pub(super) only: Option<&'p Condition<'e>>,
}

impl<'p, 'e> Source<'p, 'e> {
    /// A walk over the rows, with where they stand unless nothing has been done yet. That is read ahead of the rows, from this
    /// moment on: nothing may be in flight, nor be without its record, but what this walk itself gives out.
    pub(super) fn walk(&self, begun: bool) -> Result<Walk<'p, 'e, Rows>, RunError> {
        let standings = begun.then(|| LedgerReader::open(&self.folder.ledger())?.standings()).transpose()?;
        let range = (self.run.selection.offset, self.run.selection.limit);
        Ok(Walk::new(open_snapshot(self.folder, self.run)?, self.plan, self.only, range, standings))
    }
}

/// A session at work.
pub(super) struct Passes<'s, 'p, 'e> {
    pub(super) source: Source<'p, 'e>,
    pub(super) mode: Mode,
    pub(super) take: Take,
    /// Rows that are not taken all the same.
    pub(super) except: HashSet<RowNumber>,
    /// Rows that the session takes.
    pub(super) rows: u64,
    /// Rows of the run that were tried before.
    pub(super) before: Counts,
    pub(super) policy: Policy,
    pub(super) timetable: Timetable,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) stop: Stop,
    pub(super) desk: Desk<'s>,
    pub(super) runtime: &'s Runtime,
}

impl<'p, 'e> Passes<'_, 'p, 'e> {
    /// Goes over the rows until each that was taken has its outcome, or the session is to end.
    pub(super) fn work(mut self, walk: Walk<'p, 'e, Rows>) -> Closed {
        let conditions = Conditions::new(&self.policy);
        let owed = (self.mode == Mode::Retry && self.timetable.has_passes()).then(Arc::<Mutex<Owed>>::default);
        self.desk.owed.clone_from(&owed);
        let stages = self.timetable.stages(self.source.run.ready.unwrap_or(self.source.run.rows));
        let (mut walk, mut number, mut from, mut limit) = (Ok(walk), 0, Counts::default(), self.policy.max_failures);
        while !self.stop.is_draining() {
            let tried = self.tried();
            let stage = stages.after(tried.total()).filter(|stage| !stages.is_last(stage)).copied();
            let ceiling = stage.and_then(|stage| self.timetable.own_ceiling(&stage)).or(self.policy.max_failures);
            if ceiling != limit {
                limit = ceiling;
                conditions.count_anew(limit);
            }
            if let Some(stage) = stage.filter(|stage| stage.number != number) {
                number = stage.number;
                // Of a later stage that an earlier session began, only this one's rows can be told from the rest.
                from = if stages.before(&stage) == 0 { Counts::default() } else { tried.clone() };
            }
            let most = stage.map_or(u64::MAX, |stage| stage.upto - tried.total());
            let passed: Result<_, RunError> =
                walk.and_then(|walk| Ok(self.pass(walk, most, &conditions, owed.as_deref())?));
            let (fed, put_back) = match passed {
                Ok(passed) => passed,
                Err(error) => {
                    self.stop.drain(Halt::Stopped(error.to_string()));
                    break;
                }
            };
            if self.stop.is_draining() {
                break;
            }
            let goes_on = match stage.filter(|stage| self.tried().total() >= stage.upto) {
                Some(stage) => self.goes_on_after(&stage, stages.count(), &from, ceiling),
                None if fed.all && fed.opens.is_none() && put_back.jobs == 0 => false,
                None => self.waits_for(fed.opens.as_ref(), put_back),
            };
            if !goes_on {
                break;
            }
            walk = self.source.walk(true);
        }
        self.desk.close()
    }

    /// Rows of the run that were tried to the end.
    fn tried(&self) -> Counts {
        let mut all = tried(self.desk.outcomes());
        for (state, rows) in self.before.present() {
            all.add_many(state, rows);
        }
        all
    }

    /// One pass: at most so many rows are sent, and each comes to its end.
    fn pass(
        &mut self,
        walk: Walk<'p, 'e, Rows>,
        most: u64,
        conditions: &Conditions,
        owed: Option<&Mutex<Owed>>,
    ) -> Result<(Fed, PutBack), WalkError> {
        let by_zone = self.source.plan.zone().is_some_and(|zone| zone.fixed().is_none());
        let (jobs, feed_end) = mpsc::channel(if by_zone { FEED_BY_ZONE } else { FEED });
        let (signals, desk_end) = mpsc::channel(self.policy.concurrency.least * 2 + FEED);
        let (stop, timetable, policy) = (&self.stop, &self.timetable, &self.policy);
        let feeder = Feeder {
            plan: self.source.plan,
            take: self.take,
            except: &self.except,
            asked: self.mode == Mode::Retry,
            window: timetable.window.as_ref(),
            not_after: policy.not_after,
            clock: &*timetable.clock,
            most,
            owed,
            stop,
            runtime: self.runtime.handle(),
        };
        let desk = &mut self.desk;
        let (connector, clock) = (Arc::clone(&self.connector), Arc::clone(&timetable.clock));
        let (desk, fed, put_back) = std::thread::scope(|scope| {
            let (released, groups) = mpsc::unbounded_channel();
            self.runtime.spawn(let_go(groups));
            // There is nobody left to let go once the runtime is gone.
            let desk = scope.spawn(move || desk.work(desk_end, |group| released.send(group).unwrap_or_default()));
            let to_desk = signals.clone();
            let feeder = scope.spawn(move || feeder.feed(walk, &jobs, &to_desk));
            let known = (conditions.clone(), clock);
            let put_back =
                self.runtime.block_on(execute(feed_end, connector, policy.clone(), known, signals, stop.clone()));
            let fed = feeder.join();
            (desk.join(), fed, put_back)
        });
        // A panic in either thread is a bug; it has been printed, and the ledger has every row as what it is.
        let fed = if let (Ok(()), Ok(fed)) = (desk, fed) {
            fed?
        } else {
            stop.drain(Halt::Stopped("a bug in Rowcast; nothing more was sent".to_owned()));
            Fed::default()
        };
        Ok((fed, put_back))
    }

    /// Judges a stage that is over, and does what is between it and the next. `false` if the session is to end.
    fn goes_on_after(&mut self, stage: &Stage, of: usize, from: &Counts, ceiling: Option<Failures>) -> bool {
        let left = self.rows.saturating_sub(self.desk.outcomes().total());
        let counts = gained(from, &self.tried());
        let too_many = too_many_failures(&counts, ceiling);
        let asks = left > 0 && too_many.is_none() && matches!(self.timetable.between, Between::Ask(_));
        let end = StageEnd { stage: stage.number, of, counts, left, asks };
        self.desk.tell(&Event::Stage(end.clone()));
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
                let noun = if left == 1 { "row" } else { "rows" };
                let question = format!("{}. Go on with {left} {noun}?", stage_line(&end));
                let (answer, answered) = oneshot::channel();
                // Nobody may answer before the session is interrupted; then nobody waits for the thread.
                std::thread::spawn(move || answer.send(ask(&question)));
                let agreed = self.runtime.block_on(async {
                    tokio::select! {
                        biased;
                        () = self.stop.draining() => false,
                        agreed = answered => agreed.unwrap_or(false),
                    }
                });
                agreed || self.pause(format!("stage {} of {of} is over, and it was not to go on", stage.number))
            }
            Between::End => self.pause(format!("stage {} of {of} is over", stage.number)),
        }
    }

    /// Waits until rows that were passed over or put back may leave. `false` if the session is to end.
    fn waits_for(&mut self, opens: Option<&Opening>, put_back: PutBack) -> bool {
        // What was put back was told to wait until its window has closed, and does.
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
        let reason = format!("outside the window; goes on {when}, in {distance}");
        self.rest(Rest { reason, cause: "window", until: opening.at, wait })
    }

    fn rest(&mut self, rest: Rest) -> bool {
        let until = rest.until;
        self.desk.tell(&Event::Resting(rest));
        self.wait_until(until.into())
    }

    /// Waits for a moment of the wall clock. `false` if the session was stopped before.
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
