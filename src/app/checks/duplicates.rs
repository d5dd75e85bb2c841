//! The duplicates of a list: which row repeats which, and where the two messages differ.

use std::path::Path;

use crate::app::Observer;
use crate::diag::{Problem, plural, thousands};
use crate::model::{RowNumber, Skip};
use crate::run::Finding;

/// Rows to name, at most.
const NAMED: usize = 5;

/// The duplicates of a list.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    first: Vec<(RowNumber, RowNumber)>,
    count: u64,
    /// Those whose message is another one than that of the row they repeat.
    first_other: Vec<(RowNumber, RowNumber)>,
    other: u64,
}

impl Duplicates {
    /// Records the finding of a row.
    pub(crate) fn note(&mut self, finding: &Finding<'_>) {
        let Finding::Skipped { row, reason: Skip::Duplicate { of: Some(of), other_message }, .. } = finding else {
            return;
        };
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push((*row, *of));
        }
        self.other += u64::from(*other_message);
        if *other_message && self.first_other.len() < NAMED {
            self.first_other.push((*row, *of));
        }
    }

    /// Which row repeats which: `row 7 repeats row 2, row 9 repeats row 2 and 3 more`.
    pub(crate) fn line(&self) -> Option<String> {
        (self.count > 0).then(|| named(&self.first, self.count))
    }

    /// Warns of rows that are left out although their message is another one: two orders of one person, perhaps.
    pub(crate) fn warn(&self, shown: &Path, observer: &mut dyn Observer) {
        if self.other == 0 {
            return;
        }
        let (rows, them) = (plural(self.other, "duplicate"), if self.other == 1 { "has" } else { "have" });
        let which = named(&self.first_other, self.other);
        let message =
            format!("{} {rows} {them} another message than the row of the same person: {which}", thousands(self.other));
        let help = "only the first is sent; if each row is an event of its own, write `unique: \"{{ order_id }}\"` with a column that tells \
                    events apart";
        observer.problem(&Problem::new(message).help(help).warning().in_file(shown));
    }
}

fn named(rows: &[(RowNumber, RowNumber)], count: u64) -> String {
    let named: Vec<String> = rows.iter().map(|(row, of)| format!("row {row} repeats row {of}")).collect();
    match count.saturating_sub(rows.len() as u64) {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), thousands(more)),
    }
}
