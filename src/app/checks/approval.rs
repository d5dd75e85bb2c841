//! Approvals: `check --approve FILE` writes one, `run --approved FILE` sends only what it covers.

use std::fs;
use std::path::Path;

use crate::diag::{Problem, utc, visible};
use crate::files::{atomic, refuse_named_pipe};
use crate::rows::Digest;
use crate::run::{Approval, Approver};

use crate::app::Error;
use crate::app::inputs::Inputs;

use super::checked::Checked;

/// Creates the approval of a finished check.
pub(crate) fn approval_of(inputs: &Inputs, approver: Approver, checked: &Checked) -> Approval {
    let recipe = Digest::of(&inputs.recipe_copy).to_string();
    let endpoints = inputs.connections.iter().map(|(_, connection)| connection.endpoint.clone()).collect();
    approver.finish(&checked.tally, inputs.task.id, endpoints, recipe, checked.digest.to_string())
}

/// Writes an approval.
pub(crate) fn write(approval: &Approval, path: &Path) -> Result<(), Error> {
    let cannot = |error: std::io::Error| Problem::new(format!("cannot be written: {error}")).in_file(path);
    let text = serde_json::to_string_pretty(approval).map_err(|error| Error::unexpected(&error))?;
    atomic::write(path, format!("{text}\n").as_bytes()).map_err(cannot)?;
    Ok(())
}

/// Reads an approval.
pub(crate) fn read(path: &Path) -> Result<Approval, Problem> {
    let text = refuse_named_pipe(path)
        .and_then(|()| fs::read_to_string(path))
        .map_err(|error| Problem::new(error.to_string()).in_file(path))?;
    serde_json::from_str(&text).map_err(|error| {
        let problem = Problem::new(format!("is not an approval file: {error}"));
        problem.help("`rowcast check RECIPE --approve FILE` writes one").in_file(path)
    })
}

/// Refuses a run that differs from its approval.
pub(crate) fn check_approved(approved: &Approval, now: &Approval, rehearsal: bool, path: &Path) -> Result<(), Error> {
    let differences = approved.differences(now, rehearsal).map_err(|why| Problem::new(why).in_file(path))?;
    if differences.is_empty() {
        return Ok(());
    }
    let when = utc(approved.approved);
    let message = format!("this run differs from what was approved on {when}: {}", visible(&differences.join("; ")));
    let help = "approve it again: `rowcast check RECIPE --approve FILE`";
    Err(Problem::new(message).help(help).in_file(path).into())
}
