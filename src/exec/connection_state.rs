//! Per-connection state that outlives one execution: pacer, outage, retry budget and breaker. The next execution
//! therefore keeps the rate limit and does not learn again what the last one learnt. Only the user's failure limit is
//! shared by the connections of a run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::model::{FailureLimit, Reply, State};

use super::breaker::{Breaker, Limit};
use super::budget::Budget;
use super::outage::Outage;
use super::{Pacer, Policy};

/// Per-connection state that outlives one execution (pace, outage, retry budget, breaker). Cloning shares it.
#[derive(Debug, Clone)]
pub struct ConnectionState {
    inner: Arc<Mutex<Inner>>,
    limit: Arc<Mutex<Limit>>,
}

/// The scope of a stop after an outcome.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trip {
    /// The run.
    Run(String),
    /// Only this connection.
    Connection(String),
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) pacer: Pacer,
    pub(super) outage: Outage,
    pub(super) budget: Budget,
    pub(super) breaker: Breaker,
    /// Rows that have been started and have not yet reserved a slot.
    pub(super) waiting_for_pacer: u32,
}

impl Inner {
    /// The time at which a further row could be sent, behind the rows that wait for the pacer.
    pub(super) fn next_slot(&self, now: Instant) -> Instant {
        self.pacer.estimate(now, self.waiting_for_pacer)
    }
}

impl ConnectionState {
    /// The state of a connection that has not been used in this session. `found`: the requests per second that the API
    /// was last seen to take, if they were fewer than allowed.
    pub fn new(policy: &Policy, found: Option<f64>) -> Self {
        Self::with(policy, found, Arc::new(Mutex::new(Limit::new(policy.max_failures))))
    }

    /// The state of another connection of the same run. The two share the user's failure limit and nothing else.
    #[must_use]
    pub fn beside(&self, policy: &Policy, found: Option<f64>) -> Self {
        Self::with(policy, found, Arc::clone(&self.limit))
    }

    fn with(policy: &Policy, found: Option<f64>, limit: Arc<Mutex<Limit>>) -> Self {
        let (pacer, breaker) = (Pacer::new(policy.rate, found), Breaker::new());
        let (outage, budget) = (Outage::default(), Budget::default());
        Self { inner: Arc::new(Mutex::new(Inner { pacer, outage, budget, breaker, waiting_for_pacer: 0 })), limit }
    }

    /// Restarts the counts of outcomes, with this limit.
    pub fn count_anew(&self, limit: Option<FailureLimit>) {
        self.lock().breaker = Breaker::new();
        *self.limit() = Limit::new(limit);
    }

    /// Counts the outcome of a row. `Some` if that is a reason to stop. `again`: the row was refused with the same code
    /// before.
    pub(super) fn record(&self, state: State, reply: &Reply, again: bool) -> Option<Trip> {
        let pattern = self.lock().breaker.record(state, reply, again);
        let limit = self.limit().record(state);
        limit.map(Trip::Run).or(pattern.map(Trip::Connection))
    }

    /// Ignores poisoning: a worker that panicked while it held the lock has left the values valid.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limit(&self) -> MutexGuard<'_, Limit> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
