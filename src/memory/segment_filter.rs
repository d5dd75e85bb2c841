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

    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0.iter().flatten().flat_map(|word| word.to_le_bytes())
    }

    /// `None` if the bytes are no filter.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let (blocks, more) = words.as_chunks::<8>();
        let blocks: Vec<_> = blocks.iter().map(|block| block.map(u64::from_le_bytes)).collect();
        (rest.is_empty() && more.is_empty() && !blocks.is_empty()).then_some(Self(blocks))
    }

    /// Its size in bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len() * Self::BLOCK
    }
}
