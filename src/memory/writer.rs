//! Taking runs up, and forgetting them. One process at a time; what it does shows as a whole or not at all.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::files::{lock_patiently, private_folders};
use crate::model::RowNumber;

use super::catalog::TakenUp;
use super::key::{MessageKey, Secret, StoredKey};
use super::memory::Memory;
use super::segment;
use super::segment_record::SegmentRecord;
use super::sorter::{Sorted, Sorter, merged};
use super::{MemoryError, claim_files};

/// Segments before two are merged. Each costs a look at its filter.
const SEGMENTS: usize = 4;

/// A memory that is open for writing. Others wait; what is written is short. Dropped without [`finish`](Self::finish), it changes
/// nothing.
#[derive(Debug)]
pub struct MemoryWriter {
    dir: PathBuf,
    memory: Memory,
    secret: Secret,
    sorter: Sorter,
    /// The index of the run that is being taken up.
    run: u32,
    /// The claims of processes that had died when writing began.
    dead: Vec<PathBuf>,
    /// The person to forget, and whether what they have is kept apart.
    person: Option<([u8; StoredKey::PERSON], bool)>,
    /// The runs that are gone, and the time before which their records are forgotten.
    gone: (HashSet<u32>, u64),
    /// Held as long as this lives.
    _lock: File,
}

impl MemoryWriter {
    /// Opens the memory in a folder, which is created if needed.
    pub fn begin(dir: &Path) -> Result<Self, MemoryError> {
        private_folders(dir).map_err(MemoryError::io(dir))?;
        let path = dir.join("lock");
        let lock = lock_patiently(&path).map_err(MemoryError::io(&path))?;
        // Whoever dies from now on may have sent something that is not taken up.
        let dead = claim_files::dead(dir).into_iter().map(|(_, path)| path).collect();
        let memory = Memory::open(dir)?;
        let secret = match memory.secret() {
            Some(secret) => secret.clone(),
            None => Secret::create(dir)?,
        };
        let writer = Self {
            dir: dir.to_owned(),
            memory,
            secret,
            sorter: Sorter::new(dir),
            run: 0,
            dead,
            person: None,
            gone: Default::default(),
            _lock: lock,
        };
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
        forget(runs, |known| known.run == run && !known.apart);
        self.run = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        runs.push(Some(TakenUp { run: run.to_owned(), stamp: stamp.to_owned(), records: 0, apart: false }));
    }

    /// Adds a message that the run has sent, or may have.
    pub fn add(&mut self, key: &MessageKey, row: RowNumber, at_ms: i64, doubt: bool) -> Result<(), MemoryError> {
        let run = usize::try_from(self.run).ok().and_then(|run| self.memory.catalog.runs.get_mut(run)?.as_mut());
        if let Some(run) = run {
            run.records += 1;
        }
        self.sorter.add(SegmentRecord::of(self.secret.stored(key), self.run, row, at_ms, doubt))
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
            return self.compact().map(drop);
        }
        while self.memory.segments.len() > SEGMENTS {
            self.merge_smallest()?;
        }
        self.close()
    }

    /// Forgets at [`compact`](Self::compact) which messages a person has.
    pub fn forget_person(&mut self, person: &str) {
        self.person = Some((self.secret.of_person(person), false));
    }

    /// Keeps at [`compact`](Self::compact) which messages a person has, also when their runs are taken up again without them.
    pub fn keep_person(&mut self, person: &str) {
        self.person = Some((self.secret.of_person(person), true));
    }

    /// Forgets at [`compact`](Self::compact) what runs that are gone have sent before a time in Unix seconds.
    pub fn forget_gone(&mut self, is_gone: impl Fn(&str) -> bool, before: i64) {
        let runs = (0..).zip(&self.memory.catalog.runs);
        let gone = runs.filter_map(|(index, known)| {
            Some(index).filter(|_| known.as_ref().is_some_and(|known| is_gone(&known.run)))
        });
        self.gone = (gone.collect(), u64::try_from(before).unwrap_or(0));
    }

    /// Stores all segments as one, without what is forgotten. Returns how many messages of the forgotten person there were.
    pub fn compact(mut self) -> Result<u64, MemoryError> {
        let segments = std::mem::take(&mut self.memory.segments);
        self.memory.catalog.segments.clear();
        let most = segments.iter().map(segment::Segment::len).sum();
        let sources = segments.iter().map(|segment| segment.records().map(|records| Box::new(records) as Sorted<'_>));
        let (mut runs, mut of_person, mut apart) = (self.memory.catalog.runs.clone(), 0, HashMap::new());
        runs.iter_mut().flatten().for_each(|run| run.records = 0);
        let mut kept = Vec::new();
        let (person, (gone, before)) = (self.person, std::mem::take(&mut self.gone));
        let all = merged(sources.collect::<Result<_, _>>()?).filter_map(|record| {
            let record = match record {
                Ok(record) => record,
                Err(error) => return Some(Err(error)),
            };
            let run = runs.get_mut(record.run as usize)?.as_mut()?;
            if gone.contains(&record.run) && record.at < before {
                return None;
            }
            if let Some((_, keep)) = person.filter(|(person, _)| record.key.0[..StoredKey::PERSON] == *person) {
                of_person += 1;
                if keep {
                    kept.push(record);
                }
                return None;
            }
            run.records += 1;
            Some(Ok(record))
        });
        let name = self.reserve_name();
        let path = self.dir.join(&name);
        let stored = segment::write(&path, most, all)?;
        // A person's records are few. They go to a segment of their own, under runs that stay.
        for record in &mut kept {
            let before = record.run;
            let index = *apart.entry(before).or_insert_with(|| {
                let run = runs.get(before as usize).and_then(Option::as_ref).map(|run| TakenUp {
                    apart: true,
                    records: 0,
                    ..run.clone()
                });
                runs.push(run);
                u32::try_from(runs.len() - 1).unwrap_or(u32::MAX)
            });
            record.run = index;
            runs.get_mut(index as usize).into_iter().flatten().for_each(|run| run.records += 1);
        }
        self.memory.catalog.runs = runs;
        self.add_segment(name, stored)?;
        kept.sort_unstable();
        self.store(kept.len() as u64, kept.into_iter().map(Ok))?;
        self.close()?;
        Ok(of_person)
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
        let counts = |record: &SegmentRecord| runs.get(record.run as usize).is_some_and(Option::is_some);
        let kept = merged(sources.collect::<Result<_, _>>()?).filter(|record| record.as_ref().map_or(true, counts));
        self.store(most, kept)
    }

    /// Stores sorted records as a new segment.
    fn store(
        &mut self,
        most: u64,
        records: impl Iterator<Item = Result<SegmentRecord, MemoryError>>,
    ) -> Result<(), MemoryError> {
        let name = self.reserve_name();
        let stored = segment::write(&self.dir.join(&name), most, records)?;
        self.add_segment(name, stored)
    }

    fn reserve_name(&mut self) -> String {
        self.memory.catalog.next += 1;
        format!("segment-{:08}", self.memory.catalog.next - 1)
    }

    fn add_segment(&mut self, name: String, records: u64) -> Result<(), MemoryError> {
        let path = self.dir.join(&name);
        if records == 0 {
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
