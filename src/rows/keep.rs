//! Keeping what comes over a pipe: it is read more than once.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};

use tempfile::NamedTempFile;

use super::encoding::{Decoding, by_mark, by_nuls};
use super::head::{Kind, detect_delimiter, kind_of};
use super::limits::CHUNK;
use super::records::{Broken, Records};

/// The most of a workbook: it cannot be followed while it comes, and Excel itself opens none so large.
const WORKBOOK_BYTES: u64 = 1024 * 1024 * 1024;
/// The most of a line of JSON.
const LINE_BYTES: usize = 1024 * 1024;

/// Keeps what `from` gives in a file that its owner alone may read. What is no list (a cell without end) is not kept to
/// its end: the disk has one.
pub fn keep(mut from: impl Read) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    let mut head = Vec::new();
    from.by_ref().take(CHUNK as u64).read_to_end(&mut head)?;
    let kind = kind_of(&head, "");
    let encoding = by_mark(&head).or_else(|| by_nuls(&head));
    let delimiter = detect_delimiter(&head);
    let mut kept = Kept { from: Cursor::new(head).chain(from), to: file.as_file_mut() };
    match kind {
        Kind::Workbook => drop(io::copy(&mut kept.take(WORKBOOK_BYTES), &mut io::sink())?),
        Kind::Other(_) => drop(io::copy(&mut kept.take(CHUNK as u64), &mut io::sink())?),
        Kind::JsonLines => follow_lines(&mut kept)?,
        Kind::Csv => match encoding {
            // The delimiter was looked for in bytes of two; for cells without end any will do.
            Some(encoding) => follow_records(Decoding::new(kept, encoding), delimiter)?,
            None => follow_records(kept, delimiter)?,
        },
    }
    Ok(file)
}

/// Reads records to their end, or to one that is beyond the limits. The reader of rows will come to the same one.
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

/// Reads lines to their end, or to the one that has none.
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

/// Keeps what is read.
struct Kept<'a, R> {
    from: R,
    to: &'a mut File,
}

impl<R: Read> Read for Kept<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.to.write_all(&buffer[..read])?;
        Ok(read)
    }
}
