//! What is known of the API and of the run: pace, outage, retry budget, breaker. It outlives one execution, so that the
//! next one neither sends faster than is allowed nor has to find out again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::breaker::Breaker;
use super::budget::Budget;
use super::outage::Outage;
use super::{Failures, Pacer, Policy};

/// What executions to one API hand on to each other. Clones are the same.
#[derive(Debug, Clone)]
pub struct Conditions(Arc<Mutex<Known>>);

#[derive(Debug)]
pub(super) struct Known {
    pub(super) pacer: Pacer,
    pub(super) outage: Outage,
    pub(super) budget: Budget,
    pub(super) breaker: Breaker,
    /// Rows on their way to the pacer that have not yet asked it for their turn.
    pub(super) at_gate: u32,
}

impl Known {
    /// When a further row would have its turn, behind those that are on their way.
    pub(super) fn next_turn(&self, now: Instant) -> Instant {
        self.pacer.estimate(now, self.at_gate)
    }
}

impl Conditions {
    /// Nothing is known but the rules.
    pub fn new(policy: &Policy) -> Self {
        let (pacer, breaker) = (Pacer::new(policy.pace), Breaker::new(policy.max_failures));
        let (outage, budget) = (Outage::default(), Budget::default());
        Self(Arc::new(Mutex::new(Known { pacer, outage, budget, breaker, at_gate: 0 })))
    }

    /// From now on outcomes are counted anew, against this limit.
    pub fn count_anew(&self, limit: Option<Failures>) {
        self.known().breaker = Breaker::new(limit);
    }

    /// A worker that panicked while it held the lock has changed nothing that matters.
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
