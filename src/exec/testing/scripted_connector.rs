//! A connector that answers from a script.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use super::VirtualClock;
use super::send_record::SendRecord;
use crate::exec::{Clock, Connector, Sending};
use crate::model::{Answer, Attempt, Reply, Request};

/// The message of an `Unreachable` that comes as an answer.
pub(crate) const MISDIRECTED: &str = "HTTP 421";

/// Called with the number of the row, after its request was recorded and before it is answered.
type OnSend = Box<dyn Fn(u64) + Send + Sync>;

/// Answers each request from `replies`, and records it.
pub(crate) struct ScriptedConnector {
    /// The reply by row and try; tries count from 1. Other requests are accepted.
    pub(crate) replies: HashMap<(u64, usize), Reply>,
    latency: Duration,
    on_send: Option<OnSend>,
    clock: Arc<dyn Clock>,
    record: Mutex<SendRecord>,
}

impl Default for ScriptedConnector {
    fn default() -> Self {
        Self::dated_by(Arc::new(VirtualClock::default()))
    }
}

impl ScriptedConnector {
    /// A connector that accepts every request at once. `clock` dates its record.
    pub(crate) fn dated_by(clock: Arc<dyn Clock>) -> Self {
        Self { replies: HashMap::new(), latency: Duration::ZERO, on_send: None, clock, record: Mutex::default() }
    }

    /// A connector that accepts every request after `latency`.
    pub(crate) fn with_latency(latency: Duration) -> Self {
        Self { latency, ..Self::default() }
    }

    /// Calls `on_send` for each request, too.
    pub(crate) fn on_send(self, on_send: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { on_send: Some(Box::new(on_send)), ..self }
    }

    /// What the connector received until now.
    pub(crate) fn record(&self) -> MutexGuard<'_, SendRecord> {
        self.record.lock().unwrap()
    }

    fn reply(&self, row: u64, tries: usize) -> Reply {
        let accepted = Reply::Accepted { id: format!("m{row}"), recipient: None, status: None, held: false };
        self.replies.get(&(row, tries)).cloned().unwrap_or(accepted)
    }
}

impl Connector for ScriptedConnector {
    fn send<'a>(&'a self, request: &'a Request, attempt: Attempt) -> Sending<'a> {
        Box::pin(async move {
            let row = request.row.0;
            let at = self.clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
            let tries = self.record().begin(row, attempt, at);
            if let Some(on_send) = &self.on_send {
                on_send(row);
            }
            // Even a timer of no length waits for a millisecond of real time.
            if !self.latency.is_zero() {
                tokio::time::sleep(self.latency).await;
            }
            self.record().end();
            let reply = self.reply(row, tries);
            // An API that answers that it has not processed the request can be reached.
            let answered = matches!(&reply, Reply::Unreachable { message } if message == MISDIRECTED);
            let mut answer = Answer::from(reply);
            answer.note.http_status = answered.then_some(421);
            answer
        })
    }
}
