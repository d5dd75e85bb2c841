//! The dispatcher: decides which row is sent next, and when. It owns the waiting rows and the lanes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::model::{ConnectionIndex, Exclusion, Lane, Reply, Scope, State};

use super::connection_state::Trip;
use super::lanes::{Lanes, Waiting};
use super::slots::Slots;
use super::worker::{AttemptReport, End, WorkerContext, send_row, wait_until};
use super::{Cause, Clock, ExecEvent, Halt, Job, Link, Pause, PutBack, Stop, Throughput};

/// Rows that may wait for a retry or for their lane. At this number no new row is taken, so memory does not grow with
/// the list.
const MOST_WAITING: usize = 10_000;

/// How long before its slot a row is started, so that its intent is on disk when the slot comes.
const PACER_LEAD_TIME: Duration = Duration::from_millis(25);

/// How often throughput is reported.
const TICK: Duration = Duration::from_millis(250);

/// The execution stops if every answer is a throttling for this long.
const LONGEST_THROTTLING: Duration = Duration::from_secs(10 * 60);

/// Sends every job of `feed` over one connection. Returns when each has its outcome, or when `stop` was asked for and
/// nothing is in flight. The ledger has the state of the remaining rows. Returns the jobs that were put back because
/// their window closed.
///
/// A run with several connections has one execution for each of them, at the same time.
pub async fn execute(
    feed: mpsc::Receiver<Job>,
    link: Link,
    clock: Arc<dyn Clock>,
    committer: mpsc::Sender<ExecEvent>,
    stop: Stop,
) -> PutBack {
    let Link { run, connection, connector, policy, state } = link;
    let slots = Slots::new(policy.concurrency);
    let shared = Arc::new(WorkerContext { run, connector, policy, state, clock, committer, stop });
    let (report, reports) = mpsc::unbounded_channel();
    let dispatcher = Dispatcher {
        connection,
        shared,
        report,
        lanes: Lanes::default(),
        waiting: BTreeMap::new(),
        sequence: 0,
        in_flight: 0,
        slots,
        put_back: PutBack::default(),
        throttled_since: None,
    };
    dispatcher.run(feed, reports).await
}

struct Dispatcher {
    connection: ConnectionIndex,
    shared: Arc<WorkerContext>,
    report: mpsc::UnboundedSender<AttemptReport>,
    lanes: Lanes,
    /// Rows that hold their lane and wait for a time, earliest first.
    waiting: BTreeMap<(Instant, u64), Box<Waiting>>,
    sequence: u64,
    in_flight: usize,
    slots: Slots,
    /// Rows whose window closed before their slot.
    put_back: PutBack,
    /// The time since which every answer has been a throttling.
    throttled_since: Option<Instant>,
}

impl Dispatcher {
    async fn run(
        mut self,
        mut feed: mpsc::Receiver<Job>,
        mut reports: mpsc::UnboundedReceiver<AttemptReport>,
    ) -> PutBack {
        let stop = self.shared.stop.clone();
        let mut exhausted = false;
        let mut ticks = tokio::time::interval(TICK);
        loop {
            // `recv` is not polled while a row waits at the pacer, so a closed feed is noticed here.
            exhausted |= feed.is_closed() && feed.is_empty();
            let stopping = stop.is_draining();
            let left = !self.waiting.is_empty() || self.lanes.waiting() > 0;
            if self.in_flight == 0 && (stopping || exhausted && !left) {
                // Clear this connection's throughput in the progress display.
                let _ =
                    self.shared.committer.send(ExecEvent::Tick { connection: self.connection, throughput: None }).await;
                return self.put_back;
            }
            let probe = self.shared.state.lock().outage.next_probe();
            let room = !stopping && self.in_flight < if probe.is_some() { 1 } else { self.limit() };
            let start_at = self.next_start();
            let start_at = probe.map_or(start_at, |probe| probe.max(start_at));
            let due = self.waiting.first_key_value().map(|((at, _), _)| (*at).max(start_at));
            // While the API is unreachable, a row that already waits is the probe.
            let most_waiting = if probe.is_some() { 1 } else { MOST_WAITING };
            let take_new = room && !exhausted && self.waiting.len() + self.lanes.waiting() < most_waiting;
            tokio::select! {
                biased;
                () = stop.draining(), if !stopping => {}
                Some(report) = reports.recv(), if self.in_flight > 0 => {
                    self.finish_attempt(report).await;
                    // The rows of one commit report together.
                    while let Ok(report) = reports.try_recv() {
                        self.finish_attempt(report).await;
                    }
                }
                _ = ticks.tick() => self.tick(exhausted),
                () = wait_until(due.unwrap_or(start_at)), if room && due.is_some() => {
                    if let Some((_, waiting)) = self.waiting.pop_first() {
                        self.start(waiting).await;
                    }
                }
                job = take_at(&mut feed, start_at), if take_new => match job {
                    Some(job) => {
                        self.take(job).await;
                        self.take_more(&mut feed).await;
                    }
                    None => exhausted = true,
                },
            }
        }
    }

    /// Rows that may be in flight now.
    fn limit(&self) -> usize {
        let rate = self.shared.state.lock().pacer.rate(Instant::now());
        self.slots.limit(rate)
    }

    /// When the next row may be started.
    fn next_start(&self) -> Instant {
        let now = Instant::now();
        let slot = self.shared.state.lock().next_slot(now);
        slot.checked_sub(PACER_LEAD_TIME).unwrap_or(now)
    }

    /// Reports the throughput, unless the committer's channel is full.
    fn tick(&self, exhausted: bool) {
        let now = Instant::now();
        let inner = self.shared.state.lock();
        // A row that waits for its next attempt is a pause only if no other row is or may be in flight.
        let retry = self.waiting.first_key_value().filter(|_| exhausted && self.in_flight == 0);
        let causes = [
            (inner.outage.next_probe(), Cause::Unreachable),
            (inner.pacer.paused_until(now), Cause::Throttled),
            (retry.map(|((at, _), _)| *at), Cause::Retry),
            (Some(inner.pacer.estimate(now, 0)), Cause::Pace),
        ];
        let pause = causes.into_iter().find_map(|(until, cause)| {
            let wait = until?.saturating_duration_since(now);
            (wait >= Duration::from_secs(1)).then_some(Pause { wait, cause })
        });
        let throughput = Some(Throughput { rate: inner.pacer.rate(now), found: inner.pacer.found(now), pause });
        let _ = self.shared.committer.try_send(ExecEvent::Tick { connection: self.connection, throughput });
    }

    /// Takes new rows while they may start now, exist, and no waiting row is due.
    async fn take_more(&mut self, feed: &mut mpsc::Receiver<Job>) {
        while !self.shared.stop.is_draining() && self.in_flight < self.limit() && !self.is_full() {
            let now = Instant::now();
            let is_due = self.waiting.first_key_value().is_some_and(|((at, _), _)| *at <= now);
            if is_due || self.shared.state.lock().outage.next_probe().is_some() || self.next_start() > now {
                return;
            }
            let Ok(job) = feed.try_recv() else { return };
            self.take(job).await;
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.len() + self.lanes.waiting() >= MOST_WAITING
    }

    async fn take(&mut self, job: Job) {
        if let Some(waiting) = self.lanes.enter(Box::new(Waiting { job, tried: 0, free: 0, turned_away: 0 })) {
            self.start(waiting).await;
        }
    }

    async fn start(&mut self, waiting: Box<Waiting>) {
        let now = self.shared.clock.now();
        if self.shared.policy.is_late(now) {
            self.late(waiting, 0).await;
            return;
        }
        if waiting.job.is_closed(now) {
            self.put_back.add(&waiting.job);
            self.pass_on(waiting.job.request.draft.lane.as_ref());
            return;
        }
        self.in_flight += 1;
        self.shared.state.lock().waiting_for_pacer += 1;
        tokio::spawn(send_row(Arc::clone(&self.shared), waiting, self.report.clone()));
    }

    /// The deadline of a row has passed, and so has that of every row behind it in its lane. Rows that were certainly
    /// not sent are left out; refused, invalid and doubtful rows keep their state. `withdrawn` attempts of the row were
    /// not made.
    async fn late(&mut self, waiting: Box<Waiting>, mut withdrawn: u32) {
        let mut next = Some(waiting);
        while let Some(waiting) = next {
            let Waiting { job, tried, .. } = *waiting;
            let event = left_out(&job, (tried, withdrawn), "not-after".to_owned());
            if self.shared.committer.send(event).await.is_err() {
                return;
            }
            next = self.lanes.leave(job.request.draft.lane.as_ref());
            withdrawn = 0;
        }
    }

    async fn finish_attempt(&mut self, report: AttemptReport) {
        let AttemptReport { waiting, end, begun } = report;
        self.in_flight -= 1;
        let lane = waiting.job.request.draft.lane.clone();
        match end {
            End::Again(wait, answer) => {
                let reply = &answer.reply;
                let at = Instant::now() + wait;
                self.record_throttling(reply);
                if matches!(reply, Reply::Throttled { scope: Scope::Lane, .. }) {
                    self.lanes.block(lane.as_ref(), at);
                }
                // The row keeps its lane while it waits, because the API would refuse the rows behind it as well.
                self.wait_until(at, waiting);
                return;
            }
            End::Finished(state, answer) => {
                let reply = &answer.reply;
                let answered = !matches!(reply, Reply::Unknown { .. } | Reply::Unreachable { .. });
                self.slots.finished(answered.then(|| begun.elapsed()));
                self.record_throttling(reply);
                if self.shared.state.lock().outage.is_given_up() {
                    self.shared.stop.drain(Halt::Stopped(format!("the API cannot be reached: {}", reply.message())));
                }
                if let Reply::Fatal { code, message } = reply {
                    self.shared.stop.drain(Halt::Stopped(format!("{code}: {message}")));
                }
                let again = waiting.job.is_refused_again(reply);
                match self.shared.state.record(state, reply, again) {
                    Some(Trip::Run(reason)) => self.shared.stop.whole().drain(Halt::Stopped(reason)),
                    Some(Trip::Connection(reason)) => self.shared.stop.drain(Halt::Stopped(reason)),
                    None => {}
                }
            }
            End::PutBack(wait, answer) => {
                let reply = &answer.reply;
                self.put_back.add(&waiting.job);
                self.record_throttling(reply);
                if matches!(reply, Reply::Throttled { scope: Scope::Lane, .. }) {
                    self.lanes.block(lane.as_ref(), Instant::now() + wait);
                }
            }
            End::LeftOut(reason) => {
                // No record of this attempt exists.
                let event = left_out(&waiting.job, (waiting.tried - 1, 0), reason);
                // If the committer is gone, the row keeps its state for a later session.
                let _ = self.shared.committer.send(event).await;
            }
            End::Withdrawn if self.shared.policy.is_late(self.shared.clock.now()) => {
                self.late(waiting, 1).await;
                return;
            }
            End::Withdrawn if waiting.job.is_closed(self.shared.clock.now()) => self.put_back.add(&waiting.job),
            End::Withdrawn => {}
            End::Panicked => {
                let reason = "a bug in Rowcast; nothing more was sent".to_owned();
                self.shared.stop.whole().drain(Halt::Stopped(reason));
            }
            End::Unrecorded => {
                let reason = "the ledger cannot be written".to_owned();
                self.shared.stop.whole().drain(Halt::Stopped(reason));
            }
        }
        self.pass_on(lane.as_ref());
    }

    /// Gives the lane to the row behind, unless its window closes before it may start.
    fn pass_on(&mut self, lane: Option<&Lane>) {
        let now = Instant::now();
        let at = self.lanes.blocked_until(lane).map_or(now, |until| until.max(now));
        let then = self.shared.clock.now() + (at - now);
        while let Some(next) = self.lanes.leave(lane) {
            if !next.job.is_closed(then) {
                self.wait_until(at, next);
                return;
            }
            self.put_back.add(&next.job);
        }
    }

    /// Stops the execution after a long time in which the API throttled every request.
    fn record_throttling(&mut self, reply: &Reply) {
        if !matches!(reply, Reply::Throttled { .. }) {
            self.throttled_since = None;
            return;
        }
        let since = *self.throttled_since.get_or_insert_with(Instant::now);
        if since.elapsed() > LONGEST_THROTTLING {
            let minutes = LONGEST_THROTTLING.as_secs() / 60;
            let reason = format!("the API throttled every request for {minutes} minutes: {}", reply.message());
            self.shared.stop.drain(Halt::Stopped(reason));
        }
    }

    fn wait_until(&mut self, at: Instant, waiting: Box<Waiting>) {
        self.sequence += 1;
        self.waiting.insert((at, self.sequence), waiting);
    }
}

/// The event that a row is not sent any more after so many attempts, of which the last `withdrawn` were not made. A row that was
/// certainly not sent is left out; any other keeps its state.
fn left_out(job: &Job, (tried, withdrawn): (u32, u32), reason: String) -> ExecEvent {
    let (row, line) = (job.request.row, job.request.line);
    match job.state_after(tried - withdrawn) {
        State::Pending | State::Failed => {
            let exclusion = Exclusion { state: State::Skipped, reason };
            ExecEvent::Excluded { row, line, attempts: job.before + tried, exclusion }
        }
        state => ExecEvent::Kept { row, line, state, reason },
    }
}

/// The next new row, not before `start_at`. Nothing is taken from the channel until then, so the future is cancel safe.
async fn take_at(feed: &mut mpsc::Receiver<Job>, start_at: Instant) -> Option<Job> {
    wait_until(start_at).await;
    feed.recv().await
}

#[cfg(test)]
mod tests;
