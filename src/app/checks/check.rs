//! The check: one pass over all rows finds every problem and every message that would be sent. It sends nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::inputs::data::report_damage;
use crate::app::inputs::options::CheckOptions;
use crate::app::inputs::{Inputs, refuse_unknown_vars};
use crate::app::{Error, Observer};
use crate::connectors::Connection;
use crate::diag::{Problem, Problems, Severity};
use crate::model::{ConnectionIndex, Row, State};
use crate::plan::Plan;
use crate::recipe::{SendSettings, Unique};
use crate::rows::Damage;
use crate::run::{Approver, Checks, Finding, Repeats, StateSet, Tally, Walk, check_rows};
use crate::template::Condition;

use super::approval;
use super::checked::{Checked, ConnectionShare};
use super::duplicates::Duplicates;
use super::findings::{EmptyAudience, GroupedFindings};
use super::memory::{prior_messages, rule};
use super::preflight::Preflight;
use super::runs_elsewhere::foretell_elsewhere;
use super::screening::screen;
use super::templates::{LookupPolicy, TemplateCatalog, all_pinned};

/// The result of `check`.
pub struct CheckReport {
    /// How many rows are ready, skipped and invalid.
    pub tally: Tally,
    /// The preflight of the run, if the run could begin.
    pub preflight: Option<Preflight>,
    /// The approval that was written: its number of messages and its file.
    pub approved: Option<(u64, PathBuf)>,
}

/// Checks the inputs that `options` name. Reports every problem to `observer`.
pub fn check(options: &CheckOptions, observer: &mut dyn Observer) -> Result<CheckReport, Error> {
    let inputs = Inputs::read(&options.source, observer)?;
    refuse_unknown_vars(&inputs.recipe, &options.source.vars)?;
    let policy = LookupPolicy::of(false, options.source.offline);
    let catalog = TemplateCatalog::gather(&inputs, all_pinned(&inputs.connections)?, policy)?;
    let mut approver = Approver::new(inputs.connections.iter().map(|(_, connection)| &connection.endpoint));
    let look = |finding: &Finding<'_>, _: Option<&Row>| {
        if options.approve.is_some() {
            approver.add(finding);
        }
    };
    let runs_dir = inputs.project.runs_dir(options.runs_dir.as_deref());
    let examined = Examined::new(&inputs, &catalog, (&runs_dir, false), look, observer)?;
    let Examined { checks, checked, recipe_is_valid, .. } = &examined;
    let obstacles: Vec<Problem> = too_late(&inputs.recipe.send)
        .into_iter()
        .chain(one_number_twice(&inputs, checked))
        .chain(path_without_name(&inputs, None))
        .collect();
    for problem in &obstacles {
        observer.problem(problem);
    }
    let valid = checked.tally.allows(options.skip_invalid) && *recipe_is_valid && obstacles.is_empty();
    let mut report = CheckReport { tally: checked.tally, preflight: None, approved: None };
    if valid {
        let mut preflight = Preflight::of(&inputs, checks, checked, &catalog, policy);
        preflight.cautions.extend(refusals_ahead(&inputs, checked, options));
        report.preflight = Some(preflight);
        if let Some(path) = &options.approve {
            let approval = approval::approval_of(&inputs, approver, checked);
            approval::write(&approval, path)?;
            report.approved = Some((approval.messages, path.clone()));
        }
    }
    Ok(report)
}

/// Reasons for which `run` would refuse. A check may pass without a token, because it may run on another machine.
fn refusals_ahead(inputs: &Inputs, checked: &Checked, options: &CheckOptions) -> Vec<String> {
    let runs_dir = options.runs_dir.as_deref();
    let elsewhere = foretell_elsewhere(inputs, checked, runs_dir);
    let used: Vec<&Connection> =
        inputs.connections.iter().filter(|(index, _)| checked.uses(*index)).map(|(_, connection)| connection).collect();
    let proxies = used.iter().filter_map(|connection| Some(connection.unusable_proxy()?.message));
    let proxies = proxies.map(|message| format!("`run` would refuse: {message}"));
    let token = |connection: &&Connection| connection.find_token(&inputs.environment).err();
    let missing = used.iter().filter_map(token).map(|problem| format!("`run` needs a token: {}", problem.message));
    missing.chain(proxies).chain(elsewhere).collect()
}

/// The problem that `not-after` has passed.
pub(crate) fn too_late(send: &SendSettings) -> Option<Problem> {
    let late = send.not_after.is_some_and(|end| end < Timestamp::now());
    late.then(|| Problem::new("`not-after` has passed; nothing can be sent"))
}

/// The problem that a run could not write down where its inputs are: `run.json` is text, and so are names of files in it.
pub(crate) fn path_without_name(inputs: &Inputs, output: Option<&Path>) -> Option<Problem> {
    let connections = inputs.connections.iter().flat_map(|(_, connection)| connection.files());
    let named = [inputs.recipe.source.path.clone(), inputs.data.shown.clone()].into_iter();
    let mut named = named.chain(connections).chain(output.map(Path::to_owned));
    let path = named.find(|path| std::path::absolute(path).is_ok_and(|path| path.to_str().is_none()))?;
    let path = std::path::absolute(&path).unwrap_or(path);
    let message = format!("the path {} is not text in UTF-8, and a run could not write it down", path.display());
    Some(Problem::new(message).help("rename the file or the folder that is shown with \u{fffd}"))
}

/// Checked inputs, with the results of the check that a run needs.
pub(crate) struct Examined<'i> {
    /// The recipe, compiled for the list.
    pub(crate) plan: Plan<'i>,
    /// `--only`, compiled.
    pub(crate) only: Option<Condition<'i>>,
    /// The contracts and the screen that rows were checked against, and the excluded rows.
    pub(crate) checks: Checks<'i>,
    /// The findings.
    pub(crate) checked: Checked,
    /// Whether the recipe has no error.
    pub(crate) recipe_is_valid: bool,
}

impl<'i> Examined<'i> {
    /// Checks recipe and rows. Passes each finding to `look`, then to `observer`, errors of the recipe first. `runs_dir` contains
    /// the other runs; with `again`, what they have sent is counted and not left out.
    pub(crate) fn new(
        inputs: &'i Inputs,
        catalog: &'i TemplateCatalog,
        (runs_dir, again): (&Path, bool),
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
        let prior = prior_messages(inputs, runs_dir, (again, None), observer)?;
        // Where each person gets one message, it is the first of its kind.
        let repeats = inputs.recipe.audience.unique != Unique::Recipient && rule(inputs, again).is_some();
        let repeats = repeats.then(Repeats::default);
        let (contracts, screen) = (catalog.contracts(), screen(inputs)?);
        let mut checks = Checks { contracts, screen, prior, repeats, ..Checks::default() };
        let checked = check_all(inputs, &plan, only.as_ref(), &mut checks, look, observer)?;
        Ok(Self { plan, only, checks, checked, recipe_is_valid: !problems.has_errors() })
    }
}

/// Reports two connections that send from one number: each keeps its own rate, so together they exceed the number's.
pub(crate) fn one_number_twice(inputs: &Inputs, checked: &Checked) -> Option<Problem> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (index, connection) in inputs.connections.iter() {
        let Some(share) = checked.shares.get(&index) else { continue };
        if let Some(other) = seen.insert(&share.url, &connection.name) {
            let message = format!("the connections `{other}` and `{}` send from the same number", connection.name);
            let help = "use one of them: each keeps its own rate, so together they would exceed the number's rate";
            return Some(Problem::new(message).help(help).in_file(&inputs.recipe.source.path));
        }
    }
    None
}

/// Checks every row. Passes each finding with its row to `look`, then to `observer`. The digest covers the checked bytes.
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
    let (mut first, mut shares) = (None, BTreeMap::<ConnectionIndex, ConnectionShare>::new());
    let (mut warnings, mut breaches) = (GroupedFindings::default(), GroupedFindings::default());
    let (mut audience, mut duplicates) = (EmptyAudience::default(), Duplicates::default());
    let tally = check_rows(walk, plan, StateSet::default().with(State::Pending), checks, |finding, row| {
        if let Some(row) = row {
            damage.record(row);
        }
        if let Finding::Ready(request, about) = &finding {
            first.get_or_insert_with(|| (*request).clone());
            let share = shares
                .entry(request.connection)
                .or_insert_with(|| ConnectionShare { ready: 0, url: request.draft.url.clone() });
            share.ready += 1;
            warnings.note(request, about);
        }
        breaches.note_breaches(&finding);
        audience.note(&finding);
        duplicates.note(&finding);
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
    duplicates.warn(shown, observer);
    let digest = rows.into_inner().finish().map_err(|error| Problem::new(error.to_string()).in_file(shown))?;
    Ok(Checked { tally, first, digest, shares, duplicates: duplicates.line() })
}
