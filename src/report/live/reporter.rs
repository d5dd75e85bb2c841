//! The trait of all reporters.

use crate::exec::Throughput;
use crate::model::{Counts, Event};

/// Shows what happens. One thread at a time calls it, after the event is on stable storage. A reporter that cannot write
/// stops writing, because a lost terminal must not stop a run.
pub trait Reporter: Send {
    /// Something happened; `counts` are the run's rows by state after it.
    fn event(&mut self, event: &Event, counts: &Counts);

    /// A fraction of a second has passed.
    fn tick(&mut self, _counts: &Counts, _throughput: &Throughput) {}

    /// The session is over.
    fn finish(&mut self, _counts: &Counts) {}
}
