//! The high-water mark: how much the ledger held, written outside of it.
//!
//! SQLite reads its log up to the first frame that does not fit, and takes what follows for a transaction that never ended.
//! A log that was cut, or in which one bit was flipped, is then a shorter ledger without a word, and the rows of the lost
//! part would be sent again. The mark says what the ledger held at least.
//!
//! Its file is on stable storage before the first fact. It is written after each commit and not synced then: what survives a kill -9 is the system's memory of the file. After a
//! loss of power the mark may be older than the ledger, which is synced first, and never ahead of it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::files::private_file;
use crate::ledger::fact::kind;
use crate::ledger::{Fact, LedgerError};

/// What a ledger held, according to its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    pub(super) end: SessionEnd,
    /// The session that wrote it.
    pub(super) session: i64,
    /// The facts that the session has stored.
    pub(super) facts: u64,
    /// Those before its first intent: the rows that its checks left out.
    pub(super) before_intents: u64,
    /// The highest row with an intent of the session.
    pub(super) highest: u64,
    /// The fact that was stored last, by row, attempt and kind.
    pub(super) last: Option<(i64, i64, i64)>,
    /// Since which start of the system. After another start the mark may be older than what was sent.
    pub(super) boot: i64,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SessionEnd {
    /// It works, or its process was killed.
    #[default]
    Open,
    /// In order.
    InOrder,
    /// Its process was killed, and the ledger was found to be harmed.
    Harmed,
}

/// The mark of a session that works. It ends with this value, unless a write has failed.
#[derive(Debug)]
pub(super) struct HighWater {
    file: File,
    path: PathBuf,
    mark: Mark,
    sound: bool,
}

/// The fields of a mark, and their bytes twice: as they are and inverted, so that a harmed mark is seen.
const FIELDS: usize = 10;
const BYTES: usize = FIELDS * 8;
const MAGIC: i64 = i64::from_be_bytes(*b"rowmark1");

impl Mark {
    fn bytes(self) -> [u8; 2 * BYTES] {
        let end = match self.end {
            SessionEnd::Open => 0,
            SessionEnd::InOrder => 1,
            SessionEnd::Harmed => 2,
        };
        let [facts, before, highest] = [self.facts, self.before_intents, self.highest].map(u64::cast_signed);
        let (row, attempt, kind) = self.last.unwrap_or((0, 0, -1));
        let fields = [MAGIC, end, self.session, facts, before, highest, row, attempt, kind, self.boot];
        let mut bytes = [0; 2 * BYTES];
        for (at, field) in fields.into_iter().enumerate() {
            bytes[at * 8..][..8].copy_from_slice(&field.to_be_bytes());
            bytes[BYTES + at * 8..][..8].copy_from_slice(&(!field).to_be_bytes());
        }
        bytes
    }

    fn of(bytes: &[u8; 2 * BYTES]) -> Option<Self> {
        let field = |at: usize| bytes[at..][..8].try_into().map(i64::from_be_bytes).unwrap_or_default();
        let fields: [i64; FIELDS] = std::array::from_fn(|at| field(at * 8));
        let is_whole = (0..FIELDS).all(|at| field(BYTES + at * 8) == !fields[at]);
        let [magic, end, session, facts, before_intents, highest, row, attempt, kind, boot] = fields;
        let end = match end {
            0 => SessionEnd::Open,
            1 => SessionEnd::InOrder,
            _ => SessionEnd::Harmed,
        };
        let [facts, before_intents, highest] = [facts, before_intents, highest].map(i64::cast_unsigned);
        let last = (kind >= 0).then_some((row, attempt, kind));
        (is_whole && magic == MAGIC).then_some(Self { end, session, facts, before_intents, highest, last, boot })
    }

    /// The mark beside a ledger; `None` if there is none that can be read.
    pub(super) fn read(ledger: &Path) -> Option<Self> {
        let mut bytes = [0; 2 * BYTES];
        File::open(path(ledger)).ok()?.read_exact(&mut bytes).ok()?;
        Self::of(&bytes)
    }

    /// Replaces the mark beside a ledger that no session writes.
    pub(super) fn replace(self, ledger: &Path) -> Result<(), LedgerError> {
        let path = path(ledger);
        let replace = || {
            let mut file = open(&path)?;
            write(&mut file, self)?;
            file.sync_data()
        };
        replace().map_err(|source| LedgerError::Unmarked { path, source })
    }

    /// True if nothing that was written here can have been lost: the system has not started anew since.
    pub(super) fn is_fresh(&self) -> bool {
        self.boot != 0 && self.boot == boot()
    }

    fn add(&mut self, fact: &Fact) {
        let row = fact.row().0;
        let (attempt, kind) = match fact {
            Fact::Excluded { attempt, .. } => (*attempt, kind::LEFT),
            Fact::Intent { attempt, .. } => (*attempt, kind::INTENT),
            Fact::Reply { attempt, .. } => (*attempt, kind::REPLY),
        };
        self.facts += 1;
        if kind == kind::INTENT {
            self.highest = self.highest.max(row);
        } else if self.highest == 0 {
            self.before_intents = self.facts;
        }
        self.last = Some((i64::try_from(row).unwrap_or(i64::MAX), attempt.into(), kind));
    }
}

impl HighWater {
    /// Begins the mark of a session, on stable storage.
    pub(super) fn begin(ledger: &Path, session: i64) -> Result<Self, LedgerError> {
        let path = path(ledger);
        let unmarked = |source| LedgerError::Unmarked { path: path.clone(), source };
        let mut file = open(&path).map_err(unmarked)?;
        let mark = Mark { session, boot: boot(), ..Mark::default() };
        write(&mut file, mark).and_then(|()| file.sync_all()).and_then(|()| sync_folder(ledger)).map_err(unmarked)?;
        Ok(Self { file, path: path.clone(), mark, sound: true })
    }

    /// Raises the mark after a commit.
    pub(super) fn raise(&mut self, group: &[Fact]) -> Result<(), LedgerError> {
        for fact in group {
            self.mark.add(fact);
        }
        write(&mut self.file, self.mark).map_err(|source| {
            self.sound = false;
            LedgerError::Unmarked { path: self.path.clone(), source }
        })
    }

    /// Raises the mark after facts that have no rows of their own here.
    pub(super) fn raise_by(&mut self, facts: usize) -> Result<(), LedgerError> {
        self.mark.facts += facts as u64;
        self.raise(&[])
    }

    /// A write to the ledger has failed: what it holds has to be looked at before it is used again.
    pub(super) fn leave_open(&mut self) {
        self.sound = false;
    }
}

impl Drop for HighWater {
    fn drop(&mut self) {
        if self.sound {
            // If this fails, the next session looks at the ledger.
            let _ = write(&mut self.file, Mark { end: SessionEnd::InOrder, ..self.mark });
        }
    }
}

/// Which start of the system this is; 0 where that cannot be told.
fn boot() -> i64 {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = id.chars().filter(char::is_ascii_hexdigit).take(15).collect();
    i64::from_str_radix(&digits, 16).unwrap_or(0)
}

fn path(ledger: &Path) -> PathBuf {
    ledger.with_extension("mark")
}

fn open(path: &Path) -> io::Result<File> {
    match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => private_file(path),
        opened => opened,
    }
}

/// Without it, the name of a new file may be lost with the power.
fn sync_folder(ledger: &Path) -> io::Result<()> {
    match ledger.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn write(file: &mut File, mark: Mark) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, &mark.bytes(), 0)
}

#[cfg(not(unix))]
fn write(file: &mut File, mark: Mark) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};

    file.seek(SeekFrom::Start(0))?;
    file.write_all(&mark.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_a_harmed_one_is_none() {
        let last = Some((7, 2, 1));
        let mark =
            Mark { end: SessionEnd::InOrder, session: 3, facts: 9, before_intents: 2, highest: 8, last, boot: 5 };
        for mark in [mark, Mark::default(), Mark { end: SessionEnd::Harmed, ..mark }] {
            let bytes = mark.bytes();
            assert_eq!(Mark::of(&bytes), Some(mark));
            for bit in 0..bytes.len() * 8 {
                let mut harmed = bytes;
                harmed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Mark::of(&harmed), None, "bit {bit}");
            }
        }
    }
}
