//! A reserve file: it takes up room on the disk, and is deleted when the disk is full, so that answers that were received can
//! still be recorded.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::files::private_file;

/// Bytes for the outcome of one row in flight.
const PER_ROW: usize = 8 << 10;
/// Bytes for everything else.
const BASE: usize = 1 << 20;
const CHUNK: usize = 64 << 10;

/// Bytes that are reserved for the outcomes of `rows` in flight.
pub fn reserve_bytes(rows: usize) -> usize {
    PER_ROW.saturating_mul(rows).saturating_add(BASE)
}

/// A file that takes up room until it is dropped. File systems that copy on write give no guarantee that the room is
/// free afterwards.
#[derive(Debug)]
pub(super) struct ReserveFile(PathBuf);

impl ReserveFile {
    /// Reserves room beside the ledger for the outcomes of `rows`. Only the room matters, so nothing is synced.
    pub(super) fn take(ledger: &Path, rows: usize) -> io::Result<Self> {
        let path = ledger.with_file_name("ballast");
        match fs::remove_file(&path) {
            // A process that was killed left it.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut file = private_file(&path)?;
        let reserve = Self(path);
        // Nothing that could be compressed, and no holes.
        let mut chunk = vec![0; CHUNK];
        fastrand::fill(&mut chunk);
        for _ in 0..reserve_bytes(rows).div_ceil(CHUNK) {
            file.write_all(&chunk)?;
        }
        Ok(reserve)
    }
}

impl Drop for ReserveFile {
    fn drop(&mut self) {
        // A file that cannot be removed does no harm; the next session tries again.
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
        let reserve = ReserveFile::take(&ledger, 64).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), (1 << 20) + 64 * 8192);
        drop(reserve);
        assert!(!path.exists());
    }
}
