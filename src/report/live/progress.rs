//! The progress of a session, computed from its events: the bar, the lines and the JSON all show it.
//!
//! Belongs here: figures and waits. Does not belong here: their wording.

use std::time::{Duration, Instant};

use crate::exec::{Cause, Throughput};
use crate::model::{Counts, Event, State};

use super::rate_meter::RateMeter;

/// Progress according to the events so far.
#[derive(Debug, Default)]
pub(super) struct Progress {
    counts: Counts,
    allowed: Option<f64>,
    in_parts: bool,
    /// Rows still to be sent, if the checks counted them.
    to_send: Option<u64>,
    requests: RateMeter,
    rows: RateMeter,
    throughput: Option<(Throughput, Instant)>,
    /// Rows per second while nothing waited.
    steady: Option<f64>,
    rest: Option<(Wait, Instant)>,
}

/// Progress at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProgressSnapshot {
    pub(super) counts: Counts,
    /// Answered requests per second of late; `None` until it can be measured.
    pub(super) rate: Option<f64>,
    /// Allowed requests per second now; `None` means unlimited.
    pub(super) allowed: Option<f64>,
    /// The allowed rate is below the configured one, because the API throttled.
    pub(super) slowed: bool,
    /// Estimated time left, if it can be estimated.
    pub(super) left: Option<Duration>,
    /// The run pauses for windows or stages, and `left` does not include the pauses.
    pub(super) in_parts: bool,
    /// Why nothing is sent for now, and how long.
    pub(super) wait: Option<(Wait, Duration)>,
}

/// Why nothing is sent for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// The executor waits.
    For(Cause),
    /// The sending window is closed.
    Window,
    /// The pause between two stages.
    Stage,
}

impl Progress {
    pub(super) fn event(&mut self, event: &Event, counts: &Counts, now: Instant) {
        self.counts = counts.clone();
        match event {
            Event::Started(start) => {
                self.allowed = start.rate;
                self.in_parts = start.in_parts;
                self.to_send = start.ready;
            }
            Event::Sending { .. } => self.rest = None,
            Event::Waiting { .. } => self.requests.count(now),
            Event::Finished { .. } => {
                self.requests.count(now);
                self.rows.count(now);
                self.to_send = self.to_send.map(|rows| rows.saturating_sub(1));
            }
            Event::Resting(rest) => {
                let wait = if rest.cause == "window" { Wait::Window } else { Wait::Stage };
                self.rest = now.checked_add(rest.wait).map(|until| (wait, until));
            }
            Event::Excluded { .. } | Event::Stage(_) | Event::RateFound(_) | Event::Stopping { .. } => {}
        }
    }

    pub(super) fn tick(&mut self, counts: &Counts, throughput: &Throughput, now: Instant) {
        self.counts = counts.clone();
        self.rest = None;
        self.throughput = Some((*throughput, now));
        if throughput.pause.is_none_or(|pause| pause.cause == Cause::Pace) {
            self.steady = self.rows.rate(now);
        }
    }

    pub(super) fn snapshot(&self, now: Instant) -> ProgressSnapshot {
        let live = self.throughput.and_then(|(throughput, _)| throughput.rate);
        // A rate that throttling lowered. The pacer itself stays slightly below the allowed rate.
        let lowered = live.filter(|live| self.allowed.is_none_or(|allowed| *live < allowed * 0.98));
        let wait = self.wait(now);
        ProgressSnapshot {
            counts: self.counts.clone(),
            rate: self.requests.rate(now),
            allowed: lowered.or(self.allowed),
            slowed: lowered.is_some(),
            left: self.left(wait, lowered.or(self.allowed)),
            in_parts: self.in_parts,
            wait,
        }
    }

    fn wait(&self, now: Instant) -> Option<(Wait, Duration)> {
        if let Some((wait, until)) = self.rest {
            return Some((wait, until.saturating_duration_since(now)));
        }
        let (throughput, since) = self.throughput?;
        let pause = throughput.pause?;
        let left = pause.wait.saturating_sub(now.duration_since(since));
        // Two seconds between requests are a rate, not a wait.
        let is_pace = pause.cause == Cause::Pace && pause.wait < Duration::from_secs(5);
        (!is_pace).then_some((Wait::For(pause.cause), left))
    }

    /// Time for the remaining rows at their pace so far, plus the current wait.
    fn left(&self, wait: Option<(Wait, Duration)>, allowed: Option<f64>) -> Option<Duration> {
        let waited = match wait {
            Some((Wait::For(Cause::Unreachable) | Wait::Window | Wait::Stage, _)) => return None,
            Some((Wait::For(Cause::Throttled | Cause::Retry), left)) => left,
            Some((Wait::For(Cause::Pace), _)) | None => Duration::ZERO,
        };
        let open = self.counts.get(State::Pending) + self.counts.get(State::Sending);
        let rows = self.to_send.map_or(open, |rows| rows.min(open));
        if rows == 0 {
            return None;
        }
        let rate = self.steady.or(allowed).filter(|rate| *rate > 0.0)?;
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let seconds = (rows as f64 / rate).ceil();
        Some(waited + Duration::try_from_secs_f64(seconds).ok()?)
    }
}

#[cfg(test)]
mod tests;
