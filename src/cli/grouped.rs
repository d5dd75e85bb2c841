//! Findings that are the same for many rows: each is told once, with the rows that it concerns.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diag::Problem;
use crate::model::{FieldError, Request, RowNumber};
use crate::phone::{self, Line};
use crate::plan::Plan;
use crate::run::Finding;

use crate::cli::terminal::console;

/// Different findings that are kept, and rows that are named for each.
const KINDS: usize = 100;
const NAMED: usize = 5;

/// What was found, by what it says.
#[derive(Default)]
pub(super) struct Grouped {
    found: BTreeMap<FieldError, Rows>,
    /// Findings of further kinds, which are only counted.
    more: u64,
}

#[derive(Default)]
struct Rows {
    first: Vec<RowNumber>,
    count: u64,
}

impl Grouped {
    /// Notes what should be said about a request that is legal.
    pub(super) fn note(&mut self, request: &Request, about: &[FieldError]) {
        for warning in remarks(request, about) {
            self.add(warning, request.row);
        }
    }

    /// Notes what the API would refuse of a row.
    pub(super) fn note_breaches(&mut self, finding: &Finding<'_>) {
        if let Finding::Invalid { row, breaches, .. } = finding {
            breaches.iter().for_each(|breach| self.add(breach.clone(), *row));
        }
    }

    /// True if nothing was noted.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Notes one finding of a row.
    pub(super) fn add(&mut self, finding: FieldError, row: RowNumber) {
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

    /// Prints all as warnings about the data file.
    pub(super) fn warn(&self, shown: &Path) {
        self.print(|problem, _| problem.warning().in_file(shown));
    }

    /// Prints all as errors at the fields of the recipe.
    pub(super) fn refuse(&self, plan: &Plan<'_>) {
        self.print(|problem, field| plan.at_field(problem, field));
    }

    fn print(&self, place: impl Fn(Problem, &str) -> Problem) {
        for (finding, rows) in &self.found {
            console::problem(&place(Problem::new(format!("{}: {finding}", rows.named())), &finding.field));
        }
        if self.more > 0 {
            console::problem(&place(Problem::new(format!("{} more findings of other kinds", self.more)), ""));
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

/// Everything that should be said about a request that is legal: what its task says, and what the number plan does.
pub(super) fn remarks(request: &Request, about: &[FieldError]) -> Vec<FieldError> {
    let message = match request.draft.recipient.as_deref().map(phone::line) {
        Some(None) => Some("the number plan knows no such number; look for a typing mistake"),
        Some(Some(Line::Fixed)) => Some("a landline by its number; few of those have WhatsApp"),
        Some(Some(Line::Other)) => Some("a service number (toll-free, shared cost …); few of those have WhatsApp"),
        Some(Some(Line::Mobile)) | None => None,
    };
    about.iter().cloned().chain(message.map(|message| FieldError::new("to", message))).collect()
}
