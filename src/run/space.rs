//! Checks that the disk has room for a run. A run that fills the disk stops safely, but in the middle.

use std::path::Path;

use crate::ledger::reserve_bytes;

/// Estimated bytes per row: two records in the ledger and its log, and a line of results.
const PER_ROW: u64 = 1024;

/// A disk that is probably too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// Free bytes.
    pub free: u64,
    /// Bytes that the run may need.
    pub needed: u64,
}

/// `Some` if the disk under `runs_dir` has too little room for a run of `rows` rows with `in_flight` of them in flight,
/// from a data file of `data` bytes: the copy of the list, the results, the ledger and its reserve file.
pub fn shortage(runs_dir: &Path, rows: u64, in_flight: usize, data: u64) -> Option<Shortage> {
    let reserve = u64::try_from(reserve_bytes(in_flight)).unwrap_or(u64::MAX);
    let needed = rows.saturating_mul(PER_ROW).saturating_add(data.saturating_mul(2)).saturating_add(reserve);
    let free = free(runs_dir)?;
    (free < needed).then_some(Shortage { free, needed })
}

/// Free bytes on the disk of `path`. `None` if the system does not say.
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
        assert_eq!(shortage(&not_there_yet, 1, 1, 100), None);
        let found = shortage(&not_there_yet, u64::MAX / 4096, 1, 0).unwrap();
        assert!(found.needed > found.free && found.free > 0);
    }
}
