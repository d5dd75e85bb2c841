//! A wall clock that only the test and the waits move.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::exec::{Clock, ClockWait, Halt, Stop};

/// Shows the time to which it was set. A wait sets it to the end of the wait and returns at once.
pub(crate) struct SetClock {
    now: Mutex<SystemTime>,
    interrupts: Option<Stop>,
}

impl SetClock {
    /// A clock that shows `now`, a time in RFC 3339.
    pub(crate) fn at(now: &str) -> Self {
        Self { now: Mutex::new(now.parse::<Timestamp>().unwrap().into()), interrupts: None }
    }

    /// Interrupts the run when it waits for this clock; the wait then never ends.
    pub(crate) fn interrupting(self, stop: Stop) -> Self {
        Self { interrupts: Some(stop), ..self }
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }
}

impl Clock for SetClock {
    fn now(&self) -> SystemTime {
        *self.now.lock().unwrap()
    }

    fn wait(&self, until: SystemTime) -> ClockWait<'_> {
        if let Some(stop) = &self.interrupts {
            stop.drain(Halt::Interrupted);
            return Box::pin(std::future::pending());
        }
        *self.now.lock().unwrap() = until;
        Box::pin(std::future::ready(()))
    }
}
