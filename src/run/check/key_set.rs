//! A set of keys that may be larger than memory.
//!
//! The newest keys are in memory. Once there are many, they are sorted and written to a temporary file. Two things
//! about the file stay in memory: a Bloom filter, which rules out most absent keys, and every 256th key, which tells
//! where to look for a key that may be present. Answers are exact; ten million keys need about 40 MB.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use crate::model::KeyDigest;

/// Keys in memory before they go to a file: as many as a table with half a million buckets holds before it grows.
const FRESH: usize = (1 << 19) / 8 * 7;
/// Size of a key with its value in a file.
const RECORD: usize = KeyDigest::BYTES + VALUE;
/// Size of a value. As bytes it needs no alignment, which would cost four bytes a key.
const VALUE: usize = 8;
/// Records per index entry.
const STRIDE: usize = 256;

/// Keys, each with the value that it was first inserted with.
#[derive(Debug)]
pub(super) struct KeySet {
    fresh: HashMap<KeyDigest, [u8; VALUE], BuildHasherDefault<AlreadyMixed>>,
    most_fresh: usize,
    stored: Vec<Stored>,
    len: u64,
}

impl Default for KeySet {
    fn default() -> Self {
        Self { fresh: HashMap::default(), most_fresh: FRESH, stored: Vec::new(), len: 0 }
    }
}

impl KeySet {
    /// Inserts a key with a value. If the key is present, returns its first value and changes nothing.
    pub(super) fn insert(&mut self, digest: KeyDigest, value: u64) -> io::Result<Option<u64>> {
        if self.fresh.len() >= self.most_fresh {
            self.stored.push(Stored::of(&mut self.fresh)?);
        }
        // One lookup for both: in a table of this size the memory access takes the time.
        let place = match self.fresh.entry(digest) {
            Entry::Occupied(known) => return Ok(Some(u64::from_le_bytes(*known.get()))),
            Entry::Vacant(place) => place,
        };
        if let Some(known) = find_stored(&self.stored, digest)? {
            return Ok(Some(known));
        }
        place.insert(value.to_le_bytes());
        self.len += 1;
        Ok(None)
    }

    /// The value of a key, if it is present.
    pub(super) fn find(&mut self, digest: KeyDigest) -> io::Result<Option<u64>> {
        if let Entry::Occupied(known) = self.fresh.entry(digest) {
            return Ok(Some(u64::from_le_bytes(*known.get())));
        }
        find_stored(&self.stored, digest)
    }

    /// The number of keys.
    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

fn find_stored(stored: &[Stored], digest: KeyDigest) -> io::Result<Option<u64>> {
    for stored in stored {
        if let Some(known) = stored.find(digest)? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Keys in a file, sorted.
#[derive(Debug)]
struct Stored {
    file: RefCell<File>,
    records: usize,
    bloom: Bloom,
    /// Every `STRIDE`th key.
    index: Vec<KeyDigest>,
}

impl Stored {
    /// Moves `fresh` into a file.
    fn of<S>(fresh: &mut HashMap<KeyDigest, [u8; VALUE], S>) -> io::Result<Self> {
        let mut records: Vec<(KeyDigest, [u8; VALUE])> = fresh.drain().collect();
        records.sort_unstable();
        let mut bloom = Bloom::for_keys(records.len());
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for (digest, value) in &records {
            bloom.insert(*digest);
            file.write_all(&digest.0)?;
            file.write_all(value)?;
        }
        let file = RefCell::new(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        let index = records.iter().step_by(STRIDE).map(|(digest, _)| *digest).collect();
        Ok(Self { file, records: records.len(), bloom, index })
    }

    fn find(&self, digest: KeyDigest) -> io::Result<Option<u64>> {
        if !self.bloom.may_hold(digest) {
            return Ok(None);
        }
        let Some(stretch) = self.index.partition_point(|first| *first <= digest).checked_sub(1) else {
            return Ok(None);
        };
        let from = stretch * STRIDE;
        let mut bytes = vec![0; STRIDE.min(self.records - from) * RECORD];
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start((from * RECORD) as u64))?;
        file.read_exact(&mut bytes)?;
        let (records, _) = bytes.as_chunks::<RECORD>();
        let found =
            records.binary_search_by(|record| record[..KeyDigest::BYTES].cmp(&digest.0)).ok().map(|at| records[at]);
        Ok(found.map(|record| u64::from_le_bytes(std::array::from_fn(|at| record[KeyDigest::BYTES + at]))))
    }
}

/// A Bloom filter that keeps all bits of a key in one cache line: eight words, one bit in each.
#[derive(Debug)]
struct Bloom(Vec<[u64; 8]>);

impl Bloom {
    /// Twelve bits per key: about one absent key in 200 is looked up in vain.
    fn for_keys(keys: usize) -> Self {
        Self(vec![[0; 8]; (keys * 12).div_ceil(512).max(1)])
    }

    fn insert(&mut self, digest: KeyDigest) {
        let (block, bits) = self.place(digest);
        for (word, bit) in self.0[block].iter_mut().zip(bits) {
            *word |= bit;
        }
    }

    fn may_hold(&self, digest: KeyDigest) -> bool {
        let (block, bits) = self.place(digest);
        self.0[block].iter().zip(bits).all(|(word, bit)| word & bit != 0)
    }

    fn place(&self, KeyDigest(digest): KeyDigest) -> (usize, [u64; 8]) {
        let (of_bits, of_block) = digest.split_at(8);
        let of_block = of_block.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let block = usize::try_from((of_block * self.0.len() as u64) >> 32).unwrap_or(0);
        let mut bits = [0; 8];
        for (bit, byte) in bits.iter_mut().zip(of_bits) {
            *bit = 1 << (byte & 63);
        }
        (block, bits)
    }
}

/// A digest needs no further hashing.
#[derive(Debug, Default)]
struct AlreadyMixed(u64);

impl Hasher for AlreadyMixed {
    fn write(&mut self, bytes: &[u8]) {
        if let Some((first, _)) = bytes.split_first_chunk() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn small(most_fresh: usize) -> KeySet {
        KeySet { most_fresh, ..KeySet::default() }
    }

    proptest! {
        /// The answers are those of a map, however much is written to files.
        #[test]
        fn it_answers_as_a_map_does(keys in proptest::collection::vec(0..600_u32, 0..1500), most_fresh in 1..400_usize) {
            let mut seen = small(most_fresh);
            let mut map = HashMap::new();
            for (at, key) in (0_u64..).zip(keys) {
                let known = map.get(&key).copied();
                map.entry(key).or_insert(at);
                prop_assert_eq!(seen.insert(KeyDigest::of(&key.to_string()), at).unwrap(), known);
            }
            prop_assert_eq!(seen.len(), map.len() as u64);
            for key in 0..700_u32 {
                prop_assert_eq!(seen.find(KeyDigest::of(&key.to_string())).unwrap(), map.get(&key).copied());
            }
        }
    }

    #[test]
    fn few_keys_are_looked_for_in_vain() {
        let mut bloom = Bloom::for_keys(20_000);
        (0..20_000).for_each(|key| bloom.insert(KeyDigest::of(&key.to_string())));
        let vain = (20_000..40_000).filter(|key| bloom.may_hold(KeyDigest::of(&key.to_string()))).count();
        assert!(vain < 400, "{vain} of 20000");
    }
}
