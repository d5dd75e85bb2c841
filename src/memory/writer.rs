//! Taking runs up, and forgetting them. One process at a time; what it does shows as a whole or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::files::{lock_file, private_folders};
use crate::model::RowNumber;

use super::catalog::TakenUp;
use super::key::{MessageKey, Secret, StoredKey};
use super::memory::Memory;
use super::record::Record;
use super::segment;
use super::sorter::{Sorted, Sorter, merged};
use super::{MemoryError, claim_files};

/// Segments before two are merged. Each costs a look at its filter.
const SEGMENTS: usize = 4;

/// A memory that is open for writing. Others wait; what is written is short. Dropped without [`finish`](Self::finish), it changes
/// nothing.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    memory: Memory,
    secret: Secret,
    sorter: Sorter,
    /// The index of the run that is being taken up.
    run: u32,
    /// The claims of processes that had died when writing began.
    dead: Vec<PathBuf>,
    /// Held as long as this lives.
    _lock: File,
}

impl Writer {
    /// Opens the memory in a folder, which is created if needed.
    pub fn begin(dir: &Path) -> Result<Self, MemoryError> {
        private_folders(dir).map_err(MemoryError::io(dir))?;
        let path = dir.join("lock");
        let lock = lock_file(&path).and_then(|lock| lock.lock().map(|()| lock)).map_err(MemoryError::io(&path))?;
        // Whoever dies from now on may have sent something that is not taken up.
        let dead = claim_files::dead(dir).into_iter().map(|(_, path)| path).collect();
        let memory = Memory::open(dir)?;
        let secret = match memory.secret() {
            Some(secret) => secret.clone(),
            None => Secret::create(dir)?,
        };
        let writer = Self { dir: dir.to_owned(), memory, secret, sorter: Sorter::new(dir), run: 0, dead, _lock: lock };
        writer.remove_strays();
        Ok(writer)
    }

    /// The memory as it was before.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Takes a run up, in place of what was known of it. `stamp` says in which state its ledger is. What is added next is of this run.
    pub fn take_up(&mut self, run: &str, stamp: &str) {
        let runs = &mut self.memory.catalog.runs;
        forget(runs, |known| known.run == run);
        self.run = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        runs.push(Some(TakenUp { run: run.to_owned(), stamp: stamp.to_owned(), records: 0 }));
    }

    /// Adds a message that the run has sent, or may have.
    pub fn add(&mut self, key: &MessageKey, row: RowNumber, at_ms: i64, doubt: bool) -> Result<(), MemoryError> {
        let run = usize::try_from(self.run).ok().and_then(|run| self.memory.catalog.runs.get_mut(run)?.as_mut());
        run.into_iter().for_each(|run| run.records += 1);
        self.sorter.add(Record::of(self.secret.stored(key), self.run, row, at_ms, doubt))
    }

    /// Forgets what a run has sent.
    pub fn forget_run(&mut self, run: &str) {
        forget(&mut self.memory.catalog.runs, |known| known.run == run);
    }

    /// Stores all that was added, and ends the claims of processes that had died when writing began. Every run that is there was
    /// taken up in its state of after that.
    pub fn finish_all(self) -> Result<(), MemoryError> {
        let (dir, dead) = (self.dir.clone(), self.dead.clone());
        self.finish()?;
        claim_files::remove(&dir, &dead)
    }

    /// Stores all that was added.
    pub fn finish(mut self) -> Result<(), MemoryError> {
        let sorter = std::mem::replace(&mut self.sorter, Sorter::new(&self.dir));
        if sorter.len() > 0 {
            let most = sorter.len();
            self.store(most, sorter.sorted())?;
        }
        let (all, counted) = self.sizes();
        if all > 2 * counted {
            // Most of it counts no longer.
            return self.compact(None).map(drop);
        }
        while self.memory.segments.len() > SEGMENTS {
            self.merge_smallest()?;
        }
        self.close()
    }

    /// Stores all segments as one, without what is forgotten and without the messages of `person`. Returns how many messages of the
    /// person were removed.
    pub fn compact(mut self, person: Option<&str>) -> Result<u64, MemoryError> {
        let person = person.map(|person| self.secret.of_person(person));
        let segments = std::mem::take(&mut self.memory.segments);
        self.memory.catalog.segments.clear();
        let most = segments.iter().map(segment::Segment::len).sum();
        let sources = segments.iter().map(|segment| segment.records().map(|records| Box::new(records) as Sorted<'_>));
        let mut removed = 0;
        let runs = self.memory.catalog.runs.clone();
        let counts = |record: &Record| runs.get(record.run as usize).is_some_and(Option::is_some);
        let kept = merged(sources.collect::<Result<_, _>>()?).filter(|record| {
            let Ok(record) = record else { return true };
            let is_theirs = person.is_some_and(|person| record.key.0[..StoredKey::PERSON] == person);
            removed += u64::from(is_theirs && counts(record));
            counts(record) && !is_theirs
        });
        self.store(most, kept)?;
        self.close()?;
        Ok(removed)
    }

    /// Merges the two smallest segments.
    fn merge_smallest(&mut self) -> Result<(), MemoryError> {
        let mut sizes: Vec<_> = self.memory.segments.iter().map(segment::Segment::len).enumerate().collect();
        sizes.sort_unstable_by_key(|(_, len)| *len);
        let mut two: Vec<usize> = sizes.iter().take(2).map(|(at, _)| *at).collect();
        two.sort_unstable();
        let parts: Vec<_> = two
            .iter()
            .rev()
            .map(|at| {
                self.memory.catalog.segments.remove(*at);
                self.memory.segments.remove(*at)
            })
            .collect();
        let most = parts.iter().map(segment::Segment::len).sum();
        let sources = parts.iter().map(|part| part.records().map(|records| Box::new(records) as Sorted<'_>));
        let runs = self.memory.catalog.runs.clone();
        let counts = |record: &Record| runs.get(record.run as usize).is_some_and(Option::is_some);
        let kept = merged(sources.collect::<Result<_, _>>()?).filter(|record| record.as_ref().map_or(true, counts));
        self.store(most, kept)
    }

    /// Stores sorted records as a new segment.
    fn store(
        &mut self,
        most: u64,
        records: impl Iterator<Item = Result<Record, MemoryError>>,
    ) -> Result<(), MemoryError> {
        let name = format!("segment-{:08}", self.memory.catalog.next);
        self.memory.catalog.next += 1;
        let path = self.dir.join(&name);
        if segment::write(&path, most, records)? == 0 {
            return fs::remove_file(&path).map_err(MemoryError::io(path));
        }
        self.memory.segments.push(segment::Segment::open(&path)?);
        self.memory.catalog.segments.push(name);
        Ok(())
    }

    /// Replaces the catalog, and removes what it no longer names.
    fn close(mut self) -> Result<(), MemoryError> {
        self.memory.catalog.write(&self.dir, &self.secret)?;
        self.remove_strays();
        Ok(())
    }

    /// All records, and those that count.
    fn sizes(&self) -> (u64, u64) {
        let all = self.memory.segments.iter().map(segment::Segment::len).sum();
        (all, self.memory.catalog.runs.iter().flatten().map(|run| run.records).sum())
    }

    /// Removes segments that the catalog does not name: those of before, and those of a writer that died.
    fn remove_strays(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("segment-") && !self.memory.catalog.segments.iter().any(|known| *known == name) {
                // If it cannot be removed, it takes room and says nothing.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn forget(runs: &mut [Option<TakenUp>], is_it: impl Fn(&TakenUp) -> bool) {
    for known in runs.iter_mut().filter(|known| known.as_ref().is_some_and(&is_it)) {
        *known = None;
    }
}
