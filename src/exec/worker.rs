//! One attempt of one row, from its intent to its outcome. The heart of the at-most-once promise: read it top to bottom.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::model::{Answer, Attempt, Reply, RunToken, Scope, State};

use super::connection_state::Inner;
use super::lanes::Waiting;
use super::outage::Reachability;
use super::{Clock, CommitAck, ConnectionState, Connector, ExecEvent, Job, Policy, SendSlot, Stop};

/// What every worker of an execution shares.
pub(super) struct Shared {
    pub(super) run: RunToken,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) policy: Policy,
    pub(super) state: ConnectionState,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) committer: mpsc::Sender<ExecEvent>,
    pub(super) stop: Stop,
}

/// What a worker tells the dispatcher: the attempt is over and recorded; slot and lane are free.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) waiting: Box<Waiting>,
    pub(super) end: End,
    /// Since when it has held its slot.
    pub(super) begun: Instant,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum End {
    /// The row is tried again after the wait.
    Again(Duration, Arc<Answer>),
    /// The row would be tried again, but its window closes before that.
    PutBack(Duration, Arc<Answer>),
    /// The row has its outcome.
    Finished(State, Arc<Answer>),
    /// Its turn did not come: the run stops, its window has closed or the deadline has passed. Nothing was sent.
    Withdrawn,
    /// The desk could not store something.
    Unrecorded,
    /// A bug, here or in the connector. What became of the row is unknown, as after a crash.
    Panicked,
}

/// Sends one row once. The slot it holds is given back by the report, and so only after the outcome is stored.
pub(super) async fn send_row(shared: Arc<Shared>, waiting: Box<Waiting>, report: mpsc::UnboundedSender<Report>) {
    let begun = Instant::now();
    let mut slot = Slot { waiting: Some(waiting), end: End::Panicked, begun, report: &report };
    let mut gate = Gate { state: &shared.state, passed: false };
    if let Some(waiting) = slot.waiting.as_deref_mut() {
        slot.end = attempt(&shared, waiting, &mut gate).await.unwrap_or(End::Unrecorded);
    }
}

/// Gives the slot back, however the attempt ends: a run must not wait for a worker that is gone.
struct Slot<'a> {
    waiting: Option<Box<Waiting>>,
    end: End,
    begun: Instant,
    report: &'a mpsc::UnboundedSender<Report>,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            let end = std::mem::replace(&mut self.end, End::Panicked);
            // The dispatcher outlives its workers; if it is gone, so is everybody who could care.
            let _ = self.report.send(Report { waiting, end, begun: self.begun });
        }
    }
}

/// A row on its way to the pacer. It counts as one that will ask for its turn until it has, or never will.
struct Gate<'a> {
    state: &'a ConnectionState,
    passed: bool,
}

impl Gate<'_> {
    /// Takes the next turn of the pacer. Counting and taking are one: in between the row would stand in the queue twice.
    fn reserve_slot(&mut self) -> SendSlot {
        self.passed = true;
        let mut inner = self.state.lock();
        inner.waiting_for_pacer = inner.waiting_for_pacer.saturating_sub(1);
        inner.pacer.reserve(Instant::now())
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        if !self.passed {
            let mut inner = self.state.lock();
            inner.waiting_for_pacer = inner.waiting_for_pacer.saturating_sub(1);
        }
    }
}

/// `None` if the desk could not store something: then nothing more is sent, and what is known stays with the committer.
async fn attempt(shared: &Shared, waiting: &mut Waiting, gate: &mut Gate<'_>) -> Option<End> {
    let Shared { connector, committer, stop, clock, .. } = shared;
    waiting.tried += 1;
    let Waiting { job, tried, free } = waiting;
    let (row, line, attempt) = (job.request.row, job.request.line, job.before + *tried);
    let asked = job.asked && *tried == 1;

    let (go, ready) = commit_ack();
    committer.send(ExecEvent::Starting { row, attempt, asked, to: job.request.addressee(), go }).await.ok()?;
    ready.await.ok()?; // the desk could not record the intent: do not send

    let epoch = match wait_for_slot(shared, job, gate).await {
        Ok(epoch) => epoch,
        Err(reason) => {
            let (stored, done) = commit_ack();
            committer.send(ExecEvent::Withdrawn { row, attempt, reason, stored }).await.ok()?;
            done.await.ok()?;
            return Some(End::Withdrawn);
        }
    };

    let named = Attempt { run: shared.run, row, number: attempt };
    let begin = Instant::now();
    let answer = tokio::select! {
        answer = connector.send(&job.request, named) => answer,
        () = stop.aborting() => Answer::aborted(),
    };
    let took = begin.elapsed();
    // The desk writes it down, the reporters show it and the dispatcher goes by it: all of them the same one.
    let answer = Arc::new(answer);
    let recorded = Arc::clone(&answer);
    let wait = next_wait(shared, &recorded.reply, epoch, *tried, free);

    let (stored, done) = commit_ack();
    let end = if let Some(wait) = wait {
        let in_time = Some(wait).filter(|wait| !job.is_closed(clock.now() + *wait));
        committer.send(ExecEvent::Waiting { row, attempt, wait: in_time, answer, took, stored }).await.ok()?;
        if in_time.is_some() { End::Again(wait, recorded) } else { End::PutBack(wait, recorded) }
    } else {
        let state = job.final_state(&recorded.reply);
        committer.send(ExecEvent::Finished { row, line, attempt, state, answer, took, stored }).await.ok()?;
        End::Finished(state, recorded)
    };
    done.await.ok()?; // the slot is free only once the outcome is on disk
    Some(end)
}

fn commit_ack() -> (CommitAck, oneshot::Receiver<()>) {
    let (ack, committed) = oneshot::channel();
    (Some(ack), committed)
}

/// Learns from a reply, and decides whether its row is tried again and when. Of the tries so far `free` are not charged.
fn next_wait(shared: &Shared, reply: &Reply, epoch: u64, tried: u32, free: &mut u32) -> Option<Duration> {
    let now = Instant::now();
    let policy = &shared.policy;
    let mut inner = shared.state.lock();
    let Inner { pacer, outage, budget, .. } = &mut *inner;
    if matches!(reply, Reply::Unreachable { .. }) {
        match outage.unreachable(policy.retries, now, fastrand::f64()) {
            Reachability::Open => {}
            Reachability::Down(wait) => {
                *free += 1;
                return Some(wait);
            }
            Reachability::GivenUp => return None,
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

/// Waits for the pacer. An error, with its reason, if the execution stops, the row's window closes or the deadline passes
/// before its turn comes.
async fn wait_for_slot(shared: &Shared, job: &Job, gate: &mut Gate<'_>) -> Result<u64, &'static str> {
    let SendSlot { mut at, epoch } = gate.reserve_slot();
    loop {
        tokio::select! {
            biased;
            () = shared.stop.draining(), if at > Instant::now() => {}
            () = wait_until(at) => {}
        }
        if shared.stop.is_draining() {
            return Err("stopped before it was sent");
        }
        let now = shared.clock.now();
        if shared.policy.is_late(now) {
            return Err("too late to be sent");
        }
        if job.is_closed(now) {
            return Err("its window closed before it was sent");
        }
        // From here to the request nothing is waited for: what counts as left does leave.
        match shared.state.lock().pacer.leave(Instant::now()) {
            Ok(()) => return Ok(epoch),
            Err(free) => at = free,
        }
    }
}

/// Sleeps until a moment that is still to come. The runtime's timers are whole milliseconds: a row that need not wait
/// would wait for one all the same, and rows that pass one after the other would be held to some hundreds a second.
pub(super) async fn wait_until(at: Instant) {
    if at > Instant::now() {
        sleep_until(at).await;
    }
}
