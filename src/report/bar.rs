//! For terminals: a bar, the time that is left, the rate and the counts per state.

use std::time::Instant;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diag::visible;
use crate::exec::Pulse;
use crate::model::{Counts, Event, State};

use super::Reporter;
use super::summary::stage_line;
use super::tempo::{Tempo, clock, pause};

/// Draws a progress bar on standard error.
#[derive(Debug)]
pub struct BarReporter {
    bar: ProgressBar,
    rows: u64,
    tempo: Tempo,
    allowed: Option<f64>,
    pulse: Pulse,
}

/// Columns that the bar, the percentage and the blanks around them take.
const BAR: usize = 16 + 8;

impl BarReporter {
    /// A bar of `rows` rows in all; it appears with the first event.
    pub fn new(rows: u64) -> Self {
        Self { bar: bar(rows), rows, tempo: Tempo::default(), allowed: None, pulse: Pulse::default() }
    }

    fn draw(&mut self, counts: &Counts) {
        if self.bar.is_finished() {
            self.bar = bar(self.rows);
        }
        let now = Instant::now();
        let left = counts.get(State::Pending) + counts.get(State::Sending);
        self.bar.set_position(counts.total() - left);
        let (_, columns) = Term::stderr().size();
        self.bar.set_message(fit(&self.parts(counts, now), usize::from(columns).saturating_sub(BAR)));
    }

    /// Says something and takes the bar away until it moves again: somebody may be asked a question now.
    fn pause(&self, line: &str) {
        self.bar.println(line);
        self.bar.finish_and_clear();
    }

    /// What there is to say, the most urgent first: a narrow terminal cuts the end off.
    fn parts(&self, counts: &Counts, now: Instant) -> Vec<String> {
        let left = counts.get(State::Pending) + counts.get(State::Sending);
        let mut parts = Vec::new();
        let pause = pause(&self.pulse);
        if !pause.is_empty() {
            parts.push(pause.trim_start_matches(", ").to_owned());
        }
        if let Some(eta) = self.tempo.eta(left, now).filter(|_| left > 0) {
            parts.push(format!("{} left", clock(eta)));
        }
        // A limited run shows what it is held to just now, which a throttling may have lowered.
        let held = self.pulse.rate.filter(|live| self.allowed.is_none_or(|allowed| *live < allowed * 0.98));
        let limit = held.or(self.allowed).map_or(String::new(), |rate| format!(" of {rate:.0}"));
        let slowed = if held.is_some() { " slowed" } else { "" };
        parts.push(format!("{:.1}{limit}/s{slowed}", self.tempo.rate(now)));
        let over = |state: State| !matches!(state, State::Pending | State::Sending);
        parts.extend(counts.present().filter(|(state, _)| over(*state)).map(|(state, rows)| format!("{rows} {state}")));
        parts
    }
}

/// A bar; it appears when it is first drawn.
fn bar(rows: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr_with_hz(8));
    let style = ProgressStyle::with_template("{bar:16.green/dim} {percent:>3}%  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
    bar
}

/// As many of the parts as fit into so many columns, whole ones alone.
fn fit(parts: &[String], columns: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let gap = if line.is_empty() { "" } else { " · " };
        if line.chars().count() + gap.chars().count() + part.chars().count() > columns {
            break;
        }
        line.extend([gap, part]);
    }
    line
}

impl Reporter for BarReporter {
    fn event(&mut self, event: &Event, _counts: &Counts) {
        // It is drawn at every tick: at a thousand rows a second nobody could read more.
        match event {
            Event::Started(start) => {
                self.allowed = start.rate;
                self.bar.println(format!("run {}", start.run));
            }
            Event::Finished { .. } | Event::Left { .. } => self.tempo.count(Instant::now()),
            Event::Stage(end) => self.pause(&stage_line(end)),
            Event::Resting(rest) => self.pause(&visible(&rest.reason)),
            Event::Stopping { reason } => self.bar.println(format!("stopping: {}", visible(reason))),
            Event::Waiting { .. } | Event::Sending { .. } => {}
        }
    }

    fn tick(&mut self, counts: &Counts, pulse: &Pulse) {
        self.pulse = *pulse;
        self.draw(counts);
    }

    fn finish(&mut self, counts: &Counts) {
        self.draw(counts);
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_narrow_terminal_keeps_the_time_and_the_rate() {
        let mut reporter = BarReporter::new(40_000);
        reporter.allowed = Some(80.0);
        let mut counts = Counts::default();
        for (state, rows) in [(State::Pending, 20_000), (State::Accepted, 19_980), (State::Rejected, 20)] {
            counts.add_many(state, rows);
        }
        let start = Instant::now();
        for n in 0..800_u32 {
            reporter.tempo.count(start + Duration::from_millis(12) * n);
        }
        let parts = reporter.parts(&counts, start + Duration::from_secs(10));
        assert_eq!(fit(&parts, 57), "4:10 left · 80.0 of 80/s · 19980 accepted · 20 rejected");
        assert_eq!(fit(&parts, 33), "4:10 left · 80.0 of 80/s");
        assert_eq!(fit(&parts, 5), "");
    }
}
