//! For logs and pipes: a line every ten seconds, nothing that moves.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::diag::visible;
use crate::exec::Pulse;
use crate::model::{Counts, Event, State};

use super::Reporter;
use super::summary::{counts_line, stage_line};
use super::tempo::{Tempo, clock, pause};

/// Writes a line of progress every ten seconds.
pub struct PlainReporter<W: Write + Send> {
    out: W,
    tempo: Tempo,
    last: Instant,
}

const EVERY: Duration = Duration::from_secs(10);

impl<W: Write + Send> PlainReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, tempo: Tempo::default(), last: Instant::now() }
    }

    fn line(&mut self, text: &str) {
        // A closed pipe must not stop a run.
        let _ = writeln!(self.out, "{text}");
    }
}

impl<W: Write + Send> Reporter for PlainReporter<W> {
    fn event(&mut self, event: &Event, _counts: &Counts) {
        match event {
            Event::Started(start) => {
                let noun = if start.rows == 1 { "row" } else { "rows" };
                self.line(&format!("run {}: {} {noun} to go", start.run, start.rows));
            }
            Event::Finished { .. } | Event::Left { .. } => self.tempo.count(Instant::now()),
            Event::Stage(end) => self.line(&stage_line(end)),
            Event::Resting(rest) => self.line(&visible(&rest.reason)),
            Event::Stopping { reason } => self.line(&format!("stopping: {}", visible(reason))),
            Event::Sending { .. } | Event::Waiting { .. } => {}
        }
    }

    fn tick(&mut self, counts: &Counts, pulse: &Pulse) {
        let now = Instant::now();
        if now.duration_since(self.last) < EVERY {
            return;
        }
        self.last = now;
        let left = counts.get(State::Pending) + counts.get(State::Sending);
        let eta = self.tempo.eta(left, now).map_or(String::new(), |eta| format!(", {} to go", clock(eta)));
        let rate = self.tempo.rate(now);
        self.line(&format!("{}, {rate:.1}/s{eta}{}", counts_line(counts), pause(pulse)));
    }
}
