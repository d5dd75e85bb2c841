//! For programs: one JSON object per line on standard output for everything that happens. README.md has the table.

use std::io::Write;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::exec::{Cause, Pulse};
use crate::model::{Counts, Event, State};

use super::Reporter;
use super::progress::{Look, Progress, Wait};

/// Writes events as JSON lines.
pub struct JsonReporter<W: Write + Send> {
    out: Option<W>,
    clock: fn() -> Timestamp,
    progress: Progress,
    told: Option<Instant>,
}

/// Progress is told at most so often.
const EVERY: Duration = Duration::from_secs(1);

impl<W: Write + Send> JsonReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out: Some(out), clock: Timestamp::now, progress: Progress::default(), told: None }
    }

    fn line(&mut self, event: &str, fields: Value) {
        let Some(out) = &mut self.out else { return };
        let line = object(event, (self.clock)(), fields);
        // A reader that is gone must not stop a run; it does not come back either.
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            self.out = None;
        }
    }
}

/// The last line of a run's events: how all of its rows stand, and where the results are.
pub fn finished_run(run: &str, counts: &Counts, results: Option<&str>) -> String {
    let fields = json!({ "run": run, "rows": counts.total(), "counts": counts, "results": results });
    object("finished_run", Timestamp::now(), fields).to_string()
}

/// The fields of an event behind those that each has.
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

/// Two decimals are enough of a rate.
fn rounded(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}

fn progress(look: &Look) -> Value {
    let wait = look.wait.map(|(wait, left)| {
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
        "counts": look.counts,
        "in_flight": look.counts.get(State::Sending),
        "rate": rounded(look.rate),
        "allowed": look.allowed.map(rounded),
        "left_s": look.left.map(|left| left.as_secs()),
        "waits": wait,
    })
}

impl<W: Write + Send> Reporter for JsonReporter<W> {
    fn event(&mut self, event: &Event, counts: &Counts) {
        self.progress.event(event, counts, Instant::now());
        let (name, fields) = match event {
            Event::Started(start) => (
                "started",
                json!({ "run": start.run, "mode": start.mode, "rows": start.rows, "allowed": start.rate, "counts": counts }),
            ),
            Event::Sending { row, attempt } => ("sending", json!({ "row": row, "attempt": attempt })),
            Event::Waiting { row, attempt, wait, answer } => {
                ("waiting", json!({ "row": row, "attempt": attempt, "wait_ms": millis(*wait), "answer": answer }))
            }
            Event::Finished { row, line, attempt, state, answer, took } => (
                "finished",
                json!({ "row": row, "line": line, "status": state, "attempt": attempt, "duration_ms": millis(*took), "answer": answer }),
            ),
            Event::Left { row, line, left } => {
                ("left", json!({ "row": row, "line": line, "status": left.state, "reason": left.reason }))
            }
            Event::Stage(end) => (
                "stage",
                json!({ "stage": end.stage, "of": end.of, "rows": end.counts.total(), "counts": end.counts, "left": end.left, "asks": end.asks }),
            ),
            Event::Resting(rest) => (
                "resting",
                json!({ "cause": rest.cause, "until": rest.until, "wait_ms": millis(rest.wait), "reason": rest.reason }),
            ),
            Event::Stopping { reason } => ("stopping", json!({ "reason": reason, "counts": counts })),
        };
        self.line(name, fields);
    }

    fn tick(&mut self, counts: &Counts, pulse: &Pulse) {
        let now = Instant::now();
        self.progress.tick(counts, pulse, now);
        if self.told.is_none_or(|told| now.duration_since(told) >= EVERY) {
            self.told = Some(now);
            let fields = progress(&self.progress.look(now));
            self.line("progress", fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn each_event_has_its_shape() {
        let mut out = Vec::new();
        let mut reporter = JsonReporter { clock: || Timestamp::UNIX_EPOCH, ..JsonReporter::new(&mut out) };
        let counts = samples::counts();
        for event in &samples::events() {
            reporter.event(event, &counts);
        }
        reporter.tick(&counts, &samples::throttled());
        // A second has not passed.
        reporter.tick(&counts, &samples::throttled());
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_reader_that_is_gone_is_left_alone() {
        struct Gone(u32);
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                self.0 += 1;
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut gone = Gone(0);
        let mut reporter = JsonReporter::new(&mut gone);
        for event in &samples::events() {
            reporter.event(event, &Counts::default());
        }
        drop(reporter);
        assert_eq!(gone.0, 1);
    }
}
