//! When a session sends: its window, its stages, and what happens between two stages.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::exec::{Clock, SystemClock};
use crate::model::{Counts, FailureLimit, State};
use crate::recipe::{SendSettings, StageSetting, defaults};
use crate::schedule::{Share, Stage, Stages, Window};

/// Asks the user a question and returns whether to continue. It may block.
pub type Ask = Arc<dyn Fn(&str) -> bool + std::marker::Send + Sync>;

/// What happens between two stages.
#[derive(Clone)]
pub enum Between {
    /// The next stage begins.
    Nothing,
    /// The session waits.
    Wait(Duration),
    /// The user is asked.
    Ask(Ask),
    /// The session ends; the run has to be resumed.
    End,
}

impl fmt::Debug for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Wait(_) => "Wait",
            Self::Ask(_) => "Ask",
            Self::End => "End",
        })
    }
}

/// When a session sends.
pub struct Timetable {
    /// The hours in which it sends.
    pub window: Option<Window>,
    /// The stages; empty to send all rows at once.
    pub stages: Vec<StageSetting>,
    /// What happens between two stages.
    pub between: Between,
    /// Wait for the window to open instead of ending.
    pub waits: bool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Timetable {
    /// The timetable of these settings, with the clock of this machine.
    pub fn new(send: &SendSettings, between: Between, waits: bool) -> Self {
        let (window, stages) = (send.window.clone(), send.stages.clone());
        Self { window, stages, between, waits, clock: Arc::new(SystemClock) }
    }

    /// True if a session may need several passes over the rows.
    pub(super) fn has_passes(&self) -> bool {
        self.window.is_some() || !self.stages.is_empty()
    }

    /// The stages of a run with `rows` rows; a single one if none are configured.
    pub(super) fn stages(&self, rows: u64) -> Stages {
        let shares: Vec<Share> = self.stages.iter().map(|stage| stage.upto).collect();
        Stages::new(&shares, rows)
    }

    /// The failure limit of a stage itself.
    pub(super) fn own_ceiling(&self, stage: &Stage) -> Option<FailureLimit> {
        self.stages.get(stage.given?)?.max_failures
    }
}

/// The reason to stop after a stage whose rows have these states, if they exceed the limit.
pub(super) fn too_many_failures(counts: &Counts, limit: Option<FailureLimit>) -> Option<String> {
    let (rows, missed) = (counts.total(), missed(counts));
    limit.unwrap_or(defaults::STAGE_FAILURES).exceeded(missed, rows)
}

/// Rows that were tried and not accepted.
fn missed(counts: &Counts) -> u64 {
    [State::Rejected, State::Failed, State::Unknown].map(|state| counts.get(state)).into_iter().sum()
}

/// The part of these counts that was sent, or tried to the end.
pub(super) fn tried(counts: &Counts) -> Counts {
    let mut tried = Counts::default();
    for state in [State::Accepted, State::Held, State::Rejected, State::Failed, State::Unknown] {
        tried.add_many(state, counts.get(state));
    }
    tried
}

/// The difference between two counts.
pub(super) fn gained(from: &Counts, to: &Counts) -> Counts {
    let mut gained = Counts::default();
    for state in State::ALL {
        gained.add_many(state, to.get(state).saturating_sub(from.get(state)));
    }
    gained
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_judged_by_its_ceiling() {
        let mut counts = Counts::default();
        counts.add_many(State::Accepted, 17);
        counts.add(State::Held);
        counts.add_many(State::Rejected, 2);
        assert_eq!(too_many_failures(&counts, None), None);
        assert_eq!(too_many_failures(&counts, Some(FailureLimit::Rows(2))), None);
        let reason = too_many_failures(&counts, Some(FailureLimit::Percent(5.0))).unwrap();
        assert_eq!(reason, "2 of 20 rows were not accepted, more than max-failures (5%) allows");
        counts.add(State::Unknown);
        assert_eq!(
            too_many_failures(&counts, None).unwrap(),
            "3 of 21 rows were not accepted, more than max-failures (10%) allows"
        );
        assert!(too_many_failures(&counts, Some(FailureLimit::Rows(2))).is_some());
    }
}
