//! The first pass: every row becomes a request or a list of problems, and nothing is sent.
//!
//! A row goes through the recipe, then through what the API expects, then through the screen. What the last two leave out is
//! kept for the ledger: they are asked once, and a later pass over the same rows does not ask them again.

use crate::diag::{Problem, Problems};
use crate::model::{Contract, FieldError, Left, Request, Row, RowNumber, Skip, State};
use crate::plan::{CellTrace, Plan, Verdict};
use crate::rows::DataError;
use crate::run::error::RunError;
use crate::run::state::walk::{Take, Walk, WalkError};
use crate::template::Scope;

use super::ahead::{Judged, for_each_verdict};
use super::left_out::{LeftOut, LeftRow};
use super::screen::Screen;

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
        reason: &'a Skip,
        /// Knows the cells that the reason is about.
        blame: CellTrace<'a>,
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
        /// What of that the API would refuse: often the same for many rows.
        breaches: &'a [FieldError],
        /// Knows the cells that each of them is about.
        blame: CellTrace<'a>,
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
    /// Of those, the ones that are the same as an earlier row.
    pub duplicates: u64,
    /// Of those, the ones whose recipient is not to be written to.
    pub suppressed: u64,
    /// Of those, the ones that were sent once already.
    pub sent_before: u64,
    /// Those that do not render.
    pub invalid: u64,
    /// Records that are no rows, and problems of the recipe.
    pub broken: u64,
}

impl Tally {
    /// Of those left out, the ones for which `when` is false.
    pub fn by_when(&self) -> u64 {
        self.skipped - self.duplicates - self.suppressed - self.sent_before
    }

    /// True if a run may begin.
    pub fn allows(&self, skip_invalid: bool) -> bool {
        self.broken == 0 && (skip_invalid || self.invalid == 0)
    }

    fn skip(&mut self, reason: &Skip) {
        self.skipped += 1;
        match reason {
            Skip::When => {}
            Skip::Duplicate { .. } => self.duplicates += 1,
            Skip::Suppressed { .. } => self.suppressed += 1,
            Skip::Once { .. } => self.sent_before += 1,
        }
    }
}

/// What a row that the recipe has no objection to is held to, and what comes of it.
#[derive(Debug, Default)]
pub struct Checks<'a> {
    /// What the API expects of a request, for each connection, where that is known.
    pub contracts: Vec<Option<&'a dyn Contract>>,
    /// Who is left out.
    pub screen: Option<Screen>,
    /// The rows that contract and screen have left out so far.
    pub left_out: LeftOut,
}

/// Checks every row of `walk` that `take` takes and tells `report` what it finds, with the row that it is found in. What is
/// told of is not the row that was read last: reading is ahead of it.
///
/// # Errors
/// The ledger or a temporary file cannot be used. What is wrong with the data is a finding.
pub fn check_rows<I>(
    walk: Walk<'_, '_, I>,
    plan: &Plan<'_>,
    take: Take,
    checks: &mut Checks<'_>,
    mut report: impl FnMut(Finding<'_>, Option<&Row>),
) -> Result<Tally, RunError>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let mut tally = Tally::default();
    for_each_verdict(walk, plan, take, |judged| {
        let Judged { row, line, attempts, scope, verdict } = match judged {
            Ok(judged) => judged,
            Err(WalkError::Data(error)) => {
                tally.broken += 1;
                report(Finding::Broken(&error), None);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let (row, line) = (*row, *line);
        tally.rows += 1;
        let (blame, of) = (CellTrace::new(plan, scope), Scope::row(scope));
        match verdict {
            Verdict::Ready(request, warnings) => match checks.judge(request, *attempts, warnings)? {
                Judgement::Passed => {
                    tally.ready += 1;
                    report(Finding::Ready(request, warnings), of);
                }
                Judgement::Skipped(reason) => {
                    tally.skip(&reason);
                    report(Finding::Skipped { row, line, reason: &reason, blame }, of);
                }
                Judgement::Breached(errors) => {
                    tally.invalid += 1;
                    report(Finding::Invalid { row, line, errors: &errors, own: &[], breaches: &errors, blame }, of);
                }
            },
            Verdict::Skipped(reason) => {
                tally.skip(reason);
                report(Finding::Skipped { row, line, reason, blame }, of);
            }
            Verdict::Invalid(errors) => {
                tally.invalid += 1;
                let mut recipes = Problems::default();
                let own = plan.of_the_row(errors.clone(), &mut recipes);
                for problem in recipes {
                    tally.broken += 1;
                    report(Finding::Recipe(&problem), None);
                }
                report(Finding::Invalid { row, line, errors, own: &own, breaches: &[], blame }, of);
            }
        }
        Ok::<_, RunError>(())
    })?;
    debug_assert_eq!(tally.rows, tally.ready + tally.skipped + tally.invalid);
    Ok(tally)
}

/// What contract and screen say of a valid row.
enum Judgement {
    Passed,
    Skipped(Skip),
    Breached(Vec<FieldError>),
}

impl Checks<'_> {
    fn judge(
        &mut self,
        request: &Request,
        attempts: u32,
        warnings: &mut Vec<FieldError>,
    ) -> Result<Judgement, RunError> {
        if let Some(contract) = self.contracts.get(request.via.index()).copied().flatten() {
            let breaches = contract.check(&request.draft.body.outline());
            warnings.extend(breaches.warnings);
            if !breaches.errors.is_empty() {
                let reason = breaches.errors.iter().map(FieldError::to_string).collect::<Vec<_>>().join("; ");
                self.leave_out(request, attempts, State::Invalid, reason)?;
                return Ok(Judgement::Breached(breaches.errors));
            }
        }
        let Some(screen) = &mut self.screen else { return Ok(Judgement::Passed) };
        let Some(skip) = screen.judge(request)? else { return Ok(Judgement::Passed) };
        self.leave_out(request, attempts, State::Skipped, skip.to_string())?;
        Ok(Judgement::Skipped(skip))
    }

    fn leave_out(&mut self, request: &Request, attempts: u32, state: State, reason: String) -> Result<(), RunError> {
        let row = LeftRow { row: request.row, line: request.line, attempts, left: Left { state, reason } };
        self.left_out.push(&row).map_err(|source| RunError::Io { path: std::env::temp_dir(), source })
    }
}
