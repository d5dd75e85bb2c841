//! The rate limits: messages per second of each number, and messages to one recipient.
//!
//! Belongs here: the two limits as functions of the instants they are given. Does not belong here: a clock, or what is
//! answered to a message that comes too soon.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// The paces of all numbers that have sent something.
#[derive(Debug)]
pub(super) struct Paces {
    throughput: Option<u32>,
    pair_limit: bool,
    numbers: HashMap<String, Pace>,
}

/// The pace of one number.
#[derive(Debug)]
struct Pace {
    throughput: Option<ThroughputLimit>,
    pairs: Option<PairLimit>,
}

/// Why a message may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooSoon {
    /// The number sends too much.
    Number,
    /// The recipient gets too much of it.
    Recipient,
}

impl Paces {
    /// Numbers with their own pace. Any digits are a number here, so there must be a limit; numbers beyond it share a pace.
    const MOST: usize = 1_000;

    /// Paces with this number of messages per second each, or without a limit; with the pair limit or without.
    pub(super) fn new(throughput: Option<u32>, pair_limit: bool) -> Self {
        Self { throughput, pair_limit, numbers: HashMap::new() }
    }

    /// Whether a message from a number to a recipient may pass now.
    pub(super) fn admit(&mut self, number: &str, recipient: u64, now: Instant) -> Result<(), TooSoon> {
        let number = if self.numbers.len() < Self::MOST || self.numbers.contains_key(number) { number } else { "" };
        if !self.numbers.contains_key(number) {
            let pairs = self.pair_limit.then(PairLimit::default);
            self.numbers
                .insert(number.to_owned(), Pace { throughput: self.throughput.map(ThroughputLimit::new), pairs });
        }
        let Some(pace) = self.numbers.get_mut(number) else { return Ok(()) };
        if pace.throughput.as_mut().is_some_and(|limit| !limit.admit(now)) {
            return Err(TooSoon::Number);
        }
        if pace.pairs.as_mut().is_some_and(|pairs| !pairs.admit(recipient, now)) {
            return Err(TooSoon::Recipient);
        }
        Ok(())
    }
}

/// The throughput of a number: messages within a sliding second.
///
/// A tenth more than the limit passes, because a client that keeps exactly to it is still bunched a little by the
/// network: a sandbox should not refuse such a client.
#[derive(Debug)]
struct ThroughputLimit {
    allowed: usize,
    passed: VecDeque<Instant>,
}

impl ThroughputLimit {
    /// A limit of this number of messages per second.
    fn new(per_second: u32) -> Self {
        let allowed = usize::try_from(per_second.saturating_add(per_second.div_ceil(10))).unwrap_or(usize::MAX);
        Self { allowed, passed: VecDeque::new() }
    }

    /// Whether a message may pass now. One that may not costs nothing.
    fn admit(&mut self, now: Instant) -> bool {
        while self.passed.front().is_some_and(|passed| now.saturating_duration_since(*passed) >= SECOND) {
            self.passed.pop_front();
        }
        let admitted = self.passed.len() < self.allowed;
        if admitted {
            self.passed.push_back(now);
        }
        admitted
    }
}

/// The pair limit, after Meta's page about the platform: one message in six seconds to the same recipient. Up to 45 may
/// go in a burst of six seconds, but they are borrowed: the next one has to wait until their time has passed.
#[derive(Debug, Default)]
struct PairLimit {
    bursts: HashMap<u64, Burst>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Burst {
    since: Instant,
    messages: u32,
}

impl PairLimit {
    const TURN: Duration = Duration::from_secs(6);
    const MOST: u32 = 45;
    /// Below this many recipients forgetting the idle ones is not worth a sweep.
    const FEW: usize = 1_024;

    /// Whether a message to this recipient may pass now. One that may not costs nothing.
    fn admit(&mut self, recipient: u64, now: Instant) -> bool {
        self.forget_idle(now);
        let burst = self.bursts.entry(recipient).or_insert(Burst { since: now, messages: 0 });
        if burst.is_over(now) {
            *burst = Burst { since: now, messages: 0 };
        }
        let in_burst = now.saturating_duration_since(burst.since) < Self::TURN;
        let admitted = in_burst && burst.messages < Self::MOST;
        if admitted {
            burst.messages += 1;
        }
        admitted
    }

    /// Drops recipients whose debt is paid. A sweep costs as much as there are entries, so the next one waits until
    /// they have doubled: constant cost per message, and memory for recent recipients only.
    fn forget_idle(&mut self, now: Instant) {
        if self.bursts.len() >= self.sweep_at.max(Self::FEW) {
            self.bursts.retain(|_, burst| !burst.is_over(now));
            self.sweep_at = self.bursts.len() * 2;
        }
    }
}

impl Burst {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= PairLimit::TURN * self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn an_exact_pace_with_jitter_passes() {
        let start = Instant::now();
        let mut limit = ThroughputLimit::new(80);
        // Every message is late by up to 60 ms, as on a network that stalls now and then.
        let mut arrivals: Vec<u64> = (0..1_000).map(|n| n * 1_000 / 80 + (n * 37) % 60).collect();
        arrivals.sort_unstable();
        assert!(arrivals.into_iter().all(|millis| limit.admit(at(start, millis))));
    }

    #[test]
    fn more_than_the_limit_is_refused_until_the_second_has_passed() {
        let start = Instant::now();
        let mut limit = ThroughputLimit::new(80);
        assert_eq!((0..100).filter(|_| limit.admit(start)).count(), 88);
        assert!(!limit.admit(at(start, 999)));
        assert!(limit.admit(at(start, 1_000)));
    }

    #[test]
    fn twice_the_pace_is_held_to_the_limit() {
        let start = Instant::now();
        let mut limit = ThroughputLimit::new(100);
        let passed = (0..2_000).filter(|n| limit.admit(at(start, n * 5))).count();
        assert!((1_000..=1_110).contains(&passed), "{passed} passed in ten seconds");
    }

    #[test]
    fn each_number_has_a_pace_of_its_own() {
        let start = Instant::now();
        let mut paces = Paces::new(Some(10), true);
        for number in ["1", "2"] {
            let passed = (0..20).filter(|n| paces.admit(number, *n, start).is_ok()).count();
            assert_eq!((passed, paces.admit(number, 99, start)), (11, Err(TooSoon::Number)));
        }
        let mut paces = Paces::new(None, true);
        for number in ["1", "2"] {
            let passed = (0..60).filter(|_| paces.admit(number, 7, start).is_ok()).count();
            assert_eq!((passed, paces.admit(number, 7, start)), (45, Err(TooSoon::Recipient)));
        }
        (0..5_000).for_each(|n| assert_eq!(paces.admit(&format!("9{n}"), n, start), Ok(())));
        assert!(paces.numbers.len() <= Paces::MOST + 1);
    }

    #[test]
    fn one_message_in_six_seconds_always_passes() {
        let start = Instant::now();
        let mut pairs = PairLimit::default();
        assert!((0..100).all(|n| pairs.admit(1, at(start, n * 6_000))));
    }

    #[test]
    fn a_burst_is_borrowed() {
        let start = Instant::now();
        let mut pairs = PairLimit::default();
        assert!((0..20).all(|n| pairs.admit(1, at(start, n * 100))));
        assert!(!pairs.admit(1, at(start, 6_000)), "the burst of six seconds is over");
        assert!(!pairs.admit(1, at(start, 119_999)));
        assert!(pairs.admit(1, at(start, 120_000)), "20 messages cost 120 seconds");
        assert!(pairs.admit(2, at(start, 0)), "another recipient is not concerned");
    }

    #[test]
    fn a_burst_has_at_most_45_messages() {
        let start = Instant::now();
        let mut pairs = PairLimit::default();
        assert_eq!((0..60).filter(|_| pairs.admit(1, start)).count(), 45);
    }

    #[test]
    fn idle_recipients_are_forgotten() {
        let start = Instant::now();
        let mut pairs = PairLimit::default();
        for n in 0..100_000 {
            assert!(pairs.admit(n, at(start, n)));
        }
        // Those of the last six seconds, doubled, are kept at most.
        assert!(pairs.bursts.len() <= 12_000, "{} are kept", pairs.bursts.len());
    }
}
