//! Groups equal findings of many rows into one problem, and explains why no row is left to send.

use std::collections::BTreeMap;
use std::path::Path;

use crate::app::Observer;
use crate::diag::{Place, Problem, plural};
use crate::model::{FieldError, Request, RowNumber, Skip};
use crate::plan::Plan;
use crate::run::{Finding, Tally};

/// The maximum number of different findings, and of row numbers listed for each.
const KINDS: usize = 100;
const NAMED: usize = 5;

/// Findings with their rows, grouped by field and message.
#[derive(Default)]
pub(crate) struct GroupedFindings {
    found: BTreeMap<FieldError, FindingRows>,
    /// The number of findings beyond the limit.
    more: u64,
}

#[derive(Default)]
struct FindingRows {
    first: Vec<RowNumber>,
    count: u64,
}

impl GroupedFindings {
    /// Adds the warnings of a valid request.
    pub(crate) fn note(&mut self, request: &Request, about: &[FieldError]) {
        for warning in about {
            self.add(warning.clone(), request.row);
        }
    }

    /// Adds what the API would refuse in a row.
    pub(crate) fn note_breaches(&mut self, finding: &Finding<'_>) {
        if let Finding::Invalid { row, breaches, .. } = finding {
            breaches.iter().for_each(|breach| self.add(breach.clone(), *row));
        }
    }

    /// True if there are no findings.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds one finding of a row.
    pub(crate) fn add(&mut self, finding: FieldError, row: RowNumber) {
        if self.found.len() >= KINDS && !self.found.contains_key(&finding) {
            self.more += 1;
            return;
        }
        let rows = self.found.entry(finding).or_default();
        rows.count += 1;
        if rows.first.len() < NAMED {
            rows.first.push(row);
        }
    }

    /// Reports all findings as warnings about the list.
    pub(crate) fn warn(&self, shown: &Path, observer: &mut dyn Observer) {
        self.report(|problem, _| problem.warning().in_file(shown), observer);
    }

    /// Reports all findings as errors at the fields of the recipe.
    pub(crate) fn refuse(&self, plan: &Plan<'_>, observer: &mut dyn Observer) {
        self.report(|problem, field| plan.at_field(problem, field), observer);
    }

    fn report(&self, place: impl Fn(Problem, &str) -> Problem, observer: &mut dyn Observer) {
        for (finding, rows) in &self.found {
            observer.problem(&place(Problem::new(format!("{}: {finding}", rows.named())), &finding.field));
        }
        if self.more > 0 {
            observer.problem(&place(Problem::new(format!("{} more findings of other kinds", self.more)), ""));
        }
    }
}

impl FindingRows {
    /// `rows 1, 2, 3, 4, 5 and 995 more`.
    fn named(&self) -> String {
        let named: Vec<String> = self.first.iter().map(RowNumber::to_string).collect();
        match (named.as_slice(), self.count.saturating_sub(named.len() as u64)) {
            ([one], 0) => format!("row {one}"),
            (_, 0) => format!("rows {}", named.join(", ")),
            (_, more) => format!("rows {} and {more} more", named.join(", ")),
        }
    }
}

/// Explains why no row is left to send.
#[derive(Default)]
pub(crate) struct EmptyAudience {
    /// The first row for which `when` is false, its line, and the cells that `when` reads of it, a line each.
    by_when: Option<(RowNumber, u64, Vec<String>)>,
}

impl EmptyAudience {
    /// Records the finding of a row.
    pub(crate) fn note(&mut self, finding: &Finding<'_>) {
        if let Finding::Skipped { row, line, reason: Skip::When, trace } = finding
            && self.by_when.is_none()
        {
            self.by_when = Some((*row, *line, trace.lines(&FieldError::new("when", ""))));
        }
    }

    /// Warns if no row is left to send. That rows were sent before is told elsewhere. This is not an error, because a nightly list may be empty.
    pub(crate) fn warn(self, tally: &Tally, shown: &Path, observer: &mut dyn Observer) {
        if tally.rows + tally.broken == 0 {
            let help = "check that the export is complete, and that --only, --offset and --limit select rows";
            observer.problem(&Problem::new("no rows to send").help(help).warning().in_file(shown));
        } else if tally.ready == 0 && tally.skipped > 0 && tally.sent_before == 0 {
            observer.problem(&self.problem(tally, shown).warning());
        }
    }

    fn problem(self, tally: &Tally, shown: &Path) -> Problem {
        let problem = Problem::new(format!("no row is left to send: {}", reasons(tally)));
        let Some((row, line, cells)) = self.by_when else { return problem.in_file(shown) };
        let message = format!("{}; `when` is false for this row", problem.message);
        let help = "`when` compares the exact text of cells, including case and spaces";
        let place = Place::Row { path: shown.into(), line, row: Some(row.0), cells: cells.into() };
        Problem::new(message).help(help).at(place)
    }
}

/// `2 skipped by when, 1 duplicate, 3 invalid`.
fn reasons(tally: &Tally) -> String {
    let duplicates = plural(tally.duplicates, "duplicate");
    let parts = [
        (tally.by_when(), "skipped by `when`"),
        (tally.duplicates, &duplicates),
        (tally.suppressed, "suppressed"),
        (tally.sent_before, "sent before"),
        (tally.invalid, "invalid"),
        (tally.broken, "unreadable"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    parts.collect::<Vec<_>>().join(", ")
}
