//! A file that appears whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// A file being written beside its target, readable by its owner alone. Dropped without [`commit`](Self::commit), it
/// leaves nothing behind. A pipe or a device is written to directly: a file cannot replace it.
#[derive(Debug)]
pub struct AtomicFile(BufWriter<Out>);

#[derive(Debug)]
enum Out {
    Beside(NamedTempFile),
    Stream(File),
}

impl AtomicFile {
    /// Begins a file for `target`.
    pub fn beside(target: &Path) -> io::Result<Self> {
        let out = if is_stream(target) {
            Out::Stream(OpenOptions::new().write(true).open(target)?)
        } else {
            Out::Beside(NamedTempFile::new_in(folder_of(target))?)
        };
        Ok(Self(BufWriter::with_capacity(128 * 1024, out)))
    }

    /// Syncs the file and renames it over the target.
    ///
    /// # Errors
    /// The disk is full, or the target cannot be replaced. In the second case the file is given back, so that the caller can
    /// commit it elsewhere.
    pub fn commit(self, target: &Path) -> Result<(), (io::Error, Option<Self>)> {
        let file = match self.0.into_inner().map_err(|error| (error.into_error(), None))? {
            Out::Beside(file) => file,
            Out::Stream(_) => return Ok(()),
        };
        file.as_file().sync_all().map_err(|error| (error, None))?;
        let back = |file| Self(BufWriter::new(Out::Beside(file)));
        file.persist(target).map_err(|refused| (refused.error, Some(back(refused.file))))?;
        File::open(folder_of(target)).and_then(|folder| folder.sync_all()).map_err(|error| (error, None))
    }
}

/// Writes `bytes` to `target`, whole or not at all.
pub fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::beside(target)?;
    file.write_all(bytes)?;
    file.commit(target).map_err(|(error, _)| error)
}

fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// True for what exists and is neither a file nor a folder.
fn is_stream(target: &Path) -> bool {
    target.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(file) => file.write(bytes),
            Self::Stream(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(file) => file.flush(),
            Self::Stream(file) => file.flush(),
        }
    }
}
