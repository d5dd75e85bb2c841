//! The first pass: every row becomes a request or a list of problems, and nothing is sent.

use crate::diag::{Problem, Problems};
use crate::model::{FieldError, Request, Row, RowNumber};
use crate::plan::{Plan, Verdict};
use crate::rows::DataError;

use super::{Take, Walk, WalkError};

/// One thing that the pass found, in the order of the rows.
#[derive(Debug)]
pub enum Finding<'a> {
    /// A valid request, and what should be said about it.
    Ready(&'a Request, &'a [FieldError]),
    /// A row that is left out on purpose.
    Skipped {
        /// The row.
        row: RowNumber,
        /// Its physical line.
        line: u64,
        /// Why.
        reason: &'static str,
    },
    /// A row that is not a valid request.
    Invalid {
        /// The row.
        row: RowNumber,
        /// Its physical line.
        line: u64,
        /// Everything that is wrong with it.
        errors: &'a [FieldError],
        /// What of that is the row's own fault, and not the recipe's.
        own: &'a [FieldError],
    },
    /// A record that is not a row: the data file is broken here.
    Broken(&'a DataError),
    /// A problem of the recipe that a row brought to light; reported once.
    Recipe(&'a Problem),
}

/// What the pass counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows looked at.
    pub rows: u64,
    /// Those that would be sent.
    pub ready: u64,
    /// Those left out on purpose.
    pub skipped: u64,
    /// Those that do not render.
    pub invalid: u64,
    /// Records that are no rows, and problems of the recipe.
    pub broken: u64,
}

impl Tally {
    /// True if a run may begin.
    pub fn allows(&self, skip_invalid: bool) -> bool {
        self.broken == 0 && (skip_invalid || self.invalid == 0)
    }
}

/// Checks every row of `walk` that `take` takes and tells `tell` what it finds.
///
/// # Errors
/// The ledger cannot be read. What is wrong with the data is a finding.
pub fn check_rows<I>(
    walk: Walk<'_, '_, I>,
    plan: &Plan<'_>,
    take: Take,
    mut tell: impl FnMut(Finding<'_>),
) -> Result<Tally, WalkError>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let mut tally = Tally::default();
    for member in walk {
        let member = match member {
            Ok(member) => member,
            Err(WalkError::Data(error)) => {
                tally.broken += 1;
                tell(Finding::Broken(&error));
                continue;
            }
            Err(error) => return Err(error),
        };
        if !take.takes(&member.standing) {
            continue;
        }
        tally.rows += 1;
        let (row, line) = (member.row.number, member.row.line);
        match plan.verdict(&plan.scope(member.row), row, line) {
            Verdict::Ready(request, warnings) => {
                tally.ready += 1;
                tell(Finding::Ready(&request, &warnings));
            }
            Verdict::Skipped(reason) => {
                tally.skipped += 1;
                tell(Finding::Skipped { row, line, reason });
            }
            Verdict::Invalid(errors) => {
                tally.invalid += 1;
                let mut recipes = Problems::default();
                let own = plan.of_the_row(errors.clone(), &mut recipes);
                for problem in recipes {
                    tally.broken += 1;
                    tell(Finding::Recipe(&problem));
                }
                tell(Finding::Invalid { row, line, errors: &errors, own: &own });
            }
        }
    }
    debug_assert_eq!(tally.rows, tally.ready + tally.skipped + tally.invalid);
    Ok(tally)
}
