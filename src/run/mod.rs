//! A run: where recipe, rows, ledger, executor and reporters meet.
//!
//! | file | what |
//! |---|---|
//! | `check` | the first pass: every row becomes a request, nothing is sent |
//! | `ahead` | the verdicts for it, worked out by several threads |
//! | `screen` | which valid rows are left out all the same: duplicates, people who said no, what was sent before |
//! | `suppressed` | the lists of people who said no |
//! | `again` | the screen once more, before a run goes on |
//! | `left_out` | what the checks leave out, until it is in the ledger |
//! | `approval` | a digest of everything that would be sent |
//! | `walk` | the rows of a run in order, each with where it stands |
//! | `create` | the run folder with its snapshots |
//! | `session` | one process working on a run |
//! | `policy` | the rules of the executor, of a recipe's settings |
//! | `snapshot` | the run's copy of the list, and where a session begins in it |
//! | `timetable` | when it sends, and in which parts |
//! | `lines` | the connections that it goes by, each with its pace and its stop |
//! | `passes` | its passes over the rows, feed → executor → desk, and what is between them |
//! | `feed` | the second pass: rows that are to be sent become jobs |
//! | `outlets` | the way of the jobs to the executions, one for each connection |
//! | `backlog` | rows that wait because their connection is behind the others |
//! | `owed` | the rows that a retry of several passes has yet to send |
//! | `desk` | the one place that writes the ledger, lets senders go and tells the reporters |
//! | `seen` | which keys were there already, in bounded memory |
//! | `survey` | how the rows stand before a session goes on |
//! | `project` | results from ledger and snapshot |
//! | `statistics` | the figures of a run, for its page |
//! | `history` | was this list sent before? |
//! | `space` | is there room on the disk? |
//! | `error` | why a run cannot begin or go on |
//!
//! Belongs here: the order of things. Does not belong here: reading arguments, asking the user, printing.

mod again;
mod ahead;
mod approval;
mod backlog;
mod check;
mod create;
mod desk;
mod error;
mod feed;
mod history;
mod left_out;
mod lines;
mod outlets;
mod owed;
mod passes;
mod policy;
mod project;
mod screen;
mod seen;
mod session;
mod snapshot;
mod space;
mod statistics;
mod suppressed;
mod survey;
mod timetable;
mod walk;

pub use again::{Again, screen_again};
pub use approval::{Approval, Approver};
pub use check::{Checks, Finding, Tally, check_rows};
pub use create::{NewRun, create, holder, leave_out, remember};
pub use desk::Closed;
pub use error::RunError;
pub use history::{Earlier, Intended, Likeness, find_earlier, standing_counts};
pub use left_out::{LeftOut, LeftRow};
pub use lines::Sender;
pub use policy::{allowed_rate, policy};
pub use project::{Projected, find_row, project};
pub use screen::Screen;
pub use session::{Ended, Session, work};
pub use snapshot::Beginning;
pub use space::{Shortage, shortage};
pub use statistics::statistics;
pub use suppressed::{SuppressList, SuppressLists};
pub use survey::{Survey, survey};
pub use timetable::{Ask, Between, Timetable};
pub use walk::{Member, Take, Walk, WalkError};
