//! The check: one pass over all rows finds everything that is wrong, and what would be sent. Nothing is sent.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::inputs::Inputs;
use crate::app::inputs::data::report_damage;
use crate::app::inputs::options::CheckOptions;
use crate::app::{Error, Observer};
use crate::connectors::Connection;
use crate::diag::{Problem, Problems, Severity};
use crate::model::{ConnectionIndex, Row, State};
use crate::plan::Plan;
use crate::recipe::SendSettings;
use crate::rows::Damage;
use crate::run::{Approver, Checks, Finding, StateSet, Tally, Walk, check_rows};
use crate::template::Condition;

use super::approval;
use super::checked::{Checked, Share};
use super::findings::{EmptyAudience, GroupedFindings};
use super::preflight::Preflight;
use super::prior_runs::{foretell, intended};
use super::screening::screen;
use super::templates::{LookupPolicy, TemplateCatalog, all_pinned};

/// What `check` found.
pub struct CheckReport {
    /// How many rows are ready, skipped and invalid.
    pub tally: Tally,
    /// How the run would be, if it could begin.
    pub preflight: Option<Preflight>,
    /// The approval that was written: for how many messages, and where.
    pub approved: Option<(u64, PathBuf)>,
}

/// Checks what `options` name. Every problem is reported to `observer`.
pub fn check(options: &CheckOptions, observer: &mut dyn Observer) -> Result<CheckReport, Error> {
    let inputs = Inputs::read(&options.source, observer)?;
    let policy = LookupPolicy::of(false, options.source.offline);
    let catalog = TemplateCatalog::gather(&inputs, all_pinned(&inputs.connections)?, policy)?;
    let mut approver = Approver::new(inputs.connections.iter().map(|(_, connection)| &connection.endpoint));
    let look = |finding: &Finding<'_>, _: Option<&Row>| {
        if options.approve.is_some() {
            approver.add(finding);
        }
    };
    let examined = Examined::new(&inputs, &catalog, (&options.runs_dir, false), look, observer)?;
    let Examined { checks, checked, recipe_is_valid, .. } = &examined;
    let obstacles: Vec<Problem> =
        too_late(&inputs.recipe.send).into_iter().chain(one_number_twice(&inputs, checked)).collect();
    for problem in &obstacles {
        observer.problem(problem);
    }
    let valid = checked.tally.allows(options.skip_invalid) && *recipe_is_valid && obstacles.is_empty();
    let mut report = CheckReport { tally: checked.tally, preflight: None, approved: None };
    if valid {
        let mut preflight = Preflight::of(&inputs, checks, checked, &catalog, policy);
        preflight.cautions.extend(refusals_ahead(&inputs, checked, &options.runs_dir)?);
        report.preflight = Some(preflight);
        if let Some(path) = &options.approve {
            let approval = approval::approval_of(&inputs, approver, checked);
            approval::write(&approval, path)?;
            report.approved = Some((approval.messages, path.clone()));
        }
    }
    Ok(report)
}

/// What would keep `run` from sending. A check may pass without a token: it can run on another machine.
fn refusals_ahead(inputs: &Inputs, checked: &Checked, runs_dir: &Path) -> Result<Vec<String>, Problem> {
    let used = inputs.connections.iter().filter(|(index, _)| checked.uses(*index)).map(|(_, connection)| connection);
    let token = |connection: &Connection| connection.find_token(&inputs.environment).err();
    let missing = used.filter_map(token).map(|problem| format!("`run` needs a token: {}", problem.message));
    let intended = intended(inputs, checked, false)?;
    let sent = intended.and_then(|intended| foretell(runs_dir, &intended));
    Ok(missing.chain(sent).collect())
}

/// The problem that nothing may be sent any more.
pub(crate) fn too_late(send: &SendSettings) -> Option<Problem> {
    let late = send.not_after.is_some_and(|end| end < Timestamp::now());
    late.then(|| Problem::new("not-after has passed; nothing can be sent"))
}

/// Inputs that were checked, with everything that a run needs of the check.
pub(crate) struct Examined<'i> {
    /// The recipe, compiled for the list.
    pub(crate) plan: Plan<'i>,
    /// `--only`, compiled.
    pub(crate) only: Option<Condition<'i>>,
    /// What the rows were checked against, and the rows that it excluded.
    pub(crate) checks: Checks<'i>,
    /// What was found.
    pub(crate) checked: Checked,
    /// The recipe itself has no error.
    pub(crate) recipe_is_valid: bool,
}

impl<'i> Examined<'i> {
    /// Checks recipe and rows. `look` sees each finding, then `observer`; errors of the recipe come first, as findings too.
    /// `runs_dir` has the earlier runs; those in a sandbox count if this one goes to a `sandbox`.
    pub(crate) fn new(
        inputs: &'i Inputs,
        catalog: &'i TemplateCatalog,
        (runs_dir, sandbox): (&Path, bool),
        mut look: impl FnMut(&Finding<'_>, Option<&Row>),
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let plan = inputs.plan(&mut problems);
        for problem in &problems {
            observer.problem(problem);
            if problem.severity == Severity::Error {
                look(&Finding::Recipe(problem), None);
            }
        }
        let only = inputs.only(&plan)?;
        let mut checks =
            Checks { contracts: catalog.contracts(), screen: screen(inputs, runs_dir, sandbox)?, ..Checks::default() };
        let checked = check_all(inputs, &plan, only.as_ref(), &mut checks, look, observer)?;
        Ok(Self { plan, only, checks, checked, recipe_is_valid: !problems.has_errors() })
    }
}

/// Two connections that send from one number would send at twice the rate that it may, each keeping to its own.
pub(crate) fn one_number_twice(inputs: &Inputs, checked: &Checked) -> Option<Problem> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (index, connection) in inputs.connections.iter() {
        let Some(share) = checked.shares.get(&index) else { continue };
        if let Some(other) = seen.insert(&share.url, &connection.name) {
            let message = format!("the connections `{other}` and `{}` send from the same number", connection.name);
            let help =
                "each would keep to its own rate, and both together send faster than the number may: use one of them";
            return Some(Problem::new(message).help(help).in_file(&inputs.recipe.source.path));
        }
    }
    None
}

/// Checks every row. `look` sees each finding with its row, then `observer`. The digest covers the bytes that were checked.
fn check_all(
    inputs: &Inputs,
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    checks: &mut Checks<'_>,
    mut look: impl FnMut(&Finding<'_>, Option<&Row>),
    observer: &mut dyn Observer,
) -> Result<Checked, Error> {
    let shown = inputs.data.label();
    let mut rows = inputs.data.rows()?;
    let mut damage = Damage::default();
    let walk = Walk::new(rows.by_ref(), plan, only, inputs.range(), None);
    let (mut first, mut shares) = (None, BTreeMap::<ConnectionIndex, Share>::new());
    let (mut warnings, mut breaches) = (GroupedFindings::default(), GroupedFindings::default());
    let mut audience = EmptyAudience::default();
    let tally = check_rows(walk, plan, StateSet::default().with(State::Pending), checks, |finding, row| {
        if let Some(row) = row {
            damage.record(row);
        }
        if let Finding::Ready(request, about) = &finding {
            first.get_or_insert_with(|| (*request).clone());
            let share =
                shares.entry(request.connection).or_insert_with(|| Share { ready: 0, url: request.draft.url.clone() });
            share.ready += 1;
            warnings.note(request, about);
        }
        breaches.note_breaches(&finding);
        audience.note(&finding);
        if matches!(finding, Finding::Invalid { .. }) {
            damage.refused();
        }
        look(&finding, row);
        observer.row(&finding, row, shown);
    })?;
    breaches.refuse(plan, observer);
    warnings.warn(shown, observer);
    report_damage(&mut damage, &rows, shown, observer);
    audience.warn(&tally, shown, observer);
    let digest = rows.into_inner().finish().map_err(|error| Problem::new(error.to_string()).in_file(shown))?;
    Ok(Checked { tally, first, digest, shares })
}
