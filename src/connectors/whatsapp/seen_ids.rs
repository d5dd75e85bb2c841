//! The message ids of late: no two messages have the same.
//!
//! A server or gateway that gives an answer twice gives it soon. So the last ids are remembered and not all, which would
//! take memory for each row.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// How many ids are remembered: some minutes of the fastest number (Meta, Throughput: up to 1,000 messages a second).
const REMEMBERED: usize = 65_536;

/// Remembers message ids, as digests.
#[derive(Debug, Default)]
pub(super) struct SeenIds {
    hasher: RandomState,
    known: HashSet<u64>,
    oldest_first: VecDeque<u64>,
}

impl SeenIds {
    /// Records an id. `false` if it was seen before.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        let digest = self.hasher.hash_one(id);
        if !self.known.insert(digest) {
            return false;
        }
        self.oldest_first.push_back(digest);
        if self.oldest_first.len() > REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_until_many_others_came() {
        let mut seen = SeenIds::default();
        assert!(seen.is_new("wamid.0") && !seen.is_new("wamid.0"));
        for n in 1..REMEMBERED {
            assert!(seen.is_new(&format!("wamid.{n}")));
        }
        assert!(!seen.is_new("wamid.0"));
        assert!(seen.is_new("wamid.next") && seen.is_new("wamid.0"), "the oldest is forgotten");
        assert_eq!(seen.known.len(), REMEMBERED);
    }
}
