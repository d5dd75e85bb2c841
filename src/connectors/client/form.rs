//! A form of type `multipart/form-data` while it is sent. Its files are read in pieces, so that memory does not grow with
//! their size.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::model::{Content, FormPart};

/// The most bytes of a file that are read at once.
const PIECE: u64 = 64 * 1024;

/// A form, every file of which is open and has the length that it had when it was checked.
pub(super) struct MultipartForm {
    pieces: VecDeque<FormPiece>,
    /// The piece of a file that is being read, on a thread that may wait for the disk.
    reading: Option<JoinHandle<ReadPiece>>,
    /// Bytes that are still to be given.
    left: u64,
    /// `multipart/form-data` with the boundary of this form.
    content_type: String,
}

/// Bytes of a file, and the file unless that was all of it.
type ReadPiece = io::Result<(Bytes, Option<OpenFile>)>;

enum FormPiece {
    Bytes(Bytes),
    File(OpenFile),
}

struct OpenFile {
    file: File,
    /// Bytes that are still to be read.
    left: u64,
}

impl MultipartForm {
    /// Opens a form's files. Nothing is sent yet.
    ///
    /// # Errors
    /// A file is not there or is not what was checked, in words for people.
    pub(super) async fn open(parts: Vec<FormPart>) -> Result<Self, String> {
        let opened = spawn_blocking(move || Self::of(&parts)).await;
        opened.unwrap_or_else(|_| Err("the files of this request cannot be opened".to_owned()))
    }

    fn of(parts: &[FormPart]) -> Result<Self, String> {
        let boundary = format!("rowcast-{:032x}", fastrand::u128(..));
        let mut pieces = VecDeque::with_capacity(2 * parts.len() + 1);
        // What precedes the next file: heads and texts.
        let mut text = String::new();
        for FormPart { name, content } in parts {
            text.extend(["--", &boundary, "\r\nContent-Disposition: form-data; name=\"", &escaped(name), "\""]);
            match content {
                Content::Text(value) => text.extend(["\r\n\r\n", value]),
                Content::File { path, name, media_type, length } => {
                    let head =
                        ["; filename=\"", &escaped(name), "\"\r\nContent-Type: ", media(media_type)?, "\r\n\r\n"];
                    text.extend(head);
                    pieces.push_back(FormPiece::Bytes(std::mem::take(&mut text).into()));
                    pieces.push_back(FormPiece::File(open(path, *length)?));
                }
            }
            text.push_str("\r\n");
        }
        text.extend(["--", &boundary, "--\r\n"]);
        pieces.push_back(FormPiece::Bytes(text.into()));
        let left = pieces.iter().map(FormPiece::len).sum();
        Ok(Self { pieces, reading: None, left, content_type: format!("multipart/form-data; boundary={boundary}") })
    }

    /// The value of the header `Content-Type`.
    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The number of bytes that are still to be given.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The next bytes of the form; `None` at its end.
    pub(super) fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            if let Some(reading) = &mut self.reading {
                let read = ready!(Pin::new(reading).poll(context));
                self.reading = None;
                let (bytes, rest) = match read.unwrap_or_else(|error| Err(io::Error::other(error))) {
                    Ok(read) => read,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                };
                if let Some(file) = rest {
                    self.pieces.push_front(FormPiece::File(file));
                }
                // An empty file has no bytes to give.
                if !bytes.is_empty() {
                    return Poll::Ready(Some(Ok(self.given(bytes))));
                }
                continue;
            }
            match self.pieces.pop_front() {
                None => return Poll::Ready(None),
                Some(FormPiece::Bytes(bytes)) => return Poll::Ready(Some(Ok(self.given(bytes)))),
                Some(FormPiece::File(file)) => self.reading = Some(spawn_blocking(|| file.read())),
            }
        }
    }

    fn given(&mut self, bytes: Bytes) -> Bytes {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        bytes
    }
}

impl FormPiece {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.left,
        }
    }
}

impl OpenFile {
    /// The next bytes.
    fn read(mut self) -> ReadPiece {
        let mut bytes = Vec::new();
        (&self.file).take(self.left.min(PIECE)).read_to_end(&mut bytes)?;
        self.left -= bytes.len() as u64;
        let is_shorter = bytes.is_empty() && self.left > 0;
        let is_longer = self.left == 0 && (&self.file).read(&mut [0])? > 0;
        if is_shorter || is_longer {
            return Err(io::Error::other("a file of the request was changed while it was sent"));
        }
        let rest = (self.left > 0).then_some(self);
        Ok((bytes.into(), rest))
    }
}

/// Opens a file that has to have `length` bytes.
fn open(path: &Path, length: u64) -> Result<OpenFile, String> {
    let unreadable = |error: io::Error| format!("{}: {error}", path.display());
    // To open a pipe would wait for its other end.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(format!("{}: not a file", path.display()));
    }
    let file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?.len();
    if found != length {
        return Err(format!("{}: changed since it was checked: {found} bytes, it had {length}", path.display()));
    }
    Ok(OpenFile { file, left: length })
}

/// A name between double quotes, as browsers write it (WHATWG HTML, multipart form data).
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// A media type, if it fits into a header line.
fn media(media_type: &str) -> Result<&str, String> {
    let is_plain = !media_type.is_empty() && media_type.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain { Ok(media_type) } else { Err(format!("{media_type:?} is not a media type")) }
}
