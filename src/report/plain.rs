//! For logs and pipes: a line every ten seconds, nothing that moves.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::diag::visible;
use crate::exec::Pulse;
use crate::model::{Counts, Event};

use super::Reporter;
use super::progress::{Look, Progress};
use super::summary::{counts_line, stage_line};
use super::words;

/// Writes a line of progress every ten seconds.
pub struct PlainReporter<W: Write + Send> {
    out: W,
    progress: Progress,
    last: Instant,
}

/// How far two lines are apart.
pub(super) const EVERY: Duration = Duration::from_secs(10);

impl<W: Write + Send> PlainReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, progress: Progress::default(), last: Instant::now() }
    }

    fn line(&mut self, text: &str) {
        // A closed pipe must not stop a run.
        let _ = writeln!(self.out, "{text}");
    }
}

/// `12 rows = 4 accepted + 8 pending, 1.0 of 1/s, 0:08 to go`.
pub(super) fn progress_line(look: &Look) -> String {
    let mut line = counts_line(&look.counts);
    if let Some(rate) = words::rate(look, false) {
        line.extend([", ", &rate]);
    }
    if let Some(left) = look.left {
        let sending = if look.in_parts { "of sending " } else { "" };
        line.extend([", ", &words::span(left), " ", sending, "to go"]);
    }
    if let Some(wait) = look.wait {
        line.extend([", ", &words::wait(wait, false)]);
    }
    line
}

impl<W: Write + Send> Reporter for PlainReporter<W> {
    fn event(&mut self, event: &Event, counts: &Counts) {
        self.progress.event(event, counts, Instant::now());
        match event {
            Event::Started(start) => {
                let noun = if start.rows == 1 { "row" } else { "rows" };
                self.line(&format!("run {}: {} {noun} to go", start.run, start.rows));
            }
            Event::Stage(end) if end.asks => {}
            Event::Stage(end) => self.line(&stage_line(end)),
            Event::Resting(rest) => self.line(&visible(&rest.reason)),
            Event::Stopping { reason } => self.line(&format!("stopping: {}", visible(reason))),
            Event::Sending { .. } | Event::Waiting { .. } | Event::Finished { .. } | Event::Left { .. } => {}
        }
    }

    fn tick(&mut self, counts: &Counts, pulse: &Pulse) {
        let now = Instant::now();
        self.progress.tick(counts, pulse, now);
        if now.duration_since(self.last) >= EVERY {
            self.last = now;
            self.line(&progress_line(&self.progress.look(now)));
        }
    }
}
