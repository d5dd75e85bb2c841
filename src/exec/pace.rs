//! The pacer, a rate limiter: it spaces requests evenly, stores no burst, and slows down after throttling.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::Rate;

use super::sliding_window::SlidingWindow;

/// Stretches the unit of time. Without it, a timer that is late for one request and on time for the last of the same
/// second would put one request too many into a window. Costs 0.4 % of a rate per second.
const SLACK: Duration = Duration::from_millis(4);

/// The share to which the live rate falls when too many requests are throttled, at most once per round trip.
const DECREASE: f64 = 0.7;
/// How long the rate then stays low before it climbs.
const HOLD: Duration = Duration::from_secs(2);
/// The share of the allowed rate that returns per second.
const CLIMB: f64 = 0.05;
/// The lowest rate, in requests per second.
const FLOOR: f64 = 0.5;

/// Recent answers that decide whether the rate is too high: at least `ENOUGH` of them were throttled, and at least
/// `SHARE` percent. A single throttled answer retries its row and does not slow the run.
const LOOK_BACK: u32 = 64;
const ENOUGH: u32 = 3;
const SHARE: u32 = 10;

/// Hands out send slots, each one interval after the previous one, or now. A row may leave at its slot unless too many
/// have left within the last unit of time.
#[derive(Debug)]
pub struct Pacer {
    /// The allowed requests per second, after slack; `None` if unlimited.
    allowed: Option<f64>,
    /// The live rate, while it is below the allowed rate.
    live: Option<Live>,
    next: Option<Instant>,
    /// `None` if unlimited.
    window: Option<SlidingWindow>,
    paused_until: Option<Instant>,
    /// Requests of an older epoch were sent before the last decrease.
    epoch: u64,
    answers: Answers,
    seconds: Seconds,
}

#[derive(Debug, Clone, Copy)]
struct Live {
    rate: f64,
    ceiling: f64,
    climbs_from: Instant,
}

/// The last answers of this epoch, newest in the lowest bit; a set bit is a throttling.
#[derive(Debug, Default)]
struct Answers {
    throttled: u64,
    seen: u32,
}

/// Slots in the busiest second. An unlimited pacer falls back from that rate and climbs back to it.
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
    /// The number of back-offs before the reservation. [`Pacer::answered`] ignores answers of earlier epochs.
    pub epoch: u64,
}

impl Pacer {
    /// A pacer for `rate`, or an unlimited one.
    pub fn new(rate: Option<Rate>) -> Self {
        let allowed = rate.map(|rate| f64::from(rate.count.get()) / (rate.per + SLACK).as_secs_f64());
        let window = rate.map(|rate| SlidingWindow::new(rate, SLACK));
        let (answers, seconds) = (Answers::default(), Seconds::default());
        Self { allowed, live: None, next: None, window, paused_until: None, epoch: 0, answers, seconds }
    }

    /// Reserves the next send slot. Returns its time and the back-off epoch it belongs to.
    pub fn reserve(&mut self, now: Instant) -> SendSlot {
        let at = self.earliest(now);
        self.seconds.count(at);
        self.next = self.interval(at).map(|interval| at + interval);
        SendSlot { at, epoch: self.epoch }
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

    /// Records the answer to a request of `epoch`. Answers of earlier epochs are ignored: all requests in flight at a
    /// decrease are one signal, not many.
    pub fn answered(&mut self, throttled: bool, epoch: u64, now: Instant) {
        if epoch < self.epoch {
            return;
        }
        self.answers.record(throttled);
        if !throttled || !self.answers.are_too_many() {
            return;
        }
        let ceiling = self.allowed.unwrap_or_else(|| f64::from(self.seconds.best).max(FLOOR));
        let rate = (self.rate(now).unwrap_or(ceiling) * DECREASE).max(FLOOR.min(ceiling));
        self.live = Some(Live { rate, ceiling, climbs_from: now + HOLD });
        self.answers = Answers::default();
        self.epoch += 1;
    }

    /// Holds all slots until `until`: the API asked the whole connection to wait.
    pub fn pause(&mut self, until: Instant) {
        self.paused_until = self.paused_until.max(Some(until));
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
        let Some(live) = self.live else { return self.allowed };
        let climbed = now.saturating_duration_since(live.climbs_from).as_secs_f64() * CLIMB * live.ceiling;
        let rate = live.rate + climbed;
        if rate < live.ceiling { Some(rate) } else { self.allowed }
    }

    fn interval(&self, now: Instant) -> Option<Duration> {
        self.rate(now).map(|rate| Duration::from_secs_f64(1.0 / rate))
    }
}

impl Answers {
    fn record(&mut self, throttled: bool) {
        self.throttled = self.throttled << 1 | u64::from(throttled);
        self.seen = (self.seen + 1).min(LOOK_BACK);
    }

    fn are_too_many(&self) -> bool {
        let throttled = self.throttled.count_ones();
        throttled >= ENOUGH && throttled * 100 >= SHARE * self.seen
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
        Pacer::new(Some(Rate { count: NonZeroU32::new(count).unwrap(), per: Duration::from_secs(seconds.into()) }))
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

    /// Reserves `turns` slots at once and throttles all of them.
    fn throttle(pacer: &mut Pacer, turns: usize, now: Instant) {
        let epochs: Vec<u64> = (0..turns).map(|_| pacer.reserve(now).epoch).collect();
        for epoch in epochs {
            pacer.answered(true, epoch, now);
        }
    }

    #[test]
    fn one_round_trip_slows_once() {
        let start = Instant::now();
        let mut pacer = pacer(100, 1);
        let full = pacer.rate(start).unwrap();
        let share = |pacer: &Pacer, seconds| pacer.rate(start + Duration::from_secs(seconds)).unwrap() / full;
        throttle(&mut pacer, 64, start);
        assert!((share(&pacer, 0) - 0.7).abs() < 1e-6);
        throttle(&mut pacer, 64, start);
        for (seconds, expected) in [(0, 0.49), (2, 0.49), (4, 0.59), (60, 1.0)] {
            assert!((share(&pacer, seconds) - expected).abs() < 1e-6, "after {seconds} s: {}", share(&pacer, seconds));
        }
    }

    #[test]
    fn a_stray_throttling_slows_nobody() {
        let start = Instant::now();
        let mut pacer = pacer(100, 1);
        let full = pacer.rate(start);
        for n in 0..10_000 {
            let SendSlot { epoch, .. } = pacer.reserve(start);
            pacer.answered(n % 33 == 0, epoch, start);
        }
        assert_eq!(pacer.rate(start), full);
    }

    #[test]
    fn the_rate_never_dies_and_comes_back() {
        let start = Instant::now();
        for (mut pacer, full) in [(pacer(100, 1), Some(100.0)), (Pacer::new(None), None), (pacer(6, 60), Some(0.1))] {
            assert_eq!((0..1000).map(|_| pacer.reserve(start)).count(), 1000);
            for _ in 0..100 {
                throttle(&mut pacer, 3, start);
            }
            let rate = pacer.rate(start).unwrap();
            assert!(rate >= FLOOR.min(full.unwrap_or(FLOOR) * 0.9) && rate <= full.unwrap_or(1000.0), "{rate}");
            let back = pacer.rate(start + Duration::from_secs(60));
            assert_eq!(back.is_some(), full.is_some());
            assert!(back.zip(full).is_none_or(|(back, full)| back > full * 0.99));
        }
    }

    #[test]
    fn a_pause_holds_every_turn() {
        let start = Instant::now();
        let until = start + Duration::from_secs(20);
        for mut pacer in [pacer(100, 1), Pacer::new(None)] {
            pacer.pause(until);
            pacer.pause(start);
            assert!(pacer.estimate(start, 0) >= until);
            assert!((0..10).all(|_| pacer.reserve(start).at >= until && pacer.estimate(start, 0) >= until));
            let after = until + Duration::from_secs(1);
            assert_eq!(pacer.reserve(after).at, after);
        }
    }

    #[test]
    fn unlimited_means_now() {
        let start = Instant::now();
        let mut pacer = Pacer::new(None);
        assert!((0..1000).all(|_| pacer.reserve(start).at == start));
    }
}
