//! The executor in virtual time, with a scripted connector and a committer in memory.

mod rate;
mod stages;
mod throttling;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::SystemTime;

use bytes::Bytes;

use super::*;
use crate::exec::Ack;
use crate::exec::testing::{ScriptedConnector, Sent, VirtualClock};
use crate::exec::{Concurrency, ConnectionState, Connector, Policy};
use crate::model::{Draft, FailureLimit, Rate, Request, RowNumber, RunToken, State};

/// What the committer received.
#[derive(Debug, Default)]
struct Seen {
    intents: Vec<(u64, u32)>,
    waits: Vec<(u64, Option<Duration>)>,
    withdrawn: Vec<u64>,
    outcomes: HashMap<u64, State>,
    late: Vec<u64>,
    kept: HashMap<u64, State>,
    put_back: PutBack,
}

const EPOCH: SystemTime = SystemTime::UNIX_EPOCH;

fn job(row: u64, lane: &str) -> Job {
    let lane = (!lane.is_empty()).then(|| lane.into());
    let draft = Draft { recipient: lane.clone(), lane, ..Draft::new("POST", String::new(), Bytes::new()) };
    let request = Request::new(RowNumber(row), row + 1, draft);
    Job { request, before: 0, asked: false, was: State::Pending, in_doubt: false, refused: None, closes: None }
}

fn jobs(rows: u64) -> Vec<Job> {
    (1..=rows).map(|row| job(row, "")).collect()
}

fn policy() -> Policy {
    Policy { concurrency: Concurrency::fixed(16), rate: None, retries: 3, max_failures: None, not_after: None }
}

fn link(connector: Arc<dyn Connector>, policy: Policy, state: ConnectionState) -> Link {
    Link { run: RunToken([0; 16]), connection: ConnectionIndex::default(), connector, policy, state }
}

/// Runs the jobs to the end. `refuse_from`: the committer cannot store that intent nor any after it.
async fn run_with(
    jobs: Vec<Job>,
    script: Arc<ScriptedConnector>,
    policy: Policy,
    stop: Stop,
    refuse_from: usize,
) -> Seen {
    let state = ConnectionState::new(&policy, None);
    run_under(state, jobs, script, policy, stop, refuse_from).await
}

async fn run_under(
    state: ConnectionState,
    jobs: Vec<Job>,
    script: Arc<ScriptedConnector>,
    policy: Policy,
    stop: Stop,
    refuse_from: usize,
) -> Seen {
    run_over(link(script, policy, state), jobs, stop, refuse_from).await
}

async fn run_over(link: Link, jobs: Vec<Job>, stop: Stop, refuse_from: usize) -> Seen {
    let (feed, jobs_in) = mpsc::channel(8);
    let (committer, mut events) = mpsc::channel(8);
    let feeding = tokio::spawn(async move {
        for job in jobs {
            if feed.send(job).await.is_err() {
                return;
            }
        }
    });
    let committer_task = tokio::spawn(async move {
        let mut seen = Seen::default();
        while let Some(event) = events.recv().await {
            match event {
                ExecEvent::Starting { row, attempt, go, .. } => {
                    seen.intents.push((row.0, attempt));
                    if seen.intents.len() <= refuse_from {
                        go.unwrap().send(Ack::Stored).unwrap();
                    }
                }
                ExecEvent::Waiting { row, wait, stored, .. } => {
                    seen.waits.push((row.0, wait));
                    stored.unwrap().send(Ack::Stored).unwrap();
                }
                ExecEvent::Withdrawn { row, stored, .. } => {
                    seen.withdrawn.push(row.0);
                    stored.unwrap().send(Ack::Stored).unwrap();
                }
                ExecEvent::Finished { row, state, stored, .. } => {
                    assert_eq!(seen.outcomes.insert(row.0, state), None, "row {row} finished twice");
                    stored.unwrap().send(Ack::Stored).unwrap();
                }
                ExecEvent::Excluded { row, .. } => seen.late.push(row.0),
                ExecEvent::Kept { row, state, .. } => assert_eq!(seen.kept.insert(row.0, state), None),
                ExecEvent::Tick { .. } => {}
            }
        }
        seen
    });
    let clock = Arc::new(VirtualClock::default());
    let put_back = execute(jobs_in, link, clock, committer, stop).await;
    feeding.abort();
    Seen { put_back, ..committer_task.await.unwrap() }
}

async fn run(jobs: Vec<Job>, script: &Arc<ScriptedConnector>, policy: Policy) -> Seen {
    run_with(jobs, Arc::clone(script), policy, Stop::default(), usize::MAX).await
}

fn throttled(scope: Scope, seconds: u64) -> Reply {
    let after = (seconds > 0).then(|| Duration::from_secs(seconds));
    Reply::Throttled { scope, after, code: "130429".to_owned(), message: String::new() }
}

fn paced(count: u32) -> Policy {
    let rate = Rate { count: NonZeroU32::new(count).unwrap(), per: Duration::from_secs(1) };
    Policy { rate: Some(rate), ..policy() }
}

#[tokio::test(start_paused = true)]
async fn every_row_is_sent_once_and_in_parallel() {
    let script = Arc::new(ScriptedConnector::with_latency(Duration::from_millis(100)));
    let seen = run(jobs(500), &script, policy()).await;
    assert_eq!(seen.outcomes.len(), 500);
    assert_eq!(script.record().sent.len(), 500);
    assert_eq!(script.record().most_in_flight, 16);
}

#[tokio::test(start_paused = true)]
async fn the_start_is_gentle() {
    let script = Arc::new(ScriptedConnector::with_latency(Duration::from_secs(1)));
    run(jobs(60), &script, policy()).await;
    let log = &script.record().sent;
    let in_second = |n: u64| log.iter().filter(|sent| sent.at.as_secs() == n).count();
    assert_eq!((in_second(0), in_second(1), in_second(2)), (1, 10, 16));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_row_waits_as_long_as_it_was_told_and_is_accepted() {
    let mut script = ScriptedConnector::default();
    script.replies.insert((3, 1), throttled(Scope::Connection, 30));
    let script = Arc::new(script);
    let begin = Instant::now();
    let seen = run(jobs(10), &script, paced(2)).await;
    assert_eq!(seen.outcomes[&3], State::Accepted);
    assert_eq!(seen.intents.iter().filter(|(row, _)| *row == 3).collect::<Vec<_>>(), [&(3, 1), &(3, 2)]);
    let log = &script.record().sent;
    let attempts = log.iter().map(|sent| sent.attempt);
    let named = attempts.filter(|attempt| attempt.row.0 == 3).map(|attempt| attempt.number).collect::<Vec<_>>();
    assert_eq!((named, log.len()), (vec![1, 2], 11), "no two attempts have the same name");
    // The whole connection had to wait, so no row was sent for thirty seconds.
    let gaps = log.windows(2).map(|pair| pair[1].at.checked_sub(pair[0].at).unwrap());
    let pauses = gaps.filter(|gap| *gap >= Duration::from_secs(30)).count();
    let took = begin.elapsed().as_secs_f64();
    assert!(pauses == 1 && (34.0..36.0).contains(&took), "{pauses} pauses in {took} s");
}

#[tokio::test(start_paused = true)]
async fn retries_end_where_it_may_be_a_fault_and_doubt_is_never_retried() {
    let mut script = ScriptedConnector::with_latency(Duration::from_millis(100));
    for tried in 1..=9 {
        script.replies.insert((2, tried), throttled(Scope::Connection, 0));
        script.replies.insert((3, tried), Reply::Unreachable { message: String::new() });
    }
    script.replies.insert((4, 1), Reply::Unknown { reason: "timeout".into(), message: String::new() });
    let script = Arc::new(script);
    // Enough other rows get through: there is no outage, and each attempt is charged to its row.
    let seen = run(jobs(500), &script, Policy { concurrency: Concurrency::fixed(4), ..policy() }).await;
    assert_eq!(
        [2, 3, 4, 5].map(|row| seen.outcomes[&row]),
        [State::Accepted, State::Failed, State::Unknown, State::Accepted]
    );
    assert_eq!([2, 3, 4, 5].map(|row| script.record().tries(row)), [10, 4, 1, 1], "throttling is charged to nobody");
}

#[tokio::test(start_paused = true)]
async fn a_recipient_who_waits_keeps_nobody_else_waiting() {
    let mut script = ScriptedConnector::with_latency(Duration::from_millis(50));
    script.replies.insert((1, 1), throttled(Scope::Lane, 0));
    script.replies.insert((1, 2), throttled(Scope::Lane, 0));
    let script = Arc::new(script);
    let mut list: Vec<Job> = (1..=3).map(|row| job(row, "+491")).collect();
    list.extend((4..=50).map(|row| job(row, &format!("+49{row}"))));
    let seen = run(list, &script, policy()).await;
    assert!(seen.outcomes.values().all(|state| *state == State::Accepted) && seen.outcomes.len() == 50);
    let log = &script.record().sent;
    let lane: Vec<u64> = log.iter().map(|sent| sent.row).filter(|row| *row <= 3).collect();
    assert_eq!(lane, [1, 1, 1, 2, 3], "in order, one at a time");
    assert_eq!(seen.waits, [(1, Some(Duration::from_secs(1))), (1, Some(Duration::from_secs(4)))]);
    let others = log.iter().filter(|sent| sent.row > 3).map(|sent| sent.at).max().unwrap();
    assert!(others < Duration::from_secs(5), "{others:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_wide_refusal_costs_one_row() {
    let mut script = ScriptedConnector::with_latency(Duration::from_millis(10));
    script.replies.insert((1, 1), Reply::Fatal { code: "190".to_owned(), message: "expired".to_owned() });
    let script = Arc::new(script);
    let stop = Stop::default();
    let seen = run_with(jobs(100), Arc::clone(&script), policy(), stop.clone(), usize::MAX).await;
    assert_eq!(seen.outcomes, HashMap::from([(1, State::Failed)]));
    assert_eq!(script.record().sent.len(), 1);
    assert_eq!(stop.reason(), Some(&Halt::Stopped("190: expired".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_the_desk_could_not_record() {
    let script = Arc::new(ScriptedConnector::with_latency(Duration::from_millis(10)));
    let stop = Stop::default();
    let seen = run_with(jobs(100), Arc::clone(&script), policy(), stop.clone(), 20).await;
    assert_eq!(script.record().sent.len(), 20);
    assert_eq!(seen.outcomes.len(), 20);
    assert!(matches!(stop.reason(), Some(Halt::Stopped(_))));
}

#[tokio::test(start_paused = true)]
async fn draining_waits_for_rows_in_flight_and_aborting_does_not() {
    for abort in [false, true] {
        let script = Arc::new(ScriptedConnector::with_latency(Duration::from_secs(10)));
        let stop = Stop::default();
        let stopper = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(12)).await;
            stopper.drain(Halt::Interrupted);
            if abort {
                tokio::time::sleep(Duration::from_secs(1)).await;
                stopper.abort();
            }
        });
        let begin = Instant::now();
        let seen = run_with(jobs(100), script, policy(), stop, usize::MAX).await;
        let (state, end) = if abort { (State::Unknown, 13) } else { (State::Accepted, 20) };
        assert_eq!(seen.outcomes.len(), 11);
        assert_eq!(seen.outcomes.values().filter(|s| **s == state).count(), if abort { 10 } else { 11 });
        assert_eq!(begin.elapsed().as_secs(), end);
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_nothing_begins() {
    let script = Arc::new(ScriptedConnector::default());
    let past = EPOCH - Duration::from_secs(1);
    let mut list = jobs(5);
    list.extend((6..9).map(|row| job(row, "+49")));
    let mut seen = run(list, &script, Policy { not_after: Some(past), ..policy() }).await;
    seen.late.sort_unstable();
    assert_eq!(seen.late, (1..9).collect::<Vec<_>>());
    assert!(seen.intents.is_empty() && script.record().sent.is_empty());
}

#[tokio::test(start_paused = true)]
async fn too_many_failures_stop_the_run() {
    let mut script = ScriptedConnector::default();
    for row in 1..=100 {
        script.replies.insert((row, 1), Reply::Rejected { code: row.to_string(), message: String::new() });
    }
    let stop = Stop::default();
    let policy = Policy { max_failures: Some(FailureLimit::Rows(3)), concurrency: Concurrency::fixed(1), ..policy() };
    let seen = run_with(jobs(100), Arc::new(script), policy, stop.clone(), usize::MAX).await;
    assert_eq!(seen.outcomes.len(), 4);
    assert!(matches!(stop.reason(), Some(Halt::Stopped(reason)) if reason.contains("max-failures")));
}

#[tokio::test(start_paused = true)]
async fn a_closed_way_burns_no_rows() {
    let mut script = ScriptedConnector::with_latency(Duration::from_millis(20));
    // From the 100th row on, the API is unreachable for nine attempts per row.
    for row in 100..=1000 {
        for tried in 1..=9 {
            script.replies.insert((row, tried), Reply::Unreachable { message: "no route".to_owned() });
        }
    }
    let script = Arc::new(script);
    let stop = Stop::default();
    let stopper = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(120)).await;
        stopper.drain(Halt::Interrupted);
    });
    let seen = run_with(jobs(1000), Arc::clone(&script), policy(), stop, usize::MAX).await;
    let tried = script.record().sent.iter().filter(|sent| sent.row >= 100).count();
    // The rows in flight when the outage began, and then one probe at a time, at growing intervals.
    assert!(tried <= 16 * 3 + 8, "{tried} tries in two minutes");
    assert!(seen.outcomes.values().all(|state| *state == State::Accepted), "nothing failed");
}

#[tokio::test(start_paused = true)]
async fn what_was_never_reached_costs_one_row_and_seconds() {
    let mut script = ScriptedConnector::default();
    for row in 1..=100 {
        for tried in 1..=99 {
            script.replies.insert((row, tried), Reply::Unreachable { message: "refused".to_owned() });
        }
    }
    let stop = Stop::default();
    let begin = Instant::now();
    let seen = run_with(jobs(100), Arc::new(script), policy(), stop.clone(), usize::MAX).await;
    assert_eq!(seen.outcomes.values().collect::<Vec<_>>(), [&State::Failed]);
    assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
    assert_eq!(stop.reason(), Some(&Halt::Stopped("the API cannot be reached: refused".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_worker_ends_the_run_instead_of_hanging_it() {
    let (feed, jobs_in) = mpsc::channel(64);
    let (committer, mut events) = mpsc::channel(8);
    for job in jobs(50) {
        feed.send(job).await.unwrap();
    }
    let committer_task = tokio::spawn(async move {
        let mut begun = 0;
        while let Some(event) = events.recv().await {
            match event {
                ExecEvent::Starting { go, .. } => {
                    begun += 1;
                    go.unwrap().send(Ack::Stored).unwrap_or_default();
                }
                ExecEvent::Finished { stored, .. } => stored.unwrap().send(Ack::Stored).unwrap_or_default(),
                _ => {}
            }
        }
        begun
    });
    let stop = Stop::default();
    let panics = |row: u64| assert_ne!(row, 20, "a bug in a connector");
    let broken = ScriptedConnector::default().on_send(panics);
    let policy = Policy { concurrency: Concurrency::fixed(2), ..policy() };
    let (state, clock) = (ConnectionState::new(&policy, None), Arc::new(VirtualClock::default()));
    execute(jobs_in, link(Arc::new(broken), policy, state), clock, committer, stop.clone()).await;
    assert!((20..30).contains(&committer_task.await.unwrap()));
    assert!(matches!(stop.reason(), Some(Halt::Stopped(reason)) if reason.contains("bug")));
}

/// In real time: the paused clock does not show what a timer's whole milliseconds cost.
#[tokio::test]
async fn a_moment_that_has_come_is_not_waited_for() {
    let is_ready = |future: std::pin::Pin<&mut dyn Future<Output = ()>>| {
        future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
    };
    let now = Instant::now();
    assert!(is_ready(std::pin::pin!(wait_until(now))));
    assert!(is_ready(std::pin::pin!(wait_until(now - Duration::from_secs(1)))));
    assert!(!is_ready(std::pin::pin!(wait_until(now + Duration::from_secs(60)))));
}
