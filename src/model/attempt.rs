//! One attempt at sending a row, named so that no other attempt of any run has the same name.
//!
//! A connector may send this name with the request: as an idempotency key, or as a string that a webhook gives back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::RowNumber;

/// One attempt at sending a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The run.
    pub run: RunToken,
    /// The row.
    pub row: RowNumber,
    /// The attempt's number, counted from 1 over the whole run.
    pub number: u32,
}

/// The name of a run for the outside world: 16 random bytes, which tell nothing of the run and cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunToken(pub [u8; RunToken::BYTES]);

/// Crockford's base 32 in lower case. It has no `i`, `l`, `o` and `u`.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl RunToken {
    /// The number of its bytes.
    pub const BYTES: usize = 16;

    /// The number of characters of its text: 128 bits, 5 bits each.
    const CHARACTERS: usize = 26;

    /// A token that depends on `facts` alone, for a run that was given none.
    pub fn derived(facts: &str) -> Self {
        let mut token = [0; Self::BYTES];
        token.copy_from_slice(&Sha256::digest(facts)[..Self::BYTES]);
        Self(token)
    }
}

impl fmt::Display for RunToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        let mut text = [0; Self::CHARACTERS];
        for (at, digit) in text.iter_mut().rev().enumerate() {
            // Five bits are below 32.
            *digit = DIGITS[usize::try_from((bits >> (5 * at)) & 31).unwrap_or_default()];
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for RunToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RunToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a run's token has 26 digits of Crockford's base 32";
        // The first character has the 3 bits that 25 others leave.
        if text.len() != Self::CHARACTERS || text.as_bytes()[0] > b'7' {
            return Err(WRONG);
        }
        let mut bits = 0_u128;
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == byte).ok_or(WRONG)?;
            bits = bits << 5 | u128::try_from(digit).map_err(|_| WRONG)?;
        }
        Ok(Self(bits.to_be_bytes()))
    }
}

impl Serialize for RunToken {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunToken {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_written_in_26_characters() {
        assert_eq!(RunToken([0; 16]).to_string(), "0".repeat(26));
        assert_eq!(RunToken([0xff; 16]).to_string(), format!("7{}", "z".repeat(25)));
        for wrong in ["", "0", &"8".repeat(26), &"u".repeat(26), &"é".repeat(13)] {
            assert!(wrong.parse::<RunToken>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_derived_token_is_the_same_every_time() {
        assert_eq!(RunToken::derived("a"), RunToken::derived("a"));
        assert_ne!(RunToken::derived("a"), RunToken::derived("b"));
    }

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_written(bytes: [u8; 16]) {
            let token = RunToken(bytes);
            prop_assert_eq!(token.to_string().parse(), Ok(token));
        }
    }
}
