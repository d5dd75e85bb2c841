//! What the memory knows a message by.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::files::atomic;
use crate::model::KeyDigest;

use super::MemoryError;

/// A message to a person, or a `once` key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageKey {
    person: KeyDigest,
    message: KeyDigest,
}

impl MessageKey {
    /// A message to a person.
    pub fn of_message(person: &str, message: KeyDigest) -> Self {
        Self { person: KeyDigest::of(person), message }
    }

    /// A `once` key, which belongs to nobody.
    pub fn of_once(key: KeyDigest) -> Self {
        Self { person: key.joined("once"), message: key }
    }
}

/// A key as files have it: 12 bytes of the person and 8 of the message, both keyed with the project's secret, so that the files alone
/// name nobody. What a person has stands side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct StoredKey(pub(super) [u8; Self::BYTES]);

impl StoredKey {
    pub(super) const BYTES: usize = Self::PERSON + 8;
    /// The bytes of the person.
    pub(super) const PERSON: usize = 12;
}

/// The secret of a project: 32 random bytes in the file `key`.
#[derive(Clone)]
pub(super) struct Secret(Sha256);

impl Secret {
    const BYTES: usize = 32;

    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join("key")
    }

    /// The secret of a memory. `None` if there is none yet.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>, MemoryError> {
        let path = Self::path(dir);
        match fs::read(&path) {
            Ok(bytes) if bytes.len() == Self::BYTES => Ok(Some(Self::of(&bytes))),
            Ok(_) => Err(MemoryError::WrongKey(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(MemoryError::io(path)(error)),
        }
    }

    /// Makes the secret of a new memory. The caller holds the memory's lock.
    pub(super) fn create(dir: &Path) -> Result<Self, MemoryError> {
        let (path, mut bytes) = (Self::path(dir), [0; Self::BYTES]);
        let random = getrandom::fill(&mut bytes).map_err(io::Error::from);
        let written = random.and_then(|()| atomic::write(&path, &bytes));
        written.map_err(MemoryError::io(&path))?;
        Ok(Self::of(&bytes))
    }

    fn of(bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update(bytes))
    }

    /// A value that tells this secret from others and does not tell the secret.
    pub(super) fn check(&self) -> String {
        let hash = self.0.clone().chain_update(b"check").finalize();
        format!("{:016x}", u64::from_be_bytes(std::array::from_fn(|at| hash[at])))
    }

    pub(super) fn stored(&self, key: &MessageKey) -> StoredKey {
        let mut stored = [0; StoredKey::BYTES];
        stored[..StoredKey::PERSON].copy_from_slice(&self.person(key.person));
        let message = self.0.clone().chain_update([b'm']).chain_update(key.message.0).finalize();
        stored[StoredKey::PERSON..].copy_from_slice(&message[..8]);
        StoredKey(stored)
    }

    /// The part of a key that all messages to a person share.
    pub(super) fn of_person(&self, person: &str) -> [u8; StoredKey::PERSON] {
        self.person(KeyDigest::of(person))
    }

    fn person(&self, person: KeyDigest) -> [u8; StoredKey::PERSON] {
        let hash = self.0.clone().chain_update([b'p']).chain_update(person.0).finalize();
        let mut bytes = [0; StoredKey::PERSON];
        bytes.copy_from_slice(&hash[..StoredKey::PERSON]);
        bytes
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}
