//! The tables, and the tables of the format before.

use rusqlite::{Connection, Result, TransactionBehavior};

/// The version of the tables, in `PRAGMA user_version`.
pub(super) const FORMAT: i64 = 2;

/// The version before. Its table `event` has one column `data` with JSON in place of the columns from `outcome` on. Of an
/// intent, the oldest ledgers of this version do not have the recipient.
pub(super) const FORMER: i64 = 1;

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
  outcome TEXT, code TEXT, last INTEGER, never_again INTEGER, withdrawn INTEGER, held INTEGER, ms INTEGER,
  asked INTEGER, recipient TEXT, person TEXT, unique_key BLOB, once_key BLOB, details TEXT,
  PRIMARY KEY (row, attempt, kind)) STRICT, WITHOUT ROWID;
";

/// Ledgers that an earlier version wrote have no such table.
pub(super) const BALANCE: &str =
    "CREATE TABLE IF NOT EXISTS balance (session INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT;";

/// The columns of today, of the records of the former format in `$table`. A digest that is none stays what it is and is
/// refused where it is read or stored.
macro_rules! former_records {
    ($table:literal) => {
        concat!(
            "SELECT row, attempt, kind, session, at_ms,
  CASE kind WHEN 0 THEN data ->> '$.state' WHEN 2 THEN data ->> '$.reply.kind' END AS outcome,
  CASE kind WHEN 2 THEN coalesce(data ->> '$.reply.code', data ->> '$.reply.reason') END AS code,
  CASE kind WHEN 2 THEN data ->> '$.final' END AS last,
  CASE kind WHEN 2 THEN coalesce(data ->> '$.never_again', 0) END AS never_again,
  CASE kind WHEN 2 THEN coalesce(data ->> '$.withdrawn', 0) END AS withdrawn,
  CASE kind WHEN 2 THEN coalesce(data ->> '$.reply.held', 0) END AS held,
  CASE kind WHEN 2 THEN data ->> '$.ms' END AS ms,
  CASE kind WHEN 1 THEN coalesce(data ->> '$.asked', 0) END AS asked,
  CASE kind WHEN 1 THEN data ->> '$.to' END AS recipient,
  CASE kind WHEN 1 THEN data ->> '$.person' END AS person,
  CASE kind WHEN 1 THEN coalesce(unhex(data ->> '$.unique'), data ->> '$.unique') END AS unique_key,
  CASE kind WHEN 1 THEN coalesce(unhex(data ->> '$.once'), data ->> '$.once') END AS once_key,
  CASE kind WHEN 0 THEN json_remove(data, '$.state') WHEN 2 THEN json_patch(
    json_remove(data -> '$.reply', '$.kind', '$.held', '$.code', '$.reason'),
    json_remove(data, '$.reply', '$.final', '$.ms', '$.withdrawn', '$.never_again')) END AS details
  FROM ",
            $table
        )
    };
}

/// Lets a connection that only reads see the records of the former format in the columns of today.
pub(super) fn show_former(connection: &Connection) -> Result<()> {
    connection.execute_batch(concat!("CREATE TEMP VIEW event AS ", former_records!("main.event")))
}

/// Converts a ledger of the former format, in one transaction.
pub(super) fn convert_former(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("ALTER TABLE event RENAME TO former")?;
    transaction.execute_batch(EVENT)?;
    transaction.execute_batch(concat!("INSERT INTO event ", former_records!("former")))?;
    transaction.execute_batch("DROP TABLE former")?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

#[cfg(test)]
mod tests;
