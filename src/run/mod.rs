//! A run: where recipe, rows, ledger, executor and reporters meet.
//!
//! | file | what |
//! |---|---|
//! | `check/` | before anything is sent: checks, and which rows are left out |
//! | `session/` | one process working on a run |
//! | `state/` | reading a run: its rows with their states, results, figures |
//! | `create` | the run folder with its snapshots |
//! | `space` | is there room on the disk? |
//! | `error` | why a run cannot begin or go on |
//!
//! Belongs here: the order of things. Does not belong here: reading arguments, asking the user, printing.
//!
//! This file is the door for other rooms. Files of this room import each other directly.

mod check;
mod create;
mod error;
mod session;
mod space;
mod state;

pub use check::approval::{Approval, Approver};
pub use check::left_out::{LeftOut, LeftRow};
pub use check::pass::{Checks, Finding, Tally, check_rows};
pub use check::rescreen::{Again, screen_again};
pub use check::screen::Screen;
pub use check::suppressed::{SuppressList, SuppressLists};
pub use create::{NewRun, create, holder, leave_out, remember};
pub use error::RunError;
pub use session::committer::CommitSummary;
pub use session::policy::{allowed_rate, policy};
pub use session::sender_lines::Sender;
pub use session::session::{Ended, Session, work};
pub use session::timetable::{Ask, Between, Timetable};
pub use space::{Shortage, shortage};
pub use state::history::{Earlier, Intended, Likeness, find_earlier, standing_counts};
pub use state::project::{Projected, find_row, project};
pub use state::recipients::Recipients;
pub use state::snapshot::Beginning;
pub use state::statistics::statistics;
pub use state::survey::{Survey, survey};
pub use state::walk::{Member, Take, Walk, WalkError};
