use super::*;
use crate::exec::Pause;
use crate::model::{Answer, Mode, Reply, Rest, RowNumber, Start};

/// A session of 4,000 rows at 80 a second, after ten seconds.
struct Session {
    progress: Progress,
    counts: Counts,
    now: Instant,
}

fn session(ready: Option<u64>, in_parts: bool) -> Session {
    let mut counts = Counts::default();
    counts.add_many(State::Pending, 4000);
    let now = Instant::now();
    let mut progress = Progress::default();
    let start = Start { run: "r".to_owned(), mode: Mode::Run, rows: 4000, ready, rate: Some(80.0), in_parts };
    progress.event(&Event::Started(start), &counts, now);
    let mut session = Session { progress, counts, now };
    session.send(800);
    session
}

impl Session {
    fn send(&mut self, rows: u64) {
        for row in 0..rows {
            self.now += Duration::from_micros(12_500);
            self.counts.shift(State::Pending, State::Accepted);
            let reply = Reply::Accepted { id: "x".to_owned(), recipient: None, status: None, held: false };
            let answer = Answer::from(reply);
            let (attempt, state, took) = (1, State::Accepted, Duration::ZERO);
            let event = Event::Finished { row: RowNumber(row), line: row, attempt, state, answer: answer.into(), took };
            self.progress.event(&event, &self.counts, self.now);
        }
        self.tick(None, Some(79.7));
    }

    fn tick(&mut self, pause: Option<(Cause, u64)>, rate: Option<f64>) {
        let pause = pause.map(|(cause, seconds)| Pause { wait: Duration::from_secs(seconds), cause });
        self.progress.tick(&self.counts, &Throughput { rate, found: None, pause }, self.now);
    }

    /// Estimated seconds left.
    fn left(&self) -> Option<u64> {
        self.progress.snapshot(self.now).left.map(|left| left.as_secs())
    }
}

#[test]
fn what_is_left_follows_from_the_rows_that_will_be_sent() {
    let all = session(None, false);
    assert!((39..=41).contains(&all.left().unwrap()), "{:?}", all.left());
    // 2,400 rows will be skipped, which takes no time.
    let some = session(Some(1600), false);
    assert!((9..=11).contains(&some.left().unwrap()), "{:?}", some.left());
    assert!((79.0..81.0).contains(&some.progress.snapshot(some.now).rate.unwrap()));
}

#[test]
fn the_allowed_rate_tells_what_is_left_before_there_is_another() {
    let mut fresh = Progress::default();
    let mut counts = Counts::default();
    counts.add_many(State::Pending, 4000);
    let now = Instant::now();
    assert_eq!(fresh.snapshot(now).left, None);
    let start =
        Start { run: "r".to_owned(), mode: Mode::Run, rows: 4000, ready: None, rate: Some(80.0), in_parts: false };
    fresh.event(&Event::Started(start), &counts, now);
    assert_eq!(fresh.snapshot(now).left, Some(Duration::from_secs(50)));
}

#[test]
fn a_wait_that_the_api_names_is_added_and_one_that_nobody_knows_leaves_no_guess() {
    let mut session = session(None, false);
    let before = session.left().unwrap();
    session.now += Duration::from_secs(5);
    session.tick(Some((Cause::Throttled, 14)), Some(56.0));
    assert_eq!(session.left(), Some(before + 14));
    let snapshot = session.progress.snapshot(session.now + Duration::from_secs(1));
    assert_eq!(snapshot.wait, Some((Wait::For(Cause::Throttled), Duration::from_secs(13))));
    assert!(snapshot.slowed);
    assert_eq!(snapshot.allowed, Some(56.0));
    session.tick(Some((Cause::Unreachable, 8)), Some(56.0));
    assert_eq!(session.left(), None);
}

#[test]
fn a_window_that_is_closed_is_a_wait_until_rows_leave_again() {
    let mut session = session(None, true);
    let rest = Rest {
        reason: String::new(),
        cause: "window",
        until: jiff::Timestamp::UNIX_EPOCH,
        wait: Duration::from_secs(3600),
    };
    session.progress.event(&Event::Resting(rest), &session.counts, session.now);
    let snapshot = session.progress.snapshot(session.now + Duration::from_secs(600));
    assert_eq!((snapshot.wait, snapshot.left), (Some((Wait::Window, Duration::from_secs(3000))), None));
    session.tick(None, None);
    assert_eq!(session.progress.snapshot(session.now).wait, None);
    assert!(session.left().is_some() && session.progress.snapshot(session.now).in_parts);
}

#[test]
fn nothing_is_left_when_all_is_sent() {
    let mut session = session(None, false);
    session.send(3200);
    assert_eq!(session.left(), None);
}

#[test]
fn a_slow_rate_is_no_wait_and_a_very_slow_one_is() {
    let mut session = session(None, false);
    session.tick(Some((Cause::Pace, 2)), Some(0.5));
    assert_eq!(session.progress.snapshot(session.now).wait, None);
    session.tick(Some((Cause::Pace, 55)), Some(1.0 / 60.0));
    assert_eq!(session.progress.snapshot(session.now).wait, Some((Wait::For(Cause::Pace), Duration::from_secs(55))));
}
