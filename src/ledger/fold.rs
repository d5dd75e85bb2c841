//! Folds the facts about a row into its status. Pure; the order of the facts does not matter.

use crate::model::{RowStatus, State};

use super::{Fact, Recorded};

/// The status of a row, from all facts about it in any order.
///
/// An attempt that was accepted wins over everything. Else the highest attempt decides: with a reply, by the reply; with
/// an intent alone it is `sending`, which readers report as `unknown` if no process works on the run. A row that was certainly not
/// sent and was then excluded is excluded until a later attempt.
///
/// Doubt stays: if an earlier attempt may have arrived, a later attempt that was certainly not sent leaves the row `unknown`, so
/// that a plain `retry` does not send it twice. A later attempt that the API rejected makes the row `rejected`, with
/// [`doubt`](RowStatus::doubt) set.
///
/// A withdrawn attempt does not count: the row is what it was before. An attempt that was certainly not sent and may be tried
/// again leaves a `rejected` row as it is, so that only `retry --rejected` sends it.
///
/// ```
/// use rowcast::ledger::{fold, Fact};
/// use rowcast::model::{Addressee, RowNumber, State};
/// let intent = Fact::Intent { row: RowNumber(7), attempt: 1, asked: false, to: Addressee::default(), at_ms: 0 };
/// assert_eq!(fold(&[]).state, State::Pending);
/// assert_eq!(fold(&[intent]).state, State::Sending);
/// ```
pub fn fold(facts: &[Fact]) -> RowStatus {
    let evidence: Vec<Evidence> = facts.iter().map(Evidence::of).collect();
    let Decision { state, attempts, last_attempt, by, doubt } = decide(&evidence);
    let mut standing = RowStatus { state, attempts, last_attempt, doubt, ..RowStatus::UNTOUCHED };
    let left = matches!(by, Some(DecidedBy::Excluded(_)));
    if let Some(DecidedBy::Attempt(attempt) | DecidedBy::Excluded(Some(attempt))) = by {
        let reply = facts.iter().find_map(|fact| match fact {
            Fact::Reply { attempt: of, recorded, .. } if *of == attempt => Some(recorded),
            _ => None,
        });
        standing.answer = reply.map(|recorded| recorded.answer.clone());
        standing.took_ms = reply.map(|recorded| recorded.ms);
        let intent = facts.iter().find_map(|fact| match fact {
            Fact::Intent { attempt: of, at_ms, to, .. } if *of == attempt => Some((*at_ms, to)),
            _ => None,
        });
        standing.sent_at_ms = intent.map(|(at_ms, _)| at_ms);
        standing.recipient = intent.and_then(|(_, to)| to.recipient.clone());
    }
    if left {
        let all = facts.iter().filter_map(|fact| match fact {
            Fact::Excluded { attempt, exclusion, .. } => Some((*attempt, exclusion)),
            _ => None,
        });
        standing.exclusion = all.max_by_key(|(attempt, _)| *attempt).map(|(_, exclusion)| exclusion.clone());
    }
    standing
}

/// Whether an attempt arrived, by the facts about its row: `None` if it certainly did not, `Some(true)` if nobody knows. An answer
/// that refuses it says nothing about the others.
pub(super) fn arrival<'f>(attempt: u32, facts: impl IntoIterator<Item = &'f Fact>) -> Option<bool> {
    let reply = facts.into_iter().find_map(|fact| match fact {
        Fact::Reply { attempt: of, recorded, .. } if *of == attempt => Some(recorded),
        _ => None,
    });
    match reply.map_or(State::Unknown, |recorded| if recorded.withdrawn { State::Pending } else { state_of(recorded) })
    {
        State::Accepted | State::Held => Some(false),
        State::Unknown => Some(true),
        _ => None,
    }
}

/// The session of the attempt that decides where a row stands, by the facts about the row with their sessions.
pub fn deciding_session(facts: &[(i64, Fact)]) -> Option<i64> {
    let evidence: Vec<Evidence> = facts.iter().map(|(_, fact)| Evidence::of(fact)).collect();
    let (DecidedBy::Attempt(attempt) | DecidedBy::Excluded(Some(attempt))) = decide(&evidence).by? else { return None };
    let intent = |fact: &Fact| matches!(fact, Fact::Intent { .. }) && fact.attempt() == attempt;
    facts.iter().find(|(_, fact)| intent(fact)).map(|(session, _)| *session)
}

/// What of a fact decides the state of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Evidence {
    attempt: u32,
    kind: EvidenceKind,
}

/// The kinds of evidence, with the state that each would give alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EvidenceKind {
    Excluded(State),
    Intent,
    Reply(State),
    /// The attempt was not made.
    Withdrawn,
}

impl Evidence {
    fn of(fact: &Fact) -> Self {
        let kind = match fact {
            Fact::Excluded { exclusion, .. } => EvidenceKind::Excluded(exclusion.state),
            Fact::Intent { .. } => EvidenceKind::Intent,
            Fact::Reply { recorded, .. } if recorded.withdrawn => EvidenceKind::Withdrawn,
            Fact::Reply { recorded, .. } => EvidenceKind::Reply(state_of(recorded)),
        };
        Self { attempt: fact.attempt(), kind }
    }
}

/// What the evidence about a row comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decision {
    state: State,
    attempts: u32,
    last_attempt: u32,
    /// What decided the state. `None` if there is no evidence.
    by: Option<DecidedBy>,
    /// Of some attempt nobody knows whether it arrived.
    doubt: bool,
}

/// What decides the state of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DecidedBy {
    /// An attempt.
    Attempt(u32),
    /// The row was left out, after this attempt, if there was one.
    Excluded(Option<u32>),
}

/// Where a row stands by the evidence about it, in any order.
fn decide(evidence: &[Evidence]) -> Decision {
    let withdrawn = |attempt| evidence.contains(&Evidence { attempt, kind: EvidenceKind::Withdrawn });
    if evidence.iter().all(|item| item.kind != EvidenceKind::Withdrawn) {
        return decide_by_made(evidence);
    }
    let made =
        evidence.iter().filter(|item| matches!(item.kind, EvidenceKind::Excluded(_)) || !withdrawn(item.attempt));
    Decision { last_attempt: highest(evidence).unwrap_or(0), ..decide_by_made(&made.copied().collect::<Vec<_>>()) }
}

/// The highest number of an attempt.
fn highest(evidence: &[Evidence]) -> Option<u32> {
    evidence.iter().filter(|item| !matches!(item.kind, EvidenceKind::Excluded(_))).map(|item| item.attempt).max()
}

/// The same where every attempt was made.
fn decide_by_made(evidence: &[Evidence]) -> Decision {
    let replies = || {
        evidence.iter().filter_map(|item| match item.kind {
            EvidenceKind::Reply(state) => Some((item.attempt, state)),
            EvidenceKind::Excluded(_) | EvidenceKind::Intent | EvidenceKind::Withdrawn => None,
        })
    };
    let last_attempt = highest(evidence);
    let is_accepted = |state| matches!(state, State::Accepted | State::Held);
    let accepted = replies().filter(|(_, state)| is_accepted(*state)).map(|(attempt, _)| attempt).min();
    let not_sent =
        |attempt: u32| replies().any(|(of, state)| of == attempt && matches!(state, State::Failed | State::Pending));
    let intents = || evidence.iter().filter(|item| item.kind == EvidenceKind::Intent).map(|item| item.attempt);
    let attempts = u32::try_from(intents().count()).unwrap_or(u32::MAX);
    let in_doubt = intents()
        .filter(|attempt| replies().find(|(of, _)| of == attempt).is_none_or(|(_, state)| state == State::Unknown))
        .max();
    let doubt = in_doubt.is_some();
    let last = last_attempt.map(|last| if not_sent(last) { in_doubt.unwrap_or(last) } else { last });
    // An attempt that was to be tried again says nothing of a refusal before it.
    let to_be_tried_again = |attempt: u32| replies().any(|reply| reply == (attempt, State::Pending));
    let told = evidence
        .iter()
        .filter(|item| !matches!(item.kind, EvidenceKind::Excluded(_)) && !to_be_tried_again(item.attempt));
    let told = told.map(|item| item.attempt).max();
    let refused = told.filter(|told| replies().any(|reply| reply == (*told, State::Rejected)));
    let attempt = accepted.or(refused).or(last);
    let state = attempt.map_or(State::Pending, |attempt| {
        replies().find(|(of, _)| *of == attempt).map_or(State::Sending, |(_, state)| state)
    });
    let left = evidence.iter().filter_map(|item| match item.kind {
        EvidenceKind::Excluded(state) => Some((item.attempt, state)),
        EvidenceKind::Intent | EvidenceKind::Reply(_) | EvidenceKind::Withdrawn => None,
    });
    let last_attempt = last_attempt.unwrap_or(0);
    // A row that was certainly not sent when it was left out has attempts, but none after that.
    match left.max_by_key(|(attempt, _)| *attempt) {
        Some((after, left)) if matches!(state, State::Pending | State::Failed) && after >= last_attempt => {
            Decision { state: left, attempts, last_attempt, by: Some(DecidedBy::Excluded(attempt)), doubt }
        }
        _ => Decision { state, attempts, last_attempt, by: attempt.map(DecidedBy::Attempt), doubt },
    }
}

/// A row whose attempt was certainly not sent waits for the next one, unless there is none.
fn state_of(Recorded { answer, last, .. }: &Recorded) -> State {
    if answer.reply.proves_not_sent() && !last { State::Pending } else { answer.reply.state() }
}

#[cfg(test)]
mod tests;
