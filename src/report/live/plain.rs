//! Progress for logs and pipes: one line every ten seconds.

use std::io::Write;

use crate::diag::{count, visible};
use crate::exec::Throughput;
use crate::model::{Counts, Event};

use super::progress_ticker::ProgressTicker;
use super::reporter::Reporter;
use crate::report::text::{rate_line, stage_line, stopping_line};

/// Writes a progress line every ten seconds.
pub struct PlainReporter<W: Write + Send> {
    out: W,
    ticker: ProgressTicker,
}

impl<W: Write + Send> PlainReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, ticker: ProgressTicker::start() }
    }

    fn line(&mut self, text: &str) {
        // A closed pipe must not stop a run.
        let _ = writeln!(self.out, "{text}");
    }
}

impl<W: Write + Send> Reporter for PlainReporter<W> {
    fn event(&mut self, event: &Event, counts: &Counts) {
        self.ticker.event(event, counts);
        match event {
            Event::Started(start) => {
                self.line(&format!("run {}: {} to send", start.run, count(start.rows, "row")));
            }
            Event::Stage(end) if end.asks => {}
            Event::Stage(end) => self.line(&stage_line(end)),
            Event::Resting(rest) => self.line(&visible(&rest.reason)),
            Event::RateFound(rate) => self.line(&rate_line(rate)),
            Event::Stopping { connection, reason } => self.line(&stopping_line(connection.as_deref(), reason)),
            Event::Sending { .. } | Event::Waiting { .. } | Event::Finished { .. } | Event::Excluded { .. } => {}
        }
    }

    fn tick(&mut self, counts: &Counts, throughput: &Throughput) {
        if let Some(line) = self.ticker.tick(counts, throughput) {
            self.line(&line);
        }
    }
}
