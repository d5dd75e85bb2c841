//! From the facts about a row to where it stands. Pure, and the same whatever the order of the facts.

use crate::model::{Standing, State};

use super::{Fact, Recorded};

/// Where a row stands, from all facts about it in any order.
///
/// An attempt that was accepted wins over everything. Else the highest attempt decides: with a reply, by the reply; with
/// a bare intent it is `sending`, which a reader of a run that nobody works on reports as `unknown`. A row that was certainly
/// not sent and was left out then counts as that until a later attempt.
///
/// Doubt stays doubt: a later attempt that was certainly not sent says nothing about an earlier one that may have been,
/// and the row stays `unknown` for those who rerun what was certainly not sent.
///
/// ```
/// use rowcast::ledger::{fold, Fact};
/// use rowcast::model::{RowNumber, State};
/// let intent = Fact::Intent { row: RowNumber(7), attempt: 1, asked: false, once: None, at_ms: 0 };
/// assert_eq!(fold(&[]).state, State::Pending);
/// assert_eq!(fold(&[intent]).state, State::Sending);
/// ```
pub fn fold(facts: &[Fact]) -> Standing {
    let mut standing = Standing::UNTOUCHED;
    let replies = || {
        facts.iter().filter_map(|fact| match fact {
            Fact::Reply { attempt, recorded, .. } => Some((*attempt, &**recorded)),
            _ => None,
        })
    };
    let last_attempt = facts.iter().filter(|fact| !matches!(fact, Fact::Left { .. })).map(Fact::attempt).max();
    standing.attempts = last_attempt.unwrap_or(0);
    let accepted = replies().filter(|(_, recorded)| is_accepted(recorded)).map(|(attempt, _)| attempt).min();
    let not_sent = |attempt: u32| {
        replies().any(|(of, recorded)| of == attempt && matches!(state_of(recorded), State::Failed | State::Pending))
    };
    let intents = facts.iter().filter(|fact| matches!(fact, Fact::Intent { .. })).map(Fact::attempt);
    let in_doubt = intents
        .filter(|attempt| replies().find(|(of, _)| of == attempt).is_none_or(|(_, recorded)| is_unknown(recorded)))
        .max();
    let last = last_attempt.map(|last| if not_sent(last) { in_doubt.unwrap_or(last) } else { last });
    if let Some(attempt) = accepted.or(last) {
        let reply = replies().find(|(of, _)| *of == attempt).map(|(_, recorded)| recorded);
        standing.state = reply.map_or(State::Sending, state_of);
        standing.answer = reply.map(|recorded| recorded.answer.clone());
        standing.took_ms = reply.map(|recorded| recorded.ms);
        standing.sent_at_ms = facts.iter().find_map(|fact| match fact {
            Fact::Intent { attempt: of, at_ms, .. } if *of == attempt => Some(*at_ms),
            _ => None,
        });
    }
    let left = facts.iter().filter_map(|fact| match fact {
        Fact::Left { attempt, left, .. } => Some((*attempt, left)),
        _ => None,
    });
    // A row that was certainly not sent when it was left out has attempts, but none after that.
    if let Some((attempt, left)) = left.max_by_key(|(attempt, _)| *attempt)
        && matches!(standing.state, State::Pending | State::Failed)
        && attempt >= standing.attempts
    {
        standing.state = left.state;
        standing.left = Some(left.clone());
    }
    standing
}

fn is_accepted(recorded: &Recorded) -> bool {
    matches!(recorded.answer.reply.state(), State::Accepted | State::Held)
}

fn is_unknown(recorded: &Recorded) -> bool {
    recorded.answer.reply.state() == State::Unknown
}

fn state_of(recorded: &Recorded) -> State {
    let reply = &recorded.answer.reply;
    if reply.proves_not_sent() && !recorded.last { State::Pending } else { reply.state() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Left, Reply, RowNumber, Scope};

    const ROW: RowNumber = RowNumber(1);

    fn intent(attempt: u32) -> Fact {
        Fact::Intent { row: ROW, attempt, asked: false, once: None, at_ms: i64::from(attempt) }
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

    fn unknown() -> Reply {
        Reply::Unknown { reason: "timeout".to_owned(), message: String::new() }
    }

    fn left(attempt: u32, state: State) -> Fact {
        Fact::Left { row: ROW, attempt, left: Left { state, reason: "when".to_owned() } }
    }

    #[test]
    fn the_truth_table() {
        let (rejected, fatal) = (
            Reply::Rejected { code: "1".to_owned(), message: String::new() },
            Reply::Fatal { code: "190".to_owned(), message: String::new() },
        );
        for (facts, state) in [
            (vec![], State::Pending),
            (vec![intent(1)], State::Sending),
            (vec![intent(1), reply(1, accepted(), true)], State::Accepted),
            (vec![intent(1), reply(1, rejected, true)], State::Rejected),
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
        ] {
            assert_eq!(fold(&facts).state, state, "{facts:?}");
        }
    }

    fn any_fact() -> impl Strategy<Value = Fact> {
        let any_reply = prop_oneof![Just(accepted()), Just(throttled()), Just(unknown())];
        prop_oneof![
            (1..4_u32).prop_map(intent),
            (1..4_u32, any_reply, any::<bool>()).prop_map(|(attempt, said, last)| reply(attempt, said, last)),
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
            let standing = fold(&unique);
            let mut shuffled = unique.clone();
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            prop_assert_eq!(&fold(&shuffled), &standing);

            let has_accepted = unique.iter().any(|fact| matches!(fact, Fact::Reply { recorded, .. } if is_accepted(recorded)));
            prop_assert_eq!(has_accepted, standing.state == State::Accepted);
            let highest = unique.iter().filter(|fact| fact.kind() != 0).map(Fact::attempt).max().unwrap_or(0);
            let bare = unique.iter().any(|fact| fact.attempt() == highest && fact.kind() == 1)
                && !unique.iter().any(|fact| fact.attempt() == highest && fact.kind() == 2);
            if bare && !has_accepted {
                prop_assert_eq!(standing.state, State::Sending);
            }
            let doubt = unique.iter().any(|fact| matches!(fact, Fact::Reply { recorded, .. } if is_unknown(recorded)))
                && unique.iter().all(|fact| fact.kind() != 2 || unique.iter().any(|i| (i.attempt(), i.kind()) == (fact.attempt(), 1)));
            if doubt {
                prop_assert!(!matches!(standing.state, State::Pending | State::Failed | State::Skipped), "{:?}", standing);
            }
        }
    }
}
