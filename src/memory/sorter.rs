//! Sorts more records than fit into memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::MemoryError;
use super::segment_record::SegmentRecord;

/// Records in memory before they go to a file: 28 MiB.
const IN_MEMORY: usize = 500_000;

/// Records to be sorted.
#[derive(Debug)]
pub(super) struct Sorter {
    records: Vec<SegmentRecord>,
    in_memory: usize,
    sorted: Vec<(File, u64)>,
    len: u64,
    /// Where files go: the system's folder for temporary files may be in memory.
    dir: PathBuf,
}

/// Records in order.
pub(super) type Sorted<'s> = Box<dyn Iterator<Item = Result<SegmentRecord, MemoryError>> + 's>;

impl Sorter {
    pub(super) fn new(dir: &Path) -> Self {
        Self { records: Vec::new(), in_memory: IN_MEMORY, sorted: Vec::new(), len: 0, dir: dir.to_owned() }
    }

    #[cfg(test)]
    pub(super) fn small(dir: &Path, in_memory: usize) -> Self {
        Self { in_memory, ..Self::new(dir) }
    }

    pub(super) fn add(&mut self, record: SegmentRecord) -> Result<(), MemoryError> {
        self.records.push(record);
        self.len += 1;
        if self.records.len() < self.in_memory {
            return Ok(());
        }
        self.spill().map_err(MemoryError::io(&self.dir))
    }

    /// The number of records.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    fn spill(&mut self) -> io::Result<()> {
        self.records.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile_in(&self.dir)?);
        let mut bytes = Vec::with_capacity(SegmentRecord::BYTES);
        for record in &self.records {
            bytes.clear();
            record.write(&mut bytes);
            file.write_all(&bytes)?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.sorted.push((file, self.records.len() as u64));
        self.records.clear();
        Ok(())
    }

    /// All records in order.
    pub(super) fn sorted(mut self) -> Sorted<'static> {
        self.records.sort_unstable();
        let dir = self.dir;
        let files = self.sorted.into_iter().map(|(file, records)| {
            let dir = dir.clone();
            let mut file = BufReader::with_capacity(128 * 1024, file);
            let read = move |_| {
                let mut bytes = [0; SegmentRecord::BYTES];
                let read = file.read_exact(&mut bytes).map_err(MemoryError::io(&dir));
                read.map(|()| SegmentRecord::read(&bytes))
            };
            Box::new((0..records).map(read)) as Sorted<'static>
        });
        let newest = Box::new(self.records.into_iter().map(Ok)) as Sorted<'static>;
        Box::new(merged(files.chain([newest]).collect()))
    }
}

/// Sorted records of several sources, as one.
pub(super) fn merged(mut sources: Vec<Sorted<'_>>) -> impl Iterator<Item = Result<SegmentRecord, MemoryError>> {
    let mut failed = None;
    let mut heads = BinaryHeap::new();
    for (at, source) in sources.iter_mut().enumerate() {
        match source.next() {
            Some(Ok(record)) => heads.push(Reverse((record, at))),
            Some(Err(error)) => failed = Some(error),
            None => {}
        }
    }
    std::iter::from_fn(move || {
        if let Some(error) = failed.take() {
            heads.clear();
            return Some(Err(error));
        }
        let Reverse((record, at)) = heads.pop()?;
        match sources[at].next() {
            Some(Ok(next)) => heads.push(Reverse((next, at))),
            Some(Err(error)) => failed = Some(error),
            None => {}
        }
        Some(Ok(record))
    })
}
