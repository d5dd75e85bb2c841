//! The memory against simple models: whatever is taken up, forgotten, merged, claimed and given back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::segment_record::SegmentRecord;
use super::sorter::Sorter;
use super::*;
use crate::model::{KeyDigest, RowNumber};

fn key(person: u32, message: u32) -> MessageKey {
    MessageKey::of_message(&format!("+49{person}"), KeyDigest::of(&message.to_string()))
}

/// Puts other bytes into a file, as a bad disk does.
fn overwrite(path: &Path, bytes: &[u8]) {
    let mut file = fs::File::create(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// Takes a run up with messages of person, message, second and doubt, one per row.
fn take_up(dir: &Path, run: &str, stamp: &str, rows: &[(u32, u32, i64, bool)]) {
    let mut writer = MemoryWriter::begin(dir).unwrap();
    writer.take_up(run, stamp);
    for (row, (person, message, at, doubt)) in (1..).zip(rows) {
        writer.add(&key(*person, *message), RowNumber(row), at * 1000, *doubt).unwrap();
    }
    writer.finish().unwrap();
}

/// What is known of a message, in short: run, row, second of the first, whether that is in doubt, second of the last.
fn look(memory: &Memory, person: u32, message: u32, except: Option<&str>) -> Option<(String, u64, i64, bool, i64)> {
    let known = memory.look(&key(person, message), except).unwrap()?;
    let Entry { run, row, at_ms, doubt } = known.first;
    Some((run, row.0, at_ms / 1000, doubt, known.latest_ms / 1000))
}

#[test]
fn what_was_taken_up_is_found_by_person_and_message() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("memory");
    assert_eq!(look(&Memory::open(&dir).unwrap(), 1, 1, None), None);
    assert!(!dir.exists(), "looking creates nothing");
    take_up(&dir, "a", "1", &[(1, 1, 50, true), (2, 1, 51, false)]);
    take_up(&dir, "b", "1", &[(1, 1, 90, false), (1, 2, 91, true)]);
    let memory = Memory::open(&dir).unwrap();
    assert_eq!(memory.stamps(), [("a", "1"), ("b", "1")].into());
    // Who certainly has it is told before who may have it.
    assert_eq!(look(&memory, 1, 1, None), Some(("b".to_owned(), 1, 90, false, 90)));
    assert_eq!(look(&memory, 1, 1, Some("b")), Some(("a".to_owned(), 1, 50, true, 50)));
    assert_eq!(look(&memory, 1, 2, None), Some(("b".to_owned(), 2, 91, true, 91)));
    assert_eq!((look(&memory, 2, 2, None), look(&memory, 3, 1, None)), (None, None));
    // A `once` key belongs to nobody.
    assert_eq!(memory.look(&MessageKey::of_once(KeyDigest::of("1")), None).unwrap(), None);
}

#[test]
fn a_run_that_is_taken_up_again_replaces_itself() {
    let folder = tempfile::tempdir().unwrap();
    take_up(folder.path(), "a", "1", &[(1, 1, 50, true)]);
    let before = Memory::open(folder.path()).unwrap();
    take_up(folder.path(), "a", "2", &[(2, 1, 60, false)]);
    let after = Memory::open(folder.path()).unwrap();
    assert_eq!((look(&after, 1, 1, None), look(&after, 2, 1, None).is_some()), (None, true));
    // Whoever had it open still sees its moment, and can tell that it has passed.
    assert!(look(&before, 1, 1, None).is_some() && !before.is_current() && after.is_current());
}

#[test]
fn the_files_name_nobody_and_are_for_their_owner() {
    let folder = tempfile::tempdir().unwrap();
    take_up(folder.path(), "a", "1", &[(1, 1, 50, false)]);
    let unkeyed = KeyDigest::of("+491");
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let bytes = fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(8).any(|window| window == &unkeyed.0[..8]), "{:?}", entry.path());
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
            assert_eq!(mode & 0o077, 0, "{:?}", entry.path());
        }
    }
}

#[test]
fn another_key_or_none_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    take_up(folder.path(), "a", "1", &[(1, 1, 50, false)]);
    overwrite(&folder.path().join("key"), &[7; 32]);
    let refused = Memory::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("is not the key that this memory was written with"), "{refused}");
    fs::remove_file(folder.path().join("key")).unwrap();
    assert!(matches!(Memory::open(folder.path()), Err(MemoryError::WrongKey(_))));
    assert!(MemoryWriter::begin(folder.path()).is_err());
}

#[test]
fn a_damaged_segment_is_an_error_and_never_another_answer() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<_> = (0..300).map(|person| (person, 1, 50, false)).collect();
    take_up(folder.path(), "a", "1", &rows);
    let path = folder.path().join("segment-00000000");
    let sound = fs::read(&path).unwrap();
    let mut damaged = 0;
    for at in (0..sound.len()).step_by(7) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        overwrite(&path, &bytes);
        let Ok(memory) = Memory::open(folder.path()) else {
            damaged += 1;
            continue;
        };
        for person in 0..300 {
            match memory.look(&key(person, 1), None) {
                Ok(known) => assert_eq!(known.map(|known| known.first.row.0), Some(u64::from(person) + 1)),
                Err(MemoryError::Damaged(_)) => damaged += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(damaged > 1000, "{damaged}");
    for length in (0..sound.len()).step_by(113) {
        overwrite(&path, &sound[..length]);
        assert!(Memory::open(folder.path()).is_err(), "{length}");
    }
}

#[test]
fn a_writer_that_dies_leaves_the_memory_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    take_up(folder.path(), "a", "1", &[(1, 1, 50, false)]);
    overwrite(&folder.path().join("segment-00000001"), b"half");
    let mut writer = MemoryWriter::begin(folder.path()).unwrap();
    writer.take_up("b", "1");
    writer.add(&key(2, 1), RowNumber(1), 0, false).unwrap();
    drop(writer);
    let memory = Memory::open(folder.path()).unwrap();
    assert!(memory.is_current() && look(&memory, 1, 1, None).is_some() && look(&memory, 2, 1, None).is_none());
    assert!(!folder.path().join("segment-00000001").exists(), "the next writer has removed it");
}

#[test]
fn what_a_person_has_is_kept_when_their_rows_are_taken_from_a_run() {
    let folder = tempfile::tempdir().unwrap();
    take_up(folder.path(), "a", "1", &[(1, 1, 50, false), (2, 1, 51, false)]);
    let mut writer = MemoryWriter::begin(folder.path()).unwrap();
    writer.keep_person("+491");
    assert_eq!(writer.compact().unwrap(), 1);
    // The ledger has lost the person, and is taken up without them, twice.
    for stamp in ["2", "3"] {
        take_up(folder.path(), "a", stamp, &[(2, 1, 51, false)]);
        let memory = Memory::open(folder.path()).unwrap();
        assert_eq!(memory.stamps(), [("a", stamp)].into());
        assert_eq!(look(&memory, 1, 1, None), Some(("a".to_owned(), 1, 50, false, 50)));
        assert_eq!(look(&memory, 2, 1, None), Some(("a".to_owned(), 1, 51, false, 51)));
    }
    let mut writer = MemoryWriter::begin(folder.path()).unwrap();
    writer.forget_person("+491");
    writer.compact().unwrap();
    assert_eq!(look(&Memory::open(folder.path()).unwrap(), 1, 1, None), None);
}

#[test]
fn of_runs_that_are_gone_what_is_old_can_be_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    take_up(folder.path(), "gone", "1", &[(1, 1, 50, false), (2, 1, 90, false)]);
    take_up(folder.path(), "there", "1", &[(3, 1, 50, false)]);
    let mut writer = MemoryWriter::begin(folder.path()).unwrap();
    writer.forget_gone(|run| run == "gone", 60);
    writer.compact().unwrap();
    let memory = Memory::open(folder.path()).unwrap();
    assert_eq!([1, 2, 3].map(|person| look(&memory, person, 1, None).is_some()), [false, true, true]);
}

#[test]
fn records_sort_beyond_memory() {
    let folder = tempfile::tempdir().unwrap();
    take_up(folder.path(), "a", "1", &[]);
    let secret = key::Secret::read(folder.path()).unwrap().unwrap();
    let record = |person| {
        SegmentRecord::of(
            secret.stored(&key(person % 50, person)),
            person,
            RowNumber(u64::from(person)),
            9000,
            person % 3 == 0,
        )
    };
    let mut sorter = Sorter::small(folder.path(), 16);
    (0..200).for_each(|person| sorter.add(record(person)).unwrap());
    let in_order: Vec<SegmentRecord> = sorter.sorted().map(|record| record.unwrap()).collect();
    let mut expected: Vec<SegmentRecord> = (0..200).map(record).collect();
    expected.sort_unstable();
    assert_eq!(in_order, expected);
}

/// A message of a row: person, message, second and doubt.
type Message = (u32, u32, i64, bool);

/// What happens to a memory.
#[derive(Debug, Clone)]
enum Step {
    TakeUp { run: u8, rows: Vec<Message> },
    ForgetRun(u8),
    ForgetPerson(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rows = proptest::collection::vec((0..12_u32, 0..3_u32, 0..90_i64, any::<bool>()), 0..40);
    let step = prop_oneof![
        6 => (0..5_u8, rows).prop_map(|(run, rows)| Step::TakeUp { run, rows }),
        1 => (0..5_u8).prop_map(Step::ForgetRun),
        1 => (0..12_u32).prop_map(Step::ForgetPerson),
    ];
    proptest::collection::vec(step, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The answers are those of a table of all rows, however often it is merged and rewritten.
    #[test]
    fn it_answers_as_a_table_does(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let mut table: BTreeMap<u8, Vec<(u64, Message)>> = BTreeMap::new();
        for (stamp, step) in steps.into_iter().enumerate() {
            match step {
                Step::TakeUp { run, rows } => {
                    take_up(folder.path(), &format!("run-{run}"), &stamp.to_string(), &rows);
                    table.insert(run, (1..).zip(rows).collect());
                }
                Step::ForgetRun(run) => {
                    let mut writer = MemoryWriter::begin(folder.path()).unwrap();
                    writer.forget_run(&format!("run-{run}"));
                    writer.compact().unwrap();
                    table.remove(&run);
                }
                Step::ForgetPerson(person) => {
                    let theirs = table.values().flatten().filter(|(_, row)| row.0 == person).count() as u64;
                    let mut writer = MemoryWriter::begin(folder.path()).unwrap();
                    writer.forget_person(&format!("+49{person}"));
                    prop_assert_eq!(writer.compact().unwrap(), theirs);
                    for rows in table.values_mut() {
                        rows.retain(|(_, row)| row.0 != person);
                    }
                }
            }
            let memory = Memory::open(folder.path()).unwrap();
            prop_assert!(memory.segments.len() <= 4);
            for (person, message) in (0..12).flat_map(|person| (0..3).map(move |message| (person, message))) {
                let entries = table.iter().flat_map(|(run, rows)| {
                    let of_key = rows.iter().filter(|(_, row)| (row.0, row.1) == (person, message));
                    of_key.map(move |(row, (_, _, at, doubt))| (*doubt, *at, *run, *row))
                });
                let entries: Vec<_> = entries.collect();
                let first = entries.iter().min_by_key(|(doubt, at, ..)| (*doubt, *at));
                let latest = entries.iter().map(|(_, at, ..)| *at).max();
                let found = look(&memory, person, message, None);
                prop_assert_eq!(found.as_ref().map(|found| (found.3, found.2, found.4)), first.map(|(doubt, at, ..)| (*doubt, *at, latest.unwrap())));
            }
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written(key in any::<[u8; 20]>(), run: u32, row in 0..1_u64 << 39, at in 0..1_u64 << 39, doubt: bool) {
        let record = SegmentRecord { key: key::StoredKey(key), run, row, at, doubt };
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        prop_assert_eq!(SegmentRecord::read(bytes.as_slice().try_into().unwrap()), record);
    }
}

/// A session of the model: its claims, and what its ledger has.
struct ModelSession {
    run: String,
    claims: Claims,
    ledger: BTreeSet<u32>,
    /// What the memory knew when the session was checked.
    known: BTreeSet<u32>,
}

/// What a session does.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Claims a message, stores the intent and sends it.
    Send(u32),
    /// Claims a message, stores the intent, and learns that it was certainly not sent.
    Fail(u32),
    /// Sends again what others may have, claims it for that, and learns that it was certainly not sent.
    Again(u32),
    /// Claims a message and dies before the intent.
    DieBefore(u32),
    /// Claims a message, stores the intent, and dies.
    DieAfter(u32),
    /// Ends in order.
    End,
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let message = 0..6_u32;
    let deed = prop_oneof![
        8 => message.clone().prop_map(Deed::Send),
        4 => message.clone().prop_map(Deed::Fail),
        2 => message.clone().prop_map(Deed::Again),
        1 => message.clone().prop_map(Deed::DieBefore),
        1 => message.prop_map(Deed::DieAfter),
        2 => Just(Deed::End),
    ];
    proptest::collection::vec((0..3_usize, deed), 1..60)
}

/// Takes up ledgers, as every command does that finds them changed.
fn take_up_ledgers(dir: &Path, ledgers: &BTreeMap<String, BTreeSet<u32>>) {
    let mut writer = MemoryWriter::begin(dir).unwrap();
    for (run, ledger) in ledgers {
        writer.take_up(run, &ledger.len().to_string());
        for message in ledger {
            writer.add(&key(1, *message), RowNumber(u64::from(*message)), 1000, false).unwrap();
        }
    }
    writer.finish_all().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// However sessions claim, fail, end and die: no message is sent twice, and nobody is refused one that nobody has.
    #[test]
    fn sessions_send_each_message_once(deeds in deeds()) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let (mut ledgers, mut sent) = (BTreeMap::<String, BTreeSet<u32>>::new(), BTreeSet::new());
        let mut sessions: Vec<Option<ModelSession>> = vec![None, None, None];
        for (count, (who, deed)) in deeds.into_iter().enumerate() {
            if sessions[who].is_none() {
                let run = format!("run-{count}");
                let mut marks = ClaimMarks::now(dir);
                take_up_ledgers(dir, &ledgers);
                let memory = Memory::open(dir).unwrap();
                marks.asked(&memory);
                let known = (0..6).filter(|message| memory.look(&key(1, *message), None).unwrap().is_some()).collect();
                let claims = Claims::begin(dir, &run, marks).unwrap();
                sessions[who] = Some(ModelSession { run, claims, ledger: BTreeSet::new(), known });
            }
            let session = sessions[who].as_mut().unwrap();
            let (Deed::Send(message)
            | Deed::Fail(message)
            | Deed::Again(message)
            | Deed::DieBefore(message)
            | Deed::DieAfter(message)) = deed
            else {
                let session = sessions[who].take().unwrap();
                take_up_ledgers(dir, &ledgers);
                session.claims.end().unwrap();
                continue;
            };
            if let Deed::Again(_) = deed {
                let claim = MessageClaim { key: key(1, message), row: RowNumber(99), asks: false };
                if !session.ledger.contains(&message) {
                    prop_assert!(session.claims.take(&[claim], |_| true).unwrap().refused.is_empty());
                    session.claims.release(&[(claim.key, claim.row)]).unwrap();
                }
                continue;
            }
            if session.ledger.contains(&message) || session.known.contains(&message) {
                continue;
            }
            let claim = MessageClaim { key: key(1, message), row: RowNumber(u64::from(message)), asks: true };
            let mut taken = session.claims.take(&[claim], |_| true).unwrap();
            if !taken.of_the_dead.is_empty() {
                take_up_ledgers(dir, &ledgers);
                taken = session.claims.take(&[claim], |_| true).unwrap();
                prop_assert!(taken.of_the_dead.is_empty(), "the dead are buried");
            }
            let granted = taken.refused.is_empty();
            prop_assert_eq!(granted, !sent.contains(&message), "message {}", message);
            if !granted {
                continue;
            }
            let (run, stores) = (session.run.clone(), !matches!(deed, Deed::DieBefore(_) | Deed::Fail(_)));
            if stores {
                session.ledger.insert(message);
                ledgers.entry(run).or_default().insert(message);
                sent.insert(message);
            }
            match deed {
                Deed::Fail(_) => session.claims.release(&[(claim.key, claim.row)]).unwrap(),
                Deed::DieBefore(_) | Deed::DieAfter(_) => sessions[who] = None,
                Deed::Send(_) | Deed::Again(_) | Deed::End => {}
            }
        }
    }
}
