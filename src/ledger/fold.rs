//! From the facts about a row to where it stands. Pure, and the same whatever the order of the facts.

use crate::model::{RowStatus, State};

use super::{Fact, Recorded};

/// Where a row stands, from all facts about it in any order.
///
/// An attempt that was accepted wins over everything. Else the highest attempt decides: with a reply, by the reply; with
/// a bare intent it is `sending`, which a reader of a run that nobody works on reports as `unknown`. A row that was certainly
/// not sent and was left out then counts as that until a later attempt.
///
/// Doubt stays doubt: a later attempt that was certainly not sent says nothing about an earlier one that may have been,
/// and the row stays `unknown` for those who rerun what was certainly not sent. One that was refused makes it `rejected`, and
/// the doubt stays beside that.
///
/// An attempt that was withdrawn before it was sent was none: without it, the row is what it was before. One that was certainly
/// not sent and was to be tried again leaves a refusal what it is, too: it is taken again by name alone.
///
/// ```
/// use rowcast::ledger::{fold, Fact};
/// use rowcast::model::{Addressee, RowNumber, State};
/// let intent = Fact::Intent { row: RowNumber(7), attempt: 1, asked: false, to: Addressee::default(), at_ms: 0 };
/// assert_eq!(fold(&[]).state, State::Pending);
/// assert_eq!(fold(&[intent]).state, State::Sending);
/// ```
pub fn fold(facts: &[Fact]) -> RowStatus {
    let signs: Vec<Sign> = facts.iter().map(Sign::of).collect();
    let Decision { state, attempts, last_attempt, by, doubt } = decide(&signs);
    let mut status = RowStatus { state, attempts, last_attempt, doubt, ..RowStatus::UNTOUCHED };
    let left = matches!(by, Some(By::Excluded(_)));
    if let Some(By::Attempt(attempt) | By::Excluded(Some(attempt))) = by {
        let reply = facts.iter().find_map(|fact| match fact {
            Fact::Reply { attempt: of, recorded, .. } if *of == attempt => Some(recorded),
            _ => None,
        });
        status.answer = reply.map(|recorded| recorded.answer.clone());
        status.took_ms = reply.map(|recorded| recorded.ms);
        let intent = facts.iter().find_map(|fact| match fact {
            Fact::Intent { attempt: of, at_ms, to, .. } if *of == attempt => Some((*at_ms, to)),
            _ => None,
        });
        status.sent_at_ms = intent.map(|(at_ms, _)| at_ms);
        status.recipient = intent.and_then(|(_, to)| to.recipient.clone());
    }
    if left {
        let all = facts.iter().filter_map(|fact| match fact {
            Fact::Excluded { attempt, left, .. } => Some((*attempt, left)),
            _ => None,
        });
        status.left = all.max_by_key(|(attempt, _)| *attempt).map(|(_, left)| left.clone());
    }
    status
}

/// Whether an attempt arrived or may have, by the facts about its row. An answer that refuses it says nothing about the others.
pub(super) fn may_have_arrived<'f>(attempt: u32, facts: impl IntoIterator<Item = &'f Fact>) -> bool {
    let reply = facts.into_iter().find_map(|fact| match fact {
        Fact::Reply { attempt: of, recorded, .. } if *of == attempt => Some(recorded),
        _ => None,
    });
    reply.is_none_or(|recorded| {
        !recorded.withdrawn && matches!(state_of(recorded), State::Accepted | State::Held | State::Unknown)
    })
}

/// The session of the attempt that decides where a row stands, by the facts about the row with their sessions.
pub fn deciding_session(facts: &[(i64, Fact)]) -> Option<i64> {
    let signs: Vec<Sign> = facts.iter().map(|(_, fact)| Sign::of(fact)).collect();
    let (By::Attempt(attempt) | By::Excluded(Some(attempt))) = decide(&signs).by? else { return None };
    let intent = |fact: &Fact| matches!(fact, Fact::Intent { .. }) && fact.attempt() == attempt;
    facts.iter().find(|(_, fact)| intent(fact)).map(|(session, _)| *session)
}

/// What of a fact decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) attempt: u32,
    pub(super) what: What,
}

/// The kinds of facts, with the state that each would give by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Excluded(State),
    Intent,
    Reply(State),
    /// The attempt was not made.
    Withdrawn,
}

impl Sign {
    fn of(fact: &Fact) -> Self {
        let what = match fact {
            Fact::Excluded { left, .. } => What::Excluded(left.state),
            Fact::Intent { .. } => What::Intent,
            Fact::Reply { recorded, .. } if recorded.withdrawn => What::Withdrawn,
            Fact::Reply { recorded, .. } => What::Reply(state_of(recorded)),
        };
        Self { attempt: fact.attempt(), what }
    }
}

/// What signs come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) state: State,
    pub(super) attempts: u32,
    pub(super) last_attempt: u32,
    /// What the state is of; nothing if there is no sign.
    pub(super) by: Option<By>,
    /// Of some attempt nobody knows whether it arrived.
    pub(super) doubt: bool,
}

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// An attempt.
    Attempt(u32),
    /// The row was left out, after this attempt, if there was one.
    Excluded(Option<u32>),
}

/// Where a row stands by its signs, in any order.
pub(super) fn decide(signs: &[Sign]) -> Decision {
    let withdrawn = |attempt| signs.contains(&Sign { attempt, what: What::Withdrawn });
    if signs.iter().all(|sign| sign.what != What::Withdrawn) {
        return decide_by_made(signs);
    }
    let made = signs.iter().filter(|sign| matches!(sign.what, What::Excluded(_)) || !withdrawn(sign.attempt));
    Decision { last_attempt: highest(signs).unwrap_or(0), ..decide_by_made(&made.copied().collect::<Vec<_>>()) }
}

/// The highest number of an attempt.
fn highest(signs: &[Sign]) -> Option<u32> {
    signs.iter().filter(|sign| !matches!(sign.what, What::Excluded(_))).map(|sign| sign.attempt).max()
}

/// The same where every attempt was made.
fn decide_by_made(signs: &[Sign]) -> Decision {
    let replies = || {
        signs.iter().filter_map(|sign| match sign.what {
            What::Reply(state) => Some((sign.attempt, state)),
            What::Excluded(_) | What::Intent | What::Withdrawn => None,
        })
    };
    let last_attempt = highest(signs);
    let is_accepted = |state| matches!(state, State::Accepted | State::Held);
    let accepted = replies().filter(|(_, state)| is_accepted(*state)).map(|(attempt, _)| attempt).min();
    let not_sent =
        |attempt: u32| replies().any(|(of, state)| of == attempt && matches!(state, State::Failed | State::Pending));
    let intents = || signs.iter().filter(|sign| sign.what == What::Intent).map(|sign| sign.attempt);
    let attempts = u32::try_from(intents().count()).unwrap_or(u32::MAX);
    let in_doubt = intents()
        .filter(|attempt| replies().find(|(of, _)| of == attempt).is_none_or(|(_, state)| state == State::Unknown))
        .max();
    let doubt = in_doubt.is_some();
    let last = last_attempt.map(|last| if not_sent(last) { in_doubt.unwrap_or(last) } else { last });
    // What was to be tried again says nothing of a refusal before it.
    let to_be_tried_again = |attempt: u32| replies().any(|reply| reply == (attempt, State::Pending));
    let told = signs.iter().filter(|sign| !matches!(sign.what, What::Excluded(_)) && !to_be_tried_again(sign.attempt));
    let told = told.map(|sign| sign.attempt).max();
    let refused = told.filter(|told| replies().any(|reply| reply == (*told, State::Rejected)));
    let attempt = accepted.or(refused).or(last);
    let state = attempt.map_or(State::Pending, |attempt| {
        replies().find(|(of, _)| *of == attempt).map_or(State::Sending, |(_, state)| state)
    });
    let left = signs.iter().filter_map(|sign| match sign.what {
        What::Excluded(state) => Some((sign.attempt, state)),
        What::Intent | What::Reply(_) | What::Withdrawn => None,
    });
    let last_attempt = last_attempt.unwrap_or(0);
    // A row that was certainly not sent when it was left out has attempts, but none after that.
    match left.max_by_key(|(attempt, _)| *attempt) {
        Some((after, left)) if matches!(state, State::Pending | State::Failed) && after >= last_attempt => {
            Decision { state: left, attempts, last_attempt, by: Some(By::Excluded(attempt)), doubt }
        }
        _ => Decision { state, attempts, last_attempt, by: attempt.map(By::Attempt), doubt },
    }
}

fn state_of(recorded: &Recorded) -> State {
    state_of_reply(recorded.answer.reply.state(), recorded.answer.reply.proves_not_sent(), recorded.last)
}

/// A row whose attempt was certainly not sent waits for the next one, unless there is none.
pub(super) fn state_of_reply(state: State, proves_not_sent: bool, last: bool) -> State {
    if proves_not_sent && !last { State::Pending } else { state }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Addressee, Exclusion, Reply, RowNumber, Scope};

    const ROW: RowNumber = RowNumber(1);

    /// Each attempt goes to somebody else.
    fn to(attempt: u32) -> Addressee {
        Addressee { recipient: Some(format!("+49{attempt}").into()), ..Addressee::default() }
    }

    fn intent(attempt: u32) -> Fact {
        Fact::Intent { row: ROW, attempt, asked: false, to: to(attempt), at_ms: i64::from(attempt) }
    }

    fn reply(attempt: u32, reply: Reply, last: bool) -> Fact {
        let recorded = Box::new(Recorded::new(reply.into(), last, Duration::from_millis(5)));
        Fact::Reply { row: ROW, attempt, at_ms: 0, recorded }
    }

    fn accepted() -> Reply {
        Reply::Accepted { id: "m".to_owned(), recipient: None, status: None, held: false }
    }

    fn throttled() -> Reply {
        Reply::Throttled { scope: Scope::Connection, after: None, code: String::new(), message: String::new() }
    }

    fn rejected() -> Reply {
        Reply::Rejected { code: "1".to_owned(), message: String::new() }
    }

    fn unknown() -> Reply {
        Reply::Unknown { reason: "timeout".into(), message: String::new() }
    }

    fn withdrawn(attempt: u32) -> Fact {
        Fact::Reply { row: ROW, attempt, at_ms: 0, recorded: Box::new(Recorded::withdrawn("stopped")) }
    }

    fn left(attempt: u32, state: State) -> Fact {
        Fact::Excluded { row: ROW, attempt, left: Exclusion { state, reason: "when".to_owned() } }
    }

    #[test]
    fn the_truth_table() {
        let fatal = Reply::Fatal { code: "190".to_owned(), message: String::new() };
        for (facts, state) in [
            (vec![], State::Pending),
            (vec![intent(1)], State::Sending),
            (vec![intent(1), reply(1, accepted(), true)], State::Accepted),
            (vec![intent(1), reply(1, rejected(), true)], State::Rejected),
            (vec![intent(1), reply(1, fatal, true)], State::Failed),
            (vec![intent(1), reply(1, unknown(), true)], State::Unknown),
            (vec![intent(1), reply(1, throttled(), false)], State::Pending),
            (vec![intent(1), reply(1, throttled(), true)], State::Failed),
            (vec![intent(1), reply(1, throttled(), false), intent(2)], State::Sending),
            (vec![intent(1), reply(1, unknown(), true), intent(2), reply(2, throttled(), true)], State::Unknown),
            (vec![intent(1), reply(1, unknown(), true), intent(2), reply(2, throttled(), false)], State::Unknown),
            (vec![intent(1), reply(1, unknown(), true), intent(2)], State::Sending),
            (vec![intent(1), intent(2), reply(2, throttled(), true)], State::Sending),
            (vec![intent(1), reply(1, throttled(), true), intent(2), reply(2, throttled(), true)], State::Failed),
            (vec![intent(1), reply(1, accepted(), true), intent(2), reply(2, unknown(), true)], State::Accepted),
            (vec![left(0, State::Skipped)], State::Skipped),
            (vec![left(0, State::Invalid), intent(1), reply(1, accepted(), true)], State::Accepted),
            (vec![intent(1), reply(1, throttled(), false), left(1, State::Skipped)], State::Skipped),
            (vec![intent(1), reply(1, throttled(), true), left(1, State::Skipped)], State::Skipped),
            (vec![intent(1), reply(1, throttled(), true), left(0, State::Skipped)], State::Failed),
            (vec![intent(1), reply(1, unknown(), true), left(1, State::Skipped)], State::Unknown),
            (vec![intent(1), left(1, State::Skipped)], State::Sending),
            (vec![intent(1), reply(1, rejected(), true), left(1, State::Skipped)], State::Rejected),
            (vec![intent(1), reply(1, unknown(), true), intent(2), reply(2, rejected(), true)], State::Rejected),
            (vec![intent(1), intent(2), reply(2, rejected(), true)], State::Rejected),
            (vec![intent(1), reply(1, rejected(), true), intent(2), reply(2, throttled(), true)], State::Failed),
            (vec![intent(1), reply(1, rejected(), true), intent(2), reply(2, throttled(), false)], State::Rejected),
            (vec![intent(1), reply(1, rejected(), true), intent(2)], State::Sending),
        ] {
            assert_eq!(fold(&facts).state, state, "{facts:?}");
        }
    }

    #[test]
    fn an_attempt_that_was_withdrawn_was_none() {
        for facts in [
            vec![],
            vec![left(0, State::Invalid)],
            vec![intent(1), reply(1, rejected(), true)],
            vec![intent(1), reply(1, unknown(), true)],
            vec![intent(1), reply(1, throttled(), true)],
            vec![intent(1), reply(1, throttled(), false)],
            vec![intent(1), reply(1, unknown(), true), intent(2), reply(2, rejected(), true)],
        ] {
            let before = fold(&facts);
            let attempt = before.last_attempt + 1;
            let after = fold(&[facts.as_slice(), &[intent(attempt), withdrawn(attempt)]].concat());
            assert_eq!(after, RowStatus { last_attempt: attempt, ..before }, "{facts:?}");
        }
        let further = [intent(1), withdrawn(1), intent(2), reply(2, accepted(), true)];
        assert_eq!((fold(&further).attempts, fold(&further).last_attempt), (1, 2));
        // Left out after it, the row is left out.
        assert_eq!(fold(&[intent(1), withdrawn(1), left(1, State::Skipped)]).state, State::Skipped);
    }

    #[test]
    fn a_refusal_lifts_no_doubt() {
        for (facts, doubt, hidden) in [
            (vec![], false, false),
            (vec![intent(1)], true, false),
            (vec![intent(1), reply(1, unknown(), true)], true, false),
            (vec![intent(1), reply(1, rejected(), true)], false, false),
            (vec![intent(1), reply(1, unknown(), true), intent(2), reply(2, rejected(), true)], true, true),
            (vec![intent(1), intent(2), reply(2, rejected(), true)], true, true),
            (vec![intent(1), reply(1, unknown(), true), intent(2), reply(2, accepted(), true)], true, false),
        ] {
            let status = fold(&facts);
            assert_eq!((status.doubt, status.hides_doubt()), (doubt, hidden), "{facts:?}");
        }
        // Not even when a later attempt was certainly not sent.
        let refused = [intent(1), reply(1, unknown(), true), intent(2), reply(2, rejected(), true)];
        let busy = [refused.as_slice(), &[intent(3), reply(3, throttled(), true)]].concat();
        assert_eq!((fold(&busy).state, fold(&busy).doubt), (State::Unknown, true));
    }

    #[test]
    fn each_attempt_arrives_or_not_for_itself() {
        let facts = [
            vec![intent(1), reply(1, unknown(), true)],
            vec![intent(2), reply(2, rejected(), true)],
            vec![intent(3), reply(3, throttled(), false)],
            vec![intent(4), withdrawn(4)],
            vec![intent(5), reply(5, accepted(), true), intent(6)],
        ];
        let facts = facts.concat();
        assert_eq!(
            [1, 2, 3, 4, 5, 6].map(|attempt| may_have_arrived(attempt, &facts)),
            [true, false, false, false, true, true]
        );
    }

    #[test]
    fn the_recipient_is_that_of_the_attempt_that_decides() {
        let facts = [intent(1), reply(1, unknown(), true), intent(2), reply(2, rejected(), true)];
        assert_eq!(fold(&facts).recipient.as_deref(), Some("+492"));
        assert_eq!(
            fold(&[&facts[..], &[intent(3), reply(3, throttled(), true)]].concat()).recipient.as_deref(),
            Some("+491")
        );
        assert_eq!(fold(&[left(0, State::Skipped)]).recipient, None);
    }

    fn any_fact() -> impl Strategy<Value = Fact> {
        let any_reply = prop_oneof![Just(accepted()), Just(rejected()), Just(throttled()), Just(unknown())];
        prop_oneof![
            (1..4_u32).prop_map(intent),
            (1..4_u32, any_reply, any::<bool>()).prop_map(|(attempt, said, last)| reply(attempt, said, last)),
            (1..4_u32).prop_map(withdrawn),
            (0..4_u32).prop_map(|attempt| left(attempt, State::Skipped)),
        ]
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_doubt_is_never_pending(facts in proptest::collection::vec(any_fact(), 0..8), seed in any::<u64>()) {
            // The table's key allows one fact of a kind per attempt.
            let mut unique: Vec<Fact> = Vec::new();
            for fact in facts {
                if !unique.iter().any(|other| (other.attempt(), other.kind()) == (fact.attempt(), fact.kind())) {
                    unique.push(fact);
                }
            }
            let status = fold(&unique);
            let mut shuffled = unique.clone();
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            prop_assert_eq!(&fold(&shuffled), &status);

            let has_accepted = unique.iter().any(|fact| matches!(fact, Fact::Reply { recorded, .. } if matches!(recorded.answer.reply, Reply::Accepted { .. })));
            prop_assert_eq!(has_accepted, status.state == State::Accepted);
            let is_withdrawn = |fact: &Fact| matches!(fact, Fact::Reply { recorded, .. } if recorded.withdrawn);
            let was_made = |fact: &&Fact| !unique.iter().any(|other| other.attempt() == fact.attempt() && is_withdrawn(other));
            let highest = unique.iter().filter(|fact| fact.kind() != 0).filter(was_made).map(Fact::attempt).max().unwrap_or(0);
            let bare = unique.iter().any(|fact| fact.attempt() == highest && fact.kind() == 1)
                && !unique.iter().any(|fact| fact.attempt() == highest && fact.kind() == 2);
            if bare && !has_accepted {
                prop_assert_eq!(status.state, State::Sending);
            }
            let doubt = unique.iter().any(|fact| matches!(fact, Fact::Reply { recorded, .. } if matches!(recorded.answer.reply, Reply::Unknown { .. })))
                && unique.iter().all(|fact| fact.kind() != 2 || unique.iter().any(|i| (i.attempt(), i.kind()) == (fact.attempt(), 1)));
            if doubt {
                prop_assert!(status.doubt, "{:?}", status);
                prop_assert!(!matches!(status.state, State::Pending | State::Failed | State::Skipped), "{:?}", status);
            }
        }
    }
}
