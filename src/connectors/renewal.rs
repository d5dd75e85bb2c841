//! Renews a token during a run, from a token file that another program writes.
//!
//! When the API refuses the token, the file is read again, once per session. If it holds another token, the refused row may be
//! sent again: the refusal proves that it was not sent. The row uses up an attempt and waits for the pacer like any other.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::entry::{Access, ConnectorEntry};
use super::environment::Environment;
use super::token::TokenSource;
use crate::exec::{Connector, Sending};
use crate::model::{Answer, Attempt, Endpoint, Reply, Request, Scope};

/// A connector that can be given another token.
pub(super) struct Renewing {
    current: RwLock<Arc<dyn Connector>>,
    /// Parameters for opening it again; taken by the first try.
    renewal: Mutex<Option<Renewal>>,
    is_refused: fn(&Reply) -> bool,
}

/// Parameters for opening a connector with another token.
pub(super) struct Renewal {
    pub(super) entry: &'static ConnectorEntry,
    pub(super) endpoint: Endpoint,
    pub(super) timeout: Duration,
    pub(super) file: PathBuf,
    /// The token that is in use.
    pub(super) token: SecretString,
}

impl Renewing {
    pub(super) fn new(connector: Arc<dyn Connector>, is_refused: fn(&Reply) -> bool, renewal: Renewal) -> Self {
        Self { current: RwLock::new(connector), renewal: Mutex::new(Some(renewal)), is_refused }
    }

    fn current(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// True if the current token is another than the one that `used` has.
    fn is_renewed(&self, used: &Arc<dyn Connector>) -> bool {
        let mut renewal = self.renewal.lock().unwrap_or_else(PoisonError::into_inner);
        // Rows in flight are refused together; the first of them has renewed the token.
        if !Arc::ptr_eq(used, &self.current()) {
            return true;
        }
        let Some(fresh) = renewal.take().and_then(Renewal::open) else { return false };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        true
    }
}

impl Renewal {
    /// A connector with the file's current token, unless that is the old one.
    fn open(self) -> Option<Arc<dyn Connector>> {
        let token = TokenSource::File(self.file).find(&Environment::default()).ok()?;
        if token.expose_secret() == self.token.expose_secret() {
            return None;
        }
        (self.entry.open)(&Access { endpoint: &self.endpoint, token: &token, timeout: self.timeout }).ok()
    }
}

impl Connector for Renewing {
    fn send<'a>(&'a self, request: &'a Request, attempt: Attempt) -> Sending<'a> {
        Box::pin(async move {
            let used = self.current();
            let answer = used.send(request, attempt).await;
            if !(self.is_refused)(&answer.reply) || !self.is_renewed(&used) {
                return answer;
            }
            let message = "the token was refused; its file holds another by now".to_owned();
            let code = answer.reply.code().to_owned();
            let reply = Reply::Throttled { scope: Scope::Connection, after: None, code, message };
            Answer { reply, ..answer }
        })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    use bytes::Bytes;

    use super::*;
    use crate::connectors::hostile::{Act, Hostile, answer, attempt};
    use crate::connectors::{Connection, connector};
    use crate::model::{Draft, RowNumber};

    const REFUSED: &str = r#"{"error":{"code":190,"message":"Session has expired"}}"#;

    fn write(file: &std::path::Path, token: &str) {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(file).unwrap();
        file.write_all(token.as_bytes()).unwrap();
    }

    /// The replies to three rows, one after the other, if the file holds `later` once the first is refused; and whether
    /// they came with the new token.
    async fn replies(later: &str) -> Vec<(Reply, bool)> {
        let script = [Act::Request, answer("401 Unauthorized", "", REFUSED)];
        let server = Hostile::start(script).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        write(&file, "EAAGold-token\n");
        let connection = Connection {
            name: "acme".to_owned(),
            entry: connector("whatsapp").unwrap(),
            endpoint: Endpoint::from([("base-url", server.url())]),
            rate: None,
            token: TokenSource::File(file.clone()),
            account: None,
            pinned: None,
            file: "connections.yaml".into(),
        };
        let opened = connection.open(&Environment::default(), Duration::from_secs(5)).unwrap();
        write(&file, later);
        let url = format!("{}/v23.0/1065/messages", server.url());
        let draft = Draft::new("POST", url, Bytes::from_static(b"{}"));
        let request = Request::new(RowNumber(1), 2, draft);
        let mut replies = Vec::new();
        for sent in 0..3 {
            let reply = opened.send(&request, attempt(1)).await.reply;
            replies.push((reply, server.requests()[sent].head.contains("EAAGnew-token")));
        }
        replies
    }

    #[tokio::test]
    async fn a_renewed_token_is_taken_up_once() {
        let replies = replies("EAAGnew-token\n").await;
        assert!(matches!(&replies[0], (Reply::Throttled { code, .. }, false) if code == "190"), "{replies:?}");
        for refused in &replies[1..] {
            assert!(matches!(refused, (Reply::Fatal { code, .. }, true) if code == "190"), "{replies:?}");
        }
    }

    #[tokio::test]
    async fn a_token_that_was_not_renewed_stays_refused() {
        for later in ["EAAGold-token", "", "two words"] {
            for refused in replies(later).await {
                assert!(matches!(&refused, (Reply::Fatal { code, .. }, false) if code == "190"), "{refused:?}");
            }
        }
    }
}
