//! What every engine of the ledger has to keep: the same cases for each.
//!
//! An engine joins with a function that makes empty places for ledgers, and one line at the end of this file.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::model::{
    Addressee, Answer, ConnectionIndex, Exclusion, KeyDigest, Mode, Note, Reply, RowKeys, RowNumber, RowStatus, Scope,
    State,
};

use super::{Balance, Fact, LedgerError, LedgerReader, LedgerWriter, Projection, Recorded, RunStore, fold};

fn begun<S: RunStore>(store: &S) -> S::Writer {
    let mut writer = store.create().unwrap();
    assert_eq!(writer.begin_session(Mode::Run, 1, "here", 7).unwrap(), 1);
    writer
}

fn commit(writer: &mut impl LedgerWriter, group: &[Fact]) {
    assert_eq!(writer.commit(group).unwrap().refused, [], "no engine of today knows other runs");
}

fn to(recipient: &str) -> Addressee {
    Addressee { recipient: Some(recipient.into()), person: Some(recipient.into()), ..Addressee::default() }
}

fn intent(row: u64, attempt: u32) -> Fact {
    Fact::Intent { row: RowNumber(row), attempt, asked: false, to: to("+491"), at_ms: 1 }
}

fn outcome(row: u64, attempt: u32, reply: Reply, last: bool) -> Fact {
    let recorded = Box::new(Recorded::new(reply.into(), last, Duration::from_millis(9)));
    Fact::Reply { row: RowNumber(row), attempt, at_ms: 2, recorded }
}

fn accepted(row: u64) -> Fact {
    let id = format!("m{row}");
    outcome(row, 1, Reply::Accepted { id, recipient: None, status: None, held: false }, true)
}

fn throttled() -> Reply {
    Reply::Throttled { scope: Scope::Lane, after: None, code: "131056".to_owned(), message: "pair rate".to_owned() }
}

fn statuses(store: &impl RunStore, projection: Projection) -> Vec<(RowNumber, RowStatus)> {
    store.read().unwrap().statuses(projection).unwrap().collect::<Result<_, _>>().unwrap()
}

fn states(store: &impl RunStore) -> Vec<(u64, State)> {
    statuses(store, Projection::StatusOnly).into_iter().map(|(row, status)| (row.0, status.state)).collect()
}

fn a_second_intent_for_an_attempt_is_an_error<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    commit(&mut writer, &[intent(1, 1)]);
    assert!(writer.commit(&[intent(2, 1), intent(1, 1), intent(3, 1)]).is_err());
    assert_eq!(states(&store), [(1, State::Sending)], "nothing of the group is stored");
    assert!(matches!(writer.commit(&[intent(4, 1)]), Err(LedgerError::Poisoned)));
    assert!(matches!(writer.rescue(&[accepted(1)]), Err(LedgerError::Poisoned)), "the storage was not exhausted");
}

fn facts_are_read_as_they_were_written<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    let facts = every_kind_of_fact();
    commit(&mut writer, &facts);
    let reader = store.read().unwrap();
    let mut found = Vec::new();
    reader.each_fact(|session, fact| found.push((session, fact))).unwrap();
    let written: Vec<_> = facts.iter().map(|fact| (1, fact.clone())).collect();
    assert_eq!(found, written);
    for row in (1..=facts.len() as u64).map(RowNumber) {
        let of_row: Vec<_> = written.iter().filter(|(_, fact)| fact.row() == row).cloned().collect();
        assert_eq!(reader.facts(row).unwrap(), of_row);
    }
    reader.check().unwrap();
}

/// One of each kind, every field with a value and without, each of a row of its own.
fn every_kind_of_fact() -> Vec<Fact> {
    let text = || "x \"y\" {z}".to_owned();
    let some = || Some(text());
    let keys = RowKeys {
        unique: Some(KeyDigest::of("order 7")),
        once: Some(KeyDigest::of("spring")),
        message: Some(KeyDigest::of("Hello")),
    };
    let other = Addressee { recipient: Some("+\"1".into()), person: Some("+2".into()), keys };
    let mut facts = vec![
        Fact::Excluded {
            row: RowNumber(1),
            attempt: 0,
            exclusion: Exclusion { state: State::Invalid, reason: text() },
        },
        Fact::Excluded {
            row: RowNumber(2),
            attempt: 3,
            exclusion: Exclusion { state: State::Skipped, reason: text() },
        },
        Fact::Intent { row: RowNumber(3), attempt: 1, asked: false, to: Addressee::default(), at_ms: 5 },
        Fact::Intent { row: RowNumber(4), attempt: 2, asked: true, to: other, at_ms: 6 },
        Fact::Intent { row: RowNumber(5), attempt: 2, asked: false, to: to("+491"), at_ms: 6 },
    ];
    let full = Note {
        http_status: Some(400),
        advice: some(),
        never_again: true,
        title: some(),
        code: Some(131_026),
        subcode: Some(-2),
        trace: some(),
        raw: some(),
    };
    let wait = Some(Duration::from_millis(1500));
    let replies = [
        Reply::Accepted { id: text(), recipient: None, status: None, held: false },
        Reply::Accepted { id: text(), recipient: some(), status: some(), held: true },
        Reply::Rejected { code: text(), message: text() },
        Reply::Throttled { scope: Scope::Lane, after: None, code: text(), message: text() },
        Reply::Throttled { scope: Scope::Connection, after: wait, code: String::new(), message: String::new() },
        Reply::Unreachable { message: text() },
        Reply::Unknown { reason: text().into(), message: text() },
        Reply::Unknown { reason: "timeout".into(), message: text() },
        Reply::Fatal { code: text(), message: text() },
    ];
    for (reply, note) in replies.into_iter().flat_map(|reply| [(reply.clone(), Note::default()), (reply, full.clone())])
    {
        let row = RowNumber(facts.len() as u64 + 1);
        let withdrawn = note.never_again;
        let answer = Answer { reply, note }.into();
        let recorded = Box::new(Recorded { answer, last: row.0.is_multiple_of(2), ms: row.0, withdrawn });
        facts.push(Fact::Reply { row, attempt: 1, at_ms: 8, recorded });
    }
    facts
}

fn statuses_are_the_fold_of_the_facts<S: RunStore>(fresh: &impl Fn() -> S) {
    let mut runner = TestRunner::new(Config::with_cases(48));
    let cases = runner.run(&(any_facts(), any::<u64>()), |(facts, seed)| {
        let store = fresh();
        let mut writer = begun(&store);
        let mut shuffled = facts.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        for group in shuffled.chunks(7) {
            commit(&mut writer, group);
        }
        let folded: Vec<_> = facts
            .chunk_by(|one, other| one.row() == other.row())
            .map(|of_row| (of_row[0].row(), fold(of_row)))
            .collect();
        prop_assert_eq!(statuses(&store, Projection::Full), folded.clone());
        // What decides is the same without the texts.
        let deciding = |(row, status): &(RowNumber, RowStatus)| {
            let (never, code) = (status.is_never_again(), status.refused_with().map(str::to_owned));
            (*row, status.state, (status.attempts, status.last_attempt), status.doubt, never, code)
        };
        let brief: Vec<_> = statuses(&store, Projection::StatusOnly).iter().map(deciding).collect();
        prop_assert_eq!(brief, folded.iter().map(deciding).collect::<Vec<_>>());
        Ok(())
    });
    cases.unwrap();
}

fn reply() -> impl Strategy<Value = Reply> {
    let text = || "[a-z\"{}]{0,9}";
    let scope = prop_oneof![Just(Scope::Lane), Just(Scope::Connection)];
    prop_oneof![
        (text(), any::<bool>()).prop_map(|(id, held)| {
            Reply::Accepted { id, recipient: Some("kind".to_owned()), status: Some("accepted".to_owned()), held }
        }),
        (text(), text()).prop_map(|(code, message)| Reply::Rejected { code, message }),
        (scope, text()).prop_map(|(scope, code)| {
            Reply::Throttled { scope, after: Some(Duration::from_millis(7)), code, message: String::new() }
        }),
        text().prop_map(|message| Reply::Unreachable { message }),
        (text(), text()).prop_map(|(reason, message)| Reply::Unknown { reason: reason.into(), message }),
        (text(), text()).prop_map(|(code, message)| Reply::Fatal { code, message }),
    ]
}

/// The facts of some rows in order: attempts with or without their answers, and rows that were left out before or after.
fn any_facts() -> impl Strategy<Value = Vec<Fact>> {
    let answer = proptest::option::weighted(0.8, (reply(), any::<bool>(), any::<bool>(), any::<bool>()));
    let left = proptest::option::weighted(0.3, (0..4_u32, any::<bool>()));
    let of_row = (proptest::collection::vec(answer, 0..4), left);
    proptest::collection::vec(of_row, 1..12).prop_map(|rows| {
        let mut facts = Vec::new();
        for (row, (attempts, left)) in (1..).zip(rows) {
            if let Some((attempt, skipped)) = left {
                let state = if skipped { State::Skipped } else { State::Invalid };
                let exclusion = Exclusion { state, reason: "why".to_owned() };
                facts.push(Fact::Excluded { row: RowNumber(row), attempt, exclusion });
            }
            for (attempt, answer) in (1..).zip(attempts) {
                facts.push(intent(row, attempt));
                if let Some((reply, last, never_again, withdrawn)) = answer {
                    let note = Note { never_again, raw: Some("{}".to_owned()), ..Note::default() };
                    let recorded = Recorded::new(Answer { reply, note }.into(), last, Duration::from_millis(9));
                    let recorded = Box::new(Recorded { withdrawn, ..recorded });
                    facts.push(Fact::Reply { row: RowNumber(row), attempt, at_ms: 2, recorded });
                }
            }
        }
        facts
    })
}

fn every_row_with_a_record_has_one_status<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    // Also on both sides of a page, side by side, and with gaps of several pages.
    let rows = [1, 2, 4, 1999, 2000, 2001, 10_007];
    for row in rows {
        let again =
            Fact::Reply { row: RowNumber(row), attempt: 2, at_ms: 9, recorded: answer_of(&accepted(row)).into() };
        let facts = [intent(row, 1), outcome(row, 1, throttled(), false), intent(row, 2), again];
        commit(&mut writer, if row == 2 { &facts[..3] } else { &facts });
    }
    let state = |row| (row, if row == 2 { State::Sending } else { State::Accepted });
    assert_eq!(states(&store), rows.map(state));
    for (from, first) in [(1, 0), (2, 1), (3, 2), (2000, 4), (2002, 6), (10_008, 7)] {
        let from = store.read().unwrap().statuses_from(RowNumber(from), Projection::Full).unwrap();
        let found: Vec<_> = from.map(|status| status.unwrap()).map(|(row, status)| (row.0, status.state)).collect();
        assert_eq!(found, rows[first..].iter().copied().map(state).collect::<Vec<_>>());
    }
}

fn answer_of(fact: &Fact) -> Recorded {
    let Fact::Reply { recorded, .. } = fact else { unreachable!("it is a reply") };
    (**recorded).clone()
}

fn rows_in_flight_are_settled_where_they_are<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    let facts = [intent(1, 1), accepted(1), intent(2, 1), intent(3, 1), accepted(3), intent(4, 1), intent(5, 1)];
    commit(&mut writer, &facts);
    assert_eq!(writer.settle_crashed(&(RowNumber(2)..=RowNumber(4)), 0).unwrap(), 2);
    let sent = [State::Accepted, State::Unknown, State::Accepted, State::Unknown, State::Sending];
    assert_eq!(states(&store), (1..).zip(sent).collect::<Vec<_>>());
    let settled = &store.read().unwrap().facts(RowNumber(2)).unwrap()[1].1;
    let answer = answer_of(settled);
    assert_eq!((&*answer.answer, answer.last), (&Answer::crashed(), true));
}

fn a_balance_is_void_once_a_session_begins<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    let kept = || store.read().unwrap().balance();
    assert_eq!(kept(), None);
    let mut balance = Balance::default();
    balance.add(&RowStatus { state: State::Accepted, attempts: 1, ..RowStatus::UNTOUCHED }, 1..4);
    assert!(writer.keep_balance(&balance).unwrap());
    assert_eq!(kept(), Some(balance.clone()));
    writer.begin_session(Mode::Resume, 1, "here", 0).unwrap();
    assert_eq!(kept(), None, "the new session may have recorded something");
    balance.add(&RowStatus { state: State::Sending, attempts: 1, ..RowStatus::UNTOUCHED }, 4..5);
    assert!(!writer.keep_balance(&balance).unwrap());
    assert_eq!(kept(), None, "a row in flight has an outcome to come");
}

fn a_ledger_that_is_opened_again_goes_on<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    commit(&mut writer, &[intent(1, 1)]);
    drop(writer);
    let mut writer = store.open().unwrap();
    assert_eq!(writer.starts().unwrap(), 1);
    assert_eq!(writer.begin_session(Mode::Retry, 2, "there", 8).unwrap(), 2);
    assert_eq!(writer.starts().unwrap(), 2);
    writer.reserve(1).unwrap();
    commit(&mut writer, &[accepted(1)]);
    let reader = store.read().unwrap();
    let sessions = reader.sessions().unwrap();
    let told = sessions.iter().map(|one| (one.id, one.at_ms, one.mode.as_str(), one.revision));
    assert_eq!(told.collect::<Vec<_>>(), [(1, 7, "run", 1), (2, 8, "retry", 2)]);
    let of_sessions: Vec<i64> = reader.facts(RowNumber(1)).unwrap().iter().map(|(session, _)| *session).collect();
    assert_eq!(of_sessions, [1, 2]);
    assert_eq!(states(&store), [(1, State::Accepted)]);
}

fn attempts_that_may_have_arrived_are_told_with_their_recipients<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    let refused = Reply::Rejected { code: "131026".to_owned(), message: String::new() };
    commit(&mut writer, &[intent(1, 1), accepted(1), intent(2, 1), outcome(2, 1, throttled(), false)]);
    writer.begin_session(Mode::Retry, 2, "here", 0).unwrap();
    let keys = RowKeys { unique: None, once: Some(KeyDigest::of("spring")), message: None };
    let to_other = Addressee { keys, ..to("+492") };
    let second = Fact::Intent { row: RowNumber(2), attempt: 2, asked: true, to: to_other.clone(), at_ms: 1 };
    commit(&mut writer, &[second, intent(3, 1), outcome(3, 1, refused, true)]);
    let reached = store.read().unwrap().reached().unwrap().map(|found| found.unwrap());
    let told: Vec<_> = reached.map(|found| ((found.row.0, found.revision, found.doubt), found.to)).collect();
    assert_eq!(told, [((1, 1, false), to("+491")), ((2, 2, true), to_other)]);
}

fn repeated_messages_are_kept<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    assert_eq!(store.read().unwrap().repeats().unwrap(), []);
    writer.keep_repeats(&mut [(RowNumber(7), 3), (RowNumber(5), 2)].into_iter()).unwrap();
    let mut kept = store.read().unwrap().repeats().unwrap();
    kept.sort_unstable();
    assert_eq!(kept, [(RowNumber(5), 2), (RowNumber(7), 3)]);
}

fn the_last_rate_of_each_connection_is_kept<S: RunStore>(fresh: &impl Fn() -> S) {
    let store = fresh();
    let mut writer = begun(&store);
    assert_eq!(store.read().unwrap().rates().unwrap(), []);
    let [one, other] = [ConnectionIndex(0), ConnectionIndex(1)];
    for (connection, rate) in [(other, Some(20.0)), (one, Some(900.0)), (one, Some(80.5))] {
        writer.keep_rate(connection, rate).unwrap();
    }
    assert_eq!(store.read().unwrap().rates().unwrap(), [(one, 80.5), (other, 20.0)]);
    writer.keep_rate(other, None).unwrap();
    assert_eq!(store.read().unwrap().rates().unwrap(), [(one, 80.5)]);
}

/// Tests of all cases for an engine, by a function that makes empty places for ledgers.
macro_rules! hold {
    ($engine:ident: $places:expr => $($case:ident)*) => {
        mod $engine {
            $(
                #[test]
                fn $case() {
                    super::$case(&$places);
                }
            )*
        }
    };
    ($engine:ident: $places:expr) => {
        hold! { $engine: $places =>
            a_second_intent_for_an_attempt_is_an_error
            facts_are_read_as_they_were_written
            statuses_are_the_fold_of_the_facts
            every_row_with_a_record_has_one_status
            rows_in_flight_are_settled_where_they_are
            a_balance_is_void_once_a_session_begins
            a_ledger_that_is_opened_again_goes_on
            attempts_that_may_have_arrived_are_told_with_their_recipients
            repeated_messages_are_kept
            the_last_rate_of_each_connection_is_kept
        }
    };
}

hold!(sqlite: crate::ledger::sqlite::testing::places());
