//! The files of claims: one for each session that works, locked by its process as long as that lives.
//!
//! A record is a stored key, the row, and whether the claim is taken or given back. Claims need not survive a crash of the machine,
//! because nothing lives on that could ask for them; so nothing is synced.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::files::{lock_patiently, private_file, private_folders};
use crate::model::RowNumber;

use super::MemoryError;
use super::key::StoredKey;

/// The bytes of a claim: its key, 8 of the row, 1 that says whether it is taken.
const RECORD: usize = StoredKey::BYTES + 9;

/// A claim that was taken or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClaimRecord {
    pub(super) key: StoredKey,
    pub(super) row: RowNumber,
    pub(super) taken: bool,
}

/// The folder of the claims.
pub(super) fn folder(dir: &Path) -> PathBuf {
    dir.join("claims")
}

/// Takes the lock under which claims are read and taken, for a moment.
pub(super) fn lock(dir: &Path) -> Result<File, MemoryError> {
    let path = folder(dir).join("lock");
    lock_patiently(&path).map_err(MemoryError::io(path))
}

/// Creates the file of a session. The lock on it tells others that this process lives.
pub(super) fn create(dir: &Path, run: &str) -> Result<(File, PathBuf), MemoryError> {
    let folder = folder(dir);
    private_folders(&folder).map_err(MemoryError::io(&folder))?;
    // So that nobody takes it for a dead one before it is locked.
    let _lock = lock(dir)?;
    let path = folder.join(format!("{run}.{:016x}", fastrand::u64(..)));
    let file = private_file(&path).map_err(MemoryError::io(&path))?;
    file.try_lock().map_err(|error| MemoryError::io(&path)(error.into()))?;
    Ok((file, path))
}

/// All files of claims, each with its run.
pub(super) fn list(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(folder(dir)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some((run, _)) = name.rsplit_once('.') {
            found.push((run.to_owned(), entry.path()));
        }
    }
    Ok(found)
}

/// True if the process that owns a file is gone. A file that is gone has no owner. What cannot be found out is no death.
pub(super) fn is_dead(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => file.try_lock_shared().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// The files of processes that have died, each with its run.
pub(super) fn dead(dir: &Path) -> Vec<(String, PathBuf)> {
    let Ok(found) = list(dir) else { return Vec::new() };
    // The lock of a file that was just created is taken under this lock.
    let Ok(_lock) = (if found.is_empty() { return Vec::new() } else { lock(dir) }) else { return Vec::new() };
    found.into_iter().filter(|(_, path)| is_dead(path)).collect()
}

/// Removes files of claims.
pub(super) fn remove(dir: &Path, paths: &[PathBuf]) -> Result<(), MemoryError> {
    if paths.is_empty() {
        return Ok(());
    }
    let _lock = lock(dir)?;
    for path in paths {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(MemoryError::io(path)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Appends records: all of them or none.
pub(super) fn append(file: &mut File, records: impl Iterator<Item = ClaimRecord>) -> io::Result<()> {
    let mut bytes = Vec::new();
    for ClaimRecord { key, row, taken } in records {
        bytes.extend_from_slice(&key.0);
        bytes.extend_from_slice(&row.0.to_le_bytes());
        bytes.push(u8::from(taken));
    }
    let before = file.stream_position()?;
    file.write_all(&bytes).inspect_err(|_| {
        // A part of a record would make nonsense of all that follow.
        let _ = file.set_len(before).and_then(|()| file.seek(SeekFrom::Start(before)).map(drop));
    })
}

/// The claims of another session, as far as its file was read.
#[derive(Debug)]
pub(super) struct OtherClaims {
    pub(super) run: String,
    pub(super) path: PathBuf,
    file: File,
    read_to: u64,
    /// Those that were not given back, each with its row.
    open: HashMap<StoredKey, RowNumber>,
}

impl OtherClaims {
    pub(super) fn open(run: &str, path: &Path, from: u64) -> io::Result<Self> {
        let from = from / RECORD as u64 * RECORD as u64;
        let (run, path, file) = (run.to_owned(), path.to_owned(), File::open(path)?);
        Ok(Self { run, path, file, read_to: from, open: HashMap::new() })
    }

    /// The row that has claimed a message.
    pub(super) fn row(&self, key: &StoredKey) -> Option<RowNumber> {
        self.open.get(key).copied()
    }

    /// Reads what came since the last time. A file that was removed is read to its end.
    pub(super) fn read(&mut self) -> io::Result<()> {
        // Half a record is not yet written; its owner holds no intent for it.
        let whole = self.file.metadata()?.len() / RECORD as u64 * RECORD as u64;
        if whole <= self.read_to {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(self.read_to))?;
        let mut bytes = vec![0; 1024 * RECORD];
        while self.read_to < whole {
            let part = usize::try_from(whole - self.read_to).unwrap_or(usize::MAX).min(bytes.len());
            self.file.read_exact(&mut bytes[..part])?;
            for record in bytes[..part].as_chunks::<RECORD>().0 {
                let (key, rest) = record.split_at(StoredKey::BYTES);
                let key = StoredKey(std::array::from_fn(|at| key[at]));
                let row = RowNumber(u64::from_le_bytes(std::array::from_fn(|at| rest[at])));
                if rest[8] != 0 {
                    self.open.insert(key, row);
                } else if self.open.get(&key) == Some(&row) {
                    self.open.remove(&key);
                }
            }
            self.read_to += part as u64;
        }
        Ok(())
    }
}

/// Where reading a file has to begin so that no claim is missed whose intent was not stored when it had `length` bytes: a session
/// stores the intents of one group before it takes the claims of the next.
pub(super) fn before_last_group(length: u64) -> u64 {
    length.saturating_sub(GROUP * RECORD as u64)
}

/// The most records that one group appends: 1,024 events with two keys each, taken and given back.
const GROUP: u64 = 8 * 1024;
