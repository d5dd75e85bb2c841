//! The application's observer for a terminal: prints problems, notes and invalid rows.

use std::path::Path;

use crate::app::{Notice, Observer};
use crate::diag::{self, Place, Problem, plural, visible};
use crate::model::Row;
use crate::run::{Finding, Tally};

use super::console;

/// Prints problems, notes and findings.
pub(in crate::cli) struct TerminalObserver;

impl Observer for TerminalObserver {
    fn problem(&mut self, problem: &Problem) {
        console::problem(problem);
    }

    fn note(&mut self, note: &Notice) {
        match note {
            Notice::ListRead { list, text } => console::note(&format!("{}: {text}", list.display())),
            Notice::TokenNotKept { variable } => {
                console::note(&format!("{}; `resume` and `retry` read it from {variable}", crate::app::NOT_KEPT));
            }
            Notice::BlankRows { list, line, count } => {
                let rows = diag::count(*count, "row");
                console::note(&format!("{}:{line}: ignored {rows} of empty cells at the end", list.display()));
            }
            Notice::RowsLeftOut { rows } => {
                let rows = diag::count(*rows, "row");
                let reasons = "suppressed, a duplicate of another row, or sent by another run";
                console::tell(&format!("{rows} excluded from this session: {reasons}\n"));
            }
            Notice::RowsLost { rows } => {
                let rows = diag::count(*rows, "row");
                console::tell(&format!("{rows} may have been sent without a record, and are unknown now\n"));
            }
            Notice::Unrecorded { row, id } => console::tell(&format!("ROW {row} {}\n", visible(id))),
            Notice::SandboxStarted { url } => {
                console::tell(&format!("sandbox {url}: open it in a browser to see the messages\n"));
            }
        }
    }

    fn row(&mut self, finding: &Finding<'_>, _row: Option<&Row>, list: &Path) {
        match finding {
            Finding::Ready(..) | Finding::Skipped { .. } => {}
            Finding::Invalid { row, line, own, trace, .. } => {
                for error in *own {
                    let cells = trace.lines(error).into();
                    let place = Place::Row { path: list.into(), line: *line, row: Some(row.0), cells };
                    console::problem(&Problem::new(error.to_string()).at(place));
                }
            }
            Finding::Broken(error) => console::problem(&crate::app::data_problem(error, list)),
            Finding::Recipe(problem) => console::problem(problem),
        }
    }
}

/// `12 rows checked: 8 ready to send, 4 skipped (2 duplicates, 1 suppressed)`.
pub(in crate::cli) fn tally_line(tally: &Tally) -> String {
    let mut parts = vec![format!("{} ready to send", tally.ready)];
    if tally.skipped > 0 {
        parts.push(format!("{} skipped{}", tally.skipped, excluded(tally)));
    }
    for (count, what) in [(tally.invalid, "invalid"), (tally.broken, "unreadable")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    format!("{} checked: {}", diag::count(tally.rows, "row"), parts.join(", "))
}

/// The skipped rows that the screen excluded, by reason.
fn excluded(tally: &Tally) -> String {
    let duplicates = plural(tally.duplicates, "duplicate");
    let parts =
        [(tally.duplicates, duplicates.as_str()), (tally.suppressed, "suppressed"), (tally.sent_before, "sent before")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}
