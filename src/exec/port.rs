//! The executor's ports: the connector that sends, the committer that records, the clock, and a way to stop.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::model::{Addressee, Answer, Attempt, ConnectionIndex, Exclusion, Request, RowNumber, RunToken, State};

use super::{ConnectionState, Policy};

/// The future of one attempt.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Sends a request. A connector tries exactly once and does not retry.
pub trait Connector: Send + Sync {
    /// Sends a request and reports its answer. Returns within the connector's own timeout. No
    /// `attempt` is used twice.
    fn send<'a>(&'a self, request: &'a Request, attempt: Attempt) -> Sending<'a>;
}

/// A connection as the executor uses it: connector, retry policy, and the state shared with earlier executions.
#[derive(Clone)]
pub struct Link {
    /// The run's token.
    pub run: RunToken,
    /// The connection's index.
    pub connection: ConnectionIndex,
    /// Sends the requests.
    pub connector: Arc<dyn Connector>,
    /// The limits.
    pub policy: Policy,
    /// The state shared with earlier executions.
    pub state: ConnectionState,
}

/// A future that ends when the clock should be read again.
pub type ClockWait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A wall clock. It may be set while a run waits, and it runs on while the machine sleeps.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> SystemTime;

    /// Waits until `until`, or for a part of that time. The caller then reads the clock again.
    fn wait(&self, until: SystemTime) -> ClockWait<'_>;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// How often the clock is read during a wait. A wait ends at most this late after the machine has slept.
const CLOCK_POLL: Duration = Duration::from_secs(1);

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn wait(&self, until: SystemTime) -> ClockWait<'_> {
        let left = until.duration_since(SystemTime::now()).unwrap_or_default();
        Box::pin(tokio::time::sleep(left.min(CLOCK_POLL)))
    }
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ack {
    /// It is on stable storage.
    Stored,
    /// It was not stored, because the row must not be sent any more. The reason is for people.
    LeftOut(String),
}

/// One-shot acknowledgement of a commit. Send to let the task continue; drop to tell it that its record was not stored.
pub type CommitAck = Option<oneshot::Sender<Ack>>;

/// Acknowledgements of one committed group.
pub type CommittedAcks = Vec<(oneshot::Sender<Ack>, Ack)>;

/// Sends acknowledgements, one group per commit, until the channel closes. Runs on the executor's thread, so a commit
/// costs one cross-thread wake-up instead of one per row.
pub async fn send_acks(mut groups: mpsc::UnboundedReceiver<CommittedAcks>) {
    while let Some(group) = groups.recv().await {
        for (to, ack) in group {
            // The receiver is gone if the row was aborted.
            let _ = to.send(ack);
        }
    }
}

/// What the executor and the feeder report to the committer. If an event carries an acknowledgement, the executor waits
/// for it: the committer sends it once the event is on stable storage, and drops it if the event cannot be stored.
#[derive(Debug)]
pub enum ExecEvent {
    /// A row is about to be sent. Nothing of it is sent before `go` is acknowledged.
    Starting {
        /// The row.
        row: RowNumber,
        /// The attempt, counted over the whole run.
        attempt: u32,
        /// The user named these rows to be sent again.
        asked: bool,
        /// Whom the attempt is for, and the keys of the row.
        to: Addressee,
        /// Lets the request be sent.
        go: CommitAck,
    },
    /// The attempt was certainly not sent. The row waits for `wait`, or for a later session if that is `None`.
    Waiting {
        /// The row.
        row: RowNumber,
        /// The attempt that ended.
        attempt: u32,
        /// The time until the next attempt; `None` if this execution makes no further one.
        wait: Option<Duration>,
        /// The connector's answer.
        answer: Arc<Answer>,
        /// The duration of the attempt.
        took: Duration,
        /// Frees the slot.
        stored: CommitAck,
    },
    /// The attempt was given up before anything was sent. The row keeps its earlier state.
    Withdrawn {
        /// The row.
        row: RowNumber,
        /// The attempt that was not made.
        attempt: u32,
        /// The reason, for people.
        reason: &'static str,
        /// Frees the slot.
        stored: CommitAck,
    },
    /// The row has its outcome for this session.
    Finished {
        /// The row.
        row: RowNumber,
        /// The physical line on which the row begins.
        line: u64,
        /// The attempt that decided.
        attempt: u32,
        /// The row's new state.
        state: State,
        /// The connector's answer.
        answer: Arc<Answer>,
        /// The duration of the attempt.
        took: Duration,
        /// Frees the slot.
        stored: CommitAck,
    },
    /// The row is left out without a further attempt.
    Excluded {
        /// The row.
        row: RowNumber,
        /// The physical line on which the row begins.
        line: u64,
        /// Attempts so far.
        attempts: u32,
        /// The reason.
        exclusion: Exclusion,
    },
    /// The row is not sent and keeps its state. There is nothing to record.
    Kept {
        /// The row.
        row: RowNumber,
        /// The physical line on which the row begins.
        line: u64,
        /// Its state.
        state: State,
        /// Why it is not sent.
        reason: String,
    },
    /// Time has passed: the progress display may be updated.
    Tick {
        /// The connection.
        connection: ConnectionIndex,
        /// Its throughput; `None` once the execution has ended.
        throughput: Option<Throughput>,
    },
}

impl ExecEvent {
    /// Takes the acknowledgement that the executor waits for, if there is one.
    pub fn take_ack(&mut self) -> CommitAck {
        match self {
            Self::Starting { go, .. } => go.take(),
            Self::Waiting { stored, .. } | Self::Withdrawn { stored, .. } | Self::Finished { stored, .. } => {
                stored.take()
            }
            Self::Excluded { .. } | Self::Kept { .. } | Self::Tick { .. } => None,
        }
    }
}

/// The current rate of an execution.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Throughput {
    /// Requests per second; `None` if unlimited.
    pub rate: Option<f64>,
    /// What the API takes per second, where it was found to be less than allowed.
    pub found: Option<f64>,
    /// The reason for a pause of a second or longer.
    pub pause: Option<Pause>,
}

impl Throughput {
    /// The throughput of several executions: the sum of their rates, and a pause only if all of them pause.
    pub fn of(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().reduce(|one, other| Self {
            rate: one.rate.zip(other.rate).map(|(one, other)| one + other),
            // Two connections of which one is slowed take what the one takes and what the other is allowed.
            found: match (one.found, other.found) {
                (None, None) => None,
                (one_found, other_found) => {
                    one_found.or(one.rate).zip(other_found.or(other.rate)).map(|(one, other)| one + other)
                }
            },
            pause: one.pause.zip(other.pause).map(|(one, other)| if one.wait <= other.wait { one } else { other }),
        })
    }
}

/// A time in which nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Its remaining length.
    pub wait: Duration,
    /// Its cause.
    pub cause: Cause,
}

/// The cause of a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The API asked the whole connection to wait.
    Throttled,
    /// The API cannot be reached; one row at a time probes it.
    Unreachable,
    /// All remaining rows were refused for now and wait for their next attempt.
    Retry,
    /// The allowed rate is low.
    Pace,
}

/// Asks an execution, or all executions of a run, to end. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    drain: CancellationToken,
    abort: CancellationToken,
    reason: Arc<OnceLock<Halt>>,
    interrupted: Arc<AtomicBool>,
    /// The whole of which this is a part.
    whole: Option<Arc<Self>>,
}

/// Why an execution ends before all rows have their outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// The user or the system asked for it.
    Interrupted,
    /// A threshold, a run-wide error or a ledger that cannot be written: the reason, for people.
    Stopped(String),
    /// The remaining rows are for a later session, as the user asked: the reason, for people.
    Paused(String),
}

impl Stop {
    /// A stop for one of several executions. Stopping the whole stops it too.
    #[must_use]
    pub fn part(&self) -> Self {
        Self {
            drain: self.drain.child_token(),
            abort: self.abort.child_token(),
            reason: Arc::default(),
            interrupted: Arc::clone(&self.interrupted),
            whole: Some(Arc::new(self.clone())),
        }
    }

    /// The stop of all executions.
    pub fn whole(&self) -> &Self {
        self.whole.as_deref().unwrap_or(self)
    }

    /// Starts no further row and waits for those in flight. The first reason is kept.
    pub fn drain(&self, halt: Halt) {
        if halt == Halt::Interrupted {
            self.interrupted.store(true, Ordering::Relaxed);
        }
        // A later reason is a consequence of the first.
        let _ = self.reason.set(halt);
        self.drain.cancel();
    }

    /// Stops at once: rows in flight become unknown.
    pub fn abort(&self) {
        self.drain(Halt::Interrupted);
        self.abort.cancel();
    }

    /// True once `drain` or `abort` was called.
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// True once `abort` was called.
    pub fn is_aborting(&self) -> bool {
        self.abort.is_cancelled()
    }

    /// True once the user or the system asked for the end, even if the execution was already stopping.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// The reason, if stopped. Its own reason takes precedence over that of the whole.
    pub fn reason(&self) -> Option<&Halt> {
        self.own_reason().or_else(|| self.whole.as_ref()?.reason())
    }

    /// The reason, if this part was stopped and not the whole.
    pub fn own_reason(&self) -> Option<&Halt> {
        self.reason.get()
    }

    /// Resolves once draining begins.
    pub async fn draining(&self) {
        self.drain.cancelled().await;
    }

    /// Resolves once aborting begins.
    pub async fn aborting(&self) {
        self.abort.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stops_alone_and_with_the_whole() {
        let stopped = |reason: &str| Halt::Stopped(reason.to_owned());
        let whole = Stop::default();
        let (one, other) = (whole.part(), whole.part());
        one.drain(stopped("a dead token"));
        assert_eq!((one.is_draining(), other.is_draining(), whole.is_draining()), (true, false, false));
        assert_eq!((one.reason(), other.reason()), (Some(&stopped("a dead token")), None));
        other.whole().abort();
        assert!(whole.is_interrupted() && [&one, &other, &whole].iter().all(|stop| stop.is_aborting()));
        assert_eq!((one.own_reason(), other.own_reason()), (Some(&stopped("a dead token")), None));
        assert_eq!(other.reason(), Some(&Halt::Interrupted));
    }

    #[test]
    fn executions_go_together_as_the_sum_of_their_rates_and_pause_only_all_at_once() {
        let pause = |seconds| Some(Pause { wait: Duration::from_secs(seconds), cause: Cause::Throttled });
        let throughput = |rate, pause| Throughput { rate, found: None, pause };
        assert_eq!(Throughput::of([]), None);
        assert_eq!(Throughput::of([throughput(Some(80.0), pause(3))]), Some(throughput(Some(80.0), pause(3))));
        let both = Throughput::of([throughput(Some(80.0), pause(3)), throughput(Some(20.0), pause(2))]);
        assert_eq!(both, Some(throughput(Some(100.0), pause(2))));
        assert_eq!(
            Throughput::of([throughput(Some(80.0), pause(3)), throughput(None, None)]),
            Some(throughput(None, None))
        );
    }
}
