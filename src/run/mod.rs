//! A run: connects recipe, rows, ledger, executor and reporters.
//!
//! | file | what |
//! |---|---|
//! | `check/` | checks every row, and leaves rows out, before anything is sent |
//! | `session/` | a process working on a run |
//! | `state/` | reads a run: its rows with their states, results, figures |
//! | `create` | creates the run folder with its snapshots |
//! | `space` | checks the free space on the disk |
//! | `error` | why a run cannot begin or continue |
//!
//! Belongs here: the order of steps. Does not belong here: reading arguments, asking the user, printing.
//!
//! Other rooms import through this file. Files of this room import each other directly.

mod check;
mod create;
mod error;
mod session;
mod space;
mod state;

pub use check::approval::{Approval, Approver};
pub use check::excluded_rows::{ExcludedRow, ExcludedRows};
pub use check::pass::{Checks, Finding, Repeats, Tally, check_rows};
pub use check::prior::{AskedFor, PriorCounts, PriorMessages, PriorRows, PriorRule, remembered_keys};
pub use check::repeats::RepeatedRows;
pub use check::rescreen::{Again, screen_again};
pub use check::screen::Screen;
pub use check::suppressed::{SuppressList, SuppressLists};
pub use create::{NewRun, create, exclude, holder, remember};
pub use error::RunError;
pub use session::claims::SessionClaims;
pub use session::committer::CommitSummary;
pub use session::policy::{allowed_rate, policy};
pub use session::sender_lines::Sender;
pub use session::session::{Ended, Session, work};
pub use session::timetable::{Ask, Between, Timetable};
pub use space::{Shortage, shortage};
pub use state::counts::standing_counts;
pub use state::project::{Projected, find_row, project};
pub use state::reached::{each_reached, render_reached};
pub use state::recipients::Recipients;
pub use state::snapshot::Beginning;
pub use state::statistics::statistics;
pub use state::survey::{Survey, survey};
pub use state::walk::{RunRow, StateSet, Walk, WalkError};
