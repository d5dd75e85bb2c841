//! For terminals: a bar with counts per state, the rate and the time that is left.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diag::visible;
use crate::exec::Pulse;
use crate::model::{Counts, Event, State};

use super::Reporter;
use super::tempo::{Tempo, clock, pause};

/// Draws a progress bar on standard error.
#[derive(Debug)]
pub struct BarReporter {
    bar: ProgressBar,
    tempo: Tempo,
    allowed: Option<f64>,
    pulse: Pulse,
}

impl BarReporter {
    /// A bar of `rows` rows in all; it appears with the first event.
    pub fn new(rows: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr_with_hz(8));
        let style = ProgressStyle::with_template("{bar:24.green/dim} {percent:>3}%  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
        Self { bar, tempo: Tempo::default(), allowed: None, pulse: Pulse::default() }
    }

    fn draw(&self, counts: &Counts) {
        let now = Instant::now();
        let left = counts.get(State::Pending) + counts.get(State::Sending);
        self.bar.set_position(counts.total() - left);
        let mut parts: Vec<String> = counts
            .present()
            .filter(|(state, _)| *state != State::Sending)
            .map(|(state, rows)| format!("{rows} {state}"))
            .collect();
        // A limited run shows what it is held to just now, which a throttling may have lowered.
        let held = self.pulse.rate.filter(|live| self.allowed.is_none_or(|allowed| *live < allowed * 0.98));
        let limit = held.or(self.allowed).map_or(String::new(), |rate| format!(" of {rate:.0}"));
        let slowed = if held.is_some() { " slowed" } else { "" };
        parts.push(format!("{:.1}{limit}/s{slowed}", self.tempo.rate(now)));
        if let Some(eta) = self.tempo.eta(left, now).filter(|_| left > 0) {
            parts.push(format!("{} left", clock(eta)));
        }
        let pause = pause(&self.pulse);
        if !pause.is_empty() {
            parts.push(pause.trim_start_matches(", ").to_owned());
        }
        self.bar.set_message(parts.join(" · "));
    }
}

impl Reporter for BarReporter {
    fn event(&mut self, event: &Event, counts: &Counts) {
        match event {
            Event::Started(start) => {
                self.allowed = start.rate;
                self.bar.println(format!("run {}", start.run));
            }
            Event::Finished { .. } | Event::Left { .. } => self.tempo.count(Instant::now()),
            Event::Stopping { reason } => self.bar.println(format!("stopping: {}", visible(reason))),
            Event::Waiting { .. } | Event::Sending { .. } => {}
        }
        self.draw(counts);
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
