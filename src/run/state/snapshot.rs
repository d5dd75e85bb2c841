//! The snapshot of a run's list: how it is opened, and where a session begins to read.

use std::fs::File;

use crate::model::RowNumber;
use crate::rows::{Csv, CsvOptions, SeekPoint, open_file};
use crate::run::error::RunError;
use crate::run_folder::{RunFile, RunFolder};

use super::walk::WalkError;

/// Where a session begins to read the snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Beginning {
    /// First row to process. May exceed 1 only if the run covers the whole list (no `only`, offset or limit).
    pub row: RowNumber,
    /// A position in the snapshot at or before that row, if one is known.
    pub seek_point: Option<SeekPoint>,
}

impl Default for Beginning {
    /// The beginning of the list.
    fn default() -> Self {
        Self { row: RowNumber(1), seek_point: None }
    }
}

/// The rows of a run's snapshot.
pub(in crate::run) type SnapshotRows = Csv<File>;

/// The rows of a run's snapshot, from its beginning or a seek point.
pub(in crate::run) fn open_snapshot_at(
    folder: &RunFolder,
    run: &RunFile,
    seek_point: Option<SeekPoint>,
) -> Result<SnapshotRows, RunError> {
    let rows = open_snapshot(folder, run)?;
    let Some(seek_point) = seek_point else { return Ok(rows) };
    rows.from_seek_point(seek_point).map_err(|source| RunError::Io { path: folder.data(), source })
}

/// The rows of a run's snapshot.
pub(in crate::run) fn open_snapshot(folder: &RunFolder, run: &RunFile) -> Result<SnapshotRows, WalkError> {
    let delimiter = u8::try_from(run.data.delimiter).ok();
    let options = CsvOptions { delimiter, lined: run.data.format.is_some(), encoding: None };
    open_file(&folder.data(), &options).map_err(WalkError::Data)
}
