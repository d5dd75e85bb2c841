//! The recipients who opted out during a run, as a list for `suppress`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::app::Error;
use crate::diag::Problem;
use crate::files::{atomic, refuse_pipe};
use crate::run::{RunError, project};

use super::open_run::OpenRun;

/// The recipients who opted out during a run, sorted, without duplicates.
pub fn opted_out(open: &OpenRun) -> Result<BTreeSet<String>, Error> {
    if open.run.test.is_some() {
        let problem = Problem::new(format!("{} is a test and contains no opt-outs of recipients", open.run.run));
        return Err(problem.into());
    }
    let view = open.view()?;
    let (recipients, mut missing) = (view.recipients(), None);
    let entry = open.inputs.connections.entry();
    let is_opt_out = entry
        .capabilities
        .opt_out
        .ok_or_else(|| Problem::new(format!("the API of a {} connection reports no opt-outs", entry.kind)))?;
    let mut people = BTreeSet::new();
    project((view.folder, view.run), &view.plan, view.only.as_ref(), false, |run_row| {
        let refused = run_row.status.answer.as_ref().is_some_and(|answer| is_opt_out(&answer.reply));
        if refused {
            match recipients.of(run_row) {
                Ok(recipient) => people.extend(recipient.map(|recipient| recipient.to_string())),
                Err(error) => missing = Some(error),
            }
        }
        Ok(())
    })?;
    // A list that lacks a person who opted out would look complete.
    missing.map_or(Ok(people), |error| Err(error.into()))
}

/// Formats recipients as a list with a header.
pub fn list_of(people: &BTreeSet<String>) -> String {
    people.iter().fold(HEADER.to_owned(), |text, person| text + person + "\n")
}

/// Adds recipients to the list in a file, without duplicates, and returns the number of new ones. Keeps existing lines.
pub fn add_to_list(path: &Path, people: &BTreeSet<String>) -> Result<usize, Error> {
    let (known, text) = known(path)?;
    let new: Vec<&String> = people.iter().filter(|person| !known.contains(*person)).collect();
    let text = new.iter().fold(text, |text, person| text + person + "\n");
    atomic::write(path, text.as_bytes())
        .map_err(|error: io::Error| Problem::new(format!("cannot be written: {error}")).in_file(path))?;
    Ok(new.len())
}

const HEADER: &str = "phone\n";

/// The recipients in a file, and its text with a final line break. A file that does not exist is an empty list.
fn known(path: &Path) -> Result<(BTreeSet<String>, String), Error> {
    let text = match refuse_pipe(path).and_then(|()| fs::read_to_string(path)) {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) => HEADER.to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => HEADER.to_owned(),
        Err(source) => return Err(RunError::Io { path: path.to_owned(), source }.into()),
    };
    let is_list = |line: &str| !line.contains([',', ';', '\t']);
    if !text.lines().all(is_list) {
        let problem = Problem::new("has more than one column; nothing was added to it");
        return Err(problem.help("name a file that contains only phone numbers").in_file(path).into());
    }
    let known = text.lines().map(|line| line.trim().trim_matches('"').to_owned()).collect();
    Ok((known, if text.ends_with('\n') { text } else { text + "\n" }))
}
