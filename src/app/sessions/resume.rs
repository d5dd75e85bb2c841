//! Continues a run: `resume` sends its pending rows, `retry` its failed rows. Both use its folder, ledger and lock.

use std::fs::File;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use crate::app::checks::findings::GroupedFindings;
use crate::app::checks::memory::{end_claims, prior_messages, session_claims};
use crate::app::checks::screening::{screen_again, suppress_lists};
use crate::app::checks::templates::{LookupPolicy, TemplateCatalog, all_pinned};
use crate::app::inputs::Inputs;
use crate::app::inputs::options::{ResumeOptions, RetryOptions};
use crate::app::inputs::project::runs_dir;
use crate::app::inputs::settings::{StageBreak, closed_now, settings, timetable};
use crate::app::outcomes::open_run::RunView;
use crate::app::outcomes::outcome::{Outcome, conclude};
use crate::app::outcomes::results::write_results;
use crate::app::{Error, Notice, Observer};
use crate::connectors::Connection;
use crate::diag::{Problem, Problems};
use crate::exec::Stop;
use crate::ledger::{self, Ledger, LedgerError, LedgerReader, LedgerWriter, Projection};
use crate::memory::ClaimMarks;
use crate::model::{Counts, Mode, State};
use crate::report::Reporter;
use crate::rows::{Csv, HashingReader};
use crate::run::{
    Again, Beginning, Checks, PriorMessages, RepeatedRows, RunError, Screen, Sender, Session, StateSet, Survey, Walk,
    check_rows, exclude, holder, remember, survey, work,
};
use crate::run_folder::{Lock, RunFile, RunFolder, StartRegistry, find_run};

use super::lost::settle_lost;
use super::rehearsal::{Rehearsal, refuse_stray_options};
use super::senders::{open_senders, warn_of_kept_rate};

/// A run to continue, with its inputs.
pub struct Continuation {
    options: ResumeOptions,
    runs_dir: PathBuf,
    mode: Mode,
    selected: StateSet,
    /// The file of a recipe that replaces the run's.
    new_recipe: Option<PathBuf>,
    folder: RunFolder,
    run: RunFile,
    inputs: Inputs,
    rehearsal: Option<Rehearsal>,
}

/// The lock and the ledger of a run.
pub struct Claim {
    lock: Lock,
    ledger: Ledger,
    /// Checks the ledger for damage on another thread, because this takes as long as all other checks together.
    integrity: JoinHandle<Result<(), LedgerError>>,
}

/// Whether there are rows to send.
pub enum NextRows<'c> {
    /// There are none. The results were written again, in case they were missing.
    None(NothingLeft),
    /// There are rows to send.
    Ready(Box<Resumable<'c>>),
}

/// A run with no row left to send.
pub struct NothingLeft {
    /// The run's name.
    pub run: String,
    /// `Resume` or `Retry`.
    pub mode: Mode,
    /// The states of its rows.
    pub counts: Counts,
    /// The results file, if it could be written.
    pub results: Option<PathBuf>,
}

/// A run that can continue. Nothing was sent or recorded yet.
pub struct Resumable<'c> {
    continuation: &'c Continuation,
    view: RunView<'c, 'c>,
    lock: Lock,
    ledger: Ledger,
    survey: Survey,
    again: Again,
    /// Rows that were selected and are still invalid under a new recipe.
    invalid: u64,
    senders: Vec<Option<Sender>>,
    cautions: Vec<String>,
    since: Timestamp,
    repeats: RepeatedRows,
    marks: ClaimMarks,
}

impl Continuation {
    /// Opens a run to continue its pending rows or, with `retry`, to send failed rows again.
    pub fn open(
        options: ResumeOptions,
        retry: Option<RetryOptions>,
        observer: &mut dyn Observer,
    ) -> Result<(Self, Claim), Error> {
        let runs_dir = runs_dir(options.runs_dir.as_deref());
        let (folder, run) = find_run(&runs_dir, &options.run)?;
        let lock = Lock::take(&folder.lock(), &holder()).map_err(RunError::from)?;
        let lock = lock.and_of_run(&StartRegistry::of(&run.run)).map_err(RunError::from)?;
        refuse_stray_options(run.sandbox, &options.behaviour)?;
        let mode = if retry.is_some() { Mode::Retry } else { Mode::Resume };
        let selected = match &retry {
            Some(retry) => retry.states().fold(StateSet::default(), StateSet::with),
            None => StateSet::default().with(State::Pending),
        };
        let new_recipe = retry.and_then(|retry| retry.recipe);
        let mut inputs = Inputs::of_run((&folder, &run), new_recipe.as_deref(), observer)?;
        if options.lost {
            if new_recipe.is_some() {
                let problem = Problem::new("the lost records are of the run's own recipe");
                let help = "run `rowcast resume --lost` first, then `rowcast retry --recipe`";
                return Err(Error::usage(problem.help(help)));
            }
            observer.note(&Notice::RowsLost { rows: settle_lost(&folder, &inputs)? });
        }
        // Opening the ledger recovers the write-ahead log of a process that died.
        let ledger = ledger::open(&folder.ledger())?;
        let integrity = check_integrity(folder.ledger())?;
        settings(&mut inputs, &options.send)?;
        let rehearsal = if run.sandbox {
            let copies = all_pinned(&inputs.connections)?;
            Some(Rehearsal::start(&mut inputs, &options.behaviour, &copies)?)
        } else {
            inputs.find_secrets(&run, &options.secrets)?;
            None
        };
        let this = Self { options, runs_dir, mode, selected, new_recipe, folder, run, inputs, rehearsal };
        Ok((this, Claim { lock, ledger, integrity }))
    }

    /// Finds the rows to send and checks them.
    pub fn prepare(&self, claim: Claim, observer: &mut dyn Observer) -> Result<NextRows<'_>, Error> {
        let Self { runs_dir, selected, folder, run, inputs, .. } = self;
        let mut problems = Problems::default();
        let plan = inputs.plan(&mut problems);
        if problems.has_errors() {
            return Err(problems.into());
        }
        let only = inputs.only(&plan)?;
        let earlier = inputs.earlier_plans();
        let view = RunView { folder, run, plan, earlier, only, runs_dir };
        let has_ended = ledger::read(&folder.ledger())?.balance().is_some();
        let Claim { lock, ledger, integrity } = claim;
        StartRegistry::of(&run.run).check(ledger.starts()?, has_ended).map_err(RunError::from)?;
        let since = Timestamp::now();
        let mut survey = survey((folder, run), &view.plan, view.only.as_ref(), *selected)?;
        integrity.join().unwrap_or(Err(LedgerError::BrokenOff))?;
        if survey.taken == 0 {
            let (projected, results) = write_results(&view, observer, |_| {})?;
            let (run, mode, counts) = (run.run.clone(), self.mode, projected.counts);
            return Ok(NextRows::None(NothingLeft { run, mode, counts, results }));
        }
        if let Some(rehearsal) = &self.rehearsal {
            observer.note(&Notice::SandboxStarted { url: rehearsal.url().to_owned() });
        }
        // Also by an earlier session: a row that is taken now may be for a person who got another row.
        let revised = !view.earlier.is_empty();
        let invalid = if self.new_recipe.is_some() { self.check_again(&view, observer)? } else { 0 };
        // Whoever wanted all rows sent again wants the rest of them, too.
        let asked = (run.again, Some(run.run.as_str()));
        let prior = prior_messages(inputs, runs_dir, asked, observer)?.filter(|_| !run.again);
        let repeats = RepeatedRows::of(ledger::read(&folder.ledger())?.repeats()?);
        let again = match screen_again(inputs, prior.is_some(), revised)? {
            Some(screen) => self.screen_again(&view, screen, (prior.as_ref(), &repeats))?,
            None => Again::default(),
        };
        let marks = prior.map(|prior| prior.marks()).unwrap_or_default();
        let doubt = doubt(&survey);
        report_excluded(&mut survey, &again, observer);
        warn_of_kept_rate(&inputs.recipe.send, &inputs.connections, observer);
        let rates = ledger::read(&folder.ledger())?.rates()?;
        let senders = open_senders(inputs, |_| true, &rates).map_err(|error| inputs.without_its_token(error))?;
        let cautions = doubt.into_iter().chain(closed_now(&inputs.recipe.send)).collect();
        let continuation = self;
        Ok(NextRows::Ready(Box::new(Resumable {
            continuation,
            view,
            lock,
            ledger,
            survey,
            again,
            invalid,
            senders,
            cautions,
            since,
            repeats,
            marks,
        })))
    }

    /// Screens the selected rows again.
    fn screen_again(
        &self,
        view: &RunView<'_, '_>,
        mut screen: Screen,
        prior: (Option<&PriorMessages>, &RepeatedRows),
    ) -> Result<Again, Error> {
        let claims = if view.earlier.is_empty() { None } else { Some(self.walk(view)?) };
        Ok(crate::run::screen_again(self.walk(view)?, claims, &view.recipients(), self.selected, &mut screen, prior)?)
    }

    /// Checks a new recipe against every row to send. Returns the number of rows that are still invalid, if the run allows invalid
    /// rows.
    fn check_again(&self, view: &RunView<'_, '_>, observer: &mut dyn Observer) -> Result<u64, Error> {
        let Self { options, selected, run, inputs, .. } = self;
        let policy = LookupPolicy::of(run.sandbox, options.offline);
        let catalog = TemplateCatalog::gather(inputs, all_pinned(&inputs.connections)?, policy)?;
        let mut checks = Checks { contracts: catalog.contracts(), ..Checks::default() };
        let mut breaches = GroupedFindings::default();
        let tally = check_rows(self.walk(view)?, &view.plan, *selected, &mut checks, |finding, row| {
            breaches.note_breaches(&finding);
            observer.row(&finding, row, inputs.data.label());
        })?;
        breaches.refuse(&view.plan, observer);
        // The session does not check templates, so a row that breaks its template would be sent.
        if tally.allows(run.skip_invalid) && breaches.is_empty() {
            return Ok(tally.invalid);
        }
        Err(Problem::new("the new recipe is not valid for every row to send; nothing was sent").into())
    }

    /// A walk over the run's rows with their states.
    fn walk<'v>(&self, view: &'v RunView<'_, '_>) -> Result<Walk<'v, 'v, Csv<HashingReader<File>>>, Error> {
        let statuses = ledger::read(&self.folder.ledger())?.statuses(Projection::StatusOnly)?;
        let rows = self.inputs.data.rows()?;
        Ok(Walk::new(rows, &view.plan, view.only.as_ref(), self.inputs.range(), Some(statuses)))
    }
}

impl Resumable<'_> {
    /// `Resume` or `Retry`.
    pub fn mode(&self) -> Mode {
        self.continuation.mode
    }

    /// The number of rows to send. 0 if the screen has excluded all of them.
    pub fn rows(&self) -> u64 {
        self.survey.taken
    }

    /// True if the run is a rehearsal.
    pub fn is_rehearsal(&self) -> bool {
        self.continuation.run.sandbox
    }

    /// The run's connections, at least one.
    pub fn connections(&self) -> Vec<&Connection> {
        self.continuation.inputs.connections.iter().map(|(_, connection)| connection).collect()
    }

    /// Possible problems of the session.
    pub fn cautions(&self) -> &[String] {
        &self.cautions
    }

    /// Begins a session and sends. `stop` ends it early; `stage_break` decides what happens between two stages.
    pub fn start(
        self,
        reporter: &mut dyn Reporter,
        stop: &Stop,
        stage_break: &StageBreak,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, Error> {
        let Self { continuation, view, lock, mut ledger, survey, mut again, invalid, senders, since, .. } = self;
        let Continuation { options, mode, selected, new_recipe, folder, inputs, runs_dir, .. } = continuation;
        let (mode, selected) = (*mode, *selected);
        let since = since.as_millisecond();
        let revised = new_recipe.as_ref().map(|_| revise((folder, view.run), inputs)).transpose()?;
        let run = revised.as_ref().unwrap_or(view.run);
        let view = RunView { run, ..view };
        let revision = u32::try_from(run.recipes.len()).unwrap_or(u32::MAX);
        ledger.begin_session(mode, revision, &holder().host, since)?;
        if let Some(rows) = &survey.in_flight {
            ledger.settle_crashed(rows, since)?;
        }
        exclude(&mut ledger, &mut again.excluded)?;
        let claims = session_claims(inputs, (runs_dir, &run.run), (run.again, self.marks))?;
        remember(run, &ledger)?;
        let session = Session {
            folder,
            run,
            plan: &view.plan,
            only: view.only.as_ref(),
            ledger,
            mode,
            selected,
            from: Beginning { row: survey.from, seek_point: inputs.data.seek_point(survey.from) },
            except: again.except,
            screened: true,
            excluded: again.excluded,
            rows: survey.taken,
            counts: survey.counts,
            repeats: self.repeats,
            claims,
            suppress: suppress_lists(inputs),
            timetable: timetable(&inputs.recipe.send, options.no_wait, stage_break),
            senders,
            stop: stop.clone(),
        };
        let mut ended = work(session, reporter)?;
        // These rows were selected and are still invalid, so the session has no new record of them.
        ended.summary.outcomes.add_many(State::Invalid, invalid);
        let claims = ended.claims.take();
        let outcome = conclude(&view, ended, mode, observer);
        end_claims(claims, runs_dir, observer);
        // Release the lock only after the results are written.
        drop(lock);
        Ok(outcome)
    }
}

/// Stores a new recipe as the next revision.
fn revise((folder, run): (&RunFolder, &RunFile), inputs: &Inputs) -> Result<RunFile, Error> {
    let mut run = run.clone();
    run.recipes.push(inputs.recipe_facts()?);
    let revision = u32::try_from(run.recipes.len()).unwrap_or(u32::MAX);
    folder.write_new(&folder.recipe(revision), inputs.recipe_copy.as_bytes())?;
    folder.write_run_file(&run)?;
    Ok(run)
}

/// Checks a ledger for damage on another thread.
fn check_integrity(ledger: PathBuf) -> Result<JoinHandle<Result<(), LedgerError>>, LedgerError> {
    let look = move || ledger::read(&ledger)?.check();
    thread::Builder::new().name("check".to_owned()).spawn(look).map_err(LedgerError::NoThread)
}

/// A caution about selected rows that may have arrived.
fn doubt(survey: &Survey) -> Option<String> {
    let rows = survey.in_doubt;
    let caution =
        || format!("{rows} of these rows may have arrived already; their recipients may get the message twice");
    (rows > 0).then(caution)
}

/// Removes the rows that the second screen excluded from the survey.
fn report_excluded(survey: &mut Survey, again: &Again, observer: &mut dyn Observer) {
    if again.rows() == 0 {
        return;
    }
    survey.taken -= again.rows();
    for (state, rows) in again.states.present() {
        let now = if matches!(state, State::Pending | State::Failed | State::Invalid) { State::Skipped } else { state };
        (0..rows).for_each(|_| survey.counts.shift(State::Pending, now));
    }
    observer.note(&Notice::RowsLeftOut { rows: again.rows() });
}
