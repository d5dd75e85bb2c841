//! `rowcast report`: a run as one page, to be read, printed and forwarded.

use std::path::Path;

use jiff::Timestamp;

use crate::diag::{Problem, Problems, visible};
use crate::files::atomic;
use crate::ledger::{Lock, RunFile, find_run};
use crate::report::{RunPage, run_page};
use crate::run::statistics;

use crate::cli::args::ReportArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::finish::{Place, Refused, next_commands};
use crate::cli::inputs::Inputs;
use crate::cli::output::output_beside;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn report(args: &ReportArgs) -> Result<Exit, Failure> {
    let runs_dir = &args.which.runs_dir;
    let (folder, run) = find_run(runs_dir, &args.which.run)?;
    output_beside(args.output.as_deref(), &folder, &run)?;
    let inputs = Inputs::of_run((&folder, &run), None)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    let only = inputs.only(&plan)?;
    let live = Lock::is_held(&folder.lock());
    let figures = statistics((&folder, &run), &plan, only.as_ref(), live)?;
    let place = Place { folder: &folder, run: &run, plan: &plan, only: only.as_ref(), runs_dir };
    let refused = Refused { never_again: figures.never_again, doubtful: figures.doubtful };
    let page = RunPage {
        run: &run.run,
        created: run.created,
        made: Timestamp::now(),
        live,
        sandbox: run.sandbox,
        facts: &facts(&run),
        next: &next_commands(&place, &figures.counts, &refused),
        full: args.full,
    };
    let target = args.output.clone().unwrap_or_else(|| folder.path().join("report.html"));
    atomic::write(&target, run_page(&page, &figures).as_bytes())
        .map_err(|error| Problem::new(format!("cannot be written: {error}")).in_file(&target))?;
    console::data(&format!("{}\n", visible(&target.display().to_string())))?;
    Ok(Exit::Done)
}

/// What the run is bound to. Files by their names alone: where they are is nobody's business whom a report is sent to.
fn facts(run: &RunFile) -> Vec<(String, String)> {
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut facts = vec![("task".to_owned(), run.task.clone())];
    let mut add = |key: &str, value: String| facts.push((key.to_owned(), value));
    for (at, recipe) in run.recipes.iter().enumerate() {
        let revision = if at > 0 { format!(", revision {}", at + 1) } else { String::new() };
        add(&format!("recipe{revision}"), name(&recipe.path));
        add(&format!("recipe{revision}, SHA-256"), recipe.digest.clone());
    }
    add("list", name(&run.data.path));
    add("list, SHA-256", run.data.digest.clone());
    for connection in run.connections() {
        let url = connection.endpoint.get("base-url").unwrap_or_default();
        add("connection", format!("{} ({url})", connection.name));
    }
    if let Some(only) = &run.selection.only {
        add("only", only.clone());
    }
    if run.selection.offset > 0 || run.selection.limit.is_some() {
        let limit = run.selection.limit.map_or("all".to_owned(), |limit| limit.to_string());
        add("rows", format!("{limit} after the first {}", run.selection.offset));
    }
    for (key, value) in &run.vars {
        add(&format!("var {key}"), value.clone());
    }
    let send = serde_json::to_value(&run.send).unwrap_or_default();
    for (key, value) in send.as_object().into_iter().flatten() {
        add(key, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    if run.skip_invalid {
        add("invalid rows", "left out".to_owned());
    }
    add("made with", format!("Rowcast {}", run.rowcast));
    facts
}
