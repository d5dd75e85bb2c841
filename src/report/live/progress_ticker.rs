//! A line of progress every ten seconds: what is said where nothing can move.

use std::time::{Duration, Instant};

use crate::exec::Pulse;
use crate::model::{Counts, Event};

use super::progress::{Progress, ProgressSnapshot};
use super::words;
use crate::report::text::{counts_line, duration};

/// How far two lines are apart.
const EVERY: Duration = Duration::from_secs(10);

/// Knows how things are, and when it is time to say so.
#[derive(Debug)]
pub(super) struct ProgressTicker {
    progress: Progress,
    last: Instant,
}

impl ProgressTicker {
    /// The first line comes after ten seconds.
    pub(super) fn start() -> Self {
        Self { progress: Progress::default(), last: Instant::now() }
    }

    pub(super) fn event(&mut self, event: &Event, counts: &Counts) {
        self.progress.event(event, counts, Instant::now());
    }

    /// The line, if it is time for one.
    pub(super) fn tick(&mut self, counts: &Counts, pulse: &Pulse) -> Option<String> {
        let now = Instant::now();
        self.progress.tick(counts, pulse, now);
        if now.duration_since(self.last) < EVERY {
            return None;
        }
        self.last = now;
        Some(progress_line(&self.progress.snapshot(now)))
    }
}

/// `12 rows = 4 accepted + 8 pending, 1.0 of 1/s, 0:08 to go`.
fn progress_line(snapshot: &ProgressSnapshot) -> String {
    let mut line = counts_line(&snapshot.counts);
    if let Some(rate) = words::rate(snapshot, false) {
        line.extend([", ", &rate]);
    }
    if let Some(left) = snapshot.left {
        let sending = if snapshot.in_parts { "of sending " } else { "" };
        line.extend([", ", &duration::span(left), " ", sending, "to go"]);
    }
    if let Some(wait) = snapshot.wait {
        line.extend([", ", &words::wait(wait, false)]);
    }
    line
}
