//! Reads the ledger with plain SQL, because the program's own reader could hide its own errors.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// Repeated attempts that were not requested and do not follow a refusal.
const UNALLOWED: &str = "
SELECT i.row, i.attempt, coalesce(r.outcome, 'nothing') FROM event i
LEFT JOIN event r ON r.row = i.row AND r.attempt = i.attempt - 1 AND r.kind = 2
WHERE i.kind = 1 AND i.attempt > 1 AND NOT i.flags & 16
AND coalesce(r.outcome, 'nothing') NOT IN ('throttled', 'unreachable')";

/// Rows that each process left in doubt, because it was killed or abandoned them.
const DOUBT: &str = "
SELECT s.pid, count(*) FROM event i JOIN session s ON s.id = i.session
LEFT JOIN event r ON r.row = i.row AND r.attempt = i.attempt AND r.kind = 2
WHERE i.kind = 1 AND coalesce(r.code, 'crash') IN ('crash', 'aborted')
AND coalesce(r.outcome, 'unknown') = 'unknown' GROUP BY s.id";

/// Rows whose intent has no reply.
const BARE: &str = "
SELECT count(*) FROM event i WHERE i.kind = 1 AND NOT EXISTS
(SELECT 1 FROM event r WHERE r.row = i.row AND r.attempt = i.attempt AND r.kind = 2)";

/// Rows that each process may have left in doubt.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    /// By process id.
    pub(super) by_process: HashMap<u32, u32>,
    /// By any other process.
    pub(super) else_each: u32,
}

/// Finds violations in the ledger. `quiet`: the last process read the whole ledger and ended normally.
pub(super) fn judge(path: &Path, allowed: &Allowed, quiet: bool) -> rusqlite::Result<Vec<String>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut said = Vec::new();
    let mut unallowed = connection.prepare(UNALLOWED)?;
    let mut found = unallowed.query([])?;
    while let Some(row) = found.next()? {
        let (number, attempt, before): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        said.push(format!("row {number} was tried a {attempt}th time after {before}, unasked"));
    }
    let mut doubt = connection.prepare(DOUBT)?;
    let mut found = doubt.query([])?;
    while let Some(row) = found.next()? {
        let (process, rows): (u32, u32) = (row.get(0)?, row.get(1)?);
        let most = allowed.by_process.get(&process).copied().unwrap_or(allowed.else_each);
        if rows > most {
            said.push(format!("process {process} left {rows} rows in doubt, at most {most} may be"));
        }
    }
    let bare: u32 = connection.query_row(BARE, [], |row| row.get(0))?;
    if quiet && bare > 0 {
        said.push(format!("{bare} intents have no reply although the last process ended in good order"));
    }
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if check != "ok" {
        said.push(format!("the ledger is damaged: {check}"));
    }
    Ok(said)
}
