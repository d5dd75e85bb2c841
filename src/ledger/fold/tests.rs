//! The fold of facts: named cases, and properties of any facts.

use std::mem::discriminant;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::{Addressee, Exclusion, Reply, ReplyKind, RowNumber, Scope};

const ROW: RowNumber = RowNumber(1);

/// Each attempt has a different recipient.
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
    Fact::Excluded { row: ROW, attempt, exclusion: Exclusion { state, reason: "when".to_owned() } }
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
    // The row is excluded after it, so it is excluded.
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
        let standing = fold(&facts);
        assert_eq!((standing.doubt, standing.hides_doubt()), (doubt, hidden), "{facts:?}");
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
        [1, 2, 3, 4, 5, 6].map(|attempt| arrival(attempt, &facts)),
        [Some(true), None, None, None, Some(false), Some(true)]
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

/// The facts about a row. The ledger's key allows one fact of a kind per attempt.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    proptest::collection::vec(any_fact(), 0..8).prop_map(|facts| {
        let mut unique: Vec<Fact> = Vec::new();
        for fact in facts {
            if !unique
                .iter()
                .any(|other| (other.attempt(), discriminant(other)) == (fact.attempt(), discriminant(&fact)))
            {
                unique.push(fact);
            }
        }
        unique
    })
}

fn has_intent(facts: &[Fact], attempt: u32) -> bool {
    facts.iter().any(|fact| matches!(fact, Fact::Intent { attempt: of, .. } if *of == attempt))
}

fn answer_to(facts: &[Fact], attempt: u32) -> Option<&Recorded> {
    facts.iter().find_map(|fact| match fact {
        Fact::Reply { attempt: of, recorded, .. } if *of == attempt => Some(&**recorded),
        _ => None,
    })
}

fn was_withdrawn(facts: &[Fact], attempt: u32) -> bool {
    answer_to(facts, attempt).is_some_and(|recorded| recorded.withdrawn)
}

/// The attempts of which the ledger knows something.
fn attempts(facts: &[Fact]) -> impl Iterator<Item = u32> {
    facts.iter().filter(|fact| !matches!(fact, Fact::Excluded { .. })).map(Fact::attempt)
}

fn some_answer_is(facts: &[Fact], kind: ReplyKind) -> bool {
    attempts(facts).any(|attempt| answer_to(facts, attempt).is_some_and(|found| found.answer.reply.kind() == kind))
}

proptest! {
    #[test]
    fn the_order_of_facts_does_not_matter(facts in facts(), seed in any::<u64>()) {
        let mut shuffled = facts.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(fold(&shuffled), fold(&facts));
    }

    #[test]
    fn an_accepted_attempt_wins_over_everything(facts in facts()) {
        prop_assert_eq!(fold(&facts).state == State::Accepted, some_answer_is(&facts, ReplyKind::Accepted));
    }

    #[test]
    fn an_intent_without_an_answer_is_in_flight(facts in facts()) {
        let last = attempts(&facts).filter(|attempt| !was_withdrawn(&facts, *attempt)).max();
        let in_flight = last.is_some_and(|last| has_intent(&facts, last) && answer_to(&facts, last).is_none());
        if in_flight && !some_answer_is(&facts, ReplyKind::Accepted) {
            prop_assert_eq!(fold(&facts).state, State::Sending);
        }
    }

    #[test]
    fn doubt_is_never_taken_for_certainty(facts in facts()) {
        let each_has_its_intent = attempts(&facts).all(|attempt| has_intent(&facts, attempt));
        if each_has_its_intent && some_answer_is(&facts, ReplyKind::Unknown) {
            let standing = fold(&facts);
            prop_assert!(standing.doubt, "{:?}", standing);
            prop_assert!(!matches!(standing.state, State::Pending | State::Failed | State::Skipped), "{:?}", standing);
        }
    }
}
