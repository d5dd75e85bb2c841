//! The outcomes of existing runs: open, summarise, explain, export.

pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod find;
pub(crate) mod forget;
pub(crate) mod next_steps;
pub(crate) mod open_run;
pub(crate) mod outcome;
mod redact;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod suppression;
