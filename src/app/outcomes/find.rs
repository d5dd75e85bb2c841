//! Everything that a person was sent, over all runs.

use std::collections::BTreeSet;
use std::path::Path;

use crate::app::{Error, Observer};
use crate::diag::Problem;
use crate::ledger::{self, Fact, LedgerReader, fold};
use crate::model::{RowNumber, RowStatus};
use crate::phone::{e164, person};
use crate::run::project;
use crate::run_folder::{RunFile, RunFolder, Runs, list_runs};

use super::open_run::{OpenRun, Revision};

/// A row that was sent to the person, or may have been.
pub struct FoundRow {
    /// The run.
    pub run: RunFile,
    /// The row in the run's list.
    pub row: RowNumber,
    /// Its status: state, attempts, answer, recipient as addressed.
    pub status: RowStatus,
}

/// Finds the rows of every run in `runs_dir` that were tried for the person behind `phone`, oldest run first. Two spellings of a
/// number are one person. A run that cannot be read is reported and passed over.
pub fn find_person(runs_dir: &Path, phone: &str, observer: &mut dyn Observer) -> Result<Vec<FoundRow>, Error> {
    let phone = e164(phone, None).map_err(|error| {
        Error::usage(Problem::new(error.to_string()).help("write the number with + and its country code"))
    })?;
    let wanted = person(phone.as_str());
    let Runs { readable, unreadable } = list_runs(runs_dir)?;
    for (_, error) in unreadable {
        observer.problem(&Problem::new(error.to_string()).warning().help("this run was not searched"));
    }
    let mut found = Vec::new();
    for (folder, run) in readable {
        let searched = search((runs_dir, &folder, &run), &wanted, observer);
        match searched {
            Ok(rows) => found.extend(rows.into_iter().map(|(row, status)| FoundRow { run: run.clone(), row, status })),
            Err(error) => {
                for problem in error.problems {
                    observer.problem(&problem.warning().help(format!("{} was not searched", run.run)));
                }
            }
        }
    }
    Ok(found)
}

/// The rows of a run that were tried for a person.
fn search(
    (runs_dir, folder, run): (&Path, &RunFolder, &RunFile),
    wanted: &str,
    observer: &mut dyn Observer,
) -> Result<Vec<(RowNumber, RowStatus)>, Error> {
    let reader = ledger::read(&folder.ledger())?;
    let (mut rows, mut unrecorded) = (BTreeSet::new(), false);
    reader.each_fact(|_, fact| {
        if let Fact::Intent { row, to, .. } = fact {
            match to.recipient.as_deref() {
                Some(recipient) if person(recipient) == wanted => drop(rows.insert(row)),
                Some(_) => {}
                None => unrecorded = true,
            }
        }
    })?;
    if unrecorded {
        return search_rendered((runs_dir, folder, run), wanted, observer);
    }
    let status = |row: RowNumber| {
        let facts: Vec<Fact> = reader.facts(row)?.into_iter().map(|(_, fact)| fact).collect();
        Ok((row, fold(&facts)))
    };
    rows.into_iter().map(status).collect()
}

/// The same for a run of an earlier Rowcast, whose ledger does not record recipients: each row that was tried is rendered by the
/// recipe that it was sent under.
fn search_rendered(
    (runs_dir, folder, run): (&Path, &RunFolder, &RunFile),
    wanted: &str,
    observer: &mut dyn Observer,
) -> Result<Vec<(RowNumber, RowStatus)>, Error> {
    let open = OpenRun::of_folder(runs_dir, (folder.clone(), run.clone()), Revision::Latest, observer)?;
    let view = open.view()?;
    let recipients = view.recipients();
    let (mut rows, mut failed) = (Vec::new(), None);
    project((folder, run), &view.plan, view.only.as_ref(), open.live, |run_row| {
        if run_row.status.attempts > 0 {
            match recipients.of(run_row) {
                Ok(Some(recipient)) if person(&recipient) == wanted => {
                    rows.push((run_row.row.number, run_row.status.clone()));
                }
                Ok(_) => {}
                Err(error) => failed = Some(error),
            }
        }
        Ok(())
    })?;
    failed.map_or(Ok(rows), |error| Err(error.into()))
}
