//! One of each event, for the tests of the reporters.

use std::time::Duration;

use jiff::Timestamp;

use crate::exec::{Cause, Pause, Throughput};
use crate::model::{
    Answer, Counts, Event, Exclusion, FoundRate, Mode, Note, Reply, Rest, RowNumber, Scope, StageEnd, Start, State,
};

pub(super) fn counts() -> Counts {
    let mut counts = Counts::default();
    for (state, rows) in [(State::Pending, 36), (State::Accepted, 2), (State::Rejected, 1), (State::Skipped, 1)] {
        counts.add_many(state, rows);
    }
    counts
}

pub(super) fn throttled() -> Throughput {
    let pause = Some(Pause { wait: Duration::from_secs(14), cause: Cause::Throttled });
    Throughput { rate: Some(56.0), found: Some(57.3), pause }
}

pub(super) fn events() -> Vec<Event> {
    let accepted = Reply::Accepted {
        id: "wamid.HBgL".to_owned(),
        recipient: Some("46701740623".to_owned()),
        status: Some("accepted".to_owned()),
        held: false,
    };
    let rejected = Reply::Rejected {
        code: "131026".to_owned(),
        message: "Message\u{1b}[2J undeliverable\nFor +46701740623".to_owned(),
    };
    let note = Note { http_status: Some(400), advice: Some("Check this number.".to_owned()), ..Note::default() };
    let busy = Reply::Throttled {
        scope: Scope::Connection,
        after: Some(Duration::from_secs(14)),
        code: "130429".to_owned(),
        message: "Rate limit hit".to_owned(),
    };
    let finished = |row, answer: Answer| Event::Finished {
        row: RowNumber(row),
        line: row + 1,
        attempt: 1,
        state: answer.reply.state(),
        answer: answer.into(),
        took: Duration::from_millis(42),
    };
    vec![
        Event::Started(Start {
            run: "order-update-20261122T123316Z-308a".to_owned(),
            mode: Mode::Run,
            rows: 40,
            ready: Some(39),
            rate: Some(80.0),
            in_parts: true,
        }),
        Event::Excluded {
            row: RowNumber(1),
            line: 2,
            exclusion: Exclusion { state: State::Skipped, reason: "when".to_owned() },
        },
        Event::Sending { row: RowNumber(2), attempt: 1 },
        Event::Waiting { row: RowNumber(2), attempt: 1, wait: Duration::from_millis(14_200), answer: busy.into() },
        finished(2, accepted.into()),
        finished(3, Answer { reply: rejected, note }),
        Event::Stage(StageEnd { stage: 1, of: 3, counts: counts(), left: 36, asks: true }),
        Event::Resting(Rest {
            reason: "outside the window; continues Mon 09:00 Europe/Berlin, in 14 h".to_owned(),
            cause: "window",
            until: Timestamp::UNIX_EPOCH + Duration::from_secs(50_400),
            wait: Duration::from_secs(50_400),
        }),
        Event::RateFound(FoundRate { connection: None, takes: Some(57.3), allowed: Some(80.0) }),
        Event::Stopping { connection: Some("acme-2".to_owned()), reason: "190: the token has expired".to_owned() },
        Event::Stopping { connection: None, reason: "interrupted".to_owned() },
    ]
}
