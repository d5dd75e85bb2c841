//! What the executor is connected to: a connector below, a desk above, and a way to be stopped.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::model::{Addressee, Answer, Attempt, Left, Request, RowNumber, RunToken, State, Via};

use super::{ConnectionState, Policy};

/// The future of one attempt.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Something that can send a request. It tries exactly once and retries nothing by itself.
pub trait Connector: Send + Sync {
    /// Sends a request and says what became of it. It never waits for longer than its own timeout. `attempt` is not used twice.
    fn send<'a>(&'a self, request: &'a Request, attempt: Attempt) -> Sending<'a>;
}

/// One of a run's connections, as an execution sends over it.
#[derive(Clone)]
pub struct Link {
    /// The run's token.
    pub run: RunToken,
    /// Which.
    pub via: Via,
    /// The way out.
    pub connector: Arc<dyn Connector>,
    /// The rules.
    pub policy: Policy,
    /// What earlier executions over it have learnt, and their pace.
    pub state: ConnectionState,
}

/// A future that ends when there is reason to look at a clock again.
pub type ClockWait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The clock on the wall. It may be set, and goes on while the machine sleeps.
pub trait Clock: Send + Sync {
    /// What it shows.
    fn now(&self) -> SystemTime;

    /// Waits for a moment, or for a part of the time to it: whoever waits looks at the clock again.
    fn wait(&self, until: SystemTime) -> ClockWait<'_>;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The clock is looked at so often while a moment is waited for: a machine that has slept is late by no more.
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

/// Somebody who waits for the committer. It is there once: whoever takes it lets him go on, or drops it.
pub type CommitAck = Option<oneshot::Sender<()>>;

/// Those who may go on since a commit.
pub type CommittedAcks = Vec<oneshot::Sender<()>>;

/// Lets them go on, a group at a time, until no more come. It runs beside the executor: so a commit wakes another thread
/// once, and not once for each row.
pub async fn send_acks(mut groups: mpsc::UnboundedReceiver<CommittedAcks>) {
    while let Some(group) = groups.recv().await {
        for ack in group {
            // One whose receiver is gone belongs to a row that was aborted; there is nobody to tell.
            let _ = ack.send(());
        }
    }
}

/// What the executor, and whoever feeds it, tells the committer. Where a event carries a waiter, the executor waits: the desk lets
/// it go on when the event is on stable storage, and drops it if it cannot be stored.
#[derive(Debug)]
pub enum ExecEvent {
    /// A row is about to be sent. Nothing of it leaves before `go`.
    Starting {
        /// The row.
        row: RowNumber,
        /// The attempt, counted over the whole run.
        attempt: u32,
        /// Whether the user asked for it by name.
        asked: bool,
        /// Whom it is for, and the keys of the row.
        to: Addressee,
        /// Lets the request leave.
        go: CommitAck,
    },
    /// The attempt was certainly not sent and the row waits: `wait` long, or for a later session if there is none.
    Waiting {
        /// The row.
        row: RowNumber,
        /// The attempt that is over.
        attempt: u32,
        /// How long it waits; `None` if this execution will not try it again.
        wait: Option<Duration>,
        /// What the connector said.
        answer: Arc<Answer>,
        /// How long the attempt took.
        took: Duration,
        /// Gives the slot back.
        stored: CommitAck,
    },
    /// The turn of the attempt did not come: nothing of it has left, and the row is what it was before.
    Withdrawn {
        /// The row.
        row: RowNumber,
        /// The attempt that was not made.
        attempt: u32,
        /// Why, in words for people.
        reason: &'static str,
        /// Gives the slot back.
        stored: CommitAck,
    },
    /// The row has its outcome for this session.
    Finished {
        /// The row.
        row: RowNumber,
        /// The physical line on which it begins.
        line: u64,
        /// The attempt that decided.
        attempt: u32,
        /// What the row is now.
        state: State,
        /// What the connector said.
        answer: Arc<Answer>,
        /// How long the attempt took.
        took: Duration,
        /// Gives the slot back.
        stored: CommitAck,
    },
    /// The row is left out without a further attempt.
    Left {
        /// The row.
        row: RowNumber,
        /// The physical line on which it begins.
        line: u64,
        /// Attempts so far.
        attempts: u32,
        /// Why.
        left: Left,
    },
    /// The row is not sent after all, and stays what it is: there is nothing to record.
    Kept {
        /// The row.
        row: RowNumber,
        /// The physical line on which it begins.
        line: u64,
        /// What it is.
        state: State,
        /// Why it is not sent.
        reason: String,
    },
    /// Time has passed: a chance to show how things are going.
    Tick {
        /// The connection that it is told of.
        via: Via,
        /// How it is going; `None` once the execution is over.
        throughput: Option<Throughput>,
    },
}

impl ExecEvent {
    /// Takes whoever waits for the event to be stored.
    pub fn take_ack(&mut self) -> CommitAck {
        match self {
            Self::Starting { go, .. } => go.take(),
            Self::Waiting { stored, .. } | Self::Withdrawn { stored, .. } | Self::Finished { stored, .. } => {
                stored.take()
            }
            Self::Left { .. } | Self::Kept { .. } | Self::Tick { .. } => None,
        }
    }
}

/// How an execution is going.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Throughput {
    /// Requests a second that may leave now; `None` while unlimited.
    pub rate: Option<f64>,
    /// Why nothing leaves just now, if nothing does for a second or longer.
    pub pause: Option<Pause>,
}

impl Throughput {
    /// How several executions are going together: what may leave over all of them, and a pause only if none sends.
    pub fn of(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().reduce(|one, other| Self {
            rate: one.rate.zip(other.rate).map(|(one, other)| one + other),
            pause: one.pause.zip(other.pause).map(|(one, other)| if one.wait <= other.wait { one } else { other }),
        })
    }
}

/// A while in which nothing leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// How long it lasts yet.
    pub wait: Duration,
    /// What it is for.
    pub cause: Cause,
}

/// What a pause is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The API has asked the whole connection to wait.
    Throttled,
    /// The API cannot be reached; the next try is one row.
    Unreachable,
    /// All rows that are left were refused for now, and wait for their next try.
    Retry,
    /// The allowed rate is that low.
    Pace,
}

/// Asks an execution to end, or all of a run's executions. Clones ask the same.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    drain: CancellationToken,
    abort: CancellationToken,
    reason: Arc<OnceLock<Halt>>,
    interrupted: Arc<AtomicBool>,
    /// What this is a part of.
    whole: Option<Arc<Self>>,
}

/// Why an execution ends before its rows do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// The user or the system asked for it.
    Interrupted,
    /// A threshold, a run-wide error or a ledger that cannot be written: the reason, for people.
    Stopped(String),
    /// The rest is for later, as it was asked for: the reason, for people.
    Paused(String),
}

impl Stop {
    /// Asks one execution of several to end. It ends with the whole, too.
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

    /// What asks all executions to end.
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

    /// Waits for nothing: rows in flight become unknown.
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

    /// True once the user or the system asked for the end, also of an execution that was stopping already.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Why, if it was stopped: a reason of its own, before that of the whole.
    pub fn reason(&self) -> Option<&Halt> {
        self.own_reason().or_else(|| self.whole.as_ref()?.reason())
    }

    /// Why, if this was stopped and not what it is a part of.
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
        let throughput = |rate, pause| Throughput { rate, pause };
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
