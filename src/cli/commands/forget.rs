//! `rowcast forget`: removes runs, or what they hold of a person.

use crate::app::{Error, Forget, Forgetting, runs_dir};
use crate::cli::args::ForgetArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::ask::ask;
use crate::cli::terminal::console;
use crate::cli::terminal::observer::TerminalObserver;
use crate::diag::{Problem, visible};

/// Runs the command.
pub(in crate::cli) fn forget(args: &ForgetArgs) -> Result<Exit, Error> {
    let runs_dir = runs_dir(args.runs_dir.as_deref());
    let forgetting = Forgetting::open(&runs_dir, &what(args)?, args.memory, &mut TerminalObserver)?;
    if forgetting.is_empty() {
        console::tell("nothing to forget\n");
        return Ok(Exit::Done);
    }
    for line in forgetting.lines() {
        console::tell(&format!("{}\n", visible(&line)));
    }
    let what = forgetting.what();
    if !args.yes && !console::can_ask() {
        let problem = Problem::new("cannot ask for confirmation: standard input is not a terminal");
        return Err(Error::usage(problem.help("use -y to remove this without asking")));
    }
    if !args.yes && !ask(&format!("Remove {what} for good")) {
        console::tell("nothing was removed\n");
        return Ok(Exit::Interrupted);
    }
    forgetting.carry_out(&mut TerminalObserver)?;
    console::tell(&format!("removed {what}\n"));
    Ok(Exit::Done)
}

fn what(args: &ForgetArgs) -> Result<Forget, Error> {
    let usage = |message: &str| {
        let help = "name a run, or use --before 90d or --person PHONE; `rowcast runs` lists the runs";
        Err(Error::usage(Problem::new(message).help(help)))
    };
    match (&args.run, args.before, &args.person) {
        (Some(run), None, None) => Ok(Forget::Run(run.clone())),
        (None, Some(span), None) => Ok(Forget::Before(span)),
        (None, None, Some(phone)) => Ok(Forget::Person(phone.clone())),
        (None, None, None) => usage("nothing is named that is to be forgotten"),
        _ => usage("a run, --before and --person exclude each other"),
    }
}
