//! Keeps a list from a pipe in a file, because lists are read more than once.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};

use tempfile::NamedTempFile;

use super::encoding::{Decoding, by_mark, by_nuls};
use super::head::{FileKind, detect_delimiter, kind_of};
use super::limits::CHUNK;
use super::records::{Broken, Records};

/// Maximum bytes of a workbook: it cannot be checked while it arrives, and Excel itself opens none so large.
const WORKBOOK_BYTES: u64 = 1024 * 1024 * 1024;
/// Maximum bytes of a line of JSON.
const LINE_BYTES: usize = 1024 * 1024;

/// Copies `from` to a temporary file that only its owner may read. Stops at data beyond the limits of a list, so that
/// an endless cell cannot fill the disk.
pub fn keep(mut from: impl Read) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    let mut head = Vec::new();
    from.by_ref().take(CHUNK as u64).read_to_end(&mut head)?;
    let kind = kind_of(&head, "");
    let encoding = by_mark(&head).or_else(|| by_nuls(&head));
    let delimiter = detect_delimiter(&head);
    let mut kept = Tee { from: Cursor::new(head).chain(from), to: file.as_file_mut() };
    match kind {
        FileKind::Workbook => drop(io::copy(&mut kept.take(WORKBOOK_BYTES), &mut io::sink())?),
        FileKind::Other(_) => drop(io::copy(&mut kept.take(CHUNK as u64), &mut io::sink())?),
        FileKind::JsonLines => follow_lines(&mut kept)?,
        FileKind::Csv => match encoding {
            // The delimiter was detected in undecoded bytes. For finding endless cells any delimiter works.
            Some(encoding) => follow_records(Decoding::new(kept, encoding), delimiter)?,
            None => follow_records(kept, delimiter)?,
        },
    }
    Ok(file)
}

/// Reads all records, up to one that is beyond the limits. The reader of rows will stop at the same one.
fn follow_records(from: impl Read, delimiter: u8) -> io::Result<()> {
    let mut records = Records::new(Vec::new(), from, delimiter, (1, 0));
    loop {
        match records.read() {
            Ok(true) => {}
            Ok(false) | Err(Broken::List(_)) => return Ok(()),
            Err(Broken::File(error)) => return Err(error),
        }
    }
}

/// Reads all lines, up to one that is beyond the limit.
fn follow_lines(from: &mut impl Read) -> io::Result<()> {
    let (mut buffer, mut line) = (vec![0; CHUNK], 0);
    loop {
        let read = match from.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        line = match buffer[..read].iter().rposition(|byte| *byte == b'\n') {
            Some(at) => read - at,
            None => line + read,
        };
        if read == 0 || line > LINE_BYTES {
            return Ok(());
        }
    }
}

/// Copies to a file what is read through it.
struct Tee<'a, R> {
    from: R,
    to: &'a mut File,
}

impl<R: Read> Read for Tee<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.to.write_all(&buffer[..read])?;
        Ok(read)
    }
}
