//! The claims of a session: no two runs that work at the same time send the same message to a person.
//!
//! A claim is taken before the intent is stored, in the rhythm of the group commit, and given back when the row was certainly not
//! sent.

use std::collections::{HashMap, HashSet};

use crate::exec::ExecEvent;
use crate::memory::{Claims, MemoryError, MessageClaim, MessageKey, Taken};
use crate::model::{Addressee, RowNumber, Skip, State};
use crate::run::check::prior::{PriorRule, remembered_keys, sent_before};

/// How often claims of processes that died are taken up before the session gives up.
const TRIES: usize = 3;

/// Takes up the runs of processes that have died. The error is for people.
pub(crate) type TakeUp = Box<dyn FnMut() -> Result<(), String> + Send>;

/// The claims of a session.
pub struct SessionClaims {
    claims: Claims,
    rule: PriorRule,
    take_up: TakeUp,
    /// The keys of the rows in flight.
    held: HashMap<RowNumber, Vec<MessageKey>>,
}

impl SessionClaims {
    /// Takes claims with `claims`, by `rule`.
    pub fn new(claims: Claims, rule: PriorRule, take_up: TakeUp) -> Self {
        Self { claims, rule, take_up, held: HashMap::new() }
    }

    /// Ends the claims. The run's ledger was taken up by the memory before.
    pub fn end(self) -> Result<(), MemoryError> {
        self.claims.end()
    }

    /// Claims the messages of the rows that are about to be sent. Returns the rows that another run has sent or is sending, each with
    /// its reason.
    ///
    /// # Errors
    /// In words for people: the memory cannot be used, so nothing of the group may be sent.
    pub(super) fn take(&mut self, group: &[ExecEvent]) -> Result<HashMap<RowNumber, String>, String> {
        let mut wanted = Vec::new();
        for event in group {
            if let ExecEvent::Starting { row, to, .. } = event
                && !self.held.contains_key(row)
            {
                let keys = self.keys(to);
                wanted.extend(keys.iter().map(|(key, asks)| MessageClaim { key: *key, row: *row, asks: *asks }));
                self.held.insert(*row, keys.into_iter().map(|(key, _)| key).collect());
            }
        }
        let mut reasons = HashMap::new();
        // What a process that died has claimed is in its ledger, or was never sent.
        for _ in 0..TRIES {
            let of_the_dead = self.take_wanted(&wanted, &mut reasons).map_err(|error| error.to_string())?;
            wanted.retain(|claim| of_the_dead.contains(&claim.row));
            if wanted.is_empty() {
                return Ok(reasons);
            }
            (self.take_up)()?;
        }
        Err("the messages of a run whose process has died cannot be taken up; run `rowcast runs` to see which"
            .to_owned())
    }

    fn take_wanted(
        &mut self,
        wanted: &[MessageClaim],
        reasons: &mut HashMap<RowNumber, String>,
    ) -> Result<HashSet<RowNumber>, MemoryError> {
        if wanted.is_empty() {
            return Ok(HashSet::new());
        }
        let rule = self.rule;
        let Taken { refused, of_the_dead } = self.claims.take(wanted, |known| rule.counts(known))?;
        for (row, known) in refused {
            reasons.insert(row, Skip::Once { by: Some(sent_before(&known)) }.to_string());
            self.held.remove(&row);
        }
        Ok(of_the_dead)
    }

    /// Gives back the claims of rows that were certainly not sent. Called once their outcomes are stored.
    pub(super) fn settle(&mut self, group: &[ExecEvent]) -> Result<(), MemoryError> {
        let mut released = Vec::new();
        for event in group {
            let (row, sent) = match event {
                ExecEvent::Finished { row, state, .. } => (row, !matches!(state, State::Failed | State::Rejected)),
                // A row that waits for its next attempt claims again: nothing is kept that is not in flight, so that claims older than
                // the last group are in the ledger.
                ExecEvent::Withdrawn { row, .. } | ExecEvent::Waiting { row, .. } => (row, false),
                _ => continue,
            };
            let Some(keys) = self.held.remove(row) else { continue };
            if !sent {
                released.extend(keys.into_iter().map(|key| (key, *row)));
            }
        }
        if released.is_empty() { Ok(()) } else { self.claims.release(&released) }
    }

    /// The keys under which a row is remembered, each with whether another run that has it keeps the row from being sent.
    fn keys(&self, to: &Addressee) -> Vec<(MessageKey, bool)> {
        let asked = self.rule.key(to.person.as_deref(), to.keys).filter(|_| !self.rule.again);
        remembered_keys(to).map(|key| (key, asked == Some(key))).collect()
    }
}

impl std::fmt::Debug for SessionClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionClaims").field("claims", &self.claims).finish_non_exhaustive()
    }
}
