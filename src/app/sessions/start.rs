//! A new run: checks everything, then sends the ready rows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::checks::approval;
use crate::app::checks::check::{Examined, one_number_twice, path_without_name, too_late};
use crate::app::checks::checked::Checked;
use crate::app::checks::memory::{end_claims, session_claims};
use crate::app::checks::preflight::Preflight;
use crate::app::checks::runs_elsewhere::refuse_elsewhere;
use crate::app::checks::screening::suppress_lists;
use crate::app::checks::sent_already::{nothing_left, old_message};
use crate::app::checks::templates::{LookupPolicy, TemplateCatalog, all_pinned};
use crate::app::inputs::options::RunOptions;
use crate::app::inputs::output::output_of_run;
use crate::app::inputs::project::create_runs_dir;
use crate::app::inputs::settings::{StageBreak, closed_now, redirect_to_test_number, settings, timetable};
use crate::app::inputs::{Inputs, refuse_unknown_vars};
use crate::app::outcomes::open_run::RunView;
use crate::app::outcomes::outcome::{Outcome, conclude};
use crate::app::{Error, Notice, Observer};
use crate::connectors::Connection;
use crate::diag::{Problem, Problems};
use crate::exec::Stop;
use crate::memory::ClaimMarks;
use crate::model::{ConnectionIndex, Counts, Mode, Request, Routing, State};
use crate::plan::Plan;
use crate::report::Reporter;
use crate::run::{
    Approver, Beginning, ExcludedRows, Finding, NewRun, RepeatedRows, Sender, Session, Shortage, StateSet, Tally,
    create, shortage, work,
};
use crate::run_folder::{DataFacts, RunFile};
use crate::template::Condition;

use super::rehearsal::Rehearsal;
use super::senders::{open_senders, warn_of_kept_rate};

/// The inputs of a new run.
pub struct Campaign {
    options: RunOptions,
    inputs: Inputs,
    catalog: TemplateCatalog,
    policy: LookupPolicy,
    runs_dir: PathBuf,
    _rehearsal: Option<Rehearsal>,
}

/// Whether a run can begin.
pub enum Preparation<'c> {
    /// It cannot, because something is invalid. The problems were reported to `observer`; nothing was sent.
    Refused(Tally),
    /// Everybody has the message already, so there is nothing to send. One line says since when; it counts for all rows.
    NothingLeft(String),
    /// The run can begin.
    Ready(Box<Prepared<'c>>),
}

/// A run that can begin. Nothing was sent, and nothing is on disk yet.
pub struct Prepared<'c> {
    campaign: &'c Campaign,
    plan: Plan<'c>,
    only: Option<Condition<'c>>,
    checked: Checked,
    excluded: ExcludedRows,
    repeats: RepeatedRows,
    marks: ClaimMarks,
    /// What is to be read once more after the run.
    old_message: Option<String>,
    facts: RunFile,
    senders: Vec<Option<Sender>>,
    preflight: Preflight,
}

impl Campaign {
    /// Reads the inputs that `options` name. Starts the sandbox of a rehearsal.
    pub fn open(options: RunOptions, observer: &mut dyn Observer) -> Result<Self, Error> {
        let mut inputs = Inputs::read(&options.source, observer)?;
        refuse_unknown_vars(&inputs.recipe, &options.source.vars)?;
        output_of_run(&options, &inputs)?;
        settings(&mut inputs, &options.send)?;
        redirect_to_test_number(&mut inputs, options.to.as_deref())?;
        let copies = all_pinned(&inputs.connections)?;
        let sandbox = options.sandbox.as_ref();
        let rehearsal = sandbox.map(|sandbox| Rehearsal::start(&mut inputs, sandbox, &copies)).transpose()?;
        if let Some(rehearsal) = &rehearsal {
            observer.note(&Notice::SandboxStarted { url: rehearsal.url().to_owned() });
        }
        let policy = LookupPolicy::of(options.sandbox.is_some(), options.source.offline);
        let catalog = TemplateCatalog::gather(&inputs, copies, policy)?;
        let runs_dir = inputs.project.runs_dir(options.runs_dir.as_deref());
        Ok(Self { options, inputs, catalog, policy, runs_dir, _rehearsal: rehearsal })
    }

    /// Checks recipe, connections and every row.
    pub fn prepare(&self, observer: &mut dyn Observer) -> Result<Preparation<'_>, Error> {
        let Self { options, inputs, catalog, policy, runs_dir, .. } = self;
        let sandbox = options.sandbox.is_some();
        let send = &inputs.recipe.send;
        let approved = options.approved.as_deref().map(approval::read).transpose()?;
        let mut digest = Approver::new(inputs.connections.iter().map(|(_, connection)| &connection.endpoint));
        let look = |finding: &Finding<'_>, _: Option<&crate::model::Row>| {
            if approved.is_some() {
                digest.add(finding);
            }
        };
        let examined = Examined::new(inputs, catalog, (runs_dir, options.again), look, observer)?;
        let Examined { plan, only, checks, checked, recipe_is_valid } = examined;
        let mut problems = Problems::default();
        problems.extend(too_late(send).into_iter().chain(one_number_twice(inputs, &checked)));
        problems.extend(path_without_name(inputs, options.output.as_deref()));
        // Find the tokens before asking for confirmation, and report them with all other problems.
        let senders =
            open_senders(inputs, |index| checked.uses(index), &[]).map_err(|error| problems.extend(error.problems));
        problems.iter().for_each(|problem| observer.problem(problem));
        let valid = checked.tally.allows(options.skip_invalid) && recipe_is_valid && !problems.has_errors();
        let Some(senders) = senders.ok().filter(|_| valid) else { return Ok(Preparation::Refused(checked.tally)) };
        if let (Some(approved), Some(path)) = (&approved, &options.approved) {
            let now = approval::approval_of(inputs, digest, &checked);
            approval::check_approved(approved, &now, sandbox, path)?;
        }
        refuse_elsewhere(inputs, &checked, options.runs_dir.as_deref(), sandbox)?;
        let audience = &inputs.recipe.audience;
        if checked.tally.ready == 0 && checked.tally.invalid == 0 && checks.sent.rows() > 0 {
            let old = old_message(&checks.sent, audience);
            if let Some(old) = old {
                observer.problem(&Problem::new(old).warning());
            }
            return Ok(Preparation::NothingLeft(nothing_left(&checks.sent, audience, checked.tally.skipped)));
        }
        let old_message = old_message(&checks.sent, audience).filter(|_| !options.again);
        let facts = facts(options, inputs, &checked)?;
        warn_of_kept_rate(send, &inputs.connections, observer);
        let mut preflight = Preflight::of(inputs, &checks, &checked, catalog, *policy);
        preflight.cautions.extend(closed_now(send));
        warn_of_full_disk(runs_dir, inputs, checked.tally.rows, &senders, observer);
        // The rest of the checks, the screen's key sets above all, takes tens of megabytes and is dropped here.
        let excluded = checks.excluded;
        let repeats = checks.repeats.map(|repeats| repeats.rows).unwrap_or_default();
        let marks = checks.prior.map(|prior| prior.marks()).unwrap_or_default();
        let prepared = Prepared {
            campaign: self,
            plan,
            only,
            checked,
            excluded,
            repeats,
            marks,
            old_message,
            facts,
            senders,
            preflight,
        };
        Ok(Preparation::Ready(Box::new(prepared)))
    }
}

impl Prepared<'_> {
    /// The numbers of ready and skipped rows.
    pub fn tally(&self) -> &Tally {
        &self.checked.tally
    }

    /// The first request.
    pub fn first(&self) -> Option<&Request> {
        self.checked.first.as_ref()
    }

    /// Information to review before the run begins.
    pub fn preflight(&self) -> &Preflight {
        &self.preflight
    }

    /// The connections that send rows, at least one.
    pub fn connections(&self) -> Vec<&Connection> {
        let all = self.campaign.inputs.connections.iter();
        all.filter(|(index, _)| self.checked.uses(*index)).map(|(_, used)| used).collect()
    }

    /// In a test: the number that receives every message.
    pub fn test_number(&self) -> Option<&str> {
        self.campaign.inputs.test.as_deref()
    }

    /// Creates the run and sends. `stop` ends it early; `stage_break` decides what happens between two stages.
    pub fn start(
        self,
        reporter: &mut dyn Reporter,
        stop: &Stop,
        stage_break: &StageBreak,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, Error> {
        let Self { campaign, plan, only, checked, mut excluded, repeats, marks, old_message, facts, senders, .. } =
            self;
        let Campaign { options, inputs, runs_dir, .. } = campaign;
        let send = &inputs.recipe.send;
        let tally = checked.tally;
        create_runs_dir(runs_dir)?;
        let (name, copy, list) = (&inputs.recipe.name, &inputs.recipe_copy, &inputs.data.path);
        let NewRun { folder, ledger, lock, run } =
            create(runs_dir, name, facts, copy, list, (&mut excluded, &repeats))?;
        let claims = session_claims(inputs, (runs_dir, &run.run), (options.again, marks))?;
        let view = RunView { folder: &folder, run: &run, plan, earlier: Vec::new(), only, runs_dir };
        let session = Session {
            folder: &folder,
            run: &run,
            plan: &view.plan,
            only: view.only.as_ref(),
            ledger,
            mode: Mode::Run,
            selected: StateSet::default().with(State::Pending),
            from: Beginning::default(),
            except: HashSet::new(),
            screened: !excluded.is_empty(),
            rows: tally.rows - excluded.len(),
            counts: counts_before(&excluded, tally.rows),
            excluded,
            repeats,
            claims,
            suppress: suppress_lists(inputs),
            timetable: timetable(send, options.no_wait, stage_break),
            senders,
            stop: stop.clone(),
        };
        let mut ended = work(session, reporter)?;
        let claims = ended.claims.take();
        let outcome = conclude(&view, ended, Mode::Run, observer);
        end_claims(claims, runs_dir, observer);
        // Release the lock only after the results are written.
        drop(lock);
        Ok(Outcome { left_out: old_message, ..outcome })
    }
}

/// The states of the rows of a new run.
fn counts_before(excluded: &ExcludedRows, rows: u64) -> Counts {
    let mut counts = Counts::default();
    counts.add_many(State::Invalid, excluded.invalid());
    counts.add_many(State::Skipped, excluded.len() - excluded.invalid());
    counts.add_many(State::Pending, rows - excluded.len());
    counts
}

/// Warns if the disk is probably too small. The run would stop safely, but before its end.
fn warn_of_full_disk(
    runs_dir: &Path,
    inputs: &Inputs,
    rows: u64,
    senders: &[Option<Sender>],
    observer: &mut dyn Observer,
) {
    let data = std::fs::metadata(&inputs.data.path).map_or(0, |found| found.len());
    // With several connections, the rows of all but one may be spilled to disk.
    let data = if senders.len() > 1 { data.saturating_mul(2) } else { data };
    let in_flight = senders.iter().flatten().map(|sender| sender.policy.concurrency.most).sum();
    if let Some(Shortage { free, needed }) = shortage(runs_dir, rows, in_flight, data) {
        let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
        let message = format!("the disk has {} MiB free, but the run may need {} MiB", mib(free), mib(needed));
        let help = "free some space, or use --runs-dir; a run that fills the disk stops and can be resumed";
        observer.problem(&Problem::new(message).help(help).warning().in_file(runs_dir));
    }
}

fn facts(options: &RunOptions, inputs: &Inputs, checked: &Checked) -> Result<RunFile, Problem> {
    let absolute = |path: &Path| {
        if path.as_os_str() == "-" { Ok(path.to_owned()) } else { std::path::absolute(path) }
            .map_err(|error| Problem::new(error.to_string()).in_file(path))
    };
    let Checked { tally, digest, .. } = checked;
    let routing = inputs.connections.routing();
    // If rows name their connections, record the used ones. Record at least one, even if no row is ready.
    let is_used = |index| {
        routing != Routing::ByRow || checked.uses(index) || tally.ready == 0 && index == ConnectionIndex::default()
    };
    let mut connections = inputs.connections.facts(is_used)?;
    let others = connections.split_off(1);
    Ok(RunFile {
        format: RunFile::FORMATS[usize::from(routing != Routing::One)],
        rowcast: env!("CARGO_PKG_VERSION").to_owned(),
        run: String::new(),
        token: None,
        created: Timestamp::now(),
        task: inputs.task.id.to_owned(),
        recipes: vec![inputs.recipe_facts()?],
        data: DataFacts { path: absolute(&inputs.data.shown)?, digest: digest.to_string(), ..inputs.data.facts() },
        connection: connections.remove(0),
        others,
        routing,
        sandbox: options.sandbox.is_some(),
        again: options.again,
        test: inputs.test.clone(),
        vars: options.source.vars.clone(),
        selection: inputs.selection.clone(),
        rows: tally.rows,
        ready: Some(tally.ready),
        send: inputs.recipe.send.clone(),
        skip_invalid: options.skip_invalid,
        safe_cells: options.safe_cells,
        output: options.output.as_deref().map(absolute).transpose()?,
    })
}
