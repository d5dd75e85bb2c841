//! What a check found in many rows is reported once, with its first rows; and why no row is left to send.

use std::collections::BTreeMap;
use std::path::Path;

use crate::app::Observer;
use crate::diag::{Place, Problem};
use crate::model::{FieldError, Request, RowNumber, Skip};
use crate::plan::Plan;
use crate::run::{Finding, Tally};

/// Different findings that are kept, and rows that are named for each.
const KINDS: usize = 100;
const NAMED: usize = 5;

/// What was found, by what it says.
#[derive(Default)]
pub(crate) struct GroupedFindings {
    found: BTreeMap<FieldError, Rows>,
    /// Findings of further kinds, which are only counted.
    more: u64,
}

#[derive(Default)]
struct Rows {
    first: Vec<RowNumber>,
    count: u64,
}

impl GroupedFindings {
    /// Notes what should be said about a request that is legal.
    pub(crate) fn note(&mut self, request: &Request, about: &[FieldError]) {
        for warning in about {
            self.add(warning.clone(), request.row);
        }
    }

    /// Notes what the API would refuse of a row.
    pub(crate) fn note_breaches(&mut self, finding: &Finding<'_>) {
        if let Finding::Invalid { row, breaches, .. } = finding {
            breaches.iter().for_each(|breach| self.add(breach.clone(), *row));
        }
    }

    /// True if nothing was noted.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Notes one finding of a row.
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

    /// Reports all as warnings about the data file.
    pub(crate) fn warn(&self, shown: &Path, observer: &mut dyn Observer) {
        self.report(|problem, _| problem.warning().in_file(shown), observer);
    }

    /// Reports all as errors at the fields of the recipe.
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

impl Rows {
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
    /// Looks at what was found of a row.
    pub(crate) fn note(&mut self, finding: &Finding<'_>) {
        if let Finding::Skipped { row, line, reason: Skip::When, blame } = finding
            && self.by_when.is_none()
        {
            self.by_when = Some((*row, *line, blame.lines(&FieldError::new("when", ""))));
        }
    }

    /// Reports a warning if nothing is left to send. It is no error: a nightly list may be empty.
    pub(crate) fn warn(self, tally: &Tally, shown: &Path, observer: &mut dyn Observer) {
        if tally.rows + tally.broken == 0 {
            let help = "is the export complete, and do --only, --offset and --limit leave any row?";
            observer.problem(&Problem::new("no rows to send").help(help).warning().in_file(shown));
        } else if tally.ready == 0 && tally.skipped > 0 {
            observer.problem(&self.problem(tally, shown).warning());
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
