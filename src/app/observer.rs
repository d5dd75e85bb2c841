//! The observer: receives what the application reports while it works. A terminal prints it, a worker logs it.

use std::path::{Path, PathBuf};

use crate::diag::Problem;
use crate::model::{Counts, Event, Row, RowNumber};
use crate::report::Reporter;
use crate::run::Finding;

/// Receives problems, notes and findings before and after sending. A [`Reporter`](crate::report::Reporter) receives the events
/// of sending.
pub trait Observer {
    /// Receives an error or a warning. An error is reported here only if the check continues in order to find more; the call
    /// itself still fails.
    fn problem(&mut self, problem: &Problem);

    /// Receives information that is not a problem.
    fn note(&mut self, _note: &Notice) {}

    /// Receives the finding of a checked row, in list order. `list` is the list as the user named it.
    fn row(&mut self, _finding: &Finding<'_>, _row: Option<&Row>, _list: &Path) {}
}

/// Information that is not a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Rowcast had to decide how to read the list.
    ListRead {
        /// The list, as the user named it.
        list: PathBuf,
        /// The decision, in words.
        text: String,
    },
    /// The recipe contains a token. Its copy in the run folder does not, so later sessions read the environment variable.
    TokenNotKept {
        /// The environment variable that `resume` and `retry` read.
        variable: &'static str,
    },
    /// Rows of empty cells at the end of the list were ignored.
    BlankRows {
        /// The list, as the user named it.
        list: PathBuf,
        /// The line of the first such row.
        line: u64,
        /// The number of such rows.
        count: u64,
    },
    /// Rows became unknown because the ledger was harmed.
    RowsLost {
        /// The number of such rows.
        rows: u64,
    },
    /// A continued run excludes rows that were selected for sending.
    RowsLeftOut {
        /// The number of excluded rows.
        rows: u64,
    },
    /// The API accepted a row, but the ledger could not record it.
    Unrecorded {
        /// The row number.
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
