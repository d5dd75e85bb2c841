//! Claims: of the runs that work at the same time, one sends a message.
//!
//! A session takes a claim before it stores the intent, under a lock that is held for the moment of one group. It sees the claims of all
//! others, because each reads what the others have appended. Whoever ends has been taken up by the memory before, and whoever died is
//! taken up by the next that asks; so a message is found in a claim or in the memory.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::model::RowNumber;

use super::MemoryError;
use super::catalog::Version;
use super::claim_files::{self, ClaimRecord, OtherClaims, before_last_group};
use super::key::{MessageKey, Secret};
use super::memory::{Entry, KnownMessage, Memory};
use super::writer::MemoryWriter;

/// How far the claims of other sessions were stored as intents at some moment. Taken before their runs are taken up.
#[derive(Debug, Clone, Default)]
pub struct ClaimMarks {
    lengths: HashMap<PathBuf, u64>,
    /// The memory that was asked for every row.
    asked: Option<Version>,
}

impl ClaimMarks {
    /// The marks of this moment.
    pub fn now(dir: &Path) -> Self {
        let files = claim_files::list(dir).unwrap_or_default();
        let length = |path: PathBuf| Some((fs::metadata(&path).ok()?.len(), path));
        let lengths = files.into_iter().filter_map(|(_, path)| length(path));
        Self { lengths: lengths.map(|(length, path)| (path, before_last_group(length))).collect(), asked: None }
    }

    /// Says that `memory` was asked for every row that will be claimed, so that only what comes later has to be asked for.
    pub fn asked(&mut self, memory: &Memory) {
        self.asked = Some(memory.version());
    }
}

/// A message that a session is about to send.
#[derive(Debug, Clone, Copy)]
pub struct MessageClaim {
    /// The message.
    pub key: MessageKey,
    /// The row.
    pub row: RowNumber,
    /// Whether the row is left out if another run has the message.
    pub asks: bool,
}

/// What became of claims.
#[derive(Debug, Default)]
pub struct Taken {
    /// The rows that must not be sent, each with who has the message.
    pub refused: Vec<(RowNumber, KnownMessage)>,
    /// Rows whose message was claimed by a process that has died. Its run has to be taken up, then they can be claimed again.
    pub of_the_dead: HashSet<RowNumber>,
}

/// The claims of one session.
#[derive(Debug)]
pub struct Claims {
    dir: PathBuf,
    run: String,
    secret: Secret,
    own: File,
    path: PathBuf,
    marks: ClaimMarks,
    memory: Memory,
    /// The sessions that work at the same time, by their files.
    others: HashMap<PathBuf, OtherClaims>,
}

impl Claims {
    /// Begins the claims of a run's session. `marks` were taken before the runs were taken up that `take` is to find in the memory.
    pub fn begin(dir: &Path, run: &str, marks: ClaimMarks) -> Result<Self, MemoryError> {
        let mut memory = Memory::open(dir)?;
        if memory.secret().is_none() {
            MemoryWriter::begin(dir)?.finish()?;
            memory = Memory::open(dir)?;
        }
        let Some(secret) = memory.secret().cloned() else { return Err(MemoryError::WrongKey(Secret::path(dir))) };
        let (own, path) = claim_files::create(dir, run)?;
        let (dir, run) = (dir.to_owned(), run.to_owned());
        Ok(Self { dir, run, secret, own, path, marks, memory, others: HashMap::new() })
    }

    /// Claims messages, unless another run has them. `counts` says whether what is known keeps a row from being sent.
    pub fn take(
        &mut self,
        claims: &[MessageClaim],
        counts: impl Fn(&KnownMessage) -> bool,
    ) -> Result<Taken, MemoryError> {
        let _lock = claim_files::lock(&self.dir)?;
        let mut taken = Taken::default();
        if claims.iter().any(|claim| claim.asks) {
            self.read_others()?;
            // After the claims: whoever ended in between is found here.
            if !self.memory.is_current() {
                self.memory = Memory::open(&self.dir)?;
            }
            for claim in claims.iter().filter(|claim| claim.asks) {
                self.ask(claim, &counts, &mut taken)?;
            }
        }
        let refused: HashSet<RowNumber> = taken.refused.iter().map(|(row, _)| *row).collect();
        let granted = claims.iter();
        let granted = granted.filter(|claim| !refused.contains(&claim.row) && !taken.of_the_dead.contains(&claim.row));
        let records =
            granted.map(|claim| ClaimRecord { key: self.secret.stored(&claim.key), row: claim.row, taken: true });
        claim_files::append(&mut self.own, records).map_err(MemoryError::io(&self.path))?;
        Ok(taken)
    }

    /// Gives claims back, because their rows were certainly not sent.
    pub fn release(&mut self, claims: &[(MessageKey, RowNumber)]) -> Result<(), MemoryError> {
        let records =
            claims.iter().map(|(key, row)| ClaimRecord { key: self.secret.stored(key), row: *row, taken: false });
        claim_files::append(&mut self.own, records).map_err(MemoryError::io(&self.path))
    }

    /// Ends the claims. What was sent has to be taken up before.
    pub fn end(self) -> Result<(), MemoryError> {
        claim_files::remove(&self.dir, std::slice::from_ref(&self.path))
    }

    fn ask(
        &self,
        claim: &MessageClaim,
        counts: &impl Fn(&KnownMessage) -> bool,
        taken: &mut Taken,
    ) -> Result<(), MemoryError> {
        let stored = self.secret.stored(&claim.key);
        if let Some((other, row)) = self.others.values().find_map(|other| Some((other, other.row(&stored)?))) {
            if claim_files::is_dead(&other.path) {
                taken.of_the_dead.insert(claim.row);
                return Ok(());
            }
            let at_ms = Timestamp::now().as_millisecond();
            let first = Entry { run: other.run.clone(), row, at_ms, doubt: false };
            taken.refused.push((claim.row, KnownMessage { first, latest_ms: at_ms }));
            return Ok(());
        }
        if self.marks.asked != Some(self.memory.version()) {
            let known = self.memory.look(&claim.key, Some(&self.run))?;
            taken.refused.extend(known.filter(counts).map(|known| (claim.row, known)));
        }
        Ok(())
    }

    fn read_others(&mut self) -> Result<(), MemoryError> {
        let folder = claim_files::folder(&self.dir);
        let io = |path: &Path| MemoryError::io(path.to_owned());
        for (run, path) in claim_files::list(&self.dir).map_err(io(&folder))? {
            if path == self.path || self.others.contains_key(&path) {
                continue;
            }
            let from = self.marks.lengths.get(&path).copied().unwrap_or(0);
            self.others.insert(path.clone(), OtherClaims::open(&run, &path, from).map_err(io(&path))?);
        }
        let mut gone = Vec::new();
        for (path, other) in &mut self.others {
            other.read().map_err(io(path))?;
            if !path.exists() {
                gone.push(path.clone());
            }
        }
        // Their runs were taken up before their files were removed.
        self.others.retain(|path, _| !gone.contains(path));
        Ok(())
    }
}
