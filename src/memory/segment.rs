//! A segment: an immutable file of sorted records, with what finds them.
//!
//! ```text
//! blocks   up to 32 records and a checksum each
//! filter   the Bloom filter
//! index    the first 8 bytes of each block's first key
//! footer   the number of records, the size of the filter, a checksum of all but the blocks, magic
//! ```
//!
//! Filter and index are read when the segment is opened, a block when a key is looked up.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::files::AtomicFile;

use super::MemoryError;
use super::key::StoredKey;
use super::segment_filter::SegmentFilter;
use super::segment_record::SegmentRecord;

const MAGIC: &[u8; 8] = b"ROWMEM1\n";
const FOOTER: usize = 32;
/// Records per block.
const BLOCK: usize = 32;
const CHECK: usize = 8;

/// A segment that is open for reading, by several threads at once.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    file: File,
    records: u64,
    filter: SegmentFilter,
    index: Vec<u64>,
}

impl Segment {
    pub(super) fn open(path: &Path) -> Result<Self, MemoryError> {
        let mut file = File::open(path).map_err(MemoryError::io(path))?;
        let damaged = || MemoryError::Damaged(path.to_owned());
        let length = file.metadata().map_err(MemoryError::io(path))?.len();
        let footer_at = length.checked_sub(FOOTER as u64).ok_or_else(damaged)?;
        let mut footer = [0; FOOTER];
        read_at(&file, &mut footer, footer_at).map_err(MemoryError::io(path))?;
        let number = |from: usize| u64::from_le_bytes(std::array::from_fn(|at| footer[from + at]));
        let (records, bloom_len) = (number(0), number(8));
        let blocks = records.div_ceil(BLOCK as u64);
        let sizes = [records.checked_mul(SegmentRecord::BYTES as u64), blocks.checked_mul(CHECK as u64)];
        let data = sizes.into_iter().try_fold(0_u64, |sum, size| sum.checked_add(size?)).ok_or_else(damaged)?;
        let wanted = data.checked_add(bloom_len).and_then(|sum| sum.checked_add(blocks.checked_mul(8)?));
        if &footer[24..] != MAGIC || wanted != Some(footer_at) {
            return Err(damaged());
        }
        file.seek(SeekFrom::Start(data)).map_err(MemoryError::io(path))?;
        let mut hash = Sha256::new().chain_update(&footer[..16]);
        let mut filter = SegmentFilter::empty(bloom_len);
        read_parts(&mut file, bloom_len, |part| {
            hash.update(part);
            filter.extend(part);
        })
        .map_err(MemoryError::io(path))?;
        let mut index = Vec::with_capacity(usize::try_from(blocks).map_err(|_| damaged())?);
        read_parts(&mut file, blocks * 8, |part| {
            hash.update(part);
            index.extend(part.as_chunks::<8>().0.iter().map(|bytes| u64::from_be_bytes(*bytes)));
        })
        .map_err(MemoryError::io(path))?;
        if hash.finalize()[..CHECK] != footer[16..24] || !filter.is_sound(bloom_len) {
            return Err(damaged());
        }
        Ok(Self { path: path.to_owned(), file, records, filter, index })
    }

    /// The number of records.
    pub(super) fn len(&self) -> u64 {
        self.records
    }

    /// Adds the records of a key to `found`.
    pub(super) fn find(&self, key: &StoredKey, found: &mut Vec<SegmentRecord>) -> Result<(), MemoryError> {
        if !self.filter.may_hold(key) {
            return Ok(());
        }
        let prefix = prefix(key);
        let first = self.index.partition_point(|known| *known < prefix).saturating_sub(1);
        let blocks = self.index.partition_point(|known| *known <= prefix);
        for block in first..blocks {
            let records = self.block(block)?;
            found.extend(records.iter().filter(|record| record.key == *key));
            if records.last().is_some_and(|last| last.key > *key) {
                break;
            }
        }
        Ok(())
    }

    fn block(&self, block: usize) -> Result<Vec<SegmentRecord>, MemoryError> {
        let before = (block * BLOCK) as u64;
        let records = usize::try_from(self.records - before).unwrap_or(BLOCK).min(BLOCK);
        let mut bytes = [0; BLOCK * SegmentRecord::BYTES + CHECK];
        let bytes = &mut bytes[..records * SegmentRecord::BYTES + CHECK];
        let at = before * SegmentRecord::BYTES as u64 + (block * CHECK) as u64;
        read_at(&self.file, bytes, at).map_err(MemoryError::io(&self.path))?;
        checked(bytes).ok_or_else(|| MemoryError::Damaged(self.path.clone()))
    }

    /// All records in order.
    pub(super) fn records(&self) -> Result<impl Iterator<Item = Result<SegmentRecord, MemoryError>>, MemoryError> {
        let file = File::open(&self.path).map_err(MemoryError::io(&self.path))?;
        let mut file = BufReader::with_capacity(256 * 1024, file);
        let (mut left, path) = (self.records, self.path.clone());
        let blocks = std::iter::from_fn(move || {
            let records = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            if records == 0 {
                return None;
            }
            left -= records as u64;
            let mut bytes = vec![0; records * SegmentRecord::BYTES + CHECK];
            let read = file.read_exact(&mut bytes).map_err(MemoryError::io(&path));
            Some(read.and_then(|()| checked(&bytes).ok_or_else(|| MemoryError::Damaged(path.clone()))))
        });
        Ok(blocks.flat_map(|block| match block {
            Ok(records) => records.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }))
    }
}

/// Writes at most `most` sorted records as a segment, and returns their number.
pub(super) fn write(
    path: &Path,
    most: u64,
    records: impl Iterator<Item = Result<SegmentRecord, MemoryError>>,
) -> Result<u64, MemoryError> {
    let (mut filter, mut index) = (SegmentFilter::for_keys(most), Vec::new());
    let mut file = AtomicFile::beside(path).map_err(MemoryError::io(path))?;
    let (mut count, mut block, mut in_block) = (0_u64, Vec::with_capacity(BLOCK * SegmentRecord::BYTES + CHECK), 0);
    for record in records {
        let record = record?;
        if in_block == 0 {
            index.extend_from_slice(&record.key.0[..8]);
        }
        filter.insert(&record.key);
        record.write(&mut block);
        (count, in_block) = (count + 1, in_block + 1);
        if in_block == BLOCK {
            end_block(&mut file, &mut block).map_err(MemoryError::io(path))?;
            in_block = 0;
        }
    }
    if in_block > 0 {
        end_block(&mut file, &mut block).map_err(MemoryError::io(path))?;
    }
    let numbers = [count.to_le_bytes(), (filter.len() as u64).to_le_bytes()].concat();
    let mut hash = Sha256::new().chain_update(&numbers);
    let finish = |mut file: AtomicFile| {
        for part in filter.parts() {
            hash.update(part);
            file.write_all(&part)?;
        }
        hash.update(&index);
        file.write_all(&index)?;
        file.write_all(&numbers)?;
        file.write_all(&hash.finalize()[..CHECK])?;
        file.write_all(MAGIC)?;
        file.commit(path).map_err(|(error, _)| error)
    };
    finish(file).map_err(MemoryError::io(path))?;
    Ok(count)
}

/// Passes so many bytes to `each`, in parts of a whole number of cache lines.
fn read_parts(file: &mut File, length: u64, mut each: impl FnMut(&[u8])) -> std::io::Result<()> {
    let (mut left, mut part) = (length, vec![0; 64 * 1024]);
    while left > 0 {
        let bytes = usize::try_from(left).unwrap_or(part.len()).min(part.len());
        file.read_exact(&mut part[..bytes])?;
        each(&part[..bytes]);
        left -= bytes as u64;
    }
    Ok(())
}

fn end_block(file: &mut AtomicFile, block: &mut Vec<u8>) -> std::io::Result<()> {
    let sum = check(&[block]);
    block.extend_from_slice(&sum);
    file.write_all(block)?;
    block.clear();
    Ok(())
}

/// The records of a block whose checksum is right.
fn checked(bytes: &[u8]) -> Option<Vec<SegmentRecord>> {
    let (records, sum) = bytes.split_at(bytes.len() - CHECK);
    (check(&[records]) == *sum).then(|| records.as_chunks().0.iter().map(SegmentRecord::read).collect())
}

fn check(parts: &[&[u8]]) -> [u8; CHECK] {
    let hash = parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize();
    std::array::from_fn(|at| hash[at])
}

fn prefix(StoredKey(key): &StoredKey) -> u64 {
    u64::from_be_bytes(std::array::from_fn(|at| key[at]))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(not(unix))]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<()> {
    let mut file = file.try_clone()?;
    // The position is shared by the handles, so another thread may move it; a lock keeps one reader at a time.
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(bytes)
}
