//! A progress line every ten seconds, for outputs that cannot show a bar.

use std::time::{Duration, Instant};

use crate::exec::Throughput;
use crate::model::{Counts, Event};

use super::progress::{Progress, ProgressSnapshot};
use super::words;
use crate::report::text::{counts_line, duration};

/// Time between two lines.
const EVERY: Duration = Duration::from_secs(10);

/// Decides when the next progress line is due, and its text.
#[derive(Debug)]
pub(super) struct ProgressTicker {
    progress: Progress,
    last: Instant,
}

impl ProgressTicker {
    /// A ticker whose first line is due after ten seconds.
    pub(super) fn start() -> Self {
        Self { progress: Progress::default(), last: Instant::now() }
    }

    pub(super) fn event(&mut self, event: &Event, counts: &Counts) {
        self.progress.event(event, counts, Instant::now());
    }

    /// The line, if one is due.
    pub(super) fn tick(&mut self, counts: &Counts, throughput: &Throughput) -> Option<String> {
        let now = Instant::now();
        self.progress.tick(counts, throughput, now);
        if now.duration_since(self.last) < EVERY {
            return None;
        }
        self.last = now;
        Some(progress_line(&self.progress.snapshot(now)))
    }
}

/// `12 rows = 4 accepted + 8 pending, 1.0 of 1/s, 0:08 left`.
fn progress_line(snapshot: &ProgressSnapshot) -> String {
    let mut line = counts_line(&snapshot.counts);
    if let Some(rate) = words::rate(snapshot, false) {
        line.extend([", ", &rate]);
    }
    if let Some(left) = snapshot.left {
        let sending = if snapshot.in_parts { "of sending " } else { "" };
        line.extend([", ", &duration::span(left), " ", sending, "left"]);
    }
    if let Some(wait) = snapshot.wait {
        line.extend([", ", &words::wait(wait, false)]);
    }
    line
}
