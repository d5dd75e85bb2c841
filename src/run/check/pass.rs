//! The first pass: every row becomes a request or a list of problems, and nothing is sent.
//!
//! A row goes through the recipe, then the API's contract, then the screen. Rows that the last two leave out are
//! recorded in the ledger, so later passes over the same rows do not decide again.

use std::io;

use jiff::{SignedDuration, Timestamp};

use crate::diag::{Problem, Problems};
use crate::model::{Contract, Exclusion, FieldError, Request, Row, RowNumber, SentBefore, Skip, State};
use crate::plan::{CellTrace, Plan, Verdict};
use crate::rows::DataError;
use crate::run::error::RunError;
use crate::run::state::walk::{StateSet, Walk, WalkError};
use crate::template::RowScope;

use super::ahead::{Judged, for_each_verdict};
use super::excluded_rows::{ExcludedRow, ExcludedRows};
use super::prior::{PriorCounts, PriorMessages};
use super::repeats::{MessageCounter, RepeatedRows};
use super::screen::Screen;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A finding of the pass, in row order.
#[derive(Debug)]
pub enum Finding<'a> {
    /// A valid request, with its warnings.
    Ready(&'a Request, &'a [FieldError]),
    /// A row that is left out on purpose.
    Skipped {
        /// The row.
        row: RowNumber,
        /// Its physical line.
        line: u64,
        /// The reason.
        reason: &'a Skip,
        /// Finds the cells that the reason is about.
        trace: CellTrace<'a>,
    },
    /// A row that is not a valid request.
    Invalid {
        /// The row.
        row: RowNumber,
        /// Its physical line.
        line: u64,
        /// All its problems.
        errors: &'a [FieldError],
        /// The problems that are the row's own and not the recipe's.
        own: &'a [FieldError],
        /// The problems for which the API would refuse it; often the same for many rows.
        breaches: &'a [FieldError],
        /// Finds the cells that each problem is about.
        trace: CellTrace<'a>,
    },
    /// A record that is not a row: the data file is damaged here.
    Broken(&'a DataError),
    /// A problem of the recipe that only a row revealed; reported once.
    Recipe(&'a Problem),
}

/// Counts of the pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows checked.
    pub rows: u64,
    /// Rows that would be sent.
    pub ready: u64,
    /// Rows left out on purpose.
    pub skipped: u64,
    /// Skipped rows that duplicate an earlier row.
    pub duplicates: u64,
    /// Skipped rows whose recipient is suppressed.
    pub suppressed: u64,
    /// Skipped rows that were sent once already.
    pub sent_before: u64,
    /// Rows that do not render to a valid request.
    pub invalid: u64,
    /// Damaged records, and problems of the recipe.
    pub broken: u64,
}

impl Tally {
    /// Skipped rows for which `when` is false.
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

/// The checks after the recipe's own, and the rows that they leave out.
#[derive(Debug, Default)]
pub struct Checks<'a> {
    /// What the API expects, by connection index, where it is known.
    pub contracts: Vec<Option<&'a dyn Contract>>,
    /// Decides which valid rows are left out.
    pub screen: Option<Screen>,
    /// The rows that contracts and screen have left out so far.
    pub excluded: ExcludedRows,
    /// What other runs have sent, unless nobody is to ask.
    pub prior: Option<PriorMessages>,
    /// The rows that other runs have sent.
    pub sent: PriorCounts,
    /// Counts equal messages, if the list may hold the same message for a person several times.
    pub repeats: Option<Repeats>,
}

/// Equal messages within a list.
#[derive(Debug, Default)]
pub struct Repeats {
    counter: MessageCounter,
    /// The rows whose message is not the first of its kind.
    pub rows: RepeatedRows,
}

/// Checks the selected rows and passes each finding with its row to `report`. Rows are read ahead, so the reader is
/// already past the reported row.
///
/// # Errors
///
/// The ledger or a temporary file cannot be used. Problems of the data are findings.
pub fn check_rows<I>(
    walk: Walk<'_, '_, I>,
    plan: &Plan<'_>,
    selected: StateSet,
    checks: &mut Checks<'_>,
    mut report: impl FnMut(Finding<'_>, Option<&Row>),
) -> Result<Tally, RunError>
where
    I: Iterator<Item = Result<Row, DataError>>,
{
    let mut tally = Tally::default();
    let day_ago = Timestamp::now().saturating_sub(DAY).unwrap_or(Timestamp::MIN);
    // Rendering threads ask it, while this one changes the rest.
    let prior = checks.prior.take();
    for_each_verdict(walk, (plan, prior.as_ref()), selected, |judged| {
        let Judged { row, line, attempts, scope, verdict, sent } = match judged {
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
        let (trace, of) = (CellTrace::new(plan, scope), RowScope::row(scope));
        match verdict {
            Verdict::Ready(request, warnings) => {
                warnings.extend((plan.task().doubt)(&request.draft));
                let sent = sent.take().unwrap_or(Ok(None))?;
                match checks.judge_and_count(request, *attempts, warnings, (sent, prior.as_ref(), day_ago))? {
                    Judgement::Passed => {
                        tally.ready += 1;
                        report(Finding::Ready(request, warnings), of);
                    }
                    Judgement::Skipped(reason) => {
                        tally.skip(&reason);
                        report(Finding::Skipped { row, line, reason: &reason, trace }, of);
                    }
                    Judgement::Breached(errors) => {
                        tally.invalid += 1;
                        report(Finding::Invalid { row, line, errors: &errors, own: &[], breaches: &errors, trace }, of);
                    }
                }
            }
            Verdict::Skipped(reason) => {
                tally.skip(reason);
                report(Finding::Skipped { row, line, reason, trace }, of);
            }
            Verdict::Invalid(errors) => {
                tally.invalid += 1;
                let mut recipes = Problems::default();
                let own = plan.of_the_row(errors.clone(), &mut recipes);
                for problem in recipes {
                    tally.broken += 1;
                    report(Finding::Recipe(&problem), None);
                }
                report(Finding::Invalid { row, line, errors, own: &own, breaches: &[], trace }, of);
            }
        }
        Ok::<_, RunError>(())
    })?;
    checks.prior = prior;
    debug_assert_eq!(tally.rows, tally.ready + tally.skipped + tally.invalid);
    Ok(tally)
}

/// The decision of contract and screen about a valid row.
enum Judgement {
    Passed,
    Skipped(Skip),
    Breached(Vec<FieldError>),
}

impl Checks<'_> {
    /// The judgement of a row, and its count among those that other runs have sent.
    fn judge_and_count(
        &mut self,
        request: &Request,
        attempts: u32,
        warnings: &mut Vec<FieldError>,
        (sent, prior, day_ago): (Option<SentBefore>, Option<&PriorMessages>, Timestamp),
    ) -> Result<Judgement, RunError> {
        let sent = self.sent_before(request, sent, prior)?;
        // Rows that are sent again on purpose are counted as well.
        let again = sent.clone().filter(|_| prior.is_some_and(|prior| prior.rule().again));
        let judgement = self.judge(request, attempts, warnings, sent.filter(|_| again.is_none()))?;
        match (&judgement, &again) {
            (Judgement::Skipped(Skip::Once { by: Some(sent) }), _) | (Judgement::Passed, Some(sent)) => {
                self.sent.add(sent, day_ago);
            }
            _ => {}
        }
        Ok(judgement)
    }

    /// Who has sent the row's message before, if anybody has. `sent` is the answer for the first of equal
    /// messages.
    fn sent_before(
        &mut self,
        request: &Request,
        mut sent: Option<SentBefore>,
        prior: Option<&PriorMessages>,
    ) -> Result<Option<SentBefore>, RunError> {
        if let Some(repeats) = &mut self.repeats {
            let nth = repeats.counter.nth(request.draft.lane.as_deref(), request.keys.message).map_err(temporary)?;
            repeats.rows.add(request.row, nth);
            if let Some(prior) = prior.filter(|_| nth > 1) {
                sent = prior.of(request, nth)?;
            }
        }
        Ok(sent)
    }

    fn judge(
        &mut self,
        request: &Request,
        attempts: u32,
        warnings: &mut Vec<FieldError>,
        sent: Option<SentBefore>,
    ) -> Result<Judgement, RunError> {
        if let Some(contract) = self.contracts.get(request.connection.index()).copied().flatten() {
            let breaches = contract.check(&request.draft.body.outline());
            warnings.extend(breaches.warnings);
            if !breaches.errors.is_empty() {
                let reason = breaches.errors.iter().map(FieldError::to_string).collect::<Vec<_>>().join("; ");
                self.exclude(request, attempts, State::Invalid, reason)?;
                return Ok(Judgement::Breached(breaches.errors));
            }
        }
        let Some(screen) = &mut self.screen else { return Ok(Judgement::Passed) };
        let Some(skip) = screen.judge(request, sent)? else { return Ok(Judgement::Passed) };
        self.exclude(request, attempts, State::Skipped, skip.to_string())?;
        Ok(Judgement::Skipped(skip))
    }

    fn exclude(&mut self, request: &Request, attempts: u32, state: State, reason: String) -> Result<(), RunError> {
        let row =
            ExcludedRow { row: request.row, line: request.line, attempts, exclusion: Exclusion { state, reason } };
        self.excluded.push(&row).map_err(temporary)
    }
}

fn temporary(source: io::Error) -> RunError {
    RunError::Io { path: std::env::temp_dir(), source }
}
