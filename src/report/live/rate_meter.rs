//! A rate over the last seconds that stays steady when events are rare.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Counts events in groups of a quarter of a second.
#[derive(Debug, Default)]
pub(super) struct RateMeter {
    groups: VecDeque<Group>,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    first: Instant,
    last: Instant,
    count: u64,
}

const GROUP: Duration = Duration::from_millis(250);
/// The rate covers this time,
const SPAN: Duration = Duration::from_secs(10);
/// or this many events if fewer fell into it: one event a minute is a rate too.
const FEW: u64 = 10;
/// Older events are ignored.
const LONGEST: Duration = Duration::from_secs(3600);
/// Shortest time from which a rate is computed.
const LEAST: Duration = Duration::from_millis(500);

impl RateMeter {
    /// Counts one event.
    pub(super) fn count(&mut self, now: Instant) {
        match self.groups.back_mut() {
            Some(group) if now.duration_since(group.first) < GROUP => {
                group.count += 1;
                group.last = now;
                return;
            }
            _ => self.groups.push_back(Group { first: now, last: now, count: 1 }),
        }
        // Groups are pruned only when one is added: to do so for every event would dominate the cost.
        let kept = self.looked_at(now) + 1;
        while self.groups.len() > kept {
            self.groups.pop_front();
        }
    }

    /// Events per second; `None` until it can be measured.
    pub(super) fn rate(&self, now: Instant) -> Option<f64> {
        let (groups, looked_at) = (&self.groups, self.looked_at(now));
        if looked_at == 0 {
            return None;
        }
        // The first group marks the start of the measurement and is not counted.
        let begin = groups.get(groups.len().checked_sub(looked_at + 1)?)?.last;
        let counted = groups.iter().rev().take(looked_at);
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let count = counted.map(|group| group.count).sum::<u64>() as f64;
        let end = groups.back()?.last;
        let span = end.duration_since(begin);
        // Between two events the rate stays the same. It falls only when the next event is overdue.
        let gap = if count > 0.0 { span.div_f64(count) } else { Duration::ZERO };
        let span = if now.duration_since(end) > gap.mul_f64(1.5) + GROUP { now.duration_since(begin) } else { span };
        (span >= LEAST).then(|| count / span.as_secs_f64())
    }

    /// How many of the last groups the rate covers; the group before them marks its start.
    fn looked_at(&self, now: Instant) -> usize {
        let mut count = 0;
        let mut wanted = 0;
        for group in self.groups.iter().rev() {
            let age = now.duration_since(group.last);
            if age > LONGEST || age > SPAN && count >= FEW {
                break;
            }
            count += group.count;
            wanted += 1;
        }
        wanted.min(self.groups.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates from `from` to `to`, four a second, of `beats` events that are `gap` apart.
    fn shown(gap: Duration, beats: u32, from: Duration, to: Duration) -> Vec<f64> {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        let mut shown = Vec::new();
        let (mut next, mut at) = (0, from);
        while at < to {
            while next < beats && gap * next <= at {
                meter.count(start + gap * next);
                next += 1;
            }
            shown.extend(meter.rate(start + at));
            at += Duration::from_millis(250);
        }
        shown
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_steady_rate_is_shown_as_that_whatever_it_is() {
        for (gap, rate) in [(1, 1000.0), (12, 1000.0 / 12.0), (1000, 1.0), (1003, 0.997), (60_000, 1.0 / 60.0)] {
            let shown = shown(Duration::from_millis(gap), 3_000_000, seconds(130), seconds(150));
            assert_eq!(shown.len(), 80);
            for rate_shown in shown {
                assert!((rate_shown / rate - 1.0).abs() < 0.02, "{gap} ms: {rate_shown}");
            }
        }
    }

    #[test]
    fn a_rate_that_ends_falls_to_nothing() {
        let ten_a_second = Duration::from_millis(100);
        let after = |from: u64| shown(ten_a_second, 600, seconds(from), seconds(from) + GROUP)[0];
        assert!((9.0..11.0).contains(&after(59)), "{}", after(59));
        assert!((4.0..8.0).contains(&after(66)), "{}", after(66));
        assert!(after(75) < 1.0, "{}", after(75));
        assert!(after(3000) < 0.02, "{}", after(3000));
    }

    #[test]
    fn nobody_knows_a_rate_from_a_moment() {
        assert_eq!(shown(seconds(1), 1, seconds(0), seconds(2)), Vec::<f64>::new());
        let start = Instant::now();
        let mut meter = RateMeter::default();
        for n in 0..500_u32 {
            meter.count(start + Duration::from_micros(10) * n);
        }
        assert_eq!(meter.rate(start + Duration::from_millis(5)), None);
    }

    #[test]
    fn its_memory_does_not_grow() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        for n in 0..1_000_000_u32 {
            meter.count(start + Duration::from_millis(1) * n);
        }
        assert!(meter.groups.len() < 50, "{}", meter.groups.len());
    }
}
