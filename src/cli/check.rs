//! `rowcast check`: every problem of recipe, connection and data at once. Nothing is sent.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use crate::diag::{Place, Problem, Problems};
use crate::model::{FieldError, Request, RowNumber, State};
use crate::phone;
use crate::plan::Plan;
use crate::rows::{Damage, Digest};
use crate::run::{Finding, Take, Tally, Walk, check_rows};
use crate::template::Condition;

use super::args::CheckArgs;
use super::console;
use super::data::{broken, tell_damage};
use super::exit::{Exit, Failure};
use super::inputs::Inputs;

/// Runs the command.
pub(super) fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    let inputs = Inputs::read(&args.source)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    console::problems(&problems);
    let only = inputs.only(&plan)?;
    let checked = check_all(&inputs, &plan, only.as_ref())?;
    let fine = checked.tally.allows(args.skip_invalid) && !problems.has_errors();
    console::tell(&format!("{}\n", sentence(&checked.tally)));
    Ok(if fine { Exit::Done } else { Exit::Invalid })
}

/// What a pass over all rows found.
pub(super) struct Checked {
    pub(super) tally: Tally,
    pub(super) first: Option<Request>,
    pub(super) digest: Digest,
}

/// Checks every row and prints every problem. The digest is that of the bytes that were checked.
pub(super) fn check_all(inputs: &Inputs, plan: &Plan<'_>, only: Option<&Condition<'_>>) -> Result<Checked, Failure> {
    let shown = inputs.data.label();
    let mut rows = inputs.data.rows()?;
    let damage = RefCell::new(Damage::default());
    let seen = rows.by_ref().inspect(|row| row.iter().for_each(|row| damage.borrow_mut().note(row)));
    let walk = Walk::new(seen, plan, only, inputs.range(), None);
    let mut first = None;
    let mut warnings = Warnings::default();
    let tally = check_rows(walk, plan, Take::default().with(State::Pending), |finding| {
        if let Finding::Ready(request, about) = &finding {
            first.get_or_insert_with(|| (*request).clone());
            warnings.note(request, about);
        }
        if matches!(finding, Finding::Invalid { .. }) {
            damage.borrow_mut().refused();
        }
        tell(&finding, shown);
    })
    .map_err(crate::run::RunError::from)?;
    warnings.print(shown);
    tell_damage(&mut damage.borrow_mut(), &rows, shown);
    nothing_to_do(&tally, shown);
    let digest = rows.into_inner().finish().map_err(|error| Problem::new(error.to_string()).in_file(shown))?;
    Ok(Checked { tally, first, digest })
}

/// An export that came out empty is no error, but somebody should know.
pub(super) fn nothing_to_do(tally: &Tally, shown: &Path) {
    if tally.rows + tally.broken == 0 {
        let help = "is the export complete, and do --only, --offset and --limit leave any row?";
        console::problem(&Problem::new("no rows to send").help(help).warning().in_file(shown));
    }
}

/// Prints what is wrong.
pub(super) fn tell(finding: &Finding<'_>, shown: &Path) {
    match finding {
        Finding::Ready(..) | Finding::Skipped { .. } => {}
        Finding::Invalid { row, line, own, .. } => {
            for error in *own {
                let place = Place::Row { path: shown.to_owned(), line: *line, row: Some(row.0) };
                console::problem(&Problem::new(error.to_string()).at(place));
            }
        }
        Finding::Broken(error) => console::problem(&broken(error, shown)),
        Finding::Recipe(problem) => console::problem(problem),
    }
}

/// Warnings are the same for many rows: each is printed once, with the rows that it concerns.
#[derive(Default)]
pub(super) struct Warnings {
    seen: BTreeMap<FieldError, Vec<RowNumber>>,
    counts: BTreeMap<FieldError, u64>,
}

/// Different warnings that are kept, and rows that are named for each.
const KINDS: usize = 100;
const NAMED: usize = 5;

impl Warnings {
    pub(super) fn note(&mut self, request: &Request, about: &[FieldError]) {
        for warning in about {
            self.add(warning.clone(), request.row);
        }
        if request.draft.lane.as_deref().is_some_and(|to| !phone::is_known(to)) {
            let message = "the number plan knows no such number; look for a typing mistake";
            self.add(FieldError::new("to", message), request.row);
        }
    }

    fn add(&mut self, warning: FieldError, row: RowNumber) {
        if self.counts.len() >= KINDS && !self.counts.contains_key(&warning) {
            return;
        }
        *self.counts.entry(warning.clone()).or_default() += 1;
        let rows = self.seen.entry(warning).or_default();
        if rows.len() < NAMED {
            rows.push(row);
        }
    }

    pub(super) fn print(&self, shown: &Path) {
        for (warning, rows) in &self.seen {
            let named: Vec<String> = rows.iter().map(RowNumber::to_string).collect();
            let more = self.counts.get(warning).copied().unwrap_or_default().saturating_sub(named.len() as u64);
            let rows = match (named.as_slice(), more) {
                ([one], 0) => format!("row {one}"),
                (_, 0) => format!("rows {}", named.join(", ")),
                (_, more) => format!("rows {} and {more} more", named.join(", ")),
            };
            console::problem(&Problem::new(format!("{rows}: {warning}")).warning().in_file(shown));
        }
    }
}

/// `12 rows checked: 10 ready to send, 2 skipped`.
pub(super) fn sentence(tally: &Tally) -> String {
    let Tally { rows, ready, skipped, invalid, broken } = tally;
    let noun = if *rows == 1 { "row" } else { "rows" };
    let mut parts = vec![format!("{ready} ready to send")];
    for (count, what) in [(skipped, "skipped"), (invalid, "invalid"), (broken, "not readable")] {
        if *count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    format!("{rows} {noun} checked: {}", parts.join(", "))
}
