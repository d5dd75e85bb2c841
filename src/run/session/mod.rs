//! One process working on a run: rows become jobs, the executor sends them, and the ledger records each step.
//!
//! | file | what |
//! |---|---|
//! | `session` | one process working on a run |
//! | `policy` | the rules of the executor, of a recipe's settings |
//! | `passes` | its passes over the rows, feed → executor → committer, and what is between them |
//! | `timetable` | when it sends, and in which parts |
//! | `sender_lines` | the connections that it goes by, each with its pace and its stop |
//! | `feed` | the second pass: rows that are to be sent become jobs |
//! | `job_queues` | the way of the jobs to the executions, one for each connection |
//! | `backlog` | rows that wait because their connection is behind the others |
//! | `retry_set` | the rows that a retry of several passes has yet to send |
//! | `committer` | the one place that writes the ledger, lets senders go and tells the reporters |
//!
//! Belongs here: everything that happens while a run sends. Does not belong here: checks, and reading finished runs.

mod backlog;
pub(super) mod committer;
mod feed;
mod job_queues;
mod passes;
pub(super) mod policy;
mod retry_set;
pub(super) mod sender_lines;
#[expect(clippy::module_inception, reason = "the folder is named after its main noun")]
pub(super) mod session;
pub(super) mod timetable;
