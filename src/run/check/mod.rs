//! Before anything is sent: every row is checked, and rows that must not be sent are left out.
//!
//! | file | what |
//! |---|---|
//! | `pass` | the first pass: every row becomes a request, nothing is sent |
//! | `ahead` | the verdicts for it, worked out by several threads |
//! | `screen` | which valid rows are left out all the same: duplicates, people who said no, what was sent before |
//! | `suppressed` | the lists of people who said no |
//! | `key_set` | which keys were there already, in bounded memory |
//! | `rescreen` | the screen once more, before a run goes on |
//! | `left_out` | what the checks leave out, until it is in the ledger |
//! | `approval` | a digest of everything that would be sent |
//!
//! Belongs here: what is decided about rows before the first send. Does not belong here: sending, and wording for people.

mod ahead;
pub(super) mod approval;
mod key_set;
pub(super) mod left_out;
pub(super) mod pass;
pub(super) mod rescreen;
pub(super) mod screen;
pub(super) mod suppressed;
