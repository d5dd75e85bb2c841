//! A sliding window over the requests that have left. A slot is a plan: on a busy machine several rows wake up late and
//! together, and the window holds back those that would exceed the limit.
//!
//! Belongs here: no window holds more than the allowed count. Does not belong here: even spacing (`pace`).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::Rate;

/// The times at which requests left within one window.
#[derive(Debug)]
pub(super) struct SlidingWindow {
    most: usize,
    window: Duration,
    /// The latest of them, at most `most`, oldest first.
    left: VecDeque<Instant>,
}

/// The most times that are remembered. A larger count per unit is divided, and each part of the unit is limited.
const MOST: u32 = 10_000;

impl SlidingWindow {
    /// An empty window, stretched by `slack`.
    pub(super) fn new(rate: Rate, slack: Duration) -> Self {
        let count = rate.count.get();
        let parts = count.div_ceil(MOST);
        Self { most: (count / parts) as usize, window: rate.per / parts + slack, left: VecDeque::new() }
    }

    /// Records a request that leaves now. If it would exceed the limit, it is not recorded, and the error is the
    /// earliest time for it.
    pub(super) fn leave(&mut self, now: Instant) -> Result<(), Instant> {
        if self.left.len() == self.most
            && let Some(oldest) = self.left.front()
        {
            let free = *oldest + self.window;
            if now < free {
                return Err(free);
            }
            self.left.pop_front();
        }
        self.left.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;

    fn sliding_window(count: u32, per: Duration) -> SlidingWindow {
        SlidingWindow::new(Rate { count: NonZeroU32::new(count).unwrap(), per }, Duration::ZERO)
    }

    proptest! {
        /// No window exceeds the limit, and no request waits longer than a window, if the caller retries at the given time.
        #[test]
        fn no_window_has_too_many(count in 1..50_u32, gaps in proptest::collection::vec(0..30_u64, 1..400)) {
            let second = Duration::from_secs(1);
            let mut window = sliding_window(count, second);
            let mut now = Instant::now();
            let mut left = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                if let Err(free) = window.leave(now) {
                    prop_assert!(now < free && free <= now + second);
                    now = free;
                    prop_assert_eq!(window.leave(now), Ok(()));
                }
                left.push(now);
            }
            for one_more in left.windows(count as usize + 1) {
                prop_assert!(one_more[count as usize] - one_more[0] >= second);
            }
        }
    }

    #[test]
    fn a_large_count_is_kept_in_parts() {
        let day = Duration::from_secs(86_400);
        for count in [1, MOST, MOST + 1, 1_000_000, u32::MAX] {
            let SlidingWindow { most, window, .. } = sliding_window(count, day);
            assert!((1..=MOST as usize).contains(&most), "{count}: {most}");
            let rate = |count: f64, per: Duration| count / per.as_secs_f64();
            let share = rate(f64::from(u32::try_from(most).unwrap()), window) / rate(f64::from(count), day);
            assert!((0.99..1.000_001).contains(&share), "{count}: {share}");
        }
    }
}
