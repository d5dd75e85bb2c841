//! `rowcast resume` and `rowcast retry`: going on with a run, in its folder and its ledger, under its lock.

use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use crate::diag::{Problem, Problems, visible};
use crate::exec::Stop;
use crate::ledger::{Detail, Ledger, LedgerError, LedgerReader, Lock, RunFile, RunFolder, Starts, find_run};
use crate::model::{Mode, State};
use crate::plan::Plan;
use crate::run::{
    Again, Beginning, Checks, RunError, Screen, Session, Survey, Take, Walk, check_rows, holder, leave_out, remember,
    survey, work,
};
use crate::template::Condition;

use crate::cli::args::{GoOnArgs, RetryArgs};
use crate::cli::commands::check::tell;
use crate::cli::commands::run::{rate_is_allowed, sandbox_flags, senders};
use crate::cli::commands::sandbox::Rehearsal;
use crate::cli::exit::{Exit, Failure};
use crate::cli::finish::{Place, finish, write_results};
use crate::cli::forecast::Outlook;
use crate::cli::grouped::Grouped;
use crate::cli::inputs::Inputs;
use crate::cli::knowledge::{Knowledge, Reach, all_pinned};
use crate::cli::process::signals;
use crate::cli::revision::revise;
use crate::cli::screen::{once_lock, screen_again, suppress_lists};
use crate::cli::terminal::ask::{Question, may_go};
use crate::cli::terminal::console;
use crate::cli::terminal::reporters::{events, log, reporters};
use crate::cli::timetable::{closed_now, settings, timetable};

/// Runs `resume`.
pub(in crate::cli) fn resume(args: &GoOnArgs) -> Result<Exit, Failure> {
    go_on(args, Mode::Resume, Take::default().with(State::Pending), None)
}

/// Runs `retry`.
pub(in crate::cli) fn retry(args: &RetryArgs) -> Result<Exit, Failure> {
    let mut take = Take::default().with(State::Failed);
    for (given, state) in
        [(args.rejected, State::Rejected), (args.unknown, State::Unknown), (args.recipe.is_some(), State::Invalid)]
    {
        take = if given { take.with(state) } else { take };
    }
    go_on(&args.go_on, Mode::Retry, take, args.recipe.as_deref())
}

fn go_on(args: &GoOnArgs, mode: Mode, take: Take, new_recipe: Option<&Path>) -> Result<Exit, Failure> {
    let runs_dir = &args.which.runs_dir;
    let (folder, run) = find_run(runs_dir, &args.which.run)?;
    let lock = Lock::take(&folder.lock(), &holder()).map_err(RunError::from)?;
    sandbox_flags(run.sandbox, &args.behaviour)?;
    // Whoever opens it first brings in what a process that died has left in its log.
    let mut ledger = Ledger::open(&folder.ledger())?;
    let whole = look_through(folder.ledger())?;
    let mut inputs = Inputs::of_run((&folder, &run), new_recipe)?;
    let send = settings(&mut inputs, &args.send)?;
    let rehearsal = if run.sandbox {
        let copies = all_pinned(&inputs.connections)?;
        Some(Rehearsal::start(&mut inputs.connections, &args.behaviour, &copies)?)
    } else {
        inputs.find_secrets(&run, &args.secrets)?;
        None
    };
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    if problems.has_errors() {
        return Err(problems.into());
    }
    let only = inputs.only(&plan)?;
    let only = only.as_ref();

    let has_ended = LedgerReader::open(&folder.ledger())?.balance().is_some();
    Starts::of(&run.run).check(ledger.starts()?, has_ended).map_err(RunError::from)?;
    let now = Timestamp::now().as_millisecond();
    let mut survey = survey((&folder, &run), &plan, only, take)?;
    whole.join().unwrap_or(Err(LedgerError::BrokenOff))?;
    let place = Place { folder: &folder, run: &run, plan: &plan, only, runs_dir };
    if survey.taken == 0 {
        return nothing_to_do(&place, mode);
    }
    rehearsal.iter().for_each(Rehearsal::announce);
    let invalid = match new_recipe {
        Some(_) => check_again((&folder, &run), &inputs, &plan, only, take, args.offline)?,
        None => 0,
    };
    let once = once_lock(&inputs, runs_dir)?;
    let mut again = match screen_again(&inputs, runs_dir, &run, new_recipe.is_some())? {
        Some(screen) => look_again(&folder, &inputs, &plan, only, (take, new_recipe.is_some()), screen)?,
        None => Again::default(),
    };
    let doubt = doubt(&survey);
    leave_out_of(&mut survey, &again);
    rate_is_allowed(&send, &inputs.connections);
    let senders = senders(&inputs, &send, |_| true).map_err(|failure| inputs.without_its_token(failure))?;
    let log = log(args.log.as_deref())?;
    let question = Question {
        connections: inputs.connections.iter().map(|(_, connection)| connection).collect(),
        sandbox: run.sandbox,
        act: act(mode, survey.taken),
        first: None,
        outlook: Outlook { lines: Vec::new(), cautions: doubt.into_iter().chain(closed_now(&send)).collect() },
    };
    if survey.taken > 0 && !may_go(&question, args.yes)? {
        return Ok(Exit::Interrupted);
    }
    let stop = Stop::default();
    let events = events(args.json, &stop)?;
    signals::listen(&stop).map_err(|error| Failure::new(Exit::Bug, Problem::new(error.to_string())))?;

    let revised = new_recipe.map(|_| revise((&folder, &run), &inputs)).transpose()?;
    let run = revised.unwrap_or_else(|| run.clone());
    let revision = u32::try_from(run.recipes.len()).unwrap_or(u32::MAX);
    ledger.begin_session(mode, revision, &holder().host, now)?;
    if let Some(rows) = &survey.in_flight {
        ledger.settle_crashed(rows, now)?;
    }
    leave_out(&mut ledger, &mut again.left_out)?;
    remember(&run, &ledger)?;
    let session = Session {
        folder: &folder,
        run: &run,
        plan: &plan,
        only,
        ledger,
        mode,
        take,
        from: Beginning { row: survey.from, mark: inputs.data.mark(survey.from) },
        except: again.except,
        screened: true,
        left_out: again.left_out,
        rows: survey.taken,
        counts: survey.counts,
        suppress: suppress_lists(&inputs),
        timetable: timetable(&send, &args.send, args.yes),
        senders,
        stop,
    };
    let mut reporters = reporters(events.as_ref(), log);
    let mut ended = work(session, &mut reporters)?;
    // They were asked for and are still not right, though nothing of them is new.
    ended.closed.outcomes.add_many(State::Invalid, invalid);
    drop(rehearsal);
    let place = Place { folder: &folder, run: &run, plan: &plan, only, runs_dir };
    let exit = finish(&place, &ended, mode, events.as_ref());
    // Until the results are written nobody else is to work on the run.
    drop((lock, once));
    exit
}

/// Looks through the ledger for damage, on a thread of its own: nothing is sent before that is over, and it takes as long as
/// everything else that is done before.
fn look_through(ledger: PathBuf) -> Result<JoinHandle<Result<(), LedgerError>>, LedgerError> {
    let look = move || LedgerReader::open(&ledger)?.check();
    thread::Builder::new().name("check".to_owned()).spawn(look).map_err(LedgerError::NoThread)
}

/// What somebody should know of the rows that are taken.
fn doubt(survey: &Survey) -> Option<String> {
    let rows = survey.in_doubt;
    let told = || format!("{rows} of these rows may have arrived already; their recipients may get the message twice");
    (rows > 0).then(told)
}

/// Takes rows that are left out by a second look from those that were to be taken.
fn leave_out_of(survey: &mut Survey, again: &Again) {
    if again.rows() == 0 {
        return;
    }
    survey.taken -= again.rows();
    for (state, rows) in again.states.present() {
        let now = if matches!(state, State::Pending | State::Failed) { State::Skipped } else { state };
        (0..rows).for_each(|_| survey.counts.shift(State::Pending, now));
    }
    let rows = if again.rows() == 1 { "1 row is".to_owned() } else { format!("{} rows are", again.rows()) };
    console::tell(&format!("{rows} left out now: suppressed, the same as another row, or sent by another run\n"));
}

/// Lets the rows that are left pass a screen.
fn look_again(
    folder: &RunFolder,
    inputs: &Inputs,
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    (take, revised): (Take, bool),
    mut screen: Screen,
) -> Result<Again, Failure> {
    let walk = || {
        let standings = LedgerReader::open(&folder.ledger())?.standings(Detail::Deciding)?;
        Ok::<_, Failure>(Walk::new(inputs.data.rows()?, plan, only, inputs.range(), Some(standings)))
    };
    let claims = if revised { Some(walk()?) } else { None };
    Ok(crate::run::screen_again(walk()?, claims, plan, take, &mut screen)?)
}

fn act(mode: Mode, rows: u64) -> String {
    let noun = if rows == 1 { "row" } else { "rows" };
    match mode {
        Mode::Retry => format!("Send {rows} {noun} again"),
        Mode::Run | Mode::Test | Mode::Resume => format!("Go on with {rows} {noun}"),
    }
}

/// Nothing is left of what the command takes. The results are written all the same: they may be what is missing.
fn nothing_to_do(place: &Place<'_, '_>, mode: Mode) -> Result<Exit, Failure> {
    let (projected, results) = write_results(place, |_| {})?;
    let (what, exit) = match mode {
        Mode::Retry => ("nothing to retry", Exit::Done),
        Mode::Run | Mode::Test | Mode::Resume => ("nothing to resume", Exit::of(None, &projected.counts)),
    };
    let line = crate::report::counts_line(&projected.counts);
    let results = results.map_or(String::new(), |path| format!("results  {}\n", visible(&path.display().to_string())));
    console::tell(&format!("{what} in {}: {line}\n{results}", place.run.run));
    Ok(exit)
}

/// A new recipe is checked against every row that it will send. How many are invalid still, in a run that allows that.
fn check_again(
    (folder, run): (&RunFolder, &RunFile),
    inputs: &Inputs,
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    take: Take,
    offline: bool,
) -> Result<u64, Failure> {
    let reach = match (run.sandbox, offline) {
        (true, _) => Reach::Sandbox,
        (false, true) => Reach::Offline,
        (false, false) => Reach::Api,
    };
    let knowledge = Knowledge::gather(inputs, all_pinned(&inputs.connections)?, reach)?;
    let standings = LedgerReader::open(&folder.ledger())?.standings(Detail::Deciding)?;
    let walk = Walk::new(inputs.data.rows()?, plan, only, inputs.range(), Some(standings));
    let mut checks = Checks { contracts: knowledge.contracts(), ..Checks::default() };
    let mut breaches = Grouped::default();
    let tally = check_rows(walk, plan, take, &mut checks, |finding, _| {
        breaches.note_breaches(&finding);
        tell(&finding, inputs.data.label());
    })?;
    breaches.refuse(plan);
    // A row that only the template refuses would be sent by a later pass, which does not ask the template.
    if tally.allows(run.skip_invalid) && breaches.is_empty() {
        return Ok(tally.invalid);
    }
    Err(Problem::new("the new recipe does not fit every row that is to be sent; nothing was sent").into())
}
