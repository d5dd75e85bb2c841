//! One attempt of one row, from its intent to its outcome. This keeps the at-most-once promise: read it from top to
//! bottom.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::model::{Answer, Attempt, Reply, RunToken, Scope, State};

use super::connection_state::Inner;
use super::lanes::Waiting;
use super::outage::Reachability;
use super::{Ack, Clock, CommitAck, ConnectionState, Connector, ExecEvent, Job, Policy, SendSlot, Stop};

/// The state that all workers of an execution share.
pub(super) struct WorkerContext {
    pub(super) run: RunToken,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) policy: Policy,
    pub(super) state: ConnectionState,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) committer: mpsc::Sender<ExecEvent>,
    pub(super) stop: Stop,
}

/// A worker's report to the dispatcher: the attempt has ended and is recorded; slot and lane are free.
#[derive(Debug)]
pub(super) struct AttemptReport {
    pub(super) waiting: Box<Waiting>,
    pub(super) end: End,
    /// Since when the row has held its slot.
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
    /// Its intent was not recorded, because the row must not be sent any more. The reason is for people.
    LeftOut(String),
    /// Given up before its slot: the run stops, the window closed or the deadline passed. Nothing was sent.
    Withdrawn,
    /// The committer could not store a record.
    Unrecorded,
    /// A bug, here or in the connector. The row's outcome is unknown, as after a crash.
    Panicked,
}

/// Sends one row once. The report frees its slot, so only after the outcome is stored.
pub(super) async fn send_row(
    shared: Arc<WorkerContext>,
    waiting: Box<Waiting>,
    report: mpsc::UnboundedSender<AttemptReport>,
) {
    let begun = Instant::now();
    let mut guard = AttemptGuard { waiting: Some(waiting), end: End::Panicked, begun, report: &report };
    let mut pacer_wait = PacerWait { state: &shared.state, passed: false };
    if let Some(waiting) = guard.waiting.as_deref_mut() {
        guard.end = attempt(&shared, waiting, &mut pacer_wait).await.unwrap_or(End::Unrecorded);
    }
}

/// Guard: reports the attempt however the attempt ends, so that a run never waits for a worker that is gone.
struct AttemptGuard<'a> {
    waiting: Option<Box<Waiting>>,
    end: End,
    begun: Instant,
    report: &'a mpsc::UnboundedSender<AttemptReport>,
}

impl Drop for AttemptGuard<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            let end = std::mem::replace(&mut self.end, End::Panicked);
            // The dispatcher outlives its workers. If it is gone, nothing needs the report.
            let _ = self.report.send(AttemptReport { waiting, end, begun: self.begun });
        }
    }
}

/// Guard: counts a row as waiting for the pacer until it reserves a slot or is dropped.
struct PacerWait<'a> {
    state: &'a ConnectionState,
    passed: bool,
}

impl PacerWait<'_> {
    /// Reserves the next slot and stops counting the row, under one lock: otherwise the row would count twice in
    /// between.
    fn reserve_slot(&mut self) -> SendSlot {
        self.passed = true;
        let mut inner = self.state.lock();
        inner.waiting_for_pacer = inner.waiting_for_pacer.saturating_sub(1);
        inner.pacer.reserve(Instant::now())
    }
}

impl Drop for PacerWait<'_> {
    fn drop(&mut self) {
        if !self.passed {
            let mut inner = self.state.lock();
            inner.waiting_for_pacer = inner.waiting_for_pacer.saturating_sub(1);
        }
    }
}

/// `None` if the committer could not store a record. Nothing more is sent then, and the committer keeps what is known.
async fn attempt(shared: &WorkerContext, waiting: &mut Waiting, pacer_wait: &mut PacerWait<'_>) -> Option<End> {
    let WorkerContext { connector, committer, stop, clock, .. } = shared;
    waiting.tried += 1;
    let Waiting { job, tried, .. } = waiting;
    let (row, line, attempt) = (job.request.row, job.request.line, job.before + *tried);
    let asked = job.asked && *tried == 1;

    let (go, ready) = commit_ack();
    committer.send(ExecEvent::Starting { row, attempt, asked, to: job.request.addressee(), go }).await.ok()?;
    // Without an answer the intent was not recorded: do not send.
    if let Ack::LeftOut(reason) = ready.await.ok()? {
        return Some(End::LeftOut(reason));
    }

    let epoch = match wait_for_slot(shared, job, pacer_wait).await {
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
    // The ledger, the reporters and the dispatcher share one answer.
    let answer = Arc::new(answer);
    let recorded = Arc::clone(&answer);
    let wait = next_wait(shared, &recorded, epoch, waiting);
    let job = &waiting.job;

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

fn commit_ack() -> (CommitAck, oneshot::Receiver<Ack>) {
    let (ack, committed) = oneshot::channel();
    (Some(ack), committed)
}

/// Updates the connection's state from an answer, and decides whether and when its row is tried again.
fn next_wait(shared: &WorkerContext, answer: &Answer, epoch: u64, waiting: &mut Waiting) -> Option<Duration> {
    let (now, policy, reply) = (Instant::now(), &shared.policy, &answer.reply);
    let mut inner = shared.state.lock();
    let Inner { pacer, outage, budget, .. } = &mut *inner;
    // A refusal that came as an answer shows that the API can be reached.
    if matches!(reply, Reply::Unreachable { .. }) && answer.note.http_status.is_none() {
        match outage.unreachable(policy.retries, now, fastrand::f64()) {
            Reachability::Open => {}
            Reachability::Down(wait) => {
                waiting.free += 1;
                return Some(wait);
            }
            Reachability::GivenUp => return None,
        }
    } else {
        outage.reached();
    }
    if let Reply::Throttled { scope, after, .. } = reply {
        // Throttling costs time, never rows: neither a try nor the budget is charged.
        waiting.free += 1;
        waiting.turned_away += 1;
        match scope {
            Scope::Connection => pacer.refused(*after, epoch, now),
            Scope::Lane => pacer.taken(epoch, now),
        }
        return policy.next_wait(reply, waiting.turned_away, fastrand::f64());
    }
    waiting.turned_away = 0;
    if !matches!(reply, Reply::Unreachable { .. }) {
        pacer.taken(epoch, now);
    }
    if matches!(reply, Reply::Accepted { .. }) {
        budget.earn();
    }
    policy.next_wait(reply, waiting.tried - waiting.free, fastrand::f64()).filter(|_| budget.spend())
}

/// Waits for a send slot and returns its epoch. The error says why the attempt is given up: the execution stops, the
/// row's window closes, or the deadline passes.
async fn wait_for_slot(shared: &WorkerContext, job: &Job, pacer_wait: &mut PacerWait<'_>) -> Result<u64, &'static str> {
    let SendSlot { mut at, epoch } = pacer_wait.reserve_slot();
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
        // From here to the request there is no await, so a request that counts as left does leave.
        match shared.state.lock().pacer.leave(Instant::now()) {
            Ok(()) => return Ok(epoch),
            Err(free) => at = free,
        }
    }
}

/// Sleeps until a time, or not at all if it has passed. The runtime's timers have a resolution of one millisecond:
/// sleeping for rows that need not wait would limit them to some hundreds per second.
pub(super) async fn wait_until(at: Instant) {
    if at > Instant::now() {
        sleep_until(at).await;
    }
}
