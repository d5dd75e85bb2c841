//! The state of a run's rows, read from its ledger and its snapshot. Nothing here writes.
//!
//! | file | what |
//! |---|---|
//! | `walk` | the rows of a run in order, each with where it stands |
//! | `snapshot` | the run's copy of the list, and where a session begins in it |
//! | `survey` | how the rows stand before a session goes on |
//! | `recipients` | who the rows were sent to |
//! | `project` | results from ledger and snapshot |
//! | `statistics` | the figures of a run, for its page |
//! | `history` | was this list sent before? |
//!
//! Belongs here: reading a run. Does not belong here: deciding what to send.

pub(super) mod history;
pub(super) mod project;
pub(super) mod recipients;
pub(super) mod snapshot;
pub(super) mod statistics;
pub(super) mod survey;
pub(super) mod walk;
