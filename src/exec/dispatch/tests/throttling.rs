//! Throttling in virtual time: whatever an API turns away for now is sent later, at the pace that it takes.

#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers, for figures")]

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::exec::Sending;
use crate::model::{Answer, Attempt};

use super::*;

/// What a server takes.
enum Shape {
    /// So many within any second.
    Sliding(f64),
    /// So many within each second of its clock.
    Fixed(f64),
    /// So many per second, of which so many may come at once.
    Bucket(f64, f64),
    /// So many within any second, by the second of its clock from which that holds.
    Drift([(u64, f64); 3]),
}

/// A server that turns away what is too much for it.
struct Server {
    shape: Shape,
    latency: Duration,
    /// What it tells those whom it turns away.
    after: Option<Duration>,
    /// The share of requests that it turns away for no reason.
    strays: f64,
    begin: Instant,
    state: Mutex<ServerState>,
}

#[derive(Default)]
struct ServerState {
    taken: VecDeque<Duration>,
    tokens: f64,
    filled: Duration,
    random: Option<fastrand::Rng>,
    /// When each request came, and whether it was taken.
    log: Vec<(Duration, bool)>,
}

const SECOND: Duration = Duration::from_secs(1);

impl Server {
    fn new(shape: Shape, millis: u64) -> Self {
        let tokens = if let Shape::Bucket(_, burst) = shape { burst } else { 0.0 };
        let state = ServerState { tokens, random: Some(fastrand::Rng::with_seed(7)), ..ServerState::default() };
        let (latency, begin) = (Duration::from_millis(millis), Instant::now());
        Self { shape, latency, after: None, strays: 0.0, begin, state: Mutex::new(state) }
    }

    /// What it takes per second at a time.
    fn capacity(&self, at: Duration) -> f64 {
        match &self.shape {
            Shape::Sliding(most) | Shape::Fixed(most) | Shape::Bucket(most, _) => *most,
            Shape::Drift(phases) => phases.iter().rev().find(|(from, _)| *from <= at.as_secs()).unwrap().1,
        }
    }

    fn admit(&self) -> bool {
        let now = self.begin.elapsed();
        let capacity = self.capacity(now);
        let mut state = self.state.lock().unwrap();
        let stray = state.random.as_mut().unwrap().f64() < self.strays;
        let room = match self.shape {
            Shape::Sliding(_) | Shape::Drift(_) => {
                while state.taken.front().is_some_and(|at| *at + SECOND <= now) {
                    state.taken.pop_front();
                }
                (state.taken.len() as f64) < capacity
            }
            Shape::Fixed(_) => {
                while state.taken.front().is_some_and(|at| at.as_secs() < now.as_secs()) {
                    state.taken.pop_front();
                }
                (state.taken.len() as f64) < capacity
            }
            Shape::Bucket(_, burst) => {
                state.tokens = (state.tokens + now.saturating_sub(state.filled).as_secs_f64() * capacity).min(burst);
                state.filled = now;
                state.tokens >= 1.0
            }
        };
        let taken = room && !stray;
        if taken {
            state.taken.push_back(now);
            state.tokens -= 1.0;
        }
        state.log.push((now, taken));
        taken
    }
}

impl Connector for Server {
    fn send<'a>(&'a self, request: &'a Request, _: Attempt) -> Sending<'a> {
        Box::pin(async move {
            let taken = self.admit();
            if !self.latency.is_zero() {
                tokio::time::sleep(self.latency).await;
            }
            let accepted = Reply::Accepted { id: request.row.to_string(), recipient: None, status: None, held: false };
            let refused = Reply::Throttled {
                scope: Scope::Connection,
                after: self.after,
                code: "130429".to_owned(),
                message: String::new(),
            };
            Answer::from(if taken { accepted } else { refused })
        })
    }
}

/// How a run over a server went.
struct Figures {
    seconds: f64,
    /// The time that the server needs at least.
    ideal: f64,
    /// Of the requests of the second half, the share that was turned away.
    refused: f64,
    /// Of what the server takes in the second half, the share that was used.
    used: f64,
}

async fn send(server: Server, allowed: u32, rows: u64, concurrency: usize) -> Figures {
    let server = Arc::new(server);
    let policy = Policy { concurrency: Concurrency { least: concurrency, most: 1000 }, retries: 0, ..paced(allowed) };
    let state = ConnectionState::new(&policy, None);
    let connector: Arc<dyn Connector> = Arc::<Server>::clone(&server);
    let seen = run_over(link(connector, policy, state), jobs(rows), Stop::default(), usize::MAX).await;
    assert!(seen.outcomes.values().all(|state| *state == State::Accepted), "throttling never costs a row");
    assert_eq!(seen.outcomes.len() as u64, rows);
    let log = std::mem::take(&mut server.state.lock().unwrap().log);
    let end = log.last().unwrap().0;
    let half = log.iter().filter(|(at, _)| *at >= end / 2);
    let (all, taken) = (half.clone().count() as f64, half.filter(|(_, taken)| *taken).count() as f64);
    let allowed = f64::from(allowed);
    let room_at = |millis: u64| server.capacity(Duration::from_millis(millis)).min(allowed) / 1000.0;
    let end_millis = end.as_millis() as u64;
    let room: f64 = (end_millis / 2..end_millis).map(room_at).sum();
    let mut left = rows as f64;
    let ideal = (0..).take_while(|millis| {
        left -= room_at(*millis);
        left > 0.0
    });
    Figures {
        seconds: end.as_secs_f64(),
        ideal: ideal.count() as f64 / 1000.0,
        refused: 1.0 - taken / all,
        used: taken / room,
    }
}

impl Figures {
    fn row(&self, name: &str) -> String {
        let Self { seconds, ideal, refused, used } = self;
        format!(
            "{name}: {seconds:.1} of {ideal:.1} s, second half {:.0} % refused, {:.0} % used",
            refused * 100.0,
            used * 100.0
        )
    }

    fn is_good(&self) -> bool {
        self.refused <= 0.15 && self.used >= 0.9 && self.seconds <= self.ideal * 1.1 + 1.0
    }
}

#[tokio::test(start_paused = true)]
async fn the_pace_of_the_api_is_found_within_seconds() {
    let mut figures = Vec::new();
    for millis in [0, 20, 150] {
        let server = |shape| Server::new(shape, millis);
        for allowed in [100_000, 1_000, 100] {
            for (name, shape) in [
                ("any second", Shape::Sliding(80.0)),
                ("each second", Shape::Fixed(80.0)),
                ("a bucket of 80", Shape::Bucket(80.0, 80.0)),
                ("a bucket of 10", Shape::Bucket(80.0, 10.0)),
            ] {
                let name = format!("{allowed}/s, {millis} ms, 80 in {name}");
                figures.push((name, send(server(shape), allowed, 800, 32).await));
            }
            let told = Server { after: Some(SECOND), ..server(Shape::Sliding(80.0)) };
            figures.push((format!("{allowed}/s, {millis} ms, Retry-After"), send(told, allowed, 1600, 32).await));
        }
        let drift = server(Shape::Drift([(0, 1000.0), (30, 200.0), (60, 1000.0)]));
        figures.push((format!("1000/s, {millis} ms, 1000 200 1000"), send(drift, 1_000, 66_000, 300).await));
        let strays = Server { strays: 0.03, ..server(Shape::Sliding(1e9)) };
        figures.push((format!("80/s, {millis} ms, 3 % strays"), send(strays, 80, 4_000, 32).await));
        let slow = server(Shape::Bucket(2.0, 2.0));
        figures.push((format!("80/s, {millis} ms, 2 in a bucket"), send(slow, 80, 240, 32).await));
    }
    let bad: Vec<&str> = figures.iter().filter(|(_, one)| !one.is_good()).map(|(name, _)| name.as_str()).collect();
    let table: Vec<String> = figures.iter().map(|(name, one)| one.row(name)).collect();
    assert!(bad.is_empty(), "{bad:#?} of\n{}", table.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_full_pair_costs_its_rows_time_and_nobody_else() {
    let mut script = ScriptedConnector::with_latency(Duration::from_millis(20));
    for tried in 1..=6 {
        script.replies.insert((1, tried), throttled(Scope::Lane, 0));
    }
    let script = Arc::new(script);
    let mut list = vec![job(1, "+491"), job(2, "+491")];
    list.extend((3..=800).map(|row| job(row, "")));
    let seen = run(list, &script, Policy { retries: 0, ..paced(80) }).await;
    assert!(seen.outcomes.len() == 800 && seen.outcomes.values().all(|state| *state == State::Accepted));
    let waits: Vec<u64> = seen.waits.iter().map(|(_, wait)| wait.unwrap().as_secs()).collect();
    assert_eq!(waits, [1, 4, 16, 64, 256, 256]);
    let others = script.record().sent.iter().filter(|sent| sent.row > 2).map(|sent| sent.at).max().unwrap();
    assert!(others < Duration::from_secs(11), "{others:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_but_refusals_for_ten_minutes_leaves_the_rows_pending() {
    for (scope, lane) in [(Scope::Connection, ""), (Scope::Lane, "+491")] {
        let mut script = ScriptedConnector::default();
        for (row, tried) in (1..=50).flat_map(|row| (1..=2_000).map(move |tried| (row, tried))) {
            script.replies.insert((row, tried), throttled(scope, 0));
        }
        let (stop, begin) = (Stop::default(), Instant::now());
        let list = (1..=50).map(|row| job(row, lane)).collect();
        let seen = run_with(list, Arc::new(script), policy(), stop.clone(), usize::MAX).await;
        assert_eq!(seen.outcomes.len(), 0, "not one is failed");
        assert!((600..900).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
        assert!(matches!(stop.reason(), Some(Halt::Stopped(reason)) if reason.contains("for 10 minutes")));
    }
}
