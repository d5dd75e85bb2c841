//! Writing the ledger: one connection, one transaction and one sync per group of facts.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use crate::model::{Addressee, Answer, ConnectionIndex, Mode, RowNumber};

use crate::ledger::fact::kind;
use crate::ledger::{Balance, Committed, Fact, Harm, LedgerError, LedgerWriter};

use super::columns::{self, Inserts, flag};
use super::failure::failed;
use super::harm::harm;
use super::high_water::{HighWater, Mark, SessionEnd};
use super::place::LedgerPlace;
use super::reserve_file::ReserveFile;
use super::schema::{BALANCE, EVENT, FORMAT, MARKED, RATE, REPEAT, TABLES, convert_former};

/// `FULL` syncs every commit: a commit that returned is on stable storage. `fullfsync` matters on macOS alone.
const PRAGMAS: &str = "
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1;
PRAGMA wal_autocheckpoint=4000; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;
";

const FORGET_INTENTS: &str = "UPDATE event SET recipient = ?2, person = NULL, keys = NULL WHERE row = ?1 AND kind = 1";

/// The texts that a decoder needs stay there as a word.
const FORGET_TEXTS: &str = "UPDATE event SET details = CASE kind
    WHEN 0 THEN json_object('reason', ?2)
    ELSE json_patch(json_object('id', ?2, 'message', ?2),
        json_object('scope', details ->> '$.scope', 'http_status', details ->> '$.http_status')) END
    WHERE row = ?1 AND kind IN (0, 2)";

/// A ledger that is open for writing.
#[derive(Debug)]
pub struct SqliteWriter {
    connection: Connection,
    session: i64,
    health: Health,
    reserve: Option<ReserveFile>,
    place: LedgerPlace,
    /// Of the session. Behind `connection`, which ends in order before the mark says so.
    high_water: Option<HighWater>,
}

/// Whether the ledger can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Sound,
    /// The disk was full. SQLite has undone the group and the file is sound.
    Full,
    /// A write or a sync failed. SQLite may let a later commit succeed after that, and that success is worth nothing.
    Broken,
}

impl SqliteWriter {
    /// Creates the ledger in the existing empty file at `path` (which has its mode already).
    pub(super) fn create(path: &Path) -> Result<Self, LedgerError> {
        let connection = Self::connect(path)?;
        connection
            .execute_batch(TABLES)
            .and_then(|()| connection.execute_batch(EVENT))
            .and_then(|()| connection.pragma_update(None, "user_version", FORMAT))
            // So that there is a ledger even without its log.
            .and_then(|()| connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)"))
            .map_err(failed(path))?;
        Ok(Self::with(connection, path))
    }

    fn with(connection: Connection, path: &Path) -> Self {
        let place = LedgerPlace::of(path);
        Self { connection, session: 0, health: Health::Sound, reserve: None, place, high_water: None }
    }

    /// Opens a harmed ledger. That it is harmed stays known until it is settled.
    pub(super) fn open_harmed(path: &Path, harm: &Harm) -> Result<Self, LedgerError> {
        let mark = Mark::read(path).unwrap_or_default();
        Mark { end: SessionEnd::Harmed, highest: harm.up_to.0, ..mark }.replace(path)?;
        let mut writer = Self::open_whatever_it_lacks(path)?;
        let sql = "SELECT coalesce(max(id), 0) FROM session";
        writer.session = writer.connection.query_row(sql, [], |row| row.get(0)).map_err(failed(path))?;
        Ok(writer)
    }

    /// Opens an existing ledger. Its pages are not checked: [`LedgerReader::check`](crate::ledger::LedgerReader::check) does that.
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        if let Some(Harm { what, .. }) = harm(path)? {
            return Err(LedgerError::Harmed { path: path.to_owned(), what });
        }
        let writer = Self::open_whatever_it_lacks(path)?;
        // It was looked at, and readers need not do that again.
        if let Some(mark) = Mark::read(path).filter(|mark| mark.end == SessionEnd::Open) {
            Mark { end: SessionEnd::InOrder, ..mark }.replace(path)?;
        }
        Ok(writer)
    }

    fn open_whatever_it_lacks(path: &Path) -> Result<Self, LedgerError> {
        let mut connection = Self::connect(path)?;
        match connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed(path))? {
            FORMAT => {}
            former @ 1..FORMAT => convert_former(&mut connection, former).map_err(failed(path))?,
            found => return Err(LedgerError::Format { path: path.to_owned(), found, known: FORMAT }),
        }
        Ok(Self::with(connection, path))
    }

    fn connect(path: &Path) -> Result<Connection, LedgerError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed(path))?;
        connection.execute_batch(PRAGMAS).map_err(failed(path))?;
        Ok(connection)
    }

    /// Lets the ledger grow no further, as a disk does that is full.
    #[cfg(test)]
    pub(crate) fn grow_no_further(&self) {
        let pages: i64 = self.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let limit = format!("PRAGMA max_page_count={pages}");
        self.connection.query_row(&limit, [], |row| row.get::<_, i64>(0)).unwrap();
    }

    fn guarded<T>(&mut self, write: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        if self.health != Health::Sound {
            return Err(LedgerError::Poisoned);
        }
        write(&mut self.connection).map_err(|source| {
            let full = source.sqlite_error_code() == Some(ErrorCode::DiskFull);
            self.health = if full { Health::Full } else { Health::Broken };
            if let Some(high_water) = &mut self.high_water {
                high_water.leave_open();
            }
            failed(&self.path())(source)
        })
    }

    /// Raises the high-water mark after a commit. What is not marked must not be sent.
    fn raise(&mut self, raise: impl FnOnce(&mut HighWater) -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        let raised = self.high_water.as_mut().map_or(Ok(()), raise);
        raised.inspect_err(|_| self.health = Health::Broken)
    }

    fn path(&self) -> PathBuf {
        self.place.path().to_owned()
    }
}

impl LedgerWriter for SqliteWriter {
    fn starts(&self) -> Result<u64, LedgerError> {
        let count = self.connection.query_row("SELECT count(*) FROM session", [], |row| row.get::<_, i64>(0));
        count.map(i64::unsigned_abs).map_err(failed(&self.path()))
    }

    fn begin_session(&mut self, mode: Mode, revision: u32, host: &str, at_ms: i64) -> Result<i64, LedgerError> {
        let word = match mode {
            Mode::Run => "run",
            Mode::Test => "test",
            Mode::Resume => "resume",
            Mode::Retry => "retry",
        };
        let pid = std::process::id();
        let sql = "INSERT INTO session (at_ms, mode, revision, pid, host) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.session = self.guarded(|connection| {
            let transaction = connection.transaction()?;
            transaction.execute(sql, params![at_ms, word, revision, pid, host])?;
            let session = transaction.last_insert_rowid();
            transaction.execute_batch(MARKED)?;
            transaction.execute("INSERT INTO marked (session) VALUES (?1)", params![session])?;
            transaction.commit().map(|()| session)
        })?;
        self.high_water = Some(HighWater::begin(&self.path(), self.session)?);
        Ok(self.session)
    }

    fn commit(&mut self, group: &[Fact]) -> Result<Committed, LedgerError> {
        if let Err(gone) = self.place.check() {
            self.health = Health::Broken;
            return Err(gone);
        }
        let session = self.session;
        self.guarded(|connection| insert(connection, session, group))?;
        self.raise(|high_water| high_water.raise(group))?;
        Ok(Committed::default())
    }

    fn reserve(&mut self, rows: usize) -> Result<(), LedgerError> {
        let path = self.path();
        let reserve = ReserveFile::take(&path, rows).map_err(|source| LedgerError::NoRoom { path, source })?;
        self.reserve = Some(reserve);
        Ok(())
    }

    fn rescue(&mut self, outcomes: &[Fact]) -> Result<(), LedgerError> {
        if self.health != Health::Full {
            return Err(LedgerError::Poisoned);
        }
        self.reserve = None;
        insert(&mut self.connection, self.session, outcomes).map_err(|source| {
            self.health = Health::Broken;
            failed(&self.path())(source)
        })?;
        self.raise(|high_water| high_water.raise(outcomes))
    }

    fn settle_crashed(&mut self, rows: &RangeInclusive<RowNumber>, at_ms: i64) -> Result<usize, LedgerError> {
        let session = self.session;
        let crashed = Answer::crashed();
        let (kind, code) = (crashed.reply.kind().word(), columns::code(&crashed.reply));
        let details = columns::details(&crashed).map_err(failed(&self.path()))?;
        let (intent, reply) = (kind::INTENT, kind::REPLY);
        let sql = "INSERT INTO event (row, attempt, kind, session, at_ms, outcome, code, flags, ms, details)
            SELECT i.row, i.attempt, ?1, ?2, ?3, ?4, ?5, ?10, 0, ?6
            FROM event i WHERE i.row BETWEEN ?8 AND ?9 AND i.kind = ?7 AND NOT EXISTS
            (SELECT 1 FROM event r WHERE r.row = i.row AND r.attempt = i.attempt AND r.kind = ?1)";
        let [first, last] = [rows.start(), rows.end()].map(|row| i64::try_from(row.0).unwrap_or(i64::MAX));
        let settled = self.guarded(|connection| {
            connection
                .execute(sql, params![reply, session, at_ms, kind, code, details, intent, first, last, flag::LAST])
        })?;
        self.raise(|high_water| high_water.raise_by(settled)).map(|()| settled)
    }

    fn forget_rows(&mut self, rows: &mut dyn Iterator<Item = RowNumber>) -> Result<(), LedgerError> {
        self.guarded(|connection| {
            connection.pragma_update(None, "secure_delete", true)?;
            let transaction = connection.transaction()?;
            {
                let mut intents = transaction.prepare(FORGET_INTENTS)?;
                let mut texts = transaction.prepare(FORGET_TEXTS)?;
                for row in rows {
                    let row = i64::try_from(row.0).unwrap_or(i64::MAX);
                    intents.execute(params![row, Addressee::FORGOTTEN])?;
                    texts.execute(params![row, Addressee::FORGOTTEN])?;
                }
            }
            transaction.commit()?;
            // What was removed is in no page of the file and of its log.
            connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
        })
    }

    fn keep_repeats(&mut self, rows: &mut dyn Iterator<Item = (RowNumber, u32)>) -> Result<(), LedgerError> {
        self.guarded(|connection| {
            let transaction = connection.transaction()?;
            transaction.execute_batch(REPEAT)?;
            {
                let mut insert = transaction.prepare("INSERT OR REPLACE INTO repeat (row, nth) VALUES (?1, ?2)")?;
                for (row, nth) in rows {
                    insert.execute(params![i64::try_from(row.0).unwrap_or(i64::MAX), nth])?;
                }
            }
            transaction.commit()
        })
    }

    fn keep_rate(&mut self, connection: ConnectionIndex, per_second: Option<f64>) -> Result<(), LedgerError> {
        self.guarded(|db| {
            let transaction = db.transaction()?;
            transaction.execute_batch(RATE)?;
            match per_second {
                Some(rate) => transaction.execute(
                    "INSERT OR REPLACE INTO rate (connection, per_second) VALUES (?1, ?2)",
                    params![connection.0, rate],
                )?,
                None => transaction.execute("DELETE FROM rate WHERE connection = ?1", params![connection.0])?,
            };
            transaction.commit()
        })
    }

    fn settle_lost(&mut self) -> Result<(), LedgerError> {
        let path = self.path();
        let mark = Mark::read(&path).unwrap_or_default();
        Mark { end: SessionEnd::InOrder, session: self.session, ..mark }.replace(&path)
    }

    fn keep_balance(&mut self, balance: &Balance) -> Result<bool, LedgerError> {
        if balance.in_flight().is_some() {
            return Ok(false);
        }
        let data = serde_json::to_string(balance).unwrap_or_default();
        self.guarded(|connection| {
            connection.execute_batch(BALANCE)?;
            let sql = "INSERT OR IGNORE INTO balance SELECT max(id), ?1 FROM session";
            connection.execute(sql, params![data]).map(|_| true)
        })
    }
}

/// Inserts a group of facts in one transaction.
fn insert(connection: &mut Connection, session: i64, group: &[Fact]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut inserts = Inserts::of(&transaction)?;
        group.iter().try_for_each(|fact| inserts.add(session, fact))?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests;
