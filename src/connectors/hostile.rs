//! A server for tests that does to a client whatever a script says, and keeps every whole body that reached it.
//!
//! Raw TCP on a loopback port, so that it can do what no HTTP library would.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::model::{Attempt, RowNumber, RunToken};

/// One thing that the server does on a connection.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Reads the head of a request.
    Head,
    /// Reads a whole request.
    Request,
    /// Sends bytes as they are.
    Send(Vec<u8>),
    /// Sends the head of the request that was read back, between two texts.
    Echo(&'static str, &'static str),
    /// Resets the connection.
    Reset,
    /// Says nothing more and keeps the connection open.
    Stall,
}

/// Sends a text.
pub(crate) fn send(text: impl AsRef<[u8]>) -> Act {
    Act::Send(text.as_ref().to_vec())
}

/// Sends an answer of which everything is in order.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Act {
    send(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}

/// An attempt at sending the first row.
pub(crate) fn attempt(number: u32) -> Attempt {
    Attempt { run: RunToken([7; RunToken::BYTES]), row: RowNumber(1), number }
}

/// A server that plays a script on every connection and then closes it.
pub(crate) struct Hostile {
    address: SocketAddr,
    seen: Arc<Seen>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<Received>>,
}

/// A request that reached the server whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Hostile {
    pub(crate) async fn start(script: impl Into<Vec<Act>>) -> Self {
        let script: Arc<[Act]> = script.into().into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::new(Seen::default()));
        let log = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                log.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(play(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { address, seen, task }
    }

    /// A port of this machine on which nobody listens.
    pub(crate) async fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// Every whole request, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// How often a body arrived whole.
    pub(crate) fn deliveries(&self, body: &str) -> usize {
        self.requests().iter().filter(|request| request.body == body).count()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn play(mut stream: TcpStream, script: Arc<[Act]>, seen: Arc<Seen>) {
    let mut head = String::new();
    for act in script.iter() {
        match act {
            Act::Head => match read_head(&mut stream).await {
                Some(text) => head = text,
                None => return,
            },
            Act::Request => match read_request(&mut stream).await {
                Some(request) => {
                    head.clone_from(&request.head);
                    seen.requests.lock().unwrap().push(request);
                }
                None => return,
            },
            // The client may be gone; that is its right.
            Act::Send(bytes) => drop(stream.write_all(bytes).await),
            Act::Echo(before, after) => {
                let one_line = head.replace("\r\n", " ");
                drop(stream.write_all(format!("{before}{one_line}{after}").as_bytes()).await);
            }
            Act::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Act::Stall => std::future::pending().await,
        }
    }
    // Without a wait for the other side, unread bytes would turn the close into a reset.
    drop(stream.shutdown().await);
}

async fn read_head(from: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(from.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

pub(crate) async fn read_request(from: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let head = read_head(from).await?;
    // A question has no body.
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let mut body = vec![0; length.trim().parse().ok()?];
    from.read_exact(&mut body).await.ok()?;
    Some(Received { head, body: String::from_utf8(body).ok()? })
}
