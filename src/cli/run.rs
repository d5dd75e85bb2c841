//! `rowcast run`: check everything, ask, then send.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use crate::connectors::Connection;
use crate::diag::{Problem, Problems};
use crate::exec::Stop;
use crate::ledger::{ConnectionFacts, DataFacts, RecipeFacts, RunFile};
use crate::model::{Counts, Mode, State};
use crate::recipe::{ConnectionRef, Send};
use crate::report::counts_line;
use crate::rows::Digest;
use crate::run::{
    Approver, Checks, Earlier, LeftOut, NewRun, Session, Shortage, Take, Tally, create, find_earlier, policy, shortage,
    work,
};

use super::args::{BehaviourArgs, RunArgs};
use super::ask::{Question, may_go};
use super::check::{Checked, check_all, sentence};
use super::exit::{Exit, Failure};
use super::finish::{Place, finish, timeout};
use super::forecast::Outlook;
use super::inputs::Inputs;
use super::knowledge::{Knowledge, Reach, pinned};
use super::reporter::{events, log, reporters};
use super::sandbox::Rehearsal;
use super::screen::{once_lock, screen};
use super::signals;
use super::test_run::{act, aim};
use super::timetable::{closed_now, settings, timetable};
use super::{approval, console};

/// Runs the command.
pub(super) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    sandbox_flags(args.sandbox, &args.behaviour)?;
    output_folder(args.output.as_deref())?;
    let mut inputs = Inputs::read(&args.source)?;
    settings(&mut inputs, &args.send)?;
    aim(&mut inputs, args.to.as_deref())?;
    let send = inputs.recipe.send.clone();
    let copy = pinned(&inputs.connection)?;
    let rehearsal = args.sandbox.then(|| Rehearsal::start(&mut inputs.connection, &args.behaviour, copy.as_ref()));
    let rehearsal = rehearsal.transpose()?;
    let reach = match (args.sandbox, args.source.offline) {
        (true, _) => Reach::Sandbox,
        (false, true) => Reach::Offline,
        (false, false) => Reach::Api,
    };
    let knowledge = Knowledge::gather(&inputs, copy, reach)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    console::problems(&problems);
    let only = inputs.only(&plan)?;
    // Before anybody looks at what other runs have sent: from now on they send nothing of it.
    let once = once_lock(&inputs, &args.runs_dir)?;
    let mut checks = Checks {
        contract: knowledge.contract(),
        screen: screen(&inputs, &args.runs_dir, args.sandbox)?,
        ..Checks::default()
    };
    let approved = args.approved.as_deref().map(approval::read).transpose()?;
    let mut digest_of_all = Approver::new(&inputs.connection.endpoint);
    let checked = check_all(&inputs, &plan, only.as_ref(), &mut checks, |finding, _| {
        if approved.is_some() {
            digest_of_all.add(finding);
        }
        Some(finding)
    })?;
    let Checked { tally, first, digest } = &checked;
    let late = send.not_after.is_some_and(|end| end < Timestamp::now());
    if late {
        console::problem(&Problem::new("not-after has passed; nothing can be sent"));
    }
    if late || problems.has_errors() || !tally.allows(args.skip_invalid) {
        console::tell(&format!("{}; nothing was sent\n", sentence(tally)));
        return Ok(Exit::Invalid);
    }

    if let (Some(approved), Some(path)) = (&approved, &args.approved) {
        approval::hold(approved, &approval::approval_of(&inputs, digest_of_all, &checked), args.sandbox, path)?;
    }
    let facts = facts(args, &inputs, &send, digest.as_str(), tally)?;
    let earlier = find_earlier(&args.runs_dir, &facts)?;
    // A list of which nothing is sent may come as often as it likes, every night an empty one; and with `once` nothing that was
    // sent is ready to be sent again.
    if let Some(earlier) = earlier.filter(|_| !args.again && tally.ready > 0 && !facts.once) {
        return Err(sent_before(&earlier).into());
    }
    rate_is_allowed(&send, &inputs.connection);
    let policy = policy(&send, inputs.connection.rate);
    disk_has_room(args, &inputs, tally.rows, policy.concurrency.most);
    let mut outlook = Outlook::of(&inputs, &checks, tally, &knowledge, reach);
    outlook.cautions.extend(closed_now(&send));
    // The token is looked for before the question: an answer should not be in vain.
    let stop = Stop::default();
    let connector = inputs.connection.open(&inputs.surroundings, timeout(&send))?;
    let log = log(args.log.as_deref())?;
    let question = Question {
        connection: &inputs.connection,
        sandbox: args.sandbox,
        act: format!("{}. {}", sentence(tally), act(&inputs, tally.ready)),
        first: first.as_ref(),
        outlook,
    };
    if !may_go(&question, args.yes)? {
        return Ok(Exit::Done);
    }
    let events = events(args.json, &stop)?;
    signals::listen(&stop).map_err(|error| Failure::new(Exit::Bug, Problem::new(error.to_string())))?;

    let Checks { screen, mut left_out, .. } = checks;
    // Of a long list it has some tens of megabytes, and nobody asks it again.
    drop(screen);
    let NewRun { folder, ledger, lock, run } =
        create(&args.runs_dir, &inputs.recipe.name, facts, &inputs.recipe_copy, &inputs.data.path, &mut left_out)?;
    let session = Session {
        folder: &folder,
        run: &run,
        plan: &plan,
        only: only.as_ref(),
        ledger,
        mode: Mode::Run,
        take: Take::default().with(State::Pending),
        except: HashSet::new(),
        screened: !left_out.is_empty(),
        rows: tally.rows - left_out.len(),
        counts: counts_before(&left_out, tally.rows),
        left_out,
        policy,
        timetable: timetable(&send, &args.send, args.yes),
        connector,
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

/// How the rows of a new run stand.
fn counts_before(left_out: &LeftOut, rows: u64) -> Counts {
    let mut counts = Counts::default();
    counts.add_many(State::Invalid, left_out.invalid());
    counts.add_many(State::Skipped, left_out.len() - left_out.invalid());
    counts.add_many(State::Pending, rows - left_out.len());
    counts
}

/// The results have a place to go to: better known before the first message than after the last.
fn output_folder(output: Option<&Path>) -> Result<(), Problem> {
    let Some(output) = output else { return Ok(()) };
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            let message = format!("--output: the folder {} does not exist", folder.display());
            Err(Problem::new(message).help("create it, or name another place"))
        }
        _ => Ok(()),
    }
}

/// Says so when a recipe or a flag wants more than the connection allows: the connection's rate is kept.
pub(super) fn rate_is_allowed(send: &Send, connection: &Connection) {
    if let (Some(wanted), Some(most)) = (send.rate, connection.rate)
        && wanted.per_second() > most.per_second()
    {
        let message =
            format!("the rate {wanted} is more than the connection `{}` allows: {most} is kept", connection.name);
        let help = "raise `rate` in the connection if the number may send more";
        console::problem(&Problem::new(message).help(help).warning());
    }
}

/// Says so when the disk will probably not do. The run would stop safely, but in the middle.
fn disk_has_room(args: &RunArgs, inputs: &Inputs, rows: u64, in_flight: usize) {
    let data = std::fs::metadata(&inputs.data.path).map_or(0, |found| found.len());
    if let Some(Shortage { free, needed }) = shortage(&args.runs_dir, rows, in_flight, data) {
        let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
        let message = format!("the disk has {} MiB free, the run may need {} MiB", mib(free), mib(needed));
        let help = "a run that fills the disk stops and can be resumed; make room, or use --runs-dir";
        console::problem(&Problem::new(message).help(help).warning().in_file(&args.runs_dir));
    }
}

/// The sandbox's flags mean something only with a sandbox.
pub(super) fn sandbox_flags(sandbox: bool, behaviour: &BehaviourArgs) -> Result<(), Failure> {
    let given = behaviour.latency.is_some() || !behaviour.fault.is_empty() || behaviour.seed.is_some();
    if given && !sandbox {
        let problem = Problem::new("--latency, --fault and --seed are the sandbox's").help("add --sandbox");
        return Err(Failure::new(Exit::Usage, problem));
    }
    Ok(())
}

fn facts(args: &RunArgs, inputs: &Inputs, send: &Send, digest: &str, tally: &Tally) -> Result<RunFile, Problem> {
    let absolute = |path: &Path| {
        if path.as_os_str() == "-" { Ok(path.to_owned()) } else { std::path::absolute(path) }
            .map_err(|error| Problem::new(error.to_string()).in_file(path))
    };
    let named = matches!(inputs.recipe.connection, ConnectionRef::Named(_)) || args.source.connection.is_some();
    let connection = &inputs.connection;
    Ok(RunFile {
        format: 1,
        rowcast: env!("CARGO_PKG_VERSION").to_owned(),
        run: String::new(),
        created: Timestamp::now(),
        task: inputs.task.id.to_owned(),
        recipes: vec![RecipeFacts {
            path: absolute(&args.source.recipe)?,
            digest: Digest::of(&inputs.recipe_copy).to_string(),
        }],
        data: DataFacts { path: absolute(&inputs.data.shown)?, digest: digest.to_owned(), ..inputs.data.facts() },
        connection: ConnectionFacts {
            name: connection.name.clone(),
            kind: connection.entry.kind.to_owned(),
            file: if named { Some(absolute(&connection.file)?) } else { None },
            endpoint: connection.endpoint.clone(),
        },
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

fn sent_before(earlier: &Earlier) -> Problem {
    let name = earlier.folder.name();
    let created = earlier.run.created.strftime("%Y-%m-%d %H:%M:%S UTC");
    let message =
        format!("this recipe and list were already run on {created}: {name}, {}", counts_line(&earlier.counts));
    let mut help = Vec::new();
    if earlier.counts.get(State::Pending) > 0 {
        help.push(format!("`rowcast resume {name}` goes on with its pending rows"));
    }
    if earlier.counts.get(State::Failed) > 0 {
        help.push(format!("`rowcast retry {name}` reruns its failed rows"));
    }
    help.push("--again sends the whole list once more".to_owned());
    Problem::new(message).help(help.join("\n"))
}
