//! Reads a run: its rows with their states, from ledger and snapshot. Nothing here writes.
//!
//! | file | what |
//! |---|---|
//! | `walk` | the rows of a run in order, each with its status |
//! | `snapshot` | the run's copy of the list |
//! | `survey` | rows per state, before a session begins |
//! | `project` | results from ledger and snapshot |
//! | `statistics` | the figures of a run's page |
//! | `reached` | the messages that arrived or may have |
//! | `counts` | the rows of a run by state |
//!
//! Belongs here: reading a run. Does not belong here: deciding what to send.

pub(super) mod counts;
pub(super) mod project;
pub(super) mod reached;
pub(super) mod recipients;
pub(super) mod snapshot;
pub(super) mod statistics;
pub(super) mod survey;
pub(super) mod walk;
