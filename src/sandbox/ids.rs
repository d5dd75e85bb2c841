//! The ids that the sandbox gives.
//!
//! Belongs here: message ids, trace ids and the seeded hash they and the draws are made from. Draws are a function of the seed
//! and the message, so that a run that is repeated meets the same faults. Ids are a function of the start as well: two starts
//! give no id twice, and no id has to be kept to be known.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// The source of all randomness in a sandbox.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(pub(super) u64);

impl Seed {
    /// A hash of what a decision or an id depends on. SHA-256 rather than the standard library's hasher, which may
    /// change with the compiler: a seed noted today must mean the same next year.
    pub(super) fn hash(self, purpose: &str, recipient: u64, turn: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        hash.update(recipient.to_be_bytes());
        hash.update(turn.to_be_bytes());
        hash.update(purpose);
        hash.finalize().into()
    }

    /// The seed of the ids of one start, which `start` tells from all others.
    pub(super) fn of_start(self, start: u64) -> Self {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.hash("start", start, 0)[..8]);
        Self(u64::from_be_bytes(bytes))
    }

    /// The id of the `nth` message delivered to a recipient. Like Meta's it is base64 of a few marker bytes, the
    /// recipient's digits and a hexadecimal key; the number in it makes ids of two recipients differ for certain.
    pub(super) fn message_id(self, recipient: u64, nth: u64) -> String {
        let digits = recipient.to_string();
        let hash = self.hash("message", recipient, nth);
        let key = hash[..9].iter().fold(String::new(), |key, byte| key + &format!("{byte:02X}"));
        let mut bytes = vec![0x1c, 0x18, u8::try_from(digits.len()).unwrap_or(u8::MAX)];
        bytes.extend_from_slice(digits.as_bytes());
        bytes.extend_from_slice(&[0x15, 0x02, 0x00, 0x11, 0x18, 0x12]);
        bytes.extend_from_slice(key.as_bytes());
        bytes.push(0);
        format!("wamid.{}", STANDARD.encode(bytes))
    }

    /// The trace id of the `nth` request.
    pub(super) fn trace_id(self, nth: u64) -> String {
        format!("A{}", URL_SAFE_NO_PAD.encode(&self.hash("trace", 0, nth)[..16]))
    }
}

/// The digits of a recipient as a number: `+` and digits, as many as fit. A phone number has 15 at most.
pub(super) fn digits(to: &str) -> Option<u64> {
    to.strip_prefix('+').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn message_ids_look_like_metas() {
        let id = Seed(7).message_id(16_505_551_234, 1);
        assert!(id.starts_with("wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI"), "{id}");
        assert_eq!(id, Seed(7).message_id(16_505_551_234, 1));
        assert_ne!(id, Seed(8).message_id(16_505_551_234, 1));
    }

    #[test]
    fn message_ids_are_unique() {
        let ids = (0..200).flat_map(|to| (1..=50).map(move |nth| Seed(0).message_id(15_550_000_000 + to, nth)));
        assert_eq!(ids.collect::<HashSet<_>>().len(), 10_000);
    }

    #[test]
    fn recipients_are_read_as_numbers() {
        assert_eq!(digits("+16505551234"), Some(16_505_551_234));
        for bad in ["", "+", "16505551234", "++1", "+-1", "+1 2", "+99999999999999999999"] {
            assert_eq!(digits(bad), None, "{bad}");
        }
    }

    #[test]
    fn trace_ids_differ_by_request() {
        assert_ne!(Seed(0).trace_id(1), Seed(0).trace_id(2));
    }
}
