//! Checks every row before anything is sent, and leaves out rows that must not be sent.
//!
//! | file | what |
//! |---|---|
//! | `pass` | the first pass: every row becomes a request, nothing is sent |
//! | `ahead` | renders rows on several threads, in list order |
//! | `screen` | leaves out duplicates and suppressed recipients |
//! | `prior` | what other runs of the project have sent |
//! | `repeats` | equal messages to one person within a list |
//! | `suppressed` | the lists of recipients who must not get a message |
//! | `key_set` | a set of keys in bounded memory |
//! | `rescreen` | the screen again, before a session of an existing run |
//! | `left_out` | rows that the checks leave out, until they are in the ledger |
//! | `approval` | a digest of everything that would be sent |
//!
//! Belongs here: decisions about rows before the first send. Does not belong here: sending, and wording for people.

mod ahead;
pub(super) mod approval;
pub(super) mod excluded_rows;
mod key_set;
pub(super) mod pass;
pub(super) mod prior;
pub(super) mod repeats;
pub(super) mod rescreen;
pub(super) mod screen;
pub(super) mod suppressed;
