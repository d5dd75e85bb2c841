//! The record of the requests that a scripted connector received.

use std::time::Duration;

use crate::model::Attempt;

/// One request that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    /// The number of the row in the request.
    pub(crate) row: u64,
    /// The attempt that the executor named.
    pub(crate) attempt: Attempt,
    /// The time of sending since the Unix epoch, by the connector's clock.
    pub(crate) at: Duration,
}

/// The requests in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct SendRecord {
    /// Each request, in order.
    pub(crate) sent: Vec<Sent>,
    /// The most requests that were in flight at the same time.
    pub(crate) most_in_flight: usize,
    in_flight: usize,
}

impl SendRecord {
    /// Records a request; returns how many the row now has.
    pub(super) fn begin(&mut self, row: u64, attempt: Attempt, at: Duration) -> usize {
        self.sent.push(Sent { row, attempt, at });
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        self.tries(row)
    }

    /// Records that a request was answered.
    pub(super) fn end(&mut self) {
        self.in_flight -= 1;
    }

    /// How many requests of a row were sent.
    pub(crate) fn tries(&self, row: u64) -> usize {
        self.sent.iter().filter(|sent| sent.row == row).count()
    }
}
