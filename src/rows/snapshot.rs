//! Snapshots and digests: a run keeps a copy of its input and recognises it again.
//!
//! Belongs here: hashing a file while it is read or copied. Does not belong here: which files a run keeps, and where.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a file, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of a text.
    pub fn of(text: &str) -> Self {
        Self::from_hasher(Sha256::new_with_prefix(text))
    }

    fn from_hasher(hasher: Sha256) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in hasher.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    /// Its 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Computes a digest piece by piece.
#[derive(Debug, Default)]
pub struct Digester(Sha256);

impl Digester {
    /// Adds a piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        Digest::from_hasher(self.0)
    }
}

/// Hashes everything that is read through it, so that one pass over a file also gives its digest.
pub struct HashingReader<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> HashingReader<R> {
    /// A reader that has hashed nothing.
    pub fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new() }
    }

    /// Reads the rest and returns the digest of the whole.
    pub fn finish(mut self) -> io::Result<Digest> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(Digest::from_hasher(self.hasher))
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

/// The digest of a file.
pub fn digest_file(path: &Path) -> io::Result<Digest> {
    HashingReader::new(File::open(path)?).finish()
}

/// Copies `from` to the file `to`, syncs it and returns the digest of the copy.
pub fn copy_with_digest(from: &mut impl Read, to: &mut File) -> io::Result<Digest> {
    let mut from = HashingReader::new(from);
    io::copy(&mut from, to)?;
    to.sync_all()?;
    from.finish()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::rows::{Csv, CsvOptions};

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_copy_is_equal_and_has_the_known_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        let mut copy = File::create_new(&path).unwrap();
        assert_eq!(copy_with_digest(&mut &b"abc"[..], &mut copy).unwrap().as_str(), ABC);
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(digest_file(&path).unwrap().to_string(), ABC);
        assert_eq!(Digest::of("abc").as_str(), ABC);
    }

    #[test]
    fn a_pass_that_stops_early_still_gives_the_digest_of_the_whole() {
        let text = format!("phone\n{}", "+15550100\n".repeat(50_000));
        let whole = HashingReader::new(text.as_bytes()).finish().unwrap();
        let mut csv = Csv::open(HashingReader::new(text.as_bytes()), &CsvOptions::default()).unwrap();
        assert_eq!(&csv.next().unwrap().unwrap().cells[0], "+15550100");
        assert_eq!(csv.into_inner().finish().unwrap(), whole);
    }
}
