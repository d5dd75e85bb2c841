//! A wall clock that follows tokio's virtual time.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::exec::{Clock, ClockWait};

/// Shows the Unix epoch when it is created, and follows tokio's virtual time from there.
pub(crate) struct VirtualClock(Instant);

impl Default for VirtualClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.0.elapsed()
    }

    fn wait(&self, until: SystemTime) -> ClockWait<'_> {
        Box::pin(tokio::time::sleep(until.duration_since(self.now()).unwrap_or_default()))
    }
}
