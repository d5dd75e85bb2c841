//! The pacer, a rate limiter: it spaces requests evenly and stores no burst.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::Rate;

use super::rate_search::RateSearch;
use super::sliding_window::SlidingWindow;

/// Stretches the unit of time. Without it, a timer that is late for one request and on time for the last of the same
/// second would put one request too many into a window. Costs 0.4 % of a rate per second.
const SLACK: Duration = Duration::from_millis(4);

/// Hands out send slots, each one interval after the previous one, or now. A row may leave at its slot unless too many
/// have left within the last unit of time.
#[derive(Debug)]
pub struct Pacer {
    search: RateSearch,
    next: Option<Instant>,
    /// `None` if unlimited.
    window: Option<SlidingWindow>,
    paused_until: Option<Instant>,
    seconds: Seconds,
}

/// Slots in the busiest second. The search of an unlimited pacer begins at that rate and ends at it.
#[derive(Debug, Default)]
struct Seconds {
    begin: Option<Instant>,
    now: u32,
    best: u32,
}

/// A reserved time for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendSlot {
    /// The request may leave at this time, not before.
    pub at: Instant,
    /// The number of decreases before the reservation. [`Pacer::refused`] ignores refusals of earlier epochs.
    pub epoch: u64,
}

impl Pacer {
    /// A pacer for `rate`, or an unlimited one. `found`: the requests per second that the API was last seen to take, if
    /// they were fewer.
    pub fn new(rate: Option<Rate>, found: Option<f64>) -> Self {
        let allowed = rate.map(|rate| f64::from(rate.count.get()) / (rate.per + SLACK).as_secs_f64());
        let window = rate.map(|rate| SlidingWindow::new(rate, SLACK));
        let search = RateSearch::new(allowed, found, Instant::now());
        Self { search, next: None, window, paused_until: None, seconds: Seconds::default() }
    }

    /// Reserves the next send slot. Returns its time and the epoch it belongs to.
    pub fn reserve(&mut self, now: Instant) -> SendSlot {
        let at = self.earliest(now);
        self.seconds.count(at);
        self.next = self.rate(at).map(|rate| at + Duration::from_secs_f64(1.0 / rate));
        SendSlot { at, epoch: self.search.epoch() }
    }

    /// Records that a request leaves now, at or after its slot.
    ///
    /// # Errors
    ///
    /// Too many requests left within the last unit of time, because some of them were late. The error is the earliest
    /// time for this one.
    pub fn leave(&mut self, now: Instant) -> Result<(), Instant> {
        self.window.as_mut().map_or(Ok(()), |window| window.leave(now))
    }

    /// The slot that a request would get behind `queued` others.
    pub fn estimate(&self, now: Instant, queued: u32) -> Instant {
        let next = self.earliest(now);
        self.rate(now).map_or(next, |rate| next + Duration::from_secs_f64(f64::from(queued) / rate))
    }

    /// Records that a request of `epoch` was answered: it was taken.
    pub fn taken(&mut self, epoch: u64, now: Instant) {
        self.search.answered(false, None, epoch, 0.0, now);
    }

    /// Records that a request of `epoch` was refused for now. All slots are held for `pause`, if the API asked for that.
    pub fn refused(&mut self, pause: Option<Duration>, epoch: u64, now: Instant) {
        self.search.answered(true, pause, epoch, f64::from(self.seconds.best), now);
        let Some(until) = pause.map(|pause| now + pause) else { return };
        let held_until = self.paused_until.map_or(now, |until| until.max(now));
        if until > held_until {
            self.search.hold(until - held_until);
            self.paused_until = Some(until);
        }
    }

    /// What the API takes per second, while that is less than allowed.
    pub fn found(&self, now: Instant) -> Option<f64> {
        self.search.found(now)
    }

    /// The end of the wait that the API asked for, if it is still to come.
    pub fn paused_until(&self, now: Instant) -> Option<Instant> {
        self.paused_until.filter(|until| *until > now)
    }

    fn earliest(&self, now: Instant) -> Instant {
        [self.next, self.paused_until].into_iter().flatten().fold(now, Instant::max)
    }

    /// Requests per second that may leave now; `None` if unlimited.
    pub fn rate(&self, now: Instant) -> Option<f64> {
        self.search.rate(now)
    }
}

impl Seconds {
    fn count(&mut self, at: Instant) {
        let begin = *self.begin.get_or_insert(at);
        if at.saturating_duration_since(begin) >= Duration::from_secs(1) {
            self.now = 0;
            self.begin = Some(at);
        }
        self.now += 1;
        self.best = self.best.max(self.now);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;

    fn pacer(count: u32, seconds: u32) -> Pacer {
        Pacer::new(
            Some(Rate { count: NonZeroU32::new(count).unwrap(), per: Duration::from_secs(seconds.into()) }),
            None,
        )
    }

    proptest! {
        /// No window of one unit holds more than the allowed count, however irregularly slots are reserved.
        #[test]
        fn no_window_holds_too_many(count in 1..120_u32, gaps in proptest::collection::vec(0..40_u64, 1..400)) {
            let start = Instant::now();
            let mut pacer = pacer(count, 1);
            let mut now = start;
            let mut turns = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                turns.push(pacer.reserve(now).at);
            }
            for (at, turn) in turns.iter().enumerate() {
                let within = turns[at..].iter().take_while(|later| **later < *turn + Duration::from_secs(1)).count();
                prop_assert!(within <= count as usize);
            }
        }
    }

    #[test]
    fn a_busy_pacer_uses_what_it_may() {
        let start = Instant::now();
        for (count, seconds) in [(80, 1), (1000, 1), (20, 1), (600, 60)] {
            let mut pacer = pacer(count, seconds);
            let minute = |_: &u32| pacer.reserve(start).at < start + Duration::from_secs(60);
            let turns = (0..100_000).take_while(minute).count();
            let allowed = f64::from(count) / f64::from(seconds) * 60.0;
            let used = f64::from(u32::try_from(turns).unwrap()) / allowed;
            assert!((0.99..=1.0).contains(&used) || turns == 600, "{count}: {turns}");
        }
    }

    #[test]
    fn a_pause_holds_every_turn() {
        let start = Instant::now();
        let until = start + Duration::from_secs(20);
        for mut pacer in [pacer(100, 1), Pacer::new(None, None)] {
            pacer.refused(Some(Duration::from_secs(20)), 0, start);
            pacer.refused(Some(Duration::from_secs(1)), 0, start);
            assert!(pacer.estimate(start, 0) >= until);
            assert!((0..10).all(|_| pacer.reserve(start).at >= until && pacer.estimate(start, 0) >= until));
            let after = until + Duration::from_secs(1);
            assert_eq!(pacer.reserve(after).at, after);
        }
    }

    #[test]
    fn unlimited_means_now() {
        let start = Instant::now();
        let mut pacer = Pacer::new(None, None);
        assert!((0..1000).all(|_| pacer.reserve(start).at == start));
    }
}
