//! What other runs of the project have sent: asked for every row before anything is sent.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::memory::{ClaimMarks, KnownMessage, Memory, MemoryError, MessageKey};
use crate::model::{Addressee, Request, RowKeys, SentBefore};

/// The messages that other runs have sent, as one run asks for them.
#[derive(Debug)]
pub struct PriorMessages {
    memory: Memory,
    rule: PriorRule,
    /// The run that asks: what it has sent itself is no message of another run.
    except: Option<String>,
    marks: ClaimMarks,
}

/// What of a row may be sent only once, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriorRule {
    /// What a row is asked for.
    pub asked: AskedFor,
    /// What was sent last before this time, in Unix milliseconds, may be sent again.
    pub not_before: Option<i64>,
    /// The user wants all rows sent again: they are counted and not left out.
    pub again: bool,
}

/// What tells that a row was sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedFor {
    /// The person has the message.
    Message,
    /// The row's `once` key was sent.
    Key,
    /// Nothing: each run sends its whole list.
    Nothing,
}

impl PriorRule {
    /// The key by which a row is asked for, unless nobody is asked.
    pub(in crate::run) fn key(self, person: Option<&str>, keys: RowKeys) -> Option<MessageKey> {
        match self.asked {
            AskedFor::Message => Some(MessageKey::of_message(person?, keys.message?)),
            AskedFor::Key => keys.once.map(MessageKey::of_once),
            AskedFor::Nothing => None,
        }
    }

    /// What leaves the row out, if anything does.
    pub(in crate::run) fn counts(self, known: &KnownMessage) -> bool {
        self.not_before.is_none_or(|not_before| known.latest_ms >= not_before)
    }
}

/// All keys under which what was sent is remembered.
pub fn remembered_keys(to: &Addressee) -> impl Iterator<Item = MessageKey> {
    let message = to.person.as_deref().zip(to.keys.message);
    let message = message.map(|(person, message)| MessageKey::of_message(person, message));
    message.into_iter().chain(to.keys.once.map(MessageKey::of_once))
}

impl PriorMessages {
    /// What `memory` knows of other runs than `except`. `marks` were taken before the runs were taken up.
    pub fn new(memory: Memory, rule: PriorRule, except: Option<String>, mut marks: ClaimMarks) -> Self {
        marks.asked(&memory);
        Self { memory, rule, except, marks }
    }

    /// Where a session that was checked by this has to begin to read the claims of others.
    pub fn marks(&self) -> ClaimMarks {
        self.marks.clone()
    }

    /// The rule by which rows are left out.
    pub fn rule(&self) -> PriorRule {
        self.rule
    }

    /// Who has sent the same before, if somebody has and it counts. `nth` is the number of this message among equal ones of the
    /// list.
    pub(super) fn of(&self, request: &Request, nth: u32) -> Result<Option<SentBefore>, MemoryError> {
        let keys = RowKeys { message: request.keys.message.map(|message| message.nth(nth)), ..request.keys };
        let Some(key) = self.rule.key(request.draft.lane.as_deref(), keys) else { return Ok(None) };
        let known = self.memory.look(&key, self.except.as_deref())?;
        Ok(known.filter(|known| self.rule.counts(known)).map(|known| sent_before(&known)))
    }
}

/// What is told of a message that is known.
pub(in crate::run) fn sent_before(known: &KnownMessage) -> SentBefore {
    let first = &known.first;
    let at = Timestamp::from_millisecond(first.at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    SentBefore { run: first.run.clone(), row: first.row, at, doubt: first.doubt }
}

/// The rows of a list that other runs have sent.
#[derive(Debug, Clone, Default)]
pub struct PriorCounts {
    /// By run.
    pub runs: BTreeMap<String, PriorRows>,
}

/// The rows that one run has sent.
#[derive(Debug, Clone)]
pub struct PriorRows {
    /// How many.
    pub rows: u64,
    /// How many of them may not have arrived.
    pub doubt: u64,
    /// The first of those.
    pub first_doubt: Option<SentBefore>,
    /// The one that was sent first.
    pub first: SentBefore,
    /// How many were sent more than a day ago.
    pub old: u64,
}

impl PriorCounts {
    /// Counts a row.
    pub(super) fn add(&mut self, sent: &SentBefore, day_ago: Timestamp) {
        let of_run = self.runs.entry(sent.run.clone()).or_insert_with(|| PriorRows {
            rows: 0,
            doubt: 0,
            first_doubt: None,
            first: sent.clone(),
            old: 0,
        });
        of_run.rows += 1;
        of_run.old += u64::from(sent.at < day_ago);
        if sent.at < of_run.first.at {
            of_run.first = sent.clone();
        }
        if sent.doubt {
            of_run.doubt += 1;
            of_run.first_doubt.get_or_insert_with(|| sent.clone());
        }
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.runs.values().map(|of_run| of_run.rows).sum()
    }

    /// Rows in doubt.
    pub fn doubt(&self) -> u64 {
        self.runs.values().map(|of_run| of_run.doubt).sum()
    }

    /// Rows that were sent more than a day ago.
    pub fn old(&self) -> u64 {
        self.runs.values().map(|of_run| of_run.old).sum()
    }

    /// The row that was sent first.
    pub fn first(&self) -> Option<&SentBefore> {
        self.runs.values().map(|of_run| &of_run.first).min_by_key(|first| first.at)
    }
}
