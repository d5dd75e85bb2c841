//! One attempt of one row, from its intent to its outcome. The heart of the at-most-once promise: read it top to bottom.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::model::{Answer, Reply, Scope, State};

use super::budget::Budget;
use super::lanes::Waiting;
use super::outage::{Outage, Way};
use super::{Connector, Pacer, Policy, Signal, Stop};

/// What every worker of an execution shares.
pub(super) struct Shared {
    pub(super) connector: Arc<dyn Connector>,
    pub(super) policy: Policy,
    pub(super) conditions: Mutex<Conditions>,
    pub(super) desk: mpsc::Sender<Signal>,
    pub(super) stop: Stop,
}

/// What the answers so far say of the next request.
pub(super) struct Conditions {
    pub(super) pacer: Pacer,
    pub(super) outage: Outage,
    pub(super) budget: Budget,
}

/// What a worker tells the dispatcher.
#[derive(Debug)]
pub(super) enum Report {
    /// It is past the pacer; the next row may come to the gate.
    Passed,
    /// The attempt is over and recorded; slot and lane are free.
    Done(Box<Waiting>, End),
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum End {
    /// The row is tried again after the wait.
    Again(Duration, Reply),
    /// The row has its outcome.
    Finished(State, Reply),
    /// Its turn did not come: the run stops, or the deadline has passed. Nothing was sent.
    Withdrawn,
    /// The desk could not store something.
    Unrecorded,
    /// A bug, here or in the connector. What became of the row is unknown, as after a crash.
    Panicked,
}

/// Sends one row once. The slot it holds is given back by the report, and so only after the outcome is stored.
pub(super) async fn send_row(shared: Arc<Shared>, waiting: Waiting, report: mpsc::UnboundedSender<Report>) {
    let mut slot = Slot { waiting: Some(Box::new(waiting)), end: End::Panicked, report: &report };
    let mut gate = Gate { report: &report, passed: false };
    if let Some(waiting) = slot.waiting.as_deref_mut() {
        slot.end = attempt(&shared, waiting, &mut gate).await.unwrap_or(End::Unrecorded);
    }
}

/// Gives the slot back, however the attempt ends: a run must not wait for a worker that is gone.
struct Slot<'a> {
    waiting: Option<Box<Waiting>>,
    end: End,
    report: &'a mpsc::UnboundedSender<Report>,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            let end = std::mem::replace(&mut self.end, End::Panicked);
            // The dispatcher outlives its workers; if it is gone, so is everybody who could care.
            let _ = self.report.send(Report::Done(waiting, end));
        }
    }
}

/// Tells the dispatcher once that the pacer is passed, however the attempt ends.
struct Gate<'a> {
    report: &'a mpsc::UnboundedSender<Report>,
    passed: bool,
}

impl Gate<'_> {
    fn pass(&mut self) {
        if !self.passed {
            self.passed = true;
            let _ = self.report.send(Report::Passed);
        }
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        self.pass();
    }
}

/// `None` if the desk could not store something: then nothing more is sent, and what is known stays with the desk.
async fn attempt(shared: &Shared, waiting: &mut Waiting, gate: &mut Gate<'_>) -> Option<End> {
    let Shared { connector, desk, stop, .. } = shared;
    waiting.tried += 1;
    let Waiting { job, tried, free } = waiting;
    let (row, line, attempt) = (job.request.row, job.request.line, job.before + *tried);
    let asked = job.asked && *tried == 1;

    let (go, ready) = oneshot::channel();
    desk.send(Signal::Starting { row, attempt, asked, once: job.request.marks.once, go }).await.ok()?;
    ready.await.ok()?; // the desk could not record the intent: do not send

    let Some(epoch) = turn(shared).await else {
        let answer = Answer::from(Reply::Unreachable { message: "stopped before it was sent".to_owned() });
        let (stored, done) = oneshot::channel();
        desk.send(Signal::Waiting { row, attempt, wait: None, answer, took: Duration::ZERO, stored }).await.ok()?;
        done.await.ok()?;
        return Some(End::Withdrawn);
    };
    gate.pass();

    let begin = Instant::now();
    let answer = tokio::select! {
        answer = connector.send(&job.request) => answer,
        () = stop.aborting() => Answer::aborted(),
    };
    let took = begin.elapsed();
    let reply = answer.reply.clone();
    let wait = next_wait(shared, &reply, epoch, *tried, free);

    let (stored, done) = oneshot::channel();
    let end = if let Some(wait) = wait {
        desk.send(Signal::Waiting { row, attempt, wait: Some(wait), answer, took, stored }).await.ok()?;
        End::Again(wait, reply)
    } else {
        let state = match reply.state() {
            State::Failed if job.in_doubt => State::Unknown,
            state => state,
        };
        desk.send(Signal::Finished { row, line, attempt, state, answer, took, stored }).await.ok()?;
        End::Finished(state, reply)
    };
    done.await.ok()?; // the slot is free only once the outcome is on disk
    Some(end)
}

/// Learns from a reply, and decides whether its row is tried again and when. Of the tries so far `free` are not charged.
fn next_wait(shared: &Shared, reply: &Reply, epoch: u64, tried: u32, free: &mut u32) -> Option<Duration> {
    let now = Instant::now();
    let policy = &shared.policy;
    let mut conditions = conditions(shared);
    let Conditions { pacer, outage, budget } = &mut *conditions;
    if matches!(reply, Reply::Unreachable { .. }) {
        match outage.unreachable(policy.retries, now, fastrand::f64()) {
            Way::Open => {}
            Way::Closed(wait) => {
                *free += 1;
                return Some(wait);
            }
            Way::GivenUp => return None,
        }
    } else {
        outage.reached();
    }
    let throttled = matches!(reply, Reply::Throttled { scope: Scope::Connection, .. });
    pacer.answered(throttled, epoch, now);
    if let Reply::Throttled { scope: Scope::Connection, after: Some(after), .. } = reply {
        pacer.pause(now + *after);
    }
    if matches!(reply, Reply::Accepted { .. }) {
        budget.earn();
    }
    policy.next_wait(reply, tried - *free, fastrand::f64()).filter(|_| budget.spend())
}

/// Waits for the pacer. `None` if the execution stops, or the deadline passes, before the row's turn comes.
async fn turn(shared: &Shared) -> Option<u64> {
    let (at, epoch) = conditions(shared).pacer.turn(Instant::now());
    tokio::select! {
        biased;
        () = shared.stop.draining() => None,
        () = wait_until(at) => (!shared.policy.is_late(SystemTime::now())).then_some(epoch),
    }
}

/// Sleeps until a moment that is still to come. The runtime's timers are whole milliseconds: a row that need not wait
/// would wait for one all the same, and rows that pass one after the other would be held to some hundreds a second.
pub(super) async fn wait_until(at: Instant) {
    if at > Instant::now() {
        sleep_until(at).await;
    }
}

/// A worker that panicked while it held the lock has changed nothing that matters.
pub(super) fn conditions(shared: &Shared) -> MutexGuard<'_, Conditions> {
    shared.conditions.lock().unwrap_or_else(PoisonError::into_inner)
}
