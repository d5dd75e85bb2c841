//! What became of a run: opened again, summed up, explained, written down.

pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod next_steps;
pub(crate) mod open_run;
pub(crate) mod outcome;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod suppression;
