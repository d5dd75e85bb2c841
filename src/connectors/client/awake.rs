//! Detects that the machine was asleep: its idle connections are closed by then, without notice.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A smaller jump is an adjustment of the clock. A clock that is set jumps too: opening connections again does no harm.
const JUMP: Duration = Duration::from_secs(5);

/// The wall clock, which continues during sleep, and the monotonic clock, which does not.
pub(super) type Moment = (SystemTime, Instant);

/// Compares the two clocks from one request to the next.
pub(super) struct Awake {
    clock: Box<dyn Fn() -> Moment + Send + Sync>,
    last: Mutex<Moment>,
}

impl Awake {
    /// Begins now.
    pub(super) fn new(clock: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self { last: Mutex::new(clock()), clock: Box::new(clock) }
    }

    /// True if the machine has slept since the last call.
    pub(super) fn has_slept(&self) -> bool {
        let (wall, steady) = (self.clock)();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall_then, steady_then) = std::mem::replace(&mut *last, (wall, steady));
        let passed = wall.duration_since(wall_then).unwrap_or_default();
        passed.saturating_sub(steady.saturating_duration_since(steady_then)) > JUMP
    }
}

/// The clocks of this machine.
pub(super) fn clocks() -> Moment {
    (SystemTime::now(), Instant::now())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn only_time_that_nobody_saw_is_sleep() {
        let now = Arc::new(Mutex::new(clocks()));
        let awake = Awake::new({
            let now = Arc::clone(&now);
            move || *now.lock().unwrap()
        });
        let after = |wall: u64, steady: u64| {
            let mut now = now.lock().unwrap();
            now.0 += Duration::from_secs(wall);
            now.1 += Duration::from_secs(steady);
            drop(now);
            awake.has_slept()
        };
        assert!(!after(3600, 3600), "a long wait");
        assert!(after(3600, 1), "asleep");
        assert!(!after(1, 1), "told once");
        assert!(!after(5, 1), "the clock is adjusted");
        now.lock().unwrap().0 -= Duration::from_secs(3600);
        assert!(!awake.has_slept(), "the clock is set back");
    }
}
