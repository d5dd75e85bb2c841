//! Is there room on the disk for the run? A run that fills the disk stops safely, but in the middle.

use std::path::Path;

/// What a row takes at most, on average: two records in the ledger and its log, and a line of results. An estimate.
const PER_ROW: u64 = 1024;

/// A disk that is probably too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// Bytes that are free.
    pub free: u64,
    /// Bytes that the run may need.
    pub needed: u64,
}

/// Whether the disk under `runs_dir` has too little room for so many rows from a data file of so many bytes: its copy,
/// the results that repeat it, and the ledger.
pub fn shortage(runs_dir: &Path, rows: u64, data: u64) -> Option<Shortage> {
    let needed = rows.saturating_mul(PER_ROW).saturating_add(data.saturating_mul(2));
    let free = free(runs_dir)?;
    (free < needed).then_some(Shortage { free, needed })
}

/// Bytes that are free where `path` is or will be. `None` if the system does not tell.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let path = std::path::absolute(path).ok()?;
    let disk = path.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_path: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_cannot_fit_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let not_there_yet = folder.path().join("runs/of/today");
        assert_eq!(shortage(&not_there_yet, 1, 100), None);
        let found = shortage(&not_there_yet, u64::MAX / 4096, 0).unwrap();
        assert!(found.needed > found.free && found.free > 0);
    }
}
