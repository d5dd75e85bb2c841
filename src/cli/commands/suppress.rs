//! `rowcast suppress`: who asked in a run not to be written to again, as a list for `suppress`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::diag::{Problem, Problems, visible};
use crate::files::atomic;
use crate::ledger::find_run;
use crate::plan::Verdict;
use crate::run::{RunError, project};

use crate::cli::args::SuppressArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::inputs::Inputs;
use crate::cli::terminal::console;

/// Runs the command. What stands in the file already stays; nobody is added twice.
pub(in crate::cli) fn suppress(args: &SuppressArgs) -> Result<Exit, Failure> {
    let (folder, run) = find_run(&args.which.runs_dir, &args.which.run)?;
    if run.test.is_some() {
        let problem = Problem::new(format!("{} is a test: it says nothing of the recipients", run.run));
        return Err(problem.into());
    }
    let inputs = Inputs::of_run((&folder, &run), None)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    let only = inputs.only(&plan)?;
    let is_opt_out = inputs.connections.entry().is_opt_out;
    let mut people = BTreeSet::new();
    project((&folder, &run), &plan, only.as_ref(), false, |member| {
        let refused = member.standing.answer.as_ref().is_some_and(|answer| is_opt_out(&answer.reply));
        if refused
            && let Verdict::Ready(request, _) =
                plan.verdict(&plan.scope(member.row.clone()), member.row.number, member.row.line)
            && let Some(recipient) = request.draft.recipient
        {
            people.insert(recipient.to_string());
        }
        Ok(())
    })?;
    let (known, text) = match &args.output {
        Some(path) => known(path)?,
        None => (BTreeSet::new(), String::new()),
    };
    let new: Vec<&String> = people.iter().filter(|person| !known.contains(*person)).collect();
    let text = new.iter().fold(text, |text, person| text + person + "\n");
    match &args.output {
        Some(path) => {
            let cannot = |error: io::Error| Problem::new(format!("cannot be written: {error}")).in_file(path);
            atomic::write(path, text.as_bytes()).map_err(cannot)?;
            let people = if new.len() == 1 { "1 person".to_owned() } else { format!("{} people", new.len()) };
            console::tell(&format!("{people} added to {}\n", visible(&path.display().to_string())));
        }
        None => {
            console::data(&format!("{HEADER}{text}"))?;
        }
    }
    Ok(Exit::Done)
}

const HEADER: &str = "phone\n";

/// Who stands in a file already, and its text, ending with a line break. A file that is not there is an empty list.
fn known(path: &Path) -> Result<(BTreeSet<String>, String), Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) => HEADER.to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => HEADER.to_owned(),
        Err(source) => return Err(RunError::Io { path: path.to_owned(), source }.into()),
    };
    let is_list = |line: &str| !line.contains([',', ';', '\t']);
    if !text.lines().all(is_list) {
        let problem = Problem::new("has more columns than one; nothing is added to it");
        return Err(problem.help("name a file that holds phone numbers alone").in_file(path).into());
    }
    let known = text.lines().map(|line| line.trim().trim_matches('"').to_owned()).collect();
    Ok((known, if text.ends_with('\n') { text } else { text + "\n" }))
}
