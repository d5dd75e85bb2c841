//! A process works on a run: rows become jobs, the executor sends them, and the committer records each step.
//!
//! | file | what |
//! |---|---|
//! | `session` | a process working on a run, from start to end |
//! | `policy` | the executor's limits, from a recipe's settings |
//! | `passes` | passes over the rows (feed → executor → committer), and what happens between them |
//! | `timetable` | window, stages and the pauses between stages |
//! | `sender_lines` | the connections of a session, each with its own state and stop |
//! | `feed` | the second pass: rows become jobs |
//! | `job_queues` | one job queue per connection |
//! | `backlog` | rows that wait because their connection is slower than the others |
//! | `retry_set` | rows that a retry has selected but not finished |
//! | `found_rates` | the rates that the APIs of a session were found to take |
//! | `claims` | no two runs send the same message to a person at the same time |
//! | `committer` | the only writer of the ledger: commits, acknowledges, then informs the reporters |
//!
//! Belongs here: everything that happens while a run sends. Does not belong here: checks, and reading finished runs.

mod backlog;
pub(super) mod claims;
pub(super) mod committer;
mod feed;
mod found_rates;
mod job_queues;
mod passes;
pub(super) mod policy;
mod retry_set;
pub(super) mod sender_lines;
#[expect(clippy::module_inception, reason = "the folder is named after its main noun")]
pub(super) mod session;
pub(super) mod timetable;
