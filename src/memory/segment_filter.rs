//! A Bloom filter: rules out most keys that a segment does not have, without a look into the file.

use super::key::StoredKey;

/// All bits of a key are in one cache line: eight words, one bit in each.
#[derive(Debug)]
pub(super) struct SegmentFilter(Vec<[u64; 8]>);

impl SegmentFilter {
    /// The bytes of a block.
    const BLOCK: usize = 64;

    /// Twelve bits per key: about one absent key in 200 is looked up in vain.
    pub(super) fn for_keys(keys: u64) -> Self {
        let blocks = usize::try_from((keys * 12).div_ceil(512).max(1)).unwrap_or(usize::MAX);
        Self(vec![[0; 8]; blocks])
    }

    pub(super) fn insert(&mut self, key: &StoredKey) {
        let (block, bits) = self.place(key);
        for (word, bit) in self.0[block].iter_mut().zip(bits) {
            *word |= bit;
        }
    }

    pub(super) fn may_hold(&self, key: &StoredKey) -> bool {
        let (block, bits) = self.place(key);
        self.0[block].iter().zip(bits).all(|(word, bit)| word & bit != 0)
    }

    /// Keys are hashes, so parts of them need no further hashing.
    fn place(&self, StoredKey(key): &StoredKey) -> (usize, [u64; 8]) {
        let word = |from: usize| key[from..from + 8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let message = word(12);
        let (of_block, of_bits) = (word(0) ^ message, word(4) ^ message.rotate_left(32));
        let block = ((of_block >> 32) * self.0.len() as u64) >> 32;
        let mut bits = [0; 8];
        for (bit, byte) in bits.iter_mut().zip(of_bits.to_be_bytes()) {
            *bit = 1 << (byte & 63);
        }
        (usize::try_from(block).unwrap_or(0), bits)
    }

    /// Its bytes, block by block.
    pub(super) fn parts(&self) -> impl Iterator<Item = [u8; Self::BLOCK]> {
        self.0.iter().map(|words| {
            let mut part = [0; Self::BLOCK];
            for (bytes, word) in part.as_chunks_mut::<8>().0.iter_mut().zip(words) {
                *bytes = word.to_le_bytes();
            }
            part
        })
    }

    /// A filter to be read, of so many bytes.
    pub(super) fn empty(bytes: u64) -> Self {
        Self(Vec::with_capacity(usize::try_from(bytes).unwrap_or_default() / Self::BLOCK))
    }

    /// Adds bytes that were read.
    pub(super) fn extend(&mut self, part: &[u8]) {
        let blocks = part.as_chunks::<8>().0.as_chunks::<8>().0;
        self.0.extend(blocks.iter().map(|block| block.map(u64::from_le_bytes)));
    }

    /// Whether so many bytes were a filter.
    pub(super) fn is_sound(&self, bytes: u64) -> bool {
        !self.0.is_empty() && self.len() as u64 == bytes
    }

    /// Its size in bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len() * Self::BLOCK
    }
}
