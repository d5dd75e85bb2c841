//! What the application reports while it works. A terminal puts it into words, a worker logs it, a page sends it on.

use std::path::{Path, PathBuf};

use crate::diag::Problem;
use crate::model::{Counts, Event, Row, RowNumber};
use crate::report::Reporter;
use crate::run::Finding;

/// Receives what happens before and after sending. (What happens while rows are sent are events: see
/// [`Reporter`](crate::report::Reporter).)
pub trait Observer {
    /// An error or a warning. An error is reported here only if the work goes on to find others; the call that it belongs to
    /// still fails.
    fn problem(&mut self, problem: &Problem);

    /// Something worth knowing that is no problem.
    fn note(&mut self, _note: &Note) {}

    /// A row was checked. Called for each row in the order of the list; `list` is what the user calls the list.
    fn row(&mut self, _finding: &Finding<'_>, _row: Option<&Row>, _list: &Path) {}
}

/// Something worth knowing that is no problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// How the list was read, where that had to be decided.
    ListRead {
        /// What the user calls the list.
        list: PathBuf,
        /// What was decided.
        text: String,
    },
    /// The recipe holds a token. Its copy in the run folder does not, so that later sessions read the environment variable.
    TokenNotKept {
        /// The environment variable that `resume` and `retry` read.
        variable: &'static str,
    },
    /// Rows of empty cells at the end of the list are no rows.
    BlankRows {
        /// What the user calls the list.
        list: PathBuf,
        /// The line of the first of them.
        line: u64,
        /// How many there are.
        count: u64,
    },
    /// A continued run leaves rows out that it would have sent before.
    RowsLeftOut {
        /// How many rows.
        rows: u64,
    },
    /// The API accepted a row, but the ledger could not record it.
    Unrecorded {
        /// The row.
        row: RowNumber,
        /// The message id.
        id: String,
    },
    /// A sandbox for this run was started.
    SandboxStarted {
        /// The address of its inbox.
        url: String,
    },
}

/// Ignores everything: problems, notes and events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn problem(&mut self, _problem: &Problem) {}
}

impl Reporter for Silent {
    fn event(&mut self, _event: &Event, _counts: &Counts) {}
}
