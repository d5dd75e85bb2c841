//! What is known of the API and of the run: pace, outage, retry budget, breaker. It outlives one execution, so that the
//! next one neither sends faster than is allowed nor has to find out again. What several connections of a run have in
//! common is the user's threshold alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::model::{FailureLimit, Reply, State};

use super::breaker::{Breaker, Limit};
use super::budget::Budget;
use super::outage::Outage;
use super::{Pacer, Policy};

/// What executions over one connection hand on to each other. Clones are the same.
#[derive(Debug, Clone)]
pub struct ConnectionState {
    inner: Arc<Mutex<Inner>>,
    limit: Arc<Mutex<Limit>>,
}

/// Why an outcome stops something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trip {
    /// It stops the run.
    Run(String),
    /// It stops what goes over this connection.
    Connection(String),
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) pacer: Pacer,
    pub(super) outage: Outage,
    pub(super) budget: Budget,
    pub(super) breaker: Breaker,
    /// Rows on their way to the pacer that have not yet asked it for their turn.
    pub(super) waiting_for_pacer: u32,
}

impl Inner {
    /// When a further row would have its turn, behind those that are on their way.
    pub(super) fn next_slot(&self, now: Instant) -> Instant {
        self.pacer.estimate(now, self.waiting_for_pacer)
    }
}

impl ConnectionState {
    /// Nothing is known but the rules.
    pub fn new(policy: &Policy) -> Self {
        Self::with(policy, Arc::new(Mutex::new(Limit::new(policy.max_failures))))
    }

    /// The conditions of another connection of the same run: nothing is known of it, and the user's threshold is held against
    /// the rows of both.
    #[must_use]
    pub fn beside(&self, policy: &Policy) -> Self {
        Self::with(policy, Arc::clone(&self.limit))
    }

    fn with(policy: &Policy, limit: Arc<Mutex<Limit>>) -> Self {
        let (pacer, breaker) = (Pacer::new(policy.rate), Breaker::new());
        let (outage, budget) = (Outage::default(), Budget::default());
        Self { inner: Arc::new(Mutex::new(Inner { pacer, outage, budget, breaker, waiting_for_pacer: 0 })), limit }
    }

    /// From now on outcomes are counted anew, against this limit.
    pub fn count_anew(&self, limit: Option<FailureLimit>) {
        self.lock().breaker = Breaker::new();
        *self.limit() = Limit::new(limit);
    }

    /// Notes the outcome of a row, and says whether that is a reason to stop. `again`: it was refused as it had been before.
    pub(super) fn record(&self, state: State, reply: &Reply, again: bool) -> Option<Trip> {
        let pattern = self.lock().breaker.record(state, reply, again);
        let limit = self.limit().record(state);
        limit.map(Trip::Run).or(pattern.map(Trip::Connection))
    }

    /// A worker that panicked while it held the lock has changed nothing that matters.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limit(&self) -> MutexGuard<'_, Limit> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
