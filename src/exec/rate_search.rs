//! The search for the rate that an API takes, where that is below the allowed one.
//!
//! Belongs here: when to slow down, to which rate, and how to climb again. Does not belong here: send slots (`pace`).
//!
//! The search is that of TCP for the rate of a network. It falls to what was achieved, not to a share of what is allowed
//! (as BBR and Westwood do). From far below the last known limit it doubles each second (slow start, RFC 5681). Near that
//! limit it stays almost level, then climbs faster and faster (CUBIC, RFC 9438 §4.2).

use std::time::Duration;

use tokio::time::Instant;

use super::answer_rate::AnswerRate;

/// The share of what was achieved to which the rate falls.
const DECREASE: f64 = 0.95;
/// The lowest rate, in requests per second.
const FLOOR: f64 = 0.5;

/// What was achieved is measured over this time, and over at least this number of requests.
const MEASURED: Duration = Duration::from_secs(1);
const MEASURED_REQUESTS: f64 = 16.0;

/// How long the climb back to the limit takes at least. It takes as long again to pass the limit by a twentieth.
const RETURN: Duration = Duration::from_millis(1600);
/// It lasts at least as long as this number of requests, because answers have to warn of its end.
const RETURN_REQUESTS: f64 = 32.0;
/// Where a refusal stops all requests for a time, it takes this many of those times, up to the longest.
const RETURN_PAUSES: u32 = 20;
const LONGEST_RETURN: Duration = Duration::from_secs(30);

/// How long a rate far from the limit takes to double: a time, and a number of requests.
const DOUBLING: Duration = Duration::from_secs(1);
const DOUBLING_REQUESTS: f64 = 16.0;

/// Recent answers that decide whether the rate is too high: at least `ENOUGH` of them are refusals, and at least one in
/// `SHARE`. A single refusal retries its row and does not slow the run.
const LOOK_BACK: u32 = 64;
const ENOUGH: u32 = 4;
const SHARE: u32 = 8;

/// How long after a refusal the limit that was found is told.
const TOLD: Duration = Duration::from_secs(30);

/// The rate that an API takes, according to its answers so far.
#[derive(Debug)]
pub(super) struct RateSearch {
    /// The allowed requests per second; `None` if unlimited.
    allowed: Option<f64>,
    /// `None` while the API takes what is allowed.
    found: Option<FoundLimit>,
    answers: Answers,
    taken: AnswerRate,
    /// Requests of an older epoch were sent before the last decrease.
    epoch: u64,
}

/// A limit that was found, and the climb since.
#[derive(Debug, Clone, Copy)]
struct FoundLimit {
    /// What the API was seen to take, per second.
    limit: f64,
    /// The rate at the begin of the climb.
    base: f64,
    /// Where the climb ends: the allowed rate, or for an unlimited connection the highest that it has had.
    ceiling: f64,
    since: Instant,
    /// The time from `DECREASE` of the limit back to it.
    back: Duration,
}

/// The last answers of this epoch, newest in the lowest bit; a set bit is a refusal.
#[derive(Debug, Default)]
struct Answers {
    refused: u64,
    seen: u32,
}

impl RateSearch {
    /// A search below `allowed`. `found`: what an earlier session found, to begin with.
    pub(super) fn new(allowed: Option<f64>, found: Option<f64>, now: Instant) -> Self {
        let found = found.filter(|limit| *limit >= FLOOR && allowed.is_none_or(|allowed| *limit < allowed));
        let found = found.map(|limit| FoundLimit {
            limit,
            base: limit * DECREASE,
            ceiling: allowed.unwrap_or(f64::MAX),
            since: now,
            back: time_back(limit, None),
        });
        Self { allowed, found, answers: Answers::default(), taken: AnswerRate::default(), epoch: 0 }
    }

    /// The epoch to which a request that gets its slot now belongs.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Requests per second that may leave now; `None` if unlimited.
    pub(super) fn rate(&self, now: Instant) -> Option<f64> {
        let Some(found) = self.found else { return self.allowed };
        let rate = found.rate(now);
        if rate < found.ceiling { Some(rate) } else { self.allowed }
    }

    /// What the API takes per second, while that is less than allowed.
    pub(super) fn found(&self, now: Instant) -> Option<f64> {
        let found = self.found?;
        let fresh = now.saturating_duration_since(found.since) < TOLD;
        (fresh || found.rate(now) < found.ceiling).then_some(found.limit)
    }

    /// Records the answer to a request of `epoch`. Refusals of earlier epochs are ignored: all requests in flight at a
    /// decrease are one signal, not many. `pause`: how long the refusal stops all requests. `busiest`: the highest rate
    /// of requests so far.
    pub(super) fn answered(&mut self, refused: bool, pause: Option<Duration>, epoch: u64, busiest: f64, now: Instant) {
        if !refused {
            self.taken.count(now);
        }
        if epoch < self.epoch {
            return;
        }
        self.answers.record(refused);
        // A refusal that stops all requests is too dear to wait for a second one, unless the API takes nothing at all.
        if refused && (pause.is_some() && self.answers.has_taken() || self.answers.are_too_many()) {
            self.slow_down(pause, busiest, now);
        }
    }

    /// Holds the climb for a time in which nothing is sent.
    pub(super) fn hold(&mut self, pause: Duration) {
        if let Some(found) = &mut self.found {
            found.since += pause;
        }
    }

    fn slow_down(&mut self, pause: Option<Duration>, busiest: f64, now: Instant) {
        let ceiling = self.allowed.unwrap_or(busiest).max(f64::MIN_POSITIVE);
        let current = self.rate(now).unwrap_or(ceiling);
        // What was taken before the last decrease was taken at another rate.
        let since = self.found.map_or(Duration::MAX, |found| now.saturating_duration_since(found.since));
        let window = MEASURED.max(time_of(MEASURED_REQUESTS, current).min(since));
        // Who is told to wait a second has had all that the API takes in a second.
        let taken = self.taken.per_second(now, window, pause.unwrap_or_default().min(MEASURED));
        let (base, limit) = if self.answers.has_taken() {
            (taken * DECREASE, taken.min(current))
        } else {
            // Refusals alone say that the API takes nothing now, not what it takes at other times.
            let known = self.found.map_or(ceiling, |found| found.limit);
            let last = self.taken.per_second_at_last(now, window).unwrap_or(known);
            let lowest = self.taken.per_second(now, window, window) * DECREASE;
            ((taken * DECREASE).min(current / 2.0).max(lowest), known.min(last))
        };
        let base = base.max(FLOOR).min(current).max(FLOOR.min(ceiling));
        let limit = limit.max(base);
        self.found = Some(FoundLimit { limit, base, ceiling, since: now, back: time_back(limit, pause) });
        self.answers = Answers::default();
        self.epoch += 1;
    }
}

/// How long the climb back to a limit takes.
fn time_back(limit: f64, pause: Option<Duration>) -> Duration {
    let pauses = pause.unwrap_or_default().saturating_mul(RETURN_PAUSES).min(LONGEST_RETURN);
    RETURN.max(time_of(RETURN_REQUESTS, limit)).max(pauses)
}

/// How long so many requests take at a rate.
fn time_of(requests: f64, rate: f64) -> Duration {
    Duration::try_from_secs_f64(requests / rate).unwrap_or(Duration::MAX)
}

impl FoundLimit {
    fn rate(&self, now: Instant) -> f64 {
        let climbed = now.saturating_duration_since(self.since).as_secs_f64();
        let near = self.limit * DECREASE;
        let back = self.back.as_secs_f64();
        // Slow start: as many doublings as lie between the two.
        let doubling = DOUBLING.max(time_of(DOUBLING_REQUESTS, self.limit)).as_secs_f64();
        let slow_start = doubling * (near / self.base).log2().max(0.0);
        if climbed < slow_start {
            return self.base * (climbed / doubling).exp2();
        }
        let at = (climbed - slow_start - back) / back;
        if at <= 1.0 {
            return (self.limit * (1.0 + (1.0 - DECREASE) * at.powi(3))).max(self.base);
        }
        // The limit has moved: slow start again.
        self.limit * (2.0 - DECREASE) * ((at - 1.0) * back / doubling).exp2()
    }
}

impl Answers {
    fn record(&mut self, refused: bool) {
        self.refused = self.refused << 1 | u64::from(refused);
        self.seen = (self.seen + 1).min(LOOK_BACK);
    }

    fn are_too_many(&self) -> bool {
        let refused = self.refused.count_ones();
        refused >= ENOUGH && refused * SHARE >= self.seen
    }

    fn has_taken(&self) -> bool {
        self.refused.count_ones() < self.seen
    }
}

#[cfg(test)]
mod tests;
