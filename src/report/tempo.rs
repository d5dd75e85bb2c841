//! How fast rows are finished, and when the last will be.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::exec::Pulse;

/// Rows finished in the last ten seconds, second by second.
#[derive(Debug, Default)]
pub(super) struct Tempo {
    seconds: VecDeque<(Instant, u64)>,
}

const WINDOW: Duration = Duration::from_secs(10);

impl Tempo {
    pub(super) fn count(&mut self, now: Instant) {
        match self.seconds.back_mut() {
            Some((begin, rows)) if now.duration_since(*begin) < Duration::from_secs(1) => *rows += 1,
            _ => self.seconds.push_back((now, 1)),
        }
        while self.seconds.front().is_some_and(|(begin, _)| now.duration_since(*begin) > WINDOW) {
            self.seconds.pop_front();
        }
    }

    /// Rows a second.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        let recent = || self.seconds.iter().filter(|(begin, _)| now.duration_since(*begin) <= WINDOW);
        let Some((begin, _)) = recent().next() else { return 0.0 };
        let rows: u64 = recent().map(|(_, rows)| rows).sum();
        let span = now.duration_since(*begin).max(Duration::from_millis(200));
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = rows as f64 / span.as_secs_f64();
        rate
    }

    /// How long `left` rows will take at this rate.
    pub(super) fn eta(&self, left: u64, now: Instant) -> Option<Duration> {
        let rate = self.rate(now);
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let seconds = left as f64 / rate;
        (rate > 0.0).then(|| Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX))
    }
}

/// `1:02:03` or `4:05`.
pub(super) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Why nothing leaves for a while, if nothing does: `, throttled, 14 s`.
pub(super) fn pause(pulse: &Pulse) -> String {
    pulse.pause.map_or(String::new(), |(wait, unreachable)| {
        let why = if unreachable { "the API cannot be reached, next try in" } else { "throttled," };
        format!(", {why} {} s", wait.as_secs_f64().ceil())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let start = Instant::now();
        let mut tempo = Tempo::default();
        for n in 0..2000_u32 {
            tempo.count(start + Duration::from_millis(10) * n);
        }
        let now = start + Duration::from_secs(20);
        assert!((95.0..105.0).contains(&tempo.rate(now)), "{}", tempo.rate(now));
        let eta = tempo.eta(6000, now).unwrap().as_secs();
        assert!((57..=63).contains(&eta), "{eta}");
        assert_eq!(tempo.eta(5, now + Duration::from_secs(60)), None);
    }

    #[test]
    fn clocks_are_short() {
        assert_eq!(clock(Duration::from_secs(5)), "0:05");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
