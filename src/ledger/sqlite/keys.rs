//! The column `keys`: the digests that an intent holds of its row.

use crate::model::{KeyDigest, RowKeys};

/// The column as it is stored: a byte that says which keys follow, then 12 bytes for each.
#[derive(Debug)]
pub(super) struct Keys {
    bytes: [u8; Self::MOST],
    len: usize,
}

impl Keys {
    /// The bytes of a row that has all keys.
    const MOST: usize = 1 + 3 * KeyDigest::BYTES;

    pub(super) fn of(RowKeys { unique, once, message }: RowKeys) -> Self {
        let mut stored = Self { bytes: [0; Self::MOST], len: 1 };
        for (at, key) in [unique, once, message].into_iter().enumerate() {
            let Some(KeyDigest(digest)) = key else { continue };
            stored.bytes[0] |= 1 << at;
            stored.bytes[stored.len..stored.len + KeyDigest::BYTES].copy_from_slice(&digest);
            stored.len += KeyDigest::BYTES;
        }
        stored
    }

    /// Nothing for a row without keys.
    pub(super) fn stored(&self) -> Option<&[u8]> {
        (self.len > 1).then_some(&self.bytes[..self.len])
    }

    /// `None` if the bytes are no keys.
    pub(super) fn read(bytes: &[u8]) -> Option<RowKeys> {
        let (present, digests) = bytes.split_first()?;
        let (digests, rest) = digests.as_chunks::<{ KeyDigest::BYTES }>();
        let mut digests = digests.iter().map(|digest| KeyDigest(*digest));
        let mut key = |at: u8| if present & (1 << at) == 0 { Some(None) } else { digests.next().map(Some) };
        let keys = RowKeys { unique: key(0)?, once: key(1)?, message: key(2)? };
        (*present < 8 && rest.is_empty() && digests.next().is_none()).then_some(keys)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_read_as_they_were_stored(keys in any::<[Option<[u8; KeyDigest::BYTES]>; 3]>()) {
            let [unique, once, message] = keys.map(|key| key.map(KeyDigest));
            let keys = RowKeys { unique, once, message };
            let stored = Keys::of(keys);
            let read = stored.stored().map_or(Some(RowKeys::default()), Keys::read);
            prop_assert_eq!(read, Some(keys));
        }

        /// What is cut or longer or of another version is none.
        #[test]
        fn other_bytes_are_no_keys(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Some(keys) = Keys::read(&bytes) {
                let stored = Keys::of(keys);
                prop_assert_eq!(stored.stored().unwrap_or(&[0]), &bytes);
            }
        }
    }
}
