//! Ledgers of the former format: read as they are, converted completely or not at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::params;

use super::*;
use crate::files::private_file;
use crate::ledger::{self, Balance, Fact, LedgerReader, LedgerWriter, Projection, Recorded, RowStatuses};
use crate::model::{
    Addressee, Answer, Exclusion, KeyDigest, Mode, Note, Reply, RowKeys, RowNumber, RowStatus, Scope, State,
};

const VERSION_1: &str = "
CREATE TABLE session (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, mode TEXT NOT NULL, revision INTEGER NOT NULL,
  pid INTEGER NOT NULL, host TEXT NOT NULL) STRICT;
CREATE TABLE event (
  row INTEGER NOT NULL, attempt INTEGER NOT NULL, kind INTEGER NOT NULL,
  session INTEGER NOT NULL, at_ms INTEGER NOT NULL, data TEXT,
  PRIMARY KEY (row, attempt, kind)) STRICT, WITHOUT ROWID;
INSERT INTO session VALUES (1, 7, 'run', 1, 1, 'here');
PRAGMA user_version = 1;
";

/// A record of the former table: row, attempt, kind and data.
type Record = (i64, i64, i64, Option<&'static str>);

/// A ledger with these records. It is in the file `ledger.db` of the folder.
fn former(folder: &Path, records: &[Record]) -> PathBuf {
    let path = folder.join("ledger.db");
    private_file(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    for (row, attempt, kind, data) in records {
        let sql = "INSERT INTO event VALUES (?1, ?2, ?3, 1, ?3, ?4)";
        connection.execute(sql, params![row, attempt, kind, data]).unwrap();
    }
    path
}

fn facts(path: &Path) -> Vec<(i64, Fact)> {
    let mut facts = Vec::new();
    ledger::read(path).unwrap().each_fact(|session, fact| facts.push((session, fact))).unwrap();
    facts
}

fn statuses(path: &Path, projection: Projection) -> Vec<(RowNumber, RowStatus)> {
    let statuses: RowStatuses = ledger::read(path).unwrap().statuses(projection).unwrap();
    statuses.map(|status| status.unwrap()).collect()
}

fn version(path: &Path) -> i64 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

const FULL: &str = r#"{"reply":{"kind":"throttled","scope":"lane","after":1500,"code":"131056","message":"a \"b\""},"http_status":400,"advice":"c","never_again":true,"title":"d","code":131056,"subcode":-2,"trace":"e","raw":"{}","final":false,"ms":8,"withdrawn":true}"#;

/// Records of every kind, with the facts that they are.
fn samples() -> Vec<(Record, Fact)> {
    let row = RowNumber;
    let text = |text: &str| Some(text.to_owned());
    let reply = |number, reply: Reply, note, last, (ms, withdrawn)| {
        let recorded = Box::new(Recorded { answer: Answer { reply, note }.into(), last, ms, withdrawn });
        Fact::Reply { row: row(number), attempt: 1, at_ms: 2, recorded }
    };
    let bare = |number, said| reply(number, said, Note::default(), true, (3, false));
    let intent = |number, asked, to| Fact::Intent { row: row(number), attempt: 1, asked, to, at_ms: 1 };
    let to = |to: &str, person: &str| Addressee {
        recipient: Some(to.into()),
        person: Some(person.into()),
        ..Addressee::default()
    };
    let keys = RowKeys { unique: Some(KeyDigest::of("order 7")), once: Some(KeyDigest::of("spring")), message: None };
    let exclusion = Exclusion { state: State::Skipped, reason: "when \"x\"".to_owned() };
    let note = Note {
        http_status: Some(400),
        advice: text("c"),
        never_again: true,
        title: text("d"),
        code: Some(131_056),
        subcode: Some(-2),
        trace: text("e"),
        raw: text("{}"),
    };
    let (code, message) = ("131056".to_owned(), "a \"b\"".to_owned());
    let after = Some(Duration::from_millis(1500));
    let throttled = Reply::Throttled { scope: Scope::Lane, after, code, message };
    let held = Reply::Accepted { id: "m".to_owned(), recipient: text("49"), status: text("held"), held: true };
    let (code, message) = (|| "7".to_owned(), || "no".to_owned());
    vec![
        (
            (1, 2, 0, Some(r#"{"state":"skipped","reason":"when \"x\""}"#)),
            Fact::Excluded { row: row(1), attempt: 2, exclusion },
        ),
        ((2, 1, 1, None), intent(2, false, Addressee::default())),
        ((3, 1, 1, Some(r#"{"asked":true}"#)), intent(3, true, Addressee::default())),
        ((4, 1, 1, Some(r#"{"to":"+491"}"#)), intent(4, false, to("+491", "+491"))),
        (
            (
                5,
                1,
                1,
                Some(
                    r#"{"to":"+\"1","person":"+2","unique":"0fc89f8ae19394b48debd635","once":"622a494d3ea8c7ba2fed4f37"}"#,
                ),
            ),
            intent(5, false, Addressee { keys, ..to("+\"1", "+2") }),
        ),
        ((6, 1, 2, Some(FULL)), reply(6, throttled, note, false, (8, true))),
        (
            (
                7,
                1,
                2,
                Some(
                    r#"{"reply":{"kind":"accepted","id":"m","recipient":"49","status":"held","held":true},"final":true,"ms":3}"#,
                ),
            ),
            bare(7, held),
        ),
        (
            (8, 1, 2, Some(r#"{"reply":{"kind":"rejected","code":"7","message":"no"},"final":true,"ms":3}"#)),
            bare(8, Reply::Rejected { code: code(), message: message() }),
        ),
        (
            (9, 1, 2, Some(r#"{"reply":{"kind":"unreachable","message":"no"},"final":true,"ms":3}"#)),
            bare(9, Reply::Unreachable { message: message() }),
        ),
        (
            (10, 1, 2, Some(r#"{"reply":{"kind":"unknown","reason":"crash","message":"no"},"final":true,"ms":3}"#)),
            bare(10, Reply::Unknown { reason: "crash".into(), message: message() }),
        ),
        (
            (11, 1, 2, Some(r#"{"reply":{"kind":"fatal","code":"7","message":"no"},"final":true,"ms":3}"#)),
            bare(11, Reply::Fatal { code: code(), message: message() }),
        ),
    ]
}

#[test]
fn a_former_ledger_says_the_same_before_and_after_it_is_converted() {
    let folder = tempfile::tempdir().unwrap();
    let (records, expected): (Vec<_>, Vec<_>) = samples().into_iter().unzip();
    let path = former(folder.path(), &records);
    let expected: Vec<_> = expected.into_iter().map(|fact| (1, fact)).collect();
    assert_eq!(facts(&path), expected);
    let before = [Projection::Full, Projection::StatusOnly].map(|projection| statuses(&path, projection));
    assert_eq!(version(&path), 1, "it is only read");
    let mut writer = ledger::open(&path).unwrap();
    assert_eq!(version(&path), FORMAT);
    assert_eq!(facts(&path), expected);
    assert_eq!([Projection::Full, Projection::StatusOnly].map(|projection| statuses(&path, projection)), before);
    // It goes on as every other.
    assert_eq!(writer.begin_session(Mode::Resume, 1, "here", 9).unwrap(), 2);
    writer.settle_crashed(&(RowNumber(1)..=RowNumber(4)), 9).unwrap();
    assert!(writer.keep_balance(&Balance::default()).unwrap());
    assert_eq!(facts(&path).len(), expected.len() + 3);
}

#[test]
fn the_ledgers_of_earlier_programs_say_the_same_once_converted() {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/earlier_format");
    for run in fs::read_dir(runs).unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        fs::copy(run.unwrap().path().join("ledger.db"), &path).unwrap();
        let read = || {
            let reader = ledger::read(&path).unwrap();
            let known = (reader.sessions().unwrap(), reader.balance());
            (known, facts(&path), statuses(&path, Projection::Full))
        };
        let before = read();
        assert!(before.1.len() > 8 && before.0.1.is_some());
        drop(ledger::open(&path).unwrap());
        assert_eq!(read(), before);
    }
}

/// A crash leaves the write-ahead log cut anywhere, or torn: the ledger is then the former one or the converted one.
#[test]
fn a_crash_leaves_the_former_ledger_or_the_converted_one() {
    let live = tempfile::tempdir().unwrap();
    let (records, _): (Vec<_>, Vec<_>) = samples().into_iter().unzip();
    let path = former(live.path(), &records);
    let (database, expected) = (fs::read(&path).unwrap(), facts(&path));
    let writer = ledger::open(&path).unwrap();
    let log = fs::read(live.path().join("ledger.db-wal")).unwrap();
    assert_eq!(fs::read(&path).unwrap()[100..], database[100..], "all of it is in the log");
    let database = fs::read(&path).unwrap();
    drop(writer);
    let mut versions = Vec::new();
    for torn in [false, true] {
        for cut in (0..=log.len()).step_by(512).chain([log.len()]) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.db");
            private_file(&path).unwrap().write_all(&database).unwrap();
            let tail: &[u8] = if torn { &[0x5a; 512] } else { &[] };
            let mut log_file = private_file(&folder.path().join("ledger.db-wal")).unwrap();
            log_file.write_all(&[&log[..cut], tail].concat()).unwrap();
            versions.push(version(&path));
            assert_eq!(facts(&path), expected, "cut at {cut}, torn {torn}");
            drop(ledger::open(&path).unwrap());
            assert_eq!((version(&path), facts(&path)), (FORMAT, expected.clone()), "cut at {cut}, torn {torn}");
        }
    }
    assert!(versions.contains(&1) && versions.contains(&FORMAT));
}

#[test]
fn a_former_ledger_that_cannot_be_converted_stays_what_it_is() {
    for broken in [r#"{"reply":{"#, r#"{"once":"622a"}"#] {
        let folder = tempfile::tempdir().unwrap();
        let (mut records, _): (Vec<_>, Vec<_>) = samples().into_iter().unzip();
        let kind = if broken.contains("reply") { 2 } else { 1 };
        records.push((12, 1, kind, Some(broken)));
        let path = former(folder.path(), &records);
        let all = || -> Vec<(i64, Option<String>)> {
            let connection = Connection::open(&path).unwrap();
            let mut select = connection.prepare("SELECT row, data FROM event ORDER BY row").unwrap();
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(|row| row.unwrap()).collect()
        };
        let before = all();
        let failed = ledger::open(&path).is_err();
        let read = ledger::read(&path).unwrap().each_fact(|_, _| {});
        assert!(read.is_err(), "{broken}");
        if failed {
            assert_eq!((version(&path), all()), (1, before), "{broken}");
        }
    }
}

#[test]
fn a_reader_of_the_former_table_reads_nothing_of_the_converted_one() {
    let folder = tempfile::tempdir().unwrap();
    let (records, _): (Vec<_>, Vec<_>) = samples().into_iter().unzip();
    let path = former(folder.path(), &records);
    let reader = ledger::read(&path).unwrap();
    assert_eq!(reader.facts(RowNumber(4)).unwrap().len(), 1);
    drop(ledger::open(&path).unwrap());
    assert!(reader.facts(RowNumber(4)).is_err());
}

const VERSION_2: &str = "
CREATE TABLE session (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, mode TEXT NOT NULL, revision INTEGER NOT NULL,
  pid INTEGER NOT NULL, host TEXT NOT NULL) STRICT;
CREATE TABLE event (
  row INTEGER NOT NULL, attempt INTEGER NOT NULL, kind INTEGER NOT NULL, session INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  outcome TEXT, code TEXT, last INTEGER, never_again INTEGER, withdrawn INTEGER, held INTEGER, ms INTEGER,
  asked INTEGER, recipient TEXT, person TEXT, unique_key BLOB, once_key BLOB, details TEXT,
  PRIMARY KEY (row, attempt, kind)) STRICT, WITHOUT ROWID;
INSERT INTO session VALUES (1, 7, 'run', 1, 1, 'here');
PRAGMA user_version = 2;
";

#[test]
fn a_ledger_of_the_second_version_says_the_same_before_and_after_it_is_converted() {
    let (folder, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (records, _): (Vec<_>, Vec<_>) = samples().into_iter().unzip();
    let expected = facts(&former(folder.path(), &records));
    let path = second.path().join("ledger.db");
    private_file(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(VERSION_2).unwrap();
    connection.execute_batch(&format!("ATTACH '{}' AS one", folder.path().join("ledger.db").display())).unwrap();
    let copy = "INSERT INTO event SELECT row, attempt, kind, session, at_ms,
        CASE kind WHEN 0 THEN data ->> '$.state' WHEN 2 THEN data ->> '$.reply.kind' END,
        CASE kind WHEN 2 THEN coalesce(data ->> '$.reply.code', data ->> '$.reply.reason') END,
        CASE kind WHEN 2 THEN data ->> '$.final' END, CASE kind WHEN 2 THEN coalesce(data ->> '$.never_again', 0) END,
        CASE kind WHEN 2 THEN coalesce(data ->> '$.withdrawn', 0) END,
        CASE kind WHEN 2 THEN coalesce(data ->> '$.reply.held', 0) END, CASE kind WHEN 2 THEN data ->> '$.ms' END,
        CASE kind WHEN 1 THEN coalesce(data ->> '$.asked', 0) END, CASE kind WHEN 1 THEN data ->> '$.to' END,
        CASE kind WHEN 1 THEN data ->> '$.person' END, CASE kind WHEN 1 THEN unhex(data ->> '$.unique') END,
        CASE kind WHEN 1 THEN unhex(data ->> '$.once') END,
        CASE kind WHEN 0 THEN json_remove(data, '$.state') WHEN 2 THEN json_patch(
        json_remove(data -> '$.reply', '$.kind', '$.held', '$.code', '$.reason'),
        json_remove(data, '$.reply', '$.final', '$.ms', '$.withdrawn', '$.never_again')) END FROM one.event";
    connection.execute_batch(copy).unwrap();
    drop(connection);
    assert_eq!(facts(&path), expected);
    assert_eq!(version(&path), 2, "it is only read");
    drop(ledger::open(&path).unwrap());
    assert_eq!((version(&path), facts(&path)), (FORMAT, expected));
}
