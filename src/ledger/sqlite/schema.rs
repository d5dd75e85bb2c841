//! The tables, and the tables of the format before.

use rusqlite::{Connection, Result, TransactionBehavior};

/// The version of the tables, in `PRAGMA user_version`.
///
/// Version 1 has one column `data` with JSON in place of the columns from `outcome` on; the oldest ledgers of it do not have the
/// recipient of an intent. Version 2 has a column for each flag and each key.
pub(super) const FORMAT: i64 = 3;

/// The tables of a run.
pub(super) const TABLES: &str = "
CREATE TABLE session (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, mode TEXT NOT NULL, revision INTEGER NOT NULL,
  pid INTEGER NOT NULL, host TEXT NOT NULL) STRICT;
";

/// What is known of the rows. `details` must not be called `data`: a reader of the former table that meets this one then
/// fails and reads nothing wrong.
pub(super) const EVENT: &str = "
CREATE TABLE event (
  row INTEGER NOT NULL, attempt INTEGER NOT NULL, kind INTEGER NOT NULL, session INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  outcome TEXT, code TEXT, flags INTEGER, ms INTEGER, recipient TEXT, person TEXT, keys BLOB, details TEXT,
  PRIMARY KEY (row, attempt, kind)) STRICT, WITHOUT ROWID;
";

/// Ledgers that an earlier version wrote have no such table.
pub(super) const BALANCE: &str =
    "CREATE TABLE IF NOT EXISTS balance (session INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT;";

/// Rows whose message is the second, third, … of its kind within the list. Only the ledger of a list that has such has the table.
pub(super) const REPEAT: &str =
    "CREATE TABLE IF NOT EXISTS repeat (row INTEGER PRIMARY KEY, nth INTEGER NOT NULL) STRICT;";

/// The requests per second that an API was found to take. Only the ledger of a run that was throttled has the table.
pub(super) const RATE: &str =
    "CREATE TABLE IF NOT EXISTS rate (connection INTEGER PRIMARY KEY, per_second REAL NOT NULL) STRICT;";

/// The sessions that keep a high-water mark. Ledgers that an earlier version wrote have no such table.
pub(super) const MARKED: &str = "CREATE TABLE IF NOT EXISTS marked (session INTEGER PRIMARY KEY) STRICT;";

/// The column `keys` for two digests in hexadecimal digits or NULL.
macro_rules! stored_keys {
    ($unique:literal, $once:literal) => {
        concat!(
            "CASE WHEN coalesce(",
            $unique,
            ", ",
            $once,
            ") IS NOT NULL THEN
    coalesce(unhex(printf('%02x', (",
            $unique,
            " IS NOT NULL) + 2 * (",
            $once,
            " IS NOT NULL))
      || coalesce(",
            $unique,
            ", '') || coalesce(",
            $once,
            ", '')), ",
            $unique,
            ", ",
            $once,
            ") END"
        )
    };
}

/// The columns of today, of the records of version 1 in `$table`. A digest that is none stays what it is and is refused where
/// it is read or stored.
macro_rules! of_version_1 {
    ($table:literal) => {
        concat!(
            "SELECT row, attempt, kind, session, at_ms,
  CASE kind WHEN 0 THEN data ->> '$.state' WHEN 2 THEN data ->> '$.reply.kind' END AS outcome,
  CASE kind WHEN 2 THEN coalesce(data ->> '$.reply.code', data ->> '$.reply.reason') END AS code,
  CASE kind WHEN 1 THEN 16 * coalesce(data ->> '$.asked', 0) WHEN 2 THEN (data ->> '$.final')
    + 2 * coalesce(data ->> '$.never_again', 0) + 4 * coalesce(data ->> '$.withdrawn', 0)
    + 8 * coalesce(data ->> '$.reply.held', 0) END AS flags,
  CASE kind WHEN 2 THEN data ->> '$.ms' END AS ms,
  CASE kind WHEN 1 THEN data ->> '$.to' END AS recipient,
  CASE kind WHEN 1 THEN data ->> '$.person' END AS person,
  CASE kind WHEN 1 THEN ",
            stored_keys!("data ->> '$.unique'", "data ->> '$.once'"),
            " END AS keys,
  CASE kind WHEN 0 THEN json_remove(data, '$.state') WHEN 2 THEN json_patch(
    json_remove(data -> '$.reply', '$.kind', '$.held', '$.code', '$.reason'),
    json_remove(data, '$.reply', '$.final', '$.ms', '$.withdrawn', '$.never_again')) END AS details
  FROM ",
            $table
        )
    };
}

/// The columns of today, of the records of version 2 in `$table`.
macro_rules! of_version_2 {
    ($table:literal) => {
        concat!(
            "SELECT row, attempt, kind, session, at_ms, outcome, code,
  CASE kind WHEN 1 THEN 16 * asked WHEN 2 THEN last + 2 * never_again + 4 * withdrawn + 8 * held END AS flags,
  ms, recipient, person, ",
            stored_keys!("nullif(hex(unique_key), '')", "nullif(hex(once_key), '')"),
            " AS keys, details FROM ",
            $table
        )
    };
}

/// Lets a connection that only reads see the records of a former version in the columns of today.
pub(super) fn show_former(connection: &Connection, version: i64) -> Result<()> {
    connection.execute_batch(match version {
        1 => concat!("CREATE TEMP VIEW event AS ", of_version_1!("main.event")),
        _ => concat!("CREATE TEMP VIEW event AS ", of_version_2!("main.event")),
    })
}

/// Converts a ledger of a former version, in one transaction.
pub(super) fn convert_former(connection: &mut Connection, version: i64) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("ALTER TABLE event RENAME TO former")?;
    transaction.execute_batch(EVENT)?;
    transaction.execute_batch(match version {
        1 => concat!("INSERT INTO event ", of_version_1!("former")),
        _ => concat!("INSERT INTO event ", of_version_2!("former")),
    })?;
    transaction.execute_batch("DROP TABLE former")?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

#[cfg(test)]
mod tests;
