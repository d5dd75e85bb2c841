//! The message ids of late: no two messages have the same.
//!
//! A server or gateway that gives an answer twice gives it soon. So the last ids are remembered and not all, which would
//! take memory for each row.

use std::hash::{BuildHasher, RandomState};

/// Places for digests. Of the ids that share a place the last is remembered: an id is forgotten with the next that falls
/// into its place, on average after as many others as there are places.
const PLACES: usize = 65_536;

/// Remembers message ids, as digests.
#[derive(Debug, Default)]
pub(super) struct SeenIds {
    hasher: RandomState,
    /// Empty until the first id, then of all places; 0 where there is none.
    digests: Vec<u64>,
}

impl SeenIds {
    /// Records an id. `false` if it was seen before.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        if self.digests.is_empty() {
            self.digests = vec![0; PLACES];
        }
        let digest = self.hasher.hash_one(id).max(1);
        let place = usize::try_from(digest % PLACES as u64).unwrap_or_default();
        let known = std::mem::replace(&mut self.digests[place], digest);
        known != digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_comes_again_soon_is_known() {
        let mut seen = SeenIds::default();
        let ids: Vec<String> = (0..1_000).map(|n| format!("wamid.{n}")).collect();
        assert!(ids.iter().all(|id| seen.is_new(id)));
        let known = ids.iter().filter(|id| !seen.is_new(id)).count();
        assert!(known > 950, "{known} of 1000; some share a place");
        assert!(seen.is_new("wamid.next") && !seen.is_new("wamid.next"));
        assert_eq!(seen.digests.len(), PLACES, "however many there are");
    }
}
