//! Sends messages to the Cloud API: joins the HTTP client with what answers mean.

use std::time::SystemTime;

use super::classify::{HttpAnswer, classify};
use super::wait::wait;
use crate::connectors::http::{HttpClient, Response};
use crate::exec::{Connector, Sending};
use crate::model::{Answer, Request, Uniform};

/// An open connection to the Cloud API.
#[derive(Debug)]
pub(super) struct WhatsApp(pub(super) HttpClient);

impl Connector for WhatsApp {
    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a> {
        Box::pin(self.0.send(request, judge))
    }
}

fn judge(response: &Response, uniform: &Uniform) -> Answer {
    let answer = HttpAnswer {
        status: response.status,
        retry_after: wait(&response.headers, SystemTime::now()),
        body: &response.body,
        extent: response.extent,
    };
    classify(&answer, uniform)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::connectors::whatsapp::tasks::TASKS;
    use crate::model::{Endpoint, Reply, RowNumber, Value};
    use crate::sandbox::{Config, Sandbox};

    const ROWS: u64 = 300;

    fn request(endpoint: &Endpoint, to: &str) -> Request {
        let input = [("to", to), ("body", "hello"), ("preview-url", "false")]
            .map(|(field, text)| (field.to_owned(), Value::Text(text.to_owned())));
        let task = TASKS.iter().find(|task| task.id == "TASK_SEND_TEXT_MESSAGE").unwrap();
        let draft = (task.build)(&input, endpoint).unwrap().draft;
        Request { row: RowNumber(1), line: 2, draft, uniform: Arc::default() }
    }

    /// What the connector says of each row, and how often the sandbox got it, must fit together.
    #[tokio::test]
    async fn every_reply_is_true() {
        let faults = [
            "130429",
            "131000",
            "131026",
            "timeout",
            "timeout-after-accept",
            "drop-before-accept",
            "drop-after-accept",
            "reset",
            "html-200",
            "empty-200",
            "truncated-200",
            "http-500",
            "http-502",
            "http-429",
            "held",
        ];
        let faults = faults.map(|fault| format!("{fault}=3%").parse().unwrap()).to_vec();
        let token = "sandbox-token".to_owned();
        let sandbox =
            Sandbox::start(Config { faults, token: Some(token.clone()), seed: 7, ..Config::default() }).unwrap();
        let endpoint = [("base-url", sandbox.url()), ("phone-number-id", "106540352242922")];
        let endpoint = Endpoint(endpoint.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        let client = HttpClient::open(sandbox.url(), &token.into(), Duration::from_millis(500)).unwrap();
        let connector = Arc::new(WhatsApp(client));

        let mut rows = tokio::task::JoinSet::new();
        for row in 0..ROWS {
            let to = format!("+1650555{row:04}");
            let (request, connector) = (request(&endpoint, &to), Arc::clone(&connector));
            rows.spawn(async move { (to, connector.send(&request).await) });
        }
        let (mut accepted, mut unknown) = (0, 0);
        for (to, answer) in rows.join_all().await {
            let (deliveries, ids) = (sandbox.inbox().deliveries(&to), sandbox.inbox().message_ids(&to));
            match answer.reply {
                Reply::Accepted { id, .. } => {
                    accepted += 1;
                    assert_eq!((deliveries, ids), (1, vec![id]));
                }
                Reply::Unknown { .. } => {
                    unknown += 1;
                    assert!(deliveries <= 1);
                }
                Reply::Throttled { .. } | Reply::Rejected { .. } | Reply::Unreachable { .. } => {
                    assert_eq!(deliveries, 0);
                }
                reply @ Reply::Fatal { .. } => panic!("{reply:?}"),
            }
        }
        assert!(accepted > ROWS / 2 && unknown > 0, "{accepted} accepted, {unknown} unknown");
    }
}
