//! Ballast: a file that only takes up room. When the disk is full it is thrown overboard, and what the API has answered
//! can still be written down.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::files::private_file;

/// Bytes for the outcome of one row in flight.
const PER_ROW: usize = 8 << 10;
/// Bytes for everything else.
const BASE: usize = 1 << 20;
const CHUNK: usize = 64 << 10;

/// Bytes that are kept for the outcomes of so many rows in flight.
pub fn ballast_bytes(rows: usize) -> usize {
    PER_ROW.saturating_mul(rows).saturating_add(BASE)
}

/// A file that takes up room as long as this lives. File systems that copy on write give no guarantee that the room is
/// free afterwards.
#[derive(Debug)]
pub(super) struct Ballast(PathBuf);

impl Ballast {
    /// Takes room beside the ledger for the outcomes of so many rows. The file need not be durable, only its room taken,
    /// and so nothing is synced.
    pub(super) fn take(ledger: &Path, rows: usize) -> io::Result<Self> {
        let path = ledger.with_file_name("ballast");
        match fs::remove_file(&path) {
            // Of a process that was killed.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut file = private_file(&path)?;
        let ballast = Self(path);
        // Nothing that could be compressed, and no holes.
        let mut chunk = vec![0; CHUNK];
        fastrand::fill(&mut chunk);
        for _ in 0..ballast_bytes(rows).div_ceil(CHUNK) {
            file.write_all(&chunk)?;
        }
        Ok(ballast)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        // What cannot be removed is in nobody's way; the next session tries again.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_room_and_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, path) = (folder.path().join("ledger.db"), folder.path().join("ballast"));
        drop(private_file(&path).unwrap());
        let ballast = Ballast::take(&ledger, 64).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), (1 << 20) + 64 * 8192);
        drop(ballast);
        assert!(!path.exists());
    }
}
