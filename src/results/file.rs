//! A file that appears whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// A file being written beside its target, readable by its owner alone. Dropped without [`commit`](Self::commit), it
/// leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile(BufWriter<NamedTempFile>);

impl WholeFile {
    /// Begins a file for `target`.
    ///
    /// # Errors
    /// The target's folder cannot be written.
    pub fn beside(target: &Path) -> io::Result<Self> {
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        Ok(Self(BufWriter::with_capacity(128 * 1024, NamedTempFile::new_in(folder)?)))
    }

    /// Puts it in the target's place, synced.
    ///
    /// # Errors
    /// The disk is full, or the target cannot be replaced; then the file comes back, to be put elsewhere.
    pub fn commit(self, target: &Path) -> Result<(), (io::Error, Option<Self>)> {
        let file = self.0.into_inner().map_err(|error| (error.into_error(), None))?;
        file.as_file().sync_all().map_err(|error| (error, None))?;
        file.persist(target).map_err(|refused| (refused.error, Some(Self(BufWriter::new(refused.file)))))?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| (error, None))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
