//! `rowcast run`: check everything, ask, then send.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use crate::connectors::Connection;
use crate::diag::{Problem, Problems};
use crate::exec::Stop;
use crate::files::private_folders;
use crate::ledger::{DataFacts, Lock, RunFile};
use crate::model::{Counts, Mode, Routing, State, Via};
use crate::recipe::Send;
use crate::run::{
    Approver, Beginning, Checks, Intended, LeftOut, NewRun, RunError, Sender, Session, Shortage, Take, create, policy,
    shortage, work,
};

use crate::cli::approval;
use crate::cli::args::{BehaviourArgs, RunArgs};
use crate::cli::commands::check::{Checked, check_all, one_number_twice, sentence, too_late};
use crate::cli::commands::sandbox::Rehearsal;
use crate::cli::connections::Connections;
use crate::cli::earlier::{intended, recipe_facts, refuse_again};
use crate::cli::exit::{Exit, Failure};
use crate::cli::finish::{Place, finish, timeout};
use crate::cli::forecast::Outlook;
use crate::cli::inputs::Inputs;
use crate::cli::knowledge::{Knowledge, Reach, all_pinned};
use crate::cli::output::output_of_run;
use crate::cli::process::signals;
use crate::cli::screen::{once_lock, screen, suppress_lists};
use crate::cli::terminal::ask::{Question, may_go};
use crate::cli::terminal::console;
use crate::cli::terminal::reporters::{events, log, reporters};
use crate::cli::test_run::{act, aim};
use crate::cli::timetable::{closed_now, settings, timetable};

/// Runs the command.
pub(in crate::cli) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    sandbox_flags(args.sandbox, &args.behaviour)?;
    let mut inputs = Inputs::read(&args.source)?;
    output_of_run(args, &inputs)?;
    settings(&mut inputs, &args.send)?;
    aim(&mut inputs, args.to.as_deref())?;
    let send = inputs.recipe.send.clone();
    let copies = all_pinned(&inputs.connections)?;
    let rehearsal = args.sandbox.then(|| Rehearsal::start(&mut inputs.connections, &args.behaviour, &copies));
    let rehearsal = rehearsal.transpose()?.inspect(Rehearsal::announce);
    let reach = match (args.sandbox, args.source.offline) {
        (true, _) => Reach::Sandbox,
        (false, true) => Reach::Offline,
        (false, false) => Reach::Api,
    };
    let knowledge = Knowledge::gather(&inputs, copies, reach)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    console::problems(&problems);
    let only = inputs.only(&plan)?;
    // Before anybody looks at what other runs have sent: from now on they send nothing of it.
    let once = once_lock(&inputs, &args.runs_dir)?;
    let mut checks = Checks {
        contracts: knowledge.contracts(),
        screen: screen(&inputs, &args.runs_dir, args.sandbox)?,
        ..Checks::default()
    };
    let approved = args.approved.as_deref().map(approval::read).transpose()?;
    let mut digest_of_all = Approver::new(inputs.connections.iter().map(|(_, connection)| &connection.endpoint));
    let checked = check_all(&inputs, &plan, only.as_ref(), &mut checks, |finding, _| {
        if approved.is_some() {
            digest_of_all.add(finding);
        }
        Some(finding)
    })?;
    let Checked { tally, first, .. } = &checked;
    let in_recipe = problems.has_errors();
    problems = Problems::default();
    problems.extend(too_late(&send).into_iter().chain(one_number_twice(&inputs, &checked)));
    // The tokens are looked for before the question, an answer should not be in vain; and with everything else that is wrong.
    let senders = senders(&inputs, &send, |via| checked.uses(via)).map_err(|failure| problems.extend(failure.problems));
    console::problems(&problems);
    let fine = tally.allows(args.skip_invalid) && !in_recipe && !problems.has_errors();
    let Some(senders) = senders.ok().filter(|_| fine) else {
        console::tell(&format!("{}; nothing was sent\n", sentence(tally)));
        return Ok(Exit::Invalid);
    };

    if let (Some(approved), Some(path)) = (&approved, &args.approved) {
        approval::hold(approved, &approval::approval_of(&inputs, digest_of_all, &checked), args.sandbox, path)?;
    }
    let facts = facts(args, &inputs, &send, &checked)?;
    let intended = intended(&inputs, &checked, args.sandbox)?.filter(|_| !args.again);
    let sent_nearly = intended.as_ref().map(|intended| refuse_again(&args.runs_dir, intended)).transpose()?;
    rate_is_allowed(&send, &inputs.connections);
    let mut outlook = Outlook::of(&inputs, &checks, &checked, &knowledge, reach);
    outlook.cautions.extend(sent_nearly.flatten().into_iter().chain(closed_now(&send)));
    let stop = Stop::default();
    disk_has_room(args, &inputs, tally.rows, &senders);
    let log = log(args.log.as_deref())?;
    let question = Question {
        connections: inputs.connections.iter().filter(|(via, _)| checked.uses(*via)).map(|(_, used)| used).collect(),
        sandbox: args.sandbox,
        act: format!("{}. {}", sentence(tally), act(&inputs, tally.ready)),
        first: first.as_ref(),
        outlook,
    };
    if !may_go(&question, args.yes)? {
        return Ok(Exit::Interrupted);
    }
    let events = events(args.json, &stop)?;
    signals::listen(&stop).map_err(|error| Failure::new(Exit::Bug, Problem::new(error.to_string())))?;

    let Checks { screen, mut left_out, .. } = checks;
    // Of a long list it has some tens of megabytes, and nobody asks it again.
    drop(screen);
    let NewRun { folder, ledger, lock, run } = begin(args, &inputs, intended.as_ref(), facts, &mut left_out)?;
    let session = Session {
        folder: &folder,
        run: &run,
        plan: &plan,
        only: only.as_ref(),
        ledger,
        mode: Mode::Run,
        take: Take::default().with(State::Pending),
        from: Beginning::default(),
        except: HashSet::new(),
        screened: !left_out.is_empty(),
        rows: tally.rows - left_out.len(),
        counts: counts_before(&left_out, tally.rows),
        left_out,
        suppress: suppress_lists(&inputs),
        timetable: timetable(&send, &args.send, args.yes),
        senders,
        stop,
    };
    let mut reporters = reporters(events.as_ref(), log);
    let ended = work(session, &mut reporters)?;
    drop(rehearsal);
    let place = Place { folder: &folder, run: &run, plan: &plan, only: only.as_ref(), runs_dir: &args.runs_dir };
    let exit = finish(&place, &ended, Mode::Run, events.as_ref());
    // Until the results are written nobody else is to work on the run.
    drop((lock, once));
    exit
}

/// Makes the run, unless somebody has begun the same while the question waited for its answer.
fn begin(
    args: &RunArgs,
    inputs: &Inputs,
    intended: Option<&Intended<'_>>,
    facts: RunFile,
    left_out: &mut LeftOut,
) -> Result<NewRun, Failure> {
    private_folders(&args.runs_dir).map_err(|source| RunError::Io { path: args.runs_dir.clone(), source })?;
    // Between this look at the earlier runs and the new one nobody else makes another.
    let _start = Lock::of_folder(&args.runs_dir);
    if let Some(intended) = intended {
        refuse_again(&args.runs_dir, intended)?;
    }
    Ok(create(&args.runs_dir, &inputs.recipe.name, facts, &inputs.recipe_copy, &inputs.data.path, left_out)?)
}

/// How the rows of a new run stand.
fn counts_before(left_out: &LeftOut, rows: u64) -> Counts {
    let mut counts = Counts::default();
    counts.add_many(State::Invalid, left_out.invalid());
    counts.add_many(State::Skipped, left_out.len() - left_out.invalid());
    counts.add_many(State::Pending, rows - left_out.len());
    counts
}

/// Says so when a recipe or a flag wants more than a connection allows: the connection's rate is kept.
pub(in crate::cli) fn rate_is_allowed(send: &Send, connections: &Connections) {
    for (_, connection) in connections.iter() {
        if let (Some(wanted), Some(most)) = (send.rate, connection.rate)
            && wanted.per_second() > most.per_second()
        {
            let message =
                format!("the rate {wanted} is more than the connection `{}` allows: {most} is kept", connection.name);
            let help = "raise `rate` in the connection if the number may send more";
            console::problem(&Problem::new(message).help(help).warning());
        }
    }
}

/// The ways out of the connections that `is_used` says, by their places.
pub(in crate::cli) fn senders(
    inputs: &Inputs,
    send: &Send,
    is_used: impl Fn(Via) -> bool,
) -> Result<Vec<Option<Sender>>, Failure> {
    let used = inputs.connections.iter().filter(|(via, _)| is_used(*via)).count();
    if let Some(rows) = send.concurrency.map(|rows| rows.get() as usize).filter(|rows| *rows < used) {
        let message =
            format!("concurrency {rows} is less than the {used} connections, of which each has a row in flight");
        return Err(Problem::new(message).help(format!("--concurrency {used} is the least")).into());
    }
    let sender = |(via, connection): (Via, &Connection)| {
        if !is_used(via) {
            return Ok(None);
        }
        let connector = connection.open(&inputs.surroundings, timeout(send))?;
        Ok(Some(Sender { name: connection.name.clone(), connector, policy: policy(send, connection.rate, used) }))
    };
    inputs.connections.iter().map(sender).collect()
}

/// Says so when the disk will probably not do. The run would stop safely, but in the middle.
fn disk_has_room(args: &RunArgs, inputs: &Inputs, rows: u64, senders: &[Option<Sender>]) {
    let data = std::fs::metadata(&inputs.data.path).map_or(0, |found| found.len());
    // Of several connections all but one may be behind, with their rows kept aside.
    let data = if senders.len() > 1 { data.saturating_mul(2) } else { data };
    let in_flight = senders.iter().flatten().map(|sender| sender.policy.concurrency.most).sum();
    if let Some(Shortage { free, needed }) = shortage(&args.runs_dir, rows, in_flight, data) {
        let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
        let message = format!("the disk has {} MiB free, the run may need {} MiB", mib(free), mib(needed));
        let help = "a run that fills the disk stops and can be resumed; make room, or use --runs-dir";
        console::problem(&Problem::new(message).help(help).warning().in_file(&args.runs_dir));
    }
}

/// The sandbox's flags mean something only with a sandbox.
pub(in crate::cli) fn sandbox_flags(sandbox: bool, behaviour: &BehaviourArgs) -> Result<(), Failure> {
    let given = behaviour.latency.is_some() || !behaviour.fault.is_empty() || behaviour.seed.is_some();
    if given && !sandbox {
        let problem = Problem::new("--latency, --fault and --seed are the sandbox's").help("add --sandbox");
        return Err(Failure::new(Exit::Usage, problem));
    }
    Ok(())
}

fn facts(args: &RunArgs, inputs: &Inputs, send: &Send, checked: &Checked) -> Result<RunFile, Problem> {
    let absolute = |path: &Path| {
        if path.as_os_str() == "-" { Ok(path.to_owned()) } else { std::path::absolute(path) }
            .map_err(|error| Problem::new(error.to_string()).in_file(path))
    };
    let Checked { tally, digest, .. } = checked;
    let routing = inputs.connections.routing();
    // Of those that rows name the run knows those that it uses. A list of which nothing is ready has to know one all the same.
    let is_used = |via| routing != Routing::ByRow || checked.uses(via) || tally.ready == 0 && via == Via::default();
    let mut connections = inputs.connections.facts(is_used)?;
    let others = connections.split_off(1);
    Ok(RunFile {
        format: RunFile::FORMATS[usize::from(routing != Routing::One)],
        rowcast: env!("CARGO_PKG_VERSION").to_owned(),
        run: String::new(),
        created: Timestamp::now(),
        task: inputs.task.id.to_owned(),
        recipes: vec![recipe_facts(inputs)?],
        data: DataFacts { path: absolute(&inputs.data.shown)?, digest: digest.to_string(), ..inputs.data.facts() },
        connection: connections.remove(0),
        others,
        routing,
        sandbox: args.sandbox,
        once: inputs.recipe.audience.once.is_some(),
        test: inputs.test.clone(),
        vars: args.source.var.clone(),
        selection: inputs.selection.clone(),
        rows: tally.rows,
        ready: Some(tally.ready),
        send: send.clone(),
        skip_invalid: args.skip_invalid,
        safe_cells: args.safe_cells,
        output: args.output.as_deref().map(absolute).transpose()?,
    })
}
