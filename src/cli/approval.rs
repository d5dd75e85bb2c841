//! `check --approve FILE` and `run --approved FILE`: nothing is sent but what somebody has looked at.

use std::fs;
use std::path::Path;

use crate::diag::{Problem, visible};
use crate::files::atomic;
use crate::rows::Digest;
use crate::run::{Approval, Approver};

use crate::cli::commands::check::Checked;
use crate::cli::exit::{Exit, Failure};
use crate::cli::inputs::Inputs;
use crate::cli::terminal::console;

/// The approval of what a check has found.
pub(super) fn approval_of(inputs: &Inputs, approver: Approver, checked: &Checked) -> Approval {
    let recipe = Digest::of(&inputs.recipe_copy).to_string();
    let endpoints = inputs.connections.iter().map(|(_, connection)| connection.endpoint.clone()).collect();
    approver.finish(&checked.tally, inputs.task.id, endpoints, recipe, checked.digest.to_string())
}

/// Writes an approval.
pub(super) fn write(approval: &Approval, path: &Path) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Problem::new(format!("cannot be written: {error}")).in_file(path);
    let text = serde_json::to_string_pretty(approval)
        .map_err(|error| Failure::new(Exit::Bug, Problem::new(error.to_string())))?;
    atomic::write(path, format!("{text}\n").as_bytes()).map_err(cannot)?;
    let noun = if approval.messages == 1 { "message" } else { "messages" };
    console::tell(&format!("approved {} {noun}: {}\n", approval.messages, visible(&path.display().to_string())));
    Ok(())
}

/// Reads an approval.
pub(super) fn read(path: &Path) -> Result<Approval, Problem> {
    let text = fs::read_to_string(path).map_err(|error| Problem::new(error.to_string()).in_file(path))?;
    serde_json::from_str(&text).map_err(|error| {
        let problem = Problem::new(format!("is no approval: {error}"));
        problem.help("`rowcast check RECIPE --approve FILE` writes one").in_file(path)
    })
}

/// Refuses what was not approved.
pub(super) fn hold(approved: &Approval, now: &Approval, rehearsal: bool, path: &Path) -> Result<(), Failure> {
    let differences = approved.differences(now, rehearsal).map_err(|why| Problem::new(why).in_file(path))?;
    if differences.is_empty() {
        return Ok(());
    }
    let when = approved.approved.strftime("%Y-%m-%d %H:%M:%S UTC");
    let message = format!("this is not what was approved on {when}: {}", visible(&differences.join("; ")));
    let help = "have it looked at again: `rowcast check RECIPE --approve FILE`";
    Err(Problem::new(message).help(help).in_file(path).into())
}
