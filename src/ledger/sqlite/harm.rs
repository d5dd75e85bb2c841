//! Whether a ledger lacks what it held before its process was killed.
//!
//! Belongs here: the comparison of a ledger with its mark and its log. Does not belong here: what becomes of the rows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::ledger::{Harm, LedgerError};
use crate::model::RowNumber;

use super::failure::failed;
use super::high_water::{Mark, SessionEnd};
use super::log::{LogState, look_through};

/// Looks at a ledger that no session writes. What is opened here removes no log when it is closed, and with it the evidence.
pub(super) fn harm(path: &Path) -> Result<Option<Harm>, LedgerError> {
    let mark = Mark::read(path);
    if let Some(Mark { end: SessionEnd::Harmed, .. }) = mark {
        return Ok(Some(of_mark(mark, "records of its last session are missing".to_owned())));
    }
    let was_killed = !matches!(mark, Some(Mark { end: SessionEnd::InOrder, .. }));
    if was_killed && is_log_harmed(path) {
        return Ok(Some(of_mark(mark, "its log `ledger.db-wal` holds frames that do not fit".to_owned())));
    }
    let connection = reading(path)?;
    let last = last_session(&connection).map_err(failed(path))?;
    let Some(mark) = mark else {
        let ended = last.is_some_and(|(session, _)| has_balance(&connection, session));
        // The mark is on stable storage before the first fact.
        let is_marked = last.is_some_and(|(session, marked)| marked && has_facts(&connection, session));
        let missing = || of_mark(None, "its high-water mark `ledger.mark` is missing or cannot be read".to_owned());
        return Ok((is_marked && !ended).then(missing));
    };
    if mark.session == 0 {
        // It was settled, and no session was left.
        return Ok(None);
    }
    let Some((session, _)) = last.filter(|(session, _)| *session >= mark.session) else {
        let what = format!("its session {} is missing, with {} records", mark.session, mark.facts);
        return Ok(Some(Harm { up_to: Harm::ALL, ..of_mark(Some(mark), what) }));
    };
    if session > mark.session || mark.end == SessionEnd::InOrder {
        return Ok(None);
    }
    let sql = "SELECT count(*) FROM event WHERE session = ?1";
    let held: i64 = connection.query_row(sql, params![session], |row| row.get(0)).map_err(failed(path))?;
    let held = held.cast_unsigned();
    if held >= mark.facts && has_last(&connection, &mark).map_err(failed(path))? {
        return Ok(None);
    }
    let missing = mark.facts.saturating_sub(held).max(1);
    let what = format!("{missing} of the {} records of its last session are missing", mark.facts);
    let harm = of_mark(Some(mark), what);
    // Without them nobody knows which rows its checks had left out.
    Ok(Some(if held < mark.before_intents { Harm { up_to: Harm::ALL, ..harm } } else { harm }))
}

/// The same for a ledger that may be written meanwhile: whether it has the last fact that its mark speaks of.
pub(super) fn lacks_its_last_fact(
    path: &Path,
    connection: &Connection,
    mark: Option<Mark>,
) -> Result<bool, LedgerError> {
    let Some(mark) = mark else { return Ok(false) };
    match mark.end {
        SessionEnd::Harmed => Ok(true),
        SessionEnd::InOrder => Ok(false),
        SessionEnd::Open => {
            let last = last_session(connection).map_err(failed(path))?;
            let has_session = last.is_some_and(|(session, _)| session >= mark.session);
            Ok(!has_session || !has_last(connection, &mark).map_err(failed(path))?)
        }
    }
}

/// A mark that may be older than what was sent bounds nothing.
fn of_mark(mark: Option<Mark>, what: String) -> Harm {
    let mark = mark.filter(|mark| mark.is_fresh() || mark.end == SessionEnd::Harmed);
    Harm { what, up_to: mark.map_or(Harm::ALL, |mark| RowNumber(mark.highest)) }
}

fn is_log_harmed(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let looked = File::open(log).map(|log| look_through(BufReader::with_capacity(1 << 16, log)));
    // A log that is not there, or cannot be read, is the engine's to speak of.
    matches!(looked, Ok(Ok(LogState::Harmed)))
}

/// Reading alone would not do: a log whose index is not there could not be read.
fn reading(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed(path))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed(path))?;
    Ok(connection)
}

/// The last session, and whether it keeps a mark.
fn last_session(connection: &Connection) -> rusqlite::Result<Option<(i64, bool)>> {
    let last: Option<i64> = connection.query_row("SELECT max(id) FROM session", [], |row| row.get(0))?;
    let Some(session) = last else { return Ok(None) };
    let marked = connection.table_exists(None, "marked")?
        && connection
            .query_row("SELECT 1 FROM marked WHERE session = ?1", params![session], |_| Ok(()))
            .optional()?
            .is_some();
    Ok(Some((session, marked)))
}

fn has_balance(connection: &Connection, session: i64) -> bool {
    let sql = "SELECT 1 FROM balance WHERE session = ?1";
    connection.query_row(sql, params![session], |_| Ok(())).is_ok()
}

fn has_facts(connection: &Connection, session: i64) -> bool {
    let sql = "SELECT 1 FROM event WHERE session = ?1 LIMIT 1";
    connection.query_row(sql, params![session], |_| Ok(())).is_ok()
}

fn has_last(connection: &Connection, mark: &Mark) -> rusqlite::Result<bool> {
    let Some((row, attempt, kind)) = mark.last else { return Ok(true) };
    let sql = "SELECT 1 FROM event WHERE row = ?1 AND attempt = ?2 AND kind = ?3";
    Ok(connection.query_row(sql, params![row, attempt, kind], |_| Ok(())).optional()?.is_some())
}
