//! Reading a ledger, also while a run writes it: short transactions, constant memory, rows in order.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row as SqlRow};

use crate::model::{ConnectionIndex, RowNumber};

use crate::ledger::fold::arrival;
use crate::ledger::statuses::Page;
use crate::ledger::{Balance, Fact, LedgerError, LedgerReader, Projection, Reached, RowStatuses, SessionRow, fold};

use super::columns::{self, FactColumns};
use super::failure::failed;
use super::harm::lacks_its_last_fact;
use super::high_water::Mark;
use super::schema::{FORMAT, show_former};

/// Rows of the data file that one transaction reads. A long transaction would hold the write-ahead log back.
const PAGE: u64 = 2000;

/// A ledger open for reading.
#[derive(Debug)]
pub struct SqliteReader {
    connection: Connection,
    path: PathBuf,
}

impl SqliteReader {
    /// Opens a ledger for reading.
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        // Before the ledger, which may be written meanwhile.
        let mark = Mark::read(path);
        let reader = Self::open_harmed(path)?;
        if lacks_its_last_fact(path, &reader.connection, mark)? {
            let what = "records of its last session are missing".to_owned();
            return Err(LedgerError::Harmed { path: path.to_owned(), what });
        }
        Ok(reader)
    }

    /// Opens a ledger for reading, whatever it lacks.
    pub(super) fn open_harmed(path: &Path) -> Result<Self, LedgerError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed(path))?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(failed(path))?;
        match connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed(path))? {
            FORMAT => {}
            former @ 1..FORMAT => show_former(&connection, former).map_err(failed(path))?,
            found => return Err(LedgerError::Format { path: path.to_owned(), found, known: FORMAT }),
        }
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Another reader of the same ledger.
    fn again(&self) -> Result<Self, LedgerError> {
        Self::open_harmed(&self.path)
    }

    fn last_row(&self) -> Result<u64, LedgerError> {
        let sql = "SELECT coalesce(max(row), 0) FROM event";
        let last: i64 = self.query(|connection| connection.query_row(sql, [], |row| row.get(0)))?;
        Ok(last.unsigned_abs())
    }

    fn page(&self, after: u64, up_to: u64, columns: FactColumns) -> Result<Vec<(i64, Fact)>, LedgerError> {
        let mut facts = Vec::new();
        self.each_of_page((after, up_to), columns, |session, fact| facts.push((session, fact)))?;
        Ok(facts)
    }

    /// The statuses of the rows after one and up to another that have a record. The facts of one row are in memory at a time.
    fn statuses_page(&self, (after, up_to): (u64, u64), projection: Projection) -> Result<Page, LedgerError> {
        let mut page = Vec::with_capacity(usize::try_from(up_to - after).unwrap_or_default());
        let mut of_row: Vec<Fact> = Vec::new();
        self.each_of_page((after, up_to), FactColumns::Statuses(projection), |_, fact| {
            if of_row.first().is_some_and(|first| first.row() != fact.row()) {
                page.push((of_row[0].row(), fold(&of_row)));
                of_row.clear();
            }
            of_row.push(fact);
        })?;
        page.extend(of_row.first().map(|first| (first.row(), fold(&of_row))));
        Ok(page)
    }

    /// Calls `visit` with every fact about the rows after one and up to another, in row order.
    fn each_of_page(
        &self,
        (after, up_to): (u64, u64),
        columns: FactColumns,
        mut visit: impl FnMut(i64, Fact),
    ) -> Result<(), LedgerError> {
        self.query(|connection| {
            let mut select = connection.prepare_cached(columns::select(columns))?;
            let bound = |row: u64| i64::try_from(row).unwrap_or(i64::MAX);
            let mut facts = select.query([bound(after), bound(up_to)])?;
            while let Some(row) = facts.next()? {
                let (session, fact) = columns::read(row, columns)?;
                visit(session, fact);
            }
            Ok(())
        })
    }

    fn query<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        read(&self.connection).map_err(failed(&self.path))
    }
}

impl LedgerReader for SqliteReader {
    fn check(&self) -> Result<(), LedgerError> {
        let report: String =
            self.query(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))?;
        if report == "ok" { Ok(()) } else { Err(LedgerError::Damaged { path: self.path.clone(), report }) }
    }

    fn facts(&self, row: RowNumber) -> Result<Vec<(i64, Fact)>, LedgerError> {
        self.page(row.0.saturating_sub(1), row.0, FactColumns::Facts)
    }

    fn each_fact(&self, mut visit: impl FnMut(i64, Fact)) -> Result<(), LedgerError> {
        let last = self.last_row()?;
        let mut after = 0;
        while after < last {
            self.each_of_page((after, after + PAGE), FactColumns::Facts, &mut visit)?;
            after += PAGE;
        }
        Ok(())
    }

    fn sessions(&self) -> Result<Vec<SessionRow>, LedgerError> {
        self.query(|connection| {
            let mut select = connection.prepare("SELECT id, at_ms, mode, revision FROM session ORDER BY id")?;
            let session = |row: &SqlRow<'_>| {
                Ok(SessionRow { id: row.get(0)?, at_ms: row.get(1)?, mode: row.get(2)?, revision: row.get(3)? })
            };
            select.query_map([], session)?.collect()
        })
    }

    fn balance(&self) -> Option<Balance> {
        let sql = "SELECT data FROM balance WHERE session = (SELECT max(id) FROM session)";
        let data: String = self.connection.query_row(sql, [], |row| row.get(0)).ok()?;
        serde_json::from_str(&data).ok()
    }

    fn repeats(&self) -> Result<Vec<(RowNumber, u32)>, LedgerError> {
        self.query(|connection| {
            if !connection.table_exists(None, "repeat")? {
                return Ok(Vec::new());
            }
            let mut select = connection.prepare("SELECT row, nth FROM repeat")?;
            let repeat = |row: &SqlRow<'_>| Ok((RowNumber(row.get::<_, i64>(0)?.unsigned_abs()), row.get(1)?));
            select.query_map([], repeat)?.collect()
        })
    }

    fn rates(&self) -> Result<Vec<(ConnectionIndex, f64)>, LedgerError> {
        self.query(|connection| {
            if !connection.table_exists(None, "rate")? {
                return Ok(Vec::new());
            }
            let mut select = connection.prepare("SELECT connection, per_second FROM rate ORDER BY connection")?;
            let rate = |row: &SqlRow<'_>| Ok((ConnectionIndex(row.get(0)?), row.get(1)?));
            select.query_map([], rate)?.collect()
        })
    }

    fn reached(self) -> Result<impl Iterator<Item = Result<Reached, LedgerError>>, LedgerError> {
        let (last, sessions) = (self.last_row()?, self.sessions()?);
        let revisions: HashMap<i64, u32> = sessions.iter().map(|session| (session.id, session.revision)).collect();
        let pages = (0..last).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX));
        Ok(pages.flat_map(move |after| match self.page(after, after + PAGE, FactColumns::Addressees) {
            Ok(facts) => reached_in(&facts, &revisions).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        }))
    }

    fn statuses_from(self, row: RowNumber, projection: Projection) -> Result<RowStatuses, LedgerError> {
        let before = row.0.saturating_sub(1);
        let pages = self.last_row()?.saturating_sub(before).div_ceil(PAGE);
        let mut readers = vec![self];
        while (readers.len() as u64) < pages.min(RowStatuses::READERS) {
            readers.push(readers[0].again()?);
        }
        let page_after = |reader: Self| {
            move |page: u64| {
                let after = before + page * PAGE;
                reader.statuses_page((after, after + PAGE), projection)
            }
        };
        RowStatuses::read_ahead(readers.into_iter().map(page_after), pages)
    }
}

/// The attempts among `facts` that arrived or may have.
fn reached_in(facts: &[(i64, Fact)], revisions: &HashMap<i64, u32>) -> Vec<Reached> {
    let of_rows = facts.chunk_by(|(_, one), (_, other)| one.row() == other.row());
    let reached = of_rows.flat_map(|of_row| {
        of_row.iter().filter_map(|(session, fact)| match fact {
            Fact::Intent { row, attempt, to, at_ms, .. } => {
                let doubt = arrival(*attempt, of_row.iter().map(|(_, fact)| fact))?;
                let revision = revisions.get(session).copied().unwrap_or(1);
                Some(Reached { row: *row, revision, to: to.clone(), at_ms: *at_ms, doubt })
            }
            _ => None,
        })
    });
    reached.collect()
}
