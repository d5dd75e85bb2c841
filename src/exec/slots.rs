//! How many rows may be in flight: so many as the allowed rate needs at the API's pace of answering, within bounds.

use std::time::Duration;

/// Bounds for the rows in flight. What is in flight when a process dies is in doubt, so that the upper one is a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// So many may always be.
    pub least: usize,
    /// So many when the allowed rate needs them.
    pub most: usize,
}

impl Concurrency {
    /// So many, whatever the rate needs.
    pub fn fixed(rows: usize) -> Self {
        Self { least: rows, most: rows }
    }
}

/// Of the time that rows hold their slots, so large a part of the newest counts.
const NEWEST: f64 = 1.0 / 32.0;

/// Slots beyond what the rate needs on average, as a factor and in rows: answers do not come evenly.
const SPARE: f64 = 1.5;
const SPARE_ROWS: f64 = 16.0;

/// The slots of an execution.
#[derive(Debug)]
pub(super) struct Slots {
    bounds: Concurrency,
    finished: usize,
    /// Seconds for which a row holds its slot, on average.
    held: f64,
}

impl Slots {
    /// Slots of which nothing is known but the bounds.
    pub(super) fn new(bounds: Concurrency) -> Self {
        Self { bounds, finished: 0, held: 0.0 }
    }

    /// Rows that may be in flight now, where `rate` may leave per second. A gentle start: most mistakes of a whole campaign
    /// show at its first row.
    pub(super) fn limit(&self, rate: Option<f64>) -> usize {
        let Concurrency { least, most } = self.bounds;
        match self.finished {
            0 => 1,
            1..10 => least.clamp(1, 10),
            _ => self.needed(rate).clamp(least, most.max(least)).max(1),
        }
    }

    /// A row has its outcome; it was answered after it had held its slot for so long. Who is not answered at all says nothing
    /// of the pace of answering: to put more rows in flight then would only put more of them in doubt.
    pub(super) fn finished(&mut self, held: Option<Duration>) {
        self.finished += 1;
        let Some(held) = held.as_ref().map(Duration::as_secs_f64) else { return };
        self.held = if self.held == 0.0 { held } else { self.held + (held - self.held) * NEWEST };
    }

    /// Little's law: what is in flight is what leaves per second, times the seconds that each is there.
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
