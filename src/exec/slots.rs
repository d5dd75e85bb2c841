//! Adaptive concurrency: allowed rate × measured latency (Little's law), within configured bounds.

use std::time::Duration;

/// Bounds of the rows in flight. Rows in flight are in doubt after a crash, so the upper bound is a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// Always allowed.
    pub least: usize,
    /// Allowed if the rate needs it.
    pub most: usize,
}

impl Concurrency {
    /// A fixed number, whatever the rate.
    pub fn fixed(rows: usize) -> Self {
        Self { least: rows, most: rows }
    }
}

/// Weight of the newest latency in the moving average.
const NEWEST: f64 = 1.0 / 32.0;

/// Slots beyond the average need, as a factor and in rows, because answers do not arrive evenly.
const SPARE: f64 = 1.5;
const SPARE_ROWS: f64 = 16.0;

/// The slots of an execution.
#[derive(Debug)]
pub(super) struct Slots {
    bounds: Concurrency,
    finished: usize,
    /// Average time in seconds for which a row holds its slot.
    held: f64,
}

impl Slots {
    /// Slots before any row has been measured.
    pub(super) fn new(bounds: Concurrency) -> Self {
        Self { bounds, finished: 0, held: 0.0 }
    }

    /// Rows that may be in flight now, if `rate` may leave per second. The start is slow, because most mistakes of a
    /// campaign show at its first row.
    pub(super) fn limit(&self, rate: Option<f64>) -> usize {
        let Concurrency { least, most } = self.bounds;
        match self.finished {
            0 => 1,
            1..10 => least.clamp(1, 10),
            _ => self.needed(rate).clamp(least, most.max(least)).max(1),
        }
    }

    /// Records an outcome and, if the row was answered, the time for which it held its slot. Timeouts are ignored: they
    /// carry no latency, and more concurrency would only leave more rows in doubt.
    pub(super) fn finished(&mut self, held: Option<Duration>) {
        self.finished += 1;
        let Some(held) = held.as_ref().map(Duration::as_secs_f64) else { return };
        self.held = if self.held == 0.0 { held } else { self.held + (held - self.held) * NEWEST };
    }

    /// Little's law: rows in flight = rows per second × seconds per row.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float to an integer saturates")]
    fn needed(&self, rate: Option<f64>) -> usize {
        rate.map_or(0, |rate| (rate * self.held * SPARE + SPARE_ROWS) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(bounds: Concurrency, millis: u64) -> Slots {
        let mut slots = Slots::new(bounds);
        (0..200).for_each(|_| slots.finished(Some(Duration::from_millis(millis))));
        slots
    }

    const BOUNDS: Concurrency = Concurrency { least: 64, most: 1000 };

    #[test]
    fn as_many_as_the_rate_needs() {
        for (rate, millis, limit) in [
            (Some(80.0), 150, 64),
            (Some(80.0), 600, 88),
            (Some(1000.0), 150, 241),
            (Some(1000.0), 600, 916),
            (Some(1000.0), 5000, 1000),
            (None, 600, 64),
        ] {
            assert_eq!(slots(BOUNDS, millis).limit(rate), limit, "{rate:?} {millis} ms");
        }
        assert_eq!(slots(Concurrency::fixed(10), 600).limit(Some(1000.0)), 10, "who names a number gets it");
    }

    #[test]
    fn the_start_is_gentle_and_silence_raises_nothing() {
        let mut slots = Slots::new(BOUNDS);
        assert_eq!(slots.limit(Some(1000.0)), 1);
        slots.finished(None);
        assert_eq!(slots.limit(Some(1000.0)), 10);
        (0..1000).for_each(|_| slots.finished(None));
        assert_eq!(slots.limit(Some(1000.0)), 64);
    }
}
