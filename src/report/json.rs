//! For programs: one JSON object per line on standard output, for every row that ends and for the end.

use std::io::Write;

use serde_json::{Value, json};

use crate::model::{Counts, Event};

use super::Reporter;

/// Writes events as JSON lines.
pub struct JsonReporter<W: Write + Send> {
    out: W,
}

impl<W: Write + Send> JsonReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    fn line(&mut self, event: &Value) {
        // A closed pipe must not stop a run.
        let _ = writeln!(self.out, "{event}");
    }
}

impl<W: Write + Send> Reporter for JsonReporter<W> {
    fn event(&mut self, event: &Event, counts: &Counts) {
        let json = match event {
            Event::Started(start) => {
                json!({ "event": "started", "run": start.run, "mode": start.mode, "rows": start.rows })
            }
            Event::Waiting { row, attempt, wait, answer } => {
                let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                json!({ "event": "waiting", "row": row, "attempt": attempt, "wait_ms": wait_ms, "reply": answer })
            }
            Event::Finished { row, line, attempt, state, answer, took } => {
                let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                json!({ "event": "finished", "row": row, "line": line, "status": state, "attempt": attempt, "duration_ms": ms, "reply": answer })
            }
            Event::Left { row, line, left } => {
                json!({ "event": "finished", "row": row, "line": line, "status": left.state, "reason": left.reason })
            }
            Event::Stage(end) => {
                json!({ "event": "stage", "stage": end.stage, "of": end.of, "rows": end.counts.total(), "counts": end.counts, "left": end.left })
            }
            Event::Resting(rest) => {
                let wait_ms = u64::try_from(rest.wait.as_millis()).unwrap_or(u64::MAX);
                json!({ "event": "resting", "cause": rest.cause, "until": rest.until, "wait_ms": wait_ms, "reason": rest.reason })
            }
            Event::Stopping { reason } => json!({ "event": "stopping", "reason": reason, "counts": counts }),
            Event::Sending { .. } => return,
        };
        self.line(&json);
    }
}
