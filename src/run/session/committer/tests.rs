use std::time::Duration;

use tokio::sync::oneshot;

use crate::files::private_file;
use crate::ledger::{self, LedgerReader, Projection};
use crate::model::{Addressee, Answer, Mode};

use super::*;

struct Silent;

impl Reporter for Silent {
    fn event(&mut self, _event: &Event, _counts: &Counts) {}
}

fn starting(row: u64) -> (ExecEvent, oneshot::Receiver<Ack>) {
    let (go, ready) = oneshot::channel();
    (
        ExecEvent::Starting { row: RowNumber(row), attempt: 1, asked: false, to: Addressee::default(), go: Some(go) },
        ready,
    )
}

fn finished(row: u64) -> (ExecEvent, oneshot::Receiver<Ack>) {
    let (stored, done) = oneshot::channel();
    let id = format!("wamid.{row}");
    let answer = Answer::from(Reply::Accepted { id, recipient: None, status: None, held: false });
    let (row, state, took) = (RowNumber(row), State::Accepted, Duration::ZERO);
    (
        ExecEvent::Finished {
            row,
            line: row.0 + 1,
            attempt: 1,
            state,
            answer: answer.into(),
            took,
            stored: Some(stored),
        },
        done,
    )
}

/// Rows are sent until the disk is full in the middle of the run. From the first failed commit on, no request is
/// released and no outcome is confirmed. The rows that the API accepted are returned, to be shown to people.
#[test]
fn a_full_disk_lets_nothing_go_and_loses_no_message_id() {
    for sound in [0_u64, 1, 7, 40] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        private_file(&path).unwrap();
        let mut ledger = ledger::create(&path).unwrap();
        ledger.begin_session(Mode::Run, 1, "here", 0).unwrap();
        for row in 1..=sound {
            let (intent, outcome) = (starting(row).0, finished(row).0);
            ledger.commit(&[fact(&intent, 0).unwrap()]).unwrap();
            ledger.commit(&[fact(&outcome, 0).unwrap()]).unwrap();
        }
        ledger.grow_no_further();
        let (events, events_in) = mpsc::channel(1);
        let stop = Stop::default();
        let until = stop.clone();
        let committer = std::thread::spawn(move || {
            let reporter = &mut Silent;
            let mut committer = Committer::new(ledger, reporter, Counts::default(), until, Vec::new());
            committer.work(events_in, |group| group.into_iter().for_each(|(to, ack)| to.send(ack).unwrap_or_default()));
            committer.close().0
        });
        // One row after the other, as long as the ledger accepts it.
        let (mut sent, mut recorded) = (sound, sound);
        for row in sound + 1..=sound + 1000 {
            let (event, ready) = starting(row);
            events.blocking_send(event).unwrap();
            if ready.blocking_recv().is_err() {
                continue;
            }
            assert_eq!(row, sent + 1, "nothing is let go after a failure");
            assert_eq!(recorded, sent, "nothing is let go after a failure");
            sent = row;
            let (event, done) = finished(row);
            events.blocking_send(event).unwrap();
            recorded += u64::from(done.blocking_recv().is_ok());
        }
        drop(events);
        let closed = committer.join().unwrap();
        assert!(sent < sound + 1000 && closed.error.is_some(), "the disk was full");
        assert!(matches!(stop.reason(), Some(Halt::Stopped(_))));
        let unrecorded: Vec<_> = (recorded + 1..=sent).map(|row| (RowNumber(row), format!("wamid.{row}"))).collect();
        assert_eq!(closed.unrecorded, unrecorded);
        let statuses = ledger::read(&path).unwrap().statuses(Projection::Full).unwrap();
        let states: Vec<State> = statuses.map(|status| status.unwrap().1.state).collect();
        assert_eq!(states.len() as u64, sent, "what was let go is on disk, and nothing else");
        let accepted = states.iter().filter(|state| **state == State::Accepted).count() as u64;
        assert_eq!(accepted, recorded);
    }
}

/// The run stops after the intent of a row that was refused before, and before its turn.
#[test]
fn an_attempt_that_is_withdrawn_leaves_the_row_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    private_file(&path).unwrap();
    let mut ledger = ledger::create(&path).unwrap();
    ledger.begin_session(Mode::Run, 1, "here", 0).unwrap();
    let row = RowNumber(1);
    let refused = Reply::Rejected { code: "131026".to_owned(), message: "no".to_owned() };
    let recorded = Box::new(Recorded::new(refused.clone().into(), true, Duration::from_millis(3)));
    let intent = Fact::Intent { row, attempt: 1, asked: false, to: Addressee::default(), at_ms: 1 };
    ledger.commit(&[intent, Fact::Reply { row, attempt: 1, at_ms: 2, recorded }]).unwrap();
    let status = || ledger::read(&path).unwrap().statuses(Projection::Full).unwrap().next().unwrap().unwrap().1;
    let before = status();

    let (events, events_in) = mpsc::channel(2);
    events
        .blocking_send(ExecEvent::Starting { row, attempt: 2, asked: true, to: Addressee::default(), go: None })
        .unwrap();
    let reason = "stopped before it was sent";
    events.blocking_send(ExecEvent::Withdrawn { row, attempt: 2, reason, stored: None }).unwrap();
    drop(events);
    let reporter = &mut Silent;
    let mut counts = Counts::default();
    counts.add(State::Pending);
    let mut committer = Committer::new(ledger, reporter, counts, Stop::default(), Vec::new());
    committer.work(events_in, |_| {});
    assert_eq!((committer.counts.get(State::Pending), committer.outcomes().total()), (1, 0));
    drop(committer);
    let after = status();
    assert_eq!((after.state, after.attempts, after.last_attempt), (State::Rejected, 1, 2));
    assert_eq!(after.answer.as_ref().unwrap().reply, refused);
    assert_eq!(after, crate::model::RowStatus { last_attempt: 2, ..before });
}
