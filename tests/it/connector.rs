//! The connector against the sandbox: its reply for a row and the message that the sandbox received must agree.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rowcast::connectors::{Access, connector};
use rowcast::model::{Attempt, Endpoint, Reply, Request, RowNumber, RunToken, TaskEntry, Value};
use rowcast::sandbox::{Config, Sandbox};

const ROWS: u64 = 300;

fn request(task: &TaskEntry, endpoint: &Endpoint, to: &str) -> Request {
    let input = [("to", to), ("body", "hello"), ("preview-url", "false")]
        .map(|(field, text)| (field, Cow::Owned(Value::Text(text.to_owned()))));
    let draft = (task.build)(&input, endpoint).unwrap().draft;
    Request::new(RowNumber(1), 2, draft)
}

#[tokio::test]
async fn every_reply_is_true() {
    let faults = "130429 131000 131026 timeout timeout-after-accept drop-before-accept drop-after-accept reset \
        html-200 empty-200 truncated-200 http-500 http-502 http-421 http-429 held";
    let faults = faults.split_whitespace().map(|fault| format!("{fault}=3%").parse().unwrap()).collect();
    let token = "sandbox-token".to_owned();
    let sandbox = Sandbox::start(Config { faults, token: Some(token.clone()), seed: 7, ..Config::default() }).unwrap();
    let endpoint = [("base-url", sandbox.url()), ("phone-number-id", "106540352242922")];
    let endpoint = endpoint.map(|(key, value)| (key, value.to_owned())).into_iter().collect::<Endpoint>();
    let entry = connector("whatsapp").unwrap();
    let access = Access { endpoint: &endpoint, token: &token.into(), timeout: Duration::from_millis(500) };
    let connector = (entry.open)(&access).unwrap();

    let task = entry.tasks.iter().find(|task| task.id == "TASK_SEND_TEXT_MESSAGE").unwrap();
    let mut rows = tokio::task::JoinSet::new();
    for row in 0..ROWS {
        let to = format!("+1650555{row:04}");
        let (request, connector) = (request(task, &endpoint, &to), Arc::clone(&connector));
        let attempt = Attempt { run: RunToken::derived("test"), row: RowNumber(row + 1), number: 1 };
        rows.spawn(async move { (to, connector.send(&request, attempt).await) });
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
