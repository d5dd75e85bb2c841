//! Removes what a run holds of a person. Rows stay where they are, so that the sum and all other results stay right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use csv::StringRecord;
use jiff::Timestamp;

use crate::app::{Error, Observer};
use crate::diag::Problem;
use crate::files::AtomicFile;
use crate::ledger::{self, Fact, LedgerReader, LedgerWriter};
use crate::model::{Exclusion, Mode, RowNumber, State};
use crate::phone::{Country, e164, person};
use crate::rows::digest_file;
use crate::run::{RunError, holder, remember};
use crate::run_folder::{Lock, RunFile, RunFolder, Selection};

use super::open_run::{OpenRun, Revision};
use super::results::write_results;

/// What stands in place of each cell that was removed.
const FORGOTTEN: &str = "forgotten";

/// The rows of a person in a run.
pub(crate) struct Redaction {
    pub(crate) folder: RunFolder,
    run: RunFile,
    pub(crate) rows: BTreeSet<RowNumber>,
    /// Their cells, by which they are recognised in the list.
    cells: BTreeMap<RowNumber, StringRecord>,
}

/// The rows of a run that hold a person: rows that were sent to them, and rows in which a cell is their number. `None` if there
/// are none.
pub(crate) fn find_rows(
    runs_dir: &Path,
    (folder, run): (RunFolder, RunFile),
    wanted: &str,
    observer: &mut dyn Observer,
) -> Result<Option<Redaction>, Error> {
    let open = OpenRun::of_folder(runs_dir, (folder, run), Revision::Latest, observer)?;
    let OpenRun { folder, run, inputs, .. } = open;
    let country = inputs.connections.country();
    let (mut rows, mut cells) = (BTreeSet::new(), BTreeMap::new());
    ledger::read(&folder.ledger())?.each_fact(|_, fact| {
        if let Fact::Intent { row, to, .. } = fact
            && to.recipient.as_deref().is_some_and(|recipient| person(recipient) == wanted)
        {
            rows.insert(row);
        }
    })?;
    for row in inputs.data.rows()? {
        let row = row.map_err(|error| Problem::new(error.message).in_file(&folder.data()))?;
        if row.cells.iter().any(|cell| is_person(cell, country, wanted)) {
            rows.insert(row.number);
        }
        if rows.contains(&row.number) {
            cells.insert(row.number, row.cells);
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    if run.selection.only != Selection::default().only {
        let problem = Problem::new(format!("{} was made with --only, so its rows cannot be changed", folder.name()));
        return Err(problem.help(format!("`rowcast forget {}` removes the whole run", run.run)).into());
    }
    Ok(Some(Redaction { folder, run, rows, cells }))
}

fn is_person(cell: &str, country: Option<Country>, wanted: &str) -> bool {
    e164(cell, country).is_ok_and(|phone| person(phone.as_str()) == wanted)
}

/// Removes the rows' contents from list, ledger, results and report. Rows that could still be sent are left out.
pub(crate) fn redact(runs_dir: &Path, redaction: Redaction, observer: &mut dyn Observer) -> Result<(), Error> {
    let Redaction { folder, mut run, rows, cells } = redaction;
    let lock = Lock::take(&folder.lock(), &holder()).map_err(RunError::from)?;
    leave_out(&folder, &run, &rows)?;
    rewrite_list(&folder, &run, &cells)?;
    run.data.digest = digest_file(&folder.data()).map_err(io(&folder.data()))?.to_string();
    folder.write_run_file(&run)?;
    ledger::open(&folder.ledger())?.forget_rows(&mut rows.iter().copied())?;
    // A report is written again by the command that wrote it.
    for derived in [folder.results(), folder.path().join("report.html")] {
        fs::remove_file(&derived)
            .or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
            .map_err(io(&derived))?;
    }
    let open = OpenRun::of_folder(runs_dir, (folder, run), Revision::Latest, observer)?;
    // The copy elsewhere is the user's own file.
    let run = RunFile { output: None, ..open.run.clone() };
    let view = open.view()?;
    write_results(&super::open_run::RunView { run: &run, ..view }, observer, |_| {})?;
    drop(lock);
    Ok(())
}

/// Leaves out the rows that were certainly not sent, so that no later session tries them.
fn leave_out(folder: &RunFolder, run: &RunFile, rows: &BTreeSet<RowNumber>) -> Result<(), Error> {
    let reader = ledger::read(&folder.ledger())?;
    let mut facts = Vec::new();
    for row in rows.iter().filter(|row| is_of_run(run, **row)) {
        let of_row: Vec<Fact> = reader.facts(*row)?.into_iter().map(|(_, fact)| fact).collect();
        let status = ledger::fold(&of_row);
        if matches!(status.state, State::Pending | State::Failed) {
            let exclusion = Exclusion { state: State::Skipped, reason: FORGOTTEN.to_owned() };
            facts.push(Fact::Excluded { row: *row, attempt: status.left_out_after(), exclusion });
        }
    }
    drop(reader);
    let mut ledger = ledger::open(&folder.ledger())?;
    if !facts.is_empty() {
        let revision = u32::try_from(run.recipes.len()).unwrap_or(u32::MAX);
        ledger.begin_session(Mode::Retry, revision, &holder().host, Timestamp::now().as_millisecond())?;
        ledger.commit(&facts)?;
        remember(run, &ledger)?;
    }
    Ok(())
}

/// Whether the run covers the row: it may be a part of its list.
fn is_of_run(run: &RunFile, row: RowNumber) -> bool {
    let Selection { offset, limit, .. } = run.selection;
    row.0 > offset && limit.is_none_or(|limit| row.0 <= offset.saturating_add(limit))
}

/// Writes the list again with the cells of these rows removed. All other bytes stay.
fn rewrite_list(folder: &RunFolder, run: &RunFile, rows: &BTreeMap<RowNumber, StringRecord>) -> Result<(), Error> {
    let path = folder.data();
    let delimiter = u8::try_from(run.data.delimiter).unwrap_or(b',');
    let lined = run.data.format.is_some();
    let mut records = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(true)
        .from_path(&path)
        .map_err(|error| Problem::new(error.to_string()).in_file(&path))?;
    let unlike = || {
        let problem = Problem::new("the rows of the run's list cannot be told apart; nothing was changed in it");
        problem.help(format!("`rowcast forget {}` removes the whole run", run.run)).in_file(&path)
    };
    let mut source = File::open(&path).map_err(io(&path))?;
    let mut target = AtomicFile::beside(&path).map_err(io(&path))?;
    let (mut copied, mut number, mut record) = (0, 0, csv::ByteRecord::new());
    let copy = |source: &mut File, target: &mut AtomicFile, from: u64, to: u64| {
        source.seek(SeekFrom::Start(from))?;
        std::io::copy(&mut source.take(to - from), target)
    };
    records.byte_headers().map_err(|_| unlike())?;
    while records.read_byte_record(&mut record).map_err(|_| unlike())? {
        number += 1;
        let Some(expected) = rows.get(&RowNumber(number)) else { continue };
        let fields = record.iter().skip(usize::from(lined));
        if !fields.zip(expected).all(|(found, expected)| found == expected.as_bytes()) {
            return Err(unlike().into());
        }
        let start = record.position().map_or(0, csv::Position::byte);
        let end = records.position().byte();
        copy(&mut source, &mut target, copied, start).map_err(io(&path))?;
        let kept = record.get(0).filter(|_| lined).map(<[u8]>::to_vec);
        let cells = record.len().saturating_sub(usize::from(kept.is_some()));
        let cells = kept.into_iter().chain((0..cells).map(|_| FORGOTTEN.as_bytes().to_vec())).collect::<Vec<_>>();
        target.write_all(&cells.join(&delimiter)).and_then(|()| target.write_all(b"\n")).map_err(io(&path))?;
        copied = end;
    }
    if rows.last_key_value().is_some_and(|(last, _)| last.0 > number) {
        return Err(unlike().into());
    }
    let length = fs::metadata(&path).map_err(io(&path))?.len();
    copy(&mut source, &mut target, copied, length).map_err(io(&path))?;
    target.commit(&path).map_err(|(error, _)| io(&path)(error).into())
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> RunError {
    let path = path.to_owned();
    move |source| RunError::Io { path, source }
}
