//! The memory of the project: who has which message. Brings it up to date with the ledgers and opens it for one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;

use crate::app::inputs::Inputs;
use crate::app::inputs::project::create_runs_dir;
use crate::app::outcomes::open_run::{OpenRun, Revision};
use crate::app::{Error, Observer, Silent};
use crate::diag::{Problem, Problems};
use crate::ledger::Reached;
use crate::memory::{ClaimMarks, Claims, Memory, MemoryWriter};
use crate::recipe::Once;
use crate::rows::Digest;
use crate::run::{
    AskedFor, PriorMessages, PriorRule, RunError, SessionClaims, each_reached, remembered_keys, render_reached,
};
use crate::run_folder::{RunFile, RunFolder, list_runs};

/// The folder of the memory.
pub(crate) fn memory_dir(runs_dir: &Path) -> PathBuf {
    runs_dir.join(".memory")
}

/// The rule of a recipe. `None` if nothing of the run counts for others: a test, or a rehearsal.
pub(crate) fn rule(inputs: &Inputs, again: bool) -> Option<PriorRule> {
    if inputs.test.is_some() || inputs.rehearsal {
        return None;
    }
    let audience = &inputs.recipe.audience;
    let asked = match audience.once {
        Once::Message => AskedFor::Message,
        Once::By(_) => AskedFor::Key,
        Once::Off => AskedFor::Nothing,
    };
    let not_before = audience.repeat_after.map(|span| {
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Timestamp::now().as_millisecond().saturating_sub(span)
    });
    Some(PriorRule { asked, not_before, again })
}

/// What other runs than `except` have sent, as the recipe asks for it. `None` if it asks for nothing.
pub(crate) fn prior_messages(
    inputs: &Inputs,
    runs_dir: &Path,
    (again, except): (bool, Option<&str>),
    observer: &mut dyn Observer,
) -> Result<Option<PriorMessages>, Error> {
    let Some(rule) = rule(inputs, again).filter(|rule| rule.asked != AskedFor::Nothing) else { return Ok(None) };
    let dir = memory_dir(runs_dir);
    let marks = ClaimMarks::now(&dir);
    match take_up_runs(runs_dir, observer) {
        Ok(()) => {}
        // Whoever wants all rows sent again need not know who has them.
        Err(_) if again => return Ok(None),
        Err(error) => return Err(error),
    }
    let memory = Memory::open(&dir).map_err(RunError::from)?;
    Ok(Some(PriorMessages::new(memory, rule, except.map(str::to_owned), marks)))
}

/// The claims of a session, unless nothing of it counts for other runs.
pub(crate) fn session_claims(
    inputs: &Inputs,
    (runs_dir, run): (&Path, &str),
    (again, marks): (bool, ClaimMarks),
) -> Result<Option<SessionClaims>, Error> {
    let Some(rule) = rule(inputs, again) else { return Ok(None) };
    create_runs_dir(runs_dir)?;
    let claims = Claims::begin(&memory_dir(runs_dir), run, marks).map_err(RunError::from)?;
    let runs_dir = runs_dir.to_owned();
    let take_up = move || take_up_runs(&runs_dir, &mut Silent).map_err(|error| error.to_string());
    Ok(Some(SessionClaims::new(claims, rule, Box::new(take_up))))
}

/// Takes up what a session has sent, and ends its claims. If that fails, the claims stay, and the next command takes the run up.
pub(crate) fn end_claims(claims: Option<SessionClaims>, runs_dir: &Path, observer: &mut dyn Observer) {
    let Some(claims) = claims else { return };
    let ended =
        take_up_runs(runs_dir, observer).and_then(|()| claims.end().map_err(|error| RunError::from(error).into()));
    if let Err(error) = ended {
        for problem in error.problems {
            observer.problem(&problem.warning().help("the next `rowcast run` reads this run's ledger instead"));
        }
    }
}

/// Takes up every run whose ledger says something else than the memory. Runs copied in are taken up like others; runs that are gone
/// stay known.
pub(crate) fn take_up_runs(runs_dir: &Path, observer: &mut dyn Observer) -> Result<(), Error> {
    let dir = memory_dir(runs_dir);
    let memory = Memory::open(&dir).map_err(RunError::from)?;
    if missing(&memory, runs_dir)?.is_empty() && memory.dead_claims().is_empty() {
        return Ok(());
    }
    let mut writer = MemoryWriter::begin(&dir).map_err(RunError::from)?;
    // Once more: another process may have worked while this one waited for its turn.
    for (stamp, folder, run) in missing(writer.memory(), runs_dir)? {
        let taken_up = take_up((runs_dir, &folder, &run), &stamp, &mut writer, observer);
        taken_up.map_err(|error| unreadable(&run.run, error))?;
    }
    Ok(writer.finish_all().map_err(RunError::from)?)
}

/// The runs whose ledger says something else than the memory. Tests and rehearsals count for nobody.
fn missing(memory: &Memory, runs_dir: &Path) -> Result<Vec<(String, RunFolder, RunFile)>, Error> {
    let known = memory.stamps();
    let counted = |run: &RunFile| run.test.is_none() && !run.sandbox;
    let runs = list_runs(runs_dir)?.all()?.into_iter().filter(|(_, run)| counted(run));
    let runs = runs.map(|(folder, run)| (stamp(&folder), folder, run));
    Ok(runs.filter(|(stamp, _, run)| known.get(run.run.as_str()) != Some(&stamp.as_str())).collect())
}

/// Takes up everything that a run has sent or may have sent.
fn take_up(
    (runs_dir, folder, run): (&Path, &RunFolder, &RunFile),
    stamp: &str,
    writer: &mut MemoryWriter,
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    let add = |writer: &mut MemoryWriter, reached: &Reached| {
        let Reached { to, row, at_ms, doubt, .. } = reached;
        remembered_keys(to).try_for_each(|key| writer.add(&key, *row, *at_ms, *doubt)).map_err(RunError::from)
    };
    writer.take_up(&run.run, stamp);
    if each_reached(folder, |reached| add(writer, reached))? {
        return Ok(());
    }
    // What was added so far is added again.
    writer.take_up(&run.run, stamp);
    let open = OpenRun::of_folder(runs_dir, (folder.clone(), run.clone()), Revision::Latest, observer)?;
    let view = open.view()?;
    Ok(render_reached(&view.recipients(), open.inputs.data.rows()?, |reached| add(writer, reached))?)
}

/// Names the run that cannot be read: its messages are not known, so nobody may be sent what it may have sent.
fn unreadable(run: &str, error: Error) -> Error {
    let explain = |problem: Problem| {
        let message = format!("the messages of {run} are not known: {}", problem.message);
        let help = "repair the run, or move its folder away once you are sure that it sent nothing of this";
        let help = problem.help.clone().unwrap_or_else(|| help.to_owned());
        Problem { message, ..problem }.help(help)
    };
    let mut problems = Problems::default();
    problems.extend(error.problems.into_iter().map(explain));
    Error { problems, ..error }
}

/// Changes whenever the ledger does. What a process that died has left in the write-ahead log counts as well.
fn stamp(folder: &RunFolder) -> String {
    let ledger = folder.ledger();
    let mut log = ledger.clone().into_os_string();
    log.push("-wal");
    let state = |path: &Path| {
        let found = fs::metadata(path).ok()?;
        let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{}@{}", found.len(), modified.as_nanos()))
    };
    let log = state(Path::new(&log)).filter(|state| !state.starts_with("0@"));
    // A log that is written from its begin again keeps its length, and two commits may fall into one tick of the file system's
    // clock. The mark is another after each commit, and before anything of it is sent.
    let mark = fs::read(ledger.with_extension("mark")).ok().map(|mark| Digest::of(&format!("{mark:x?}")).to_string());
    [state(&ledger), log, mark].into_iter().flatten().collect::<Vec<_>>().join("+")
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::time::Duration;

    use super::*;

    /// Two commits within one tick of the file system's clock, in a log that is written from its begin again.
    #[test]
    fn a_ledger_of_the_same_size_and_time_has_another_stamp_after_a_commit() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "r", Timestamp::UNIX_EPOCH).unwrap();
        let write = |name: &str, text: &[u8]| {
            let mut file = File::create(folder.ledger().with_file_name(name)).unwrap();
            file.write_all(text).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(1)).unwrap();
        };
        let stamps = ["one", "two"].map(|fact| {
            write("ledger.db", b"pages");
            write("ledger.db-wal", fact.as_bytes());
            write("ledger.mark", fact.as_bytes());
            stamp(&folder)
        });
        assert_ne!(stamps[0], stamps[1]);
    }
}
