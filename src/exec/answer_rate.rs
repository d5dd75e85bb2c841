//! How many requests an API took of late.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How long answers are remembered, and in which parts.
const REMEMBERED: Duration = Duration::from_secs(16);
const PART: Duration = Duration::from_millis(125);

/// The shortest time from which a rate is computed.
const LEAST: Duration = Duration::from_millis(20);

/// Counts the answers of the last seconds.
#[derive(Debug, Default)]
pub(super) struct AnswerRate {
    begin: Option<Instant>,
    /// The begin of each part and its answers, oldest first.
    parts: VecDeque<(Instant, u32)>,
}

impl AnswerRate {
    pub(super) fn count(&mut self, now: Instant) {
        self.begin.get_or_insert(now);
        match self.parts.back_mut() {
            Some((begin, answers)) if now.saturating_duration_since(*begin) < PART => *answers += 1,
            _ => self.parts.push_back((now, 1)),
        }
        while self.parts.front().is_some_and(|(begin, _)| now.saturating_duration_since(*begin) >= REMEMBERED) {
            self.parts.pop_front();
        }
    }

    /// Answers per second over the last `window`, or since the first answer if that is less than `window` ago, but over
    /// `least`.
    pub(super) fn per_second(&self, now: Instant, window: Duration, least: Duration) -> f64 {
        let window = window.min(REMEMBERED);
        f64::from(self.answers(now, window)) / self.age(now).min(window).max(least).as_secs_f64()
    }

    /// The same over the `window` that ended with the last answer, if there was one.
    pub(super) fn per_second_at_last(&self, now: Instant, window: Duration) -> Option<f64> {
        let (last, _) = self.parts.back()?;
        let window = window.min(REMEMBERED);
        Some(f64::from(self.answers(*last, window)) / self.age(now).min(window).as_secs_f64())
    }

    fn answers(&self, until: Instant, window: Duration) -> u32 {
        let within = |(begin, _): &&(Instant, u32)| until.saturating_duration_since(*begin) < window;
        self.parts.iter().filter(within).map(|(_, answers)| answers).sum()
    }

    /// The time since the first answer.
    fn age(&self, now: Instant) -> Duration {
        self.begin.map_or(LEAST, |begin| now.saturating_duration_since(begin).max(LEAST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_second() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut rate = AnswerRate::default();
        let second = Duration::from_secs(1);
        let none = Duration::ZERO;
        let last = |rate: &AnswerRate, millis| rate.per_second(at(millis), second, none);
        assert!(last(&rate, 0) < 0.1);
        (0..100).for_each(|n| rate.count(at(n * 10)));
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() <= wanted * 0.13, "{found} {wanted}");
        near(last(&rate, 1_000), 100.0);
        near(last(&rate, 1_500), 50.0);
        assert!(last(&rate, 2_500) < 0.1);
        near(rate.per_second(at(4_000), 4 * second, none), 25.0);
        near(rate.per_second_at_last(at(4_000), second).unwrap(), 100.0);
        rate.count(at(20_000));
        near(rate.per_second(at(20_000), 60 * second, none), 1.0 / 16.0);
        assert_eq!(AnswerRate::default().per_second_at_last(start, second), None);
        let mut young = AnswerRate::default();
        (0..10).for_each(|n| young.count(at(n * 10)));
        near(last(&young, 100), 100.0);
        near(young.per_second(at(100), second, second), 10.0);
    }
}
