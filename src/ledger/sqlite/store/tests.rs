use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::files::private_file;
use crate::ledger::{self, Ledger, LedgerReader, Projection, Recorded};
use crate::model::{Addressee, Reply, RowNumber, State};

use super::*;

const GROUPS: u64 = 12;

fn ledger(folder: &Path) -> Ledger {
    let path = folder.join("ledger.db");
    private_file(&path).unwrap();
    let mut ledger = ledger::create(&path).unwrap();
    ledger.begin_session(Mode::Run, 1, "here", 0).unwrap();
    ledger
}

fn intent(row: u64) -> Fact {
    Fact::Intent { row: RowNumber(row), attempt: 1, asked: false, to: Addressee::default(), at_ms: 0 }
}

fn accepted(row: u64) -> Fact {
    let reply = Reply::Accepted { id: format!("wamid.{row}"), recipient: None, status: None, held: false };
    let recorded = Box::new(Recorded::new(reply.into(), true, Duration::ZERO));
    Fact::Reply { row: RowNumber(row), attempt: 1, at_ms: 0, recorded }
}

/// Group n has the intents of three rows and the outcomes of the three before.
fn group(n: u64) -> Vec<Fact> {
    let of = |n: u64| 3 * n + 1..=3 * n + 3;
    let outcomes = n.checked_sub(1).into_iter().flat_map(of).map(accepted);
    of(n).map(intent).chain(outcomes).collect()
}

/// How many whole groups the rows' states are; `None` if they are part of one.
fn groups(states: &[State]) -> Option<u64> {
    (0..=GROUPS).find(|groups| {
        let rows = 3 * *groups;
        let expected = |row: u64| if row + 3 < rows { State::Accepted } else { State::Sending };
        states.len() as u64 == rows && states.iter().zip(0..).all(|(state, row)| *state == expected(row))
    })
}

/// A crash leaves the write-ahead log cut anywhere, or torn: the reader then finds a prefix of what was committed.
#[test]
fn wherever_the_log_is_cut_whole_groups_are_left() {
    let live = tempfile::tempdir().unwrap();
    let mut ledger = ledger(live.path());
    // Of the mark a loss of power may leave what was synced, when the session began.
    let mark = fs::read(live.path().join("ledger.mark")).unwrap();
    for n in 0..GROUPS {
        ledger.commit(&group(n)).unwrap();
    }
    let read = |name: &str| fs::read(live.path().join(name)).unwrap();
    let (database, log) = (read("ledger.db"), read("ledger.db-wal"));
    assert!(log.len() > 40_000, "the log holds all of it");
    let mut seen = Vec::new();
    for torn in [false, true] {
        let mut before = 0;
        for cut in (0..=log.len()).step_by(512).chain([log.len()]) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.db");
            private_file(&path).unwrap().write_all(&database).unwrap();
            let tail: &[u8] = if torn { &[0x5a; 512] } else { &[] };
            let mut log_file = private_file(&folder.path().join("ledger.db-wal")).unwrap();
            log_file.write_all(&[&log[..cut], tail].concat()).unwrap();
            private_file(&folder.path().join("ledger.mark")).unwrap().write_all(&mark).unwrap();
            // Before the table was committed there is no ledger, and `run.json` was not written either.
            let Ok(reader) = ledger::read(&path) else {
                assert_eq!(before, 0, "cut at {cut}");
                continue;
            };
            let statuses: Result<Vec<_>, _> = reader.statuses(Projection::Full).and_then(Iterator::collect);
            let states: Vec<State> = statuses.unwrap().into_iter().map(|(_, status)| status.state).collect();
            let found = groups(&states).unwrap_or_else(|| panic!("cut at {cut}, torn {torn}: {states:?}"));
            assert!(found >= before, "cut at {cut}: {found} groups after {before}");
            assert!(ledger::open(&path).is_ok(), "cut at {cut}, torn {torn}");
            before = found;
            seen.push(found);
        }
        assert_eq!(before, GROUPS, "nothing that was committed is missing");
    }
    assert!((0..=GROUPS).all(|groups| seen.contains(&groups)), "{seen:?}");
}
