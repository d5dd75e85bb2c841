//! Writing the ledger: one connection, one transaction and one sync per group of facts.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};
use thiserror::Error;

use crate::model::{Answer, Mode};

use super::fact::kind;
use super::{Fact, Recorded};

/// The major version of the table layout, in `PRAGMA user_version`.
pub(super) const FORMAT: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE session (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, mode TEXT NOT NULL, revision INTEGER NOT NULL,
  pid INTEGER NOT NULL, host TEXT NOT NULL) STRICT;
CREATE TABLE event (
  row INTEGER NOT NULL, attempt INTEGER NOT NULL, kind INTEGER NOT NULL,
  session INTEGER NOT NULL, at_ms INTEGER NOT NULL, data TEXT,
  PRIMARY KEY (row, attempt, kind)) STRICT, WITHOUT ROWID;
";

/// `FULL` syncs every commit: a commit that returned is on stable storage. `fullfsync` matters on macOS alone.
const PRAGMAS: &str = "
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1;
PRAGMA wal_autocheckpoint=4000; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;
";

/// The ledger of a run, open for writing. Whoever has it holds the run's lock.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    session: i64,
    /// Set by the first failure: SQLite may let a later commit succeed after a failed sync, and that success is worth
    /// nothing.
    poisoned: bool,
}

/// Why the ledger cannot be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// SQLite's word, for the file it concerns.
    #[error("the ledger {path}: {source}")]
    Store {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Written by a later Rowcast.
    #[error("the ledger {path} has format {found}, this Rowcast knows {FORMAT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// `PRAGMA quick_check` found damage.
    #[error("the ledger {path} is damaged: {report}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check said.
        report: String,
    },
    /// An earlier write failed.
    #[error("the ledger is not written any more since a write failed")]
    Poisoned,
}

impl LedgerError {
    pub(super) fn store(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self + '_ {
        |source| Self::Store { path: path.to_owned(), source }
    }
}

impl Ledger {
    /// Creates the ledger in the existing empty file at `path` (which has its mode already).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path) -> Result<Self, LedgerError> {
        let connection = Self::connect(path)?;
        connection
            .execute_batch(SCHEMA)
            .and_then(|()| connection.pragma_update(None, "user_version", FORMAT))
            .map_err(LedgerError::store(path))?;
        Ok(Self { connection, session: 0, poisoned: false })
    }

    /// Opens an existing ledger for going on.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or was written by a later Rowcast.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = Self::connect(path)?;
        let store = LedgerError::store;
        let found = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(store(path))?;
        if found != FORMAT {
            return Err(LedgerError::Format { path: path.to_owned(), found });
        }
        let report: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(store(path))?;
        if report != "ok" {
            return Err(LedgerError::Damaged { path: path.to_owned(), report });
        }
        Ok(Self { connection, session: 0, poisoned: false })
    }

    fn connect(path: &Path) -> Result<Connection, LedgerError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(LedgerError::store(path))?;
        connection.execute_batch(PRAGMAS).map_err(LedgerError::store(path))?;
        Ok(connection)
    }

    /// How many sessions have begun so far.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn starts(&self) -> Result<u64, LedgerError> {
        let count = self.connection.query_row("SELECT count(*) FROM session", [], |row| row.get::<_, i64>(0));
        count.map(i64::unsigned_abs).map_err(LedgerError::store(self.path()))
    }

    fn path(&self) -> &Path {
        Path::new(self.connection.path().unwrap_or_default())
    }

    /// Notes that this process begins to work on the run; facts committed from now on carry the session's id.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn begin_session(&mut self, mode: Mode, revision: u32, host: &str, at_ms: i64) -> Result<i64, LedgerError> {
        let word = match mode {
            Mode::Run => "run",
            Mode::Resume => "resume",
            Mode::Retry => "retry",
        };
        let pid = std::process::id();
        let sql = "INSERT INTO session (at_ms, mode, revision, pid, host) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.guarded(|connection| {
            connection.execute(sql, params![at_ms, word, revision, pid, host])?;
            Ok(connection.last_insert_rowid())
        })
        .inspect(|id| self.session = *id)
    }

    /// Commits a group of facts in one transaction. When it returns `Ok` they are on stable storage; when it does not,
    /// none of them may be relied upon and nothing is written any more.
    ///
    /// # Errors
    /// The disk is full, a write or a sync failed, or one did so before.
    pub fn commit(&mut self, group: &[Fact]) -> Result<(), LedgerError> {
        let session = self.session;
        self.guarded(|connection| {
            let transaction = connection.transaction()?;
            {
                let mut insert = transaction.prepare_cached(
                    "INSERT INTO event (row, attempt, kind, session, at_ms, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?;
                for fact in group {
                    let (at_ms, data) = columns(fact)?;
                    let row = i64::try_from(fact.row().0).unwrap_or(i64::MAX);
                    insert.execute(params![row, fact.attempt(), fact.kind(), session, at_ms, data])?;
                }
            }
            transaction.commit()
        })
    }

    /// Gives every bare intent of earlier sessions its outcome: the process died with the row in flight, so whether it
    /// was sent is unknown. Returns how many there were.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn settle_crashed(&mut self, at_ms: i64) -> Result<usize, LedgerError> {
        let session = self.session;
        let unknown = Recorded { answer: Answer::crashed(), last: true, ms: 0 };
        let data = serde_json::to_string(&unknown).unwrap_or_default();
        let (intent, reply) = (kind::INTENT, kind::REPLY);
        let sql = "INSERT INTO event (row, attempt, kind, session, at_ms, data)
            SELECT i.row, i.attempt, ?1, ?2, ?3, ?4 FROM event i WHERE i.kind = ?5 AND NOT EXISTS
            (SELECT 1 FROM event r WHERE r.row = i.row AND r.attempt = i.attempt AND r.kind = ?1)";
        self.guarded(|connection| connection.execute(sql, params![reply, session, at_ms, data, intent]))
    }

    fn guarded<T>(&mut self, write: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        write(&mut self.connection).map_err(|source| {
            self.poisoned = true;
            LedgerError::Store { path: self.path().to_owned(), source }
        })
    }
}

fn columns(fact: &Fact) -> rusqlite::Result<(i64, Option<String>)> {
    let json = |result: serde_json::Result<String>| {
        result.map(Some).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    };
    Ok(match fact {
        Fact::Left { left, .. } => (0, json(serde_json::to_string(left))?),
        Fact::Intent { at_ms, asked, .. } => (*at_ms, asked.then(|| "{\"asked\":true}".to_owned())),
        Fact::Reply { at_ms, recorded, .. } => (*at_ms, json(serde_json::to_string(recorded))?),
    })
}
