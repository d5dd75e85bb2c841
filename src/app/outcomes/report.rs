//! Writes the report of a run as one HTML page.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::Error;
use crate::app::inputs::output::output_beside;
use crate::diag::Problem;
use crate::files::atomic;
use crate::report::{RunPage, run_page};
use crate::run::statistics;
use crate::run_folder::RunFile;

use super::next_steps::{RejectedFigures, next_commands};
use super::open_run::OpenRun;

/// Writes the report of a run to `output`, or to `report.html` in the run folder, and returns the path. Phone numbers are masked
/// unless `full` is set.
pub fn write_report(open: &OpenRun, output: Option<&Path>, full: bool) -> Result<PathBuf, Error> {
    let OpenRun { folder, run, live, .. } = open;
    output_beside(output, folder, run)?;
    let view = open.view()?;
    let figures = statistics((folder, run), &view.recipients(), view.only.as_ref(), *live)?;
    let refused = RejectedFigures { never_again: figures.never_again, doubtful: figures.doubtful };
    let page = RunPage {
        run: &run.run,
        created: run.created,
        made: Timestamp::now(),
        live: *live,
        sandbox: run.sandbox,
        facts: &facts(run),
        next: &next_commands((&run.run, view.runs_dir), &figures.counts, &refused),
        full,
    };
    let target = output.map_or_else(|| folder.path().join("report.html"), Path::to_owned);
    atomic::write(&target, run_page(&page, &figures).as_bytes())
        .map_err(|error| Problem::new(format!("cannot be written: {error}")).in_file(&target))?;
    Ok(target)
}

/// The inputs and settings of the run. Files are named without their folders, because a report may be forwarded.
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
        add("invalid rows", "skipped".to_owned());
    }
    add("made with", format!("Rowcast {}", run.rowcast));
    facts
}
