//! Events for programs: one JSON object per line on standard output. README.md lists the fields.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::exec::{Cause, Throughput};
use crate::model::{Counts, Event, State};

use super::events::Events;
use super::progress::{Progress, ProgressSnapshot, Wait};
use super::reporter::Reporter;

/// Writes events as JSON lines.
pub struct JsonReporter {
    events: Events,
    clock: fn() -> Timestamp,
    progress: Progress,
    reported: Option<Instant>,
}

/// Shortest time between two progress events.
const EVERY: Duration = Duration::from_secs(1);

impl JsonReporter {
    /// A reporter that writes to `events`.
    pub fn new(events: Events) -> Self {
        Self { events, clock: Timestamp::now, progress: Progress::default(), reported: None }
    }

    fn line(&self, event: &str, fields: Value) {
        self.events.line(object(event, (self.clock)(), fields).to_string());
    }
}

/// The last event of a run: its rows by state, and the path of the results.
pub fn finished_run(run: &str, counts: &Counts, results: Option<&str>) -> String {
    let fields = json!({ "run": run, "rows": counts.total(), "counts": counts, "results": results });
    object("finished_run", Timestamp::now(), fields).to_string()
}

/// An event: the common fields, then its own.
fn object(event: &str, at: Timestamp, fields: Value) -> Value {
    let mut whole = Map::new();
    whole.insert("event".to_owned(), event.into());
    whole.insert("at".to_owned(), format!("{at:.3}").into());
    if let Value::Object(fields) = fields {
        whole.extend(fields);
    }
    whole.into()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Rounds a rate to two decimals, and a slow one such as 1/h to four significant digits.
fn rounded(rate: f64) -> f64 {
    if rate >= 1.0 { (rate * 100.0).round() / 100.0 } else { format!("{rate:.3e}").parse().unwrap_or(rate) }
}

fn progress(snapshot: &ProgressSnapshot) -> Value {
    let wait = snapshot.wait.map(|(wait, left)| {
        let why = match wait {
            Wait::For(Cause::Throttled) => "throttled",
            Wait::For(Cause::Unreachable) => "unreachable",
            Wait::For(Cause::Retry) => "retry",
            Wait::For(Cause::Pace) => "pace",
            Wait::Window => "window",
            Wait::Stage => "stage",
        };
        json!({ "cause": why, "wait_ms": millis(left) })
    });
    json!({
        "counts": snapshot.counts,
        "in_flight": snapshot.counts.get(State::Sending),
        "rate": snapshot.rate.map(rounded),
        "allowed": snapshot.allowed.map(rounded),
        "left_s": snapshot.left.map(|left| left.as_secs()),
        "waits": wait,
    })
}

impl Reporter for JsonReporter {
    fn event(&mut self, event: &Event, counts: &Counts) {
        self.progress.event(event, counts, Instant::now());
        let (name, fields) = match event {
            Event::Started(start) => (
                "started",
                json!({ "run": start.run, "mode": start.mode, "rows": start.rows, "allowed": start.rate, "counts": counts }),
            ),
            Event::Sending { row, attempt } => ("sending", json!({ "row": row, "attempt": attempt })),
            Event::Waiting { row, attempt, wait, answer } => {
                ("waiting", json!({ "row": row, "attempt": attempt, "wait_ms": millis(*wait), "answer": **answer }))
            }
            Event::Finished { row, line, attempt, state, answer, took } => (
                "finished",
                json!({ "row": row, "line": line, "status": state, "attempt": attempt, "duration_ms": millis(*took), "answer": **answer }),
            ),
            Event::Excluded { row, line, exclusion } => {
                ("left", json!({ "row": row, "line": line, "status": exclusion.state, "reason": exclusion.reason }))
            }
            Event::Stage(end) => (
                "stage",
                json!({ "stage": end.stage, "of": end.of, "rows": end.counts.total(), "counts": end.counts, "left": end.left, "asks": end.asks }),
            ),
            Event::Resting(rest) => (
                "resting",
                json!({ "cause": rest.cause, "until": rest.until, "wait_ms": millis(rest.wait), "reason": rest.reason }),
            ),
            Event::RateFound(rate) => (
                "rate",
                json!({ "connection": rate.connection, "takes": rate.takes.map(rounded), "allowed": rate.allowed.map(rounded) }),
            ),
            Event::Stopping { connection: None, reason } => ("stopping", json!({ "reason": reason, "counts": counts })),
            Event::Stopping { connection, reason } => {
                ("stopping", json!({ "connection": connection, "reason": reason, "counts": counts }))
            }
        };
        self.line(name, fields);
    }

    fn tick(&mut self, counts: &Counts, throughput: &Throughput) {
        let now = Instant::now();
        self.progress.tick(counts, throughput, now);
        if self.reported.is_none_or(|last| now.duration_since(last) >= EVERY) {
            self.reported = Some(now);
            let fields = progress(&self.progress.snapshot(now));
            self.line("progress", fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::live::samples;

    #[test]
    fn a_slow_rate_is_not_none() {
        for (rate, text) in [(80.0, "80.0"), (56.004_9, "56.0"), (0.7, "0.7"), (1.0 / 60.0, "0.01667"), (0.0, "0.0")] {
            assert_eq!(json!(rounded(rate)).to_string(), text);
        }
        assert_eq!(json!(rounded(1.0 / 3600.0)).to_string(), "0.0002778");
        assert_eq!(json!(rounded(1.0 / 86_400.0)).to_string(), "0.00001157");
    }

    #[test]
    fn each_event_has_its_shape() {
        let out = tempfile::NamedTempFile::new().unwrap();
        let events = Events::start(out.reopen().unwrap(), || false, |error| panic!("{error}")).unwrap();
        let mut reporter = JsonReporter { clock: || Timestamp::UNIX_EPOCH, ..JsonReporter::new(events.clone()) };
        let counts = samples::counts();
        for event in &samples::events() {
            reporter.event(event, &counts);
        }
        reporter.tick(&counts, &samples::throttled());
        // Less than a second has passed.
        reporter.tick(&counts, &samples::throttled());
        assert!(events.close());
        insta::assert_snapshot!(std::fs::read_to_string(out.path()).unwrap());
    }
}
