//! A short digest that identifies a key, so that the key itself need not be kept.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The first 96 bits of a key's SHA-256. The probability that two of ten million keys share them is 10⁻¹⁵.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest(pub [u8; KeyDigest::BYTES]);

impl KeyDigest {
    /// Its length in bytes.
    pub const BYTES: usize = 12;

    /// The digest of a key.
    pub fn of(key: &str) -> Self {
        Self::first_of(&Sha256::digest(key))
    }

    /// The first bytes of a SHA-256 hash.
    pub(super) fn first_of(hash: &[u8]) -> Self {
        let mut digest = [0; Self::BYTES];
        digest.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = *of_hash);
        Self(digest)
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyDigest {
    type Err = &'static str;

    fn from_str(hex: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a key digest has 24 hexadecimal digits";
        let mut digest = [0; Self::BYTES];
        if hex.len() != 2 * Self::BYTES || !hex.is_ascii() {
            return Err(WRONG);
        }
        for (at, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).map_err(|_| WRONG)?;
        }
        Ok(Self(digest))
    }
}

impl Serialize for KeyDigest {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyDigest {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_digest_is_written_and_read() {
        let digest = KeyDigest::of("spring/+4915123456789");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(serde_json::from_str::<KeyDigest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
        assert_ne!(digest, KeyDigest::of("spring/+4915123456780"));
        // FIPS 180-4, SHA-256 of "abc".
        assert_eq!(KeyDigest::of("abc").to_string(), "ba7816bf8f01cfea414140de");
        for wrong in ["", "ba78", "zz7816bf8f01cfea414140de", "äääääääääääää"] {
            assert!(wrong.parse::<KeyDigest>().is_err(), "{wrong}");
        }
    }
}
