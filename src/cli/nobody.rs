//! What is said of a list of which nothing is sent.
//!
//! Belongs here: why nobody is left, in words. Does not belong here: what leaves a row out.

use std::path::Path;

use crate::diag::{Place, Problem};
use crate::model::{FieldError, RowNumber, Skip};
use crate::run::{Finding, Tally};

use crate::cli::terminal::console;

/// Remembers what has to be shown in case nobody is left in the end.
#[derive(Default)]
pub(super) struct Nobody {
    /// The first row for which `when` is false, its line, and the cells that `when` reads of it, a line each.
    by_when: Option<(RowNumber, u64, Vec<String>)>,
}

impl Nobody {
    /// Looks at what was found of a row.
    pub(super) fn note(&mut self, finding: &Finding<'_>) {
        if let Finding::Skipped { row, line, reason: Skip::When, blame } = finding
            && self.by_when.is_none()
        {
            self.by_when = Some((*row, *line, blame.lines(&FieldError::new("when", ""))));
        }
    }

    /// Says so if nothing is sent: that is no error, for a list may be empty every night, but somebody should know.
    pub(super) fn warn(self, tally: &Tally, shown: &Path) {
        if tally.rows + tally.broken == 0 {
            let help = "is the export complete, and do --only, --offset and --limit leave any row?";
            console::problem(&Problem::new("no rows to send").help(help).warning().in_file(shown));
        } else if tally.ready == 0 && tally.skipped > 0 {
            console::problem(&self.problem(tally, shown).warning());
        }
    }

    fn problem(self, tally: &Tally, shown: &Path) -> Problem {
        let problem = Problem::new(format!("no row is left to send: {}", reasons(tally)));
        let Some((row, line, cells)) = self.by_when else { return problem.in_file(shown) };
        let message = format!("{}; `when` is false for this one", problem.message);
        let help = "texts are compared as they stand in the cells: case and spaces count";
        let place = Place::Row { path: shown.into(), line, row: Some(row.0), cells: cells.into() };
        Problem::new(message).help(help).at(place)
    }
}

/// `2 left out by when, 1 duplicate, 3 invalid`.
fn reasons(tally: &Tally) -> String {
    let duplicates = if tally.duplicates == 1 { "duplicate" } else { "duplicates" };
    let parts = [
        (tally.by_when(), "left out by `when`"),
        (tally.duplicates, duplicates),
        (tally.suppressed, "suppressed"),
        (tally.sent_before, "sent before"),
        (tally.invalid, "invalid"),
        (tally.broken, "not readable"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    parts.collect::<Vec<_>>().join(", ")
}
