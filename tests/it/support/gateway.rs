//! A gateway over HTTP/1.1 that keeps connections open and gives answers that belong to other requests.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What a gateway does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Each answer is followed, half a millisecond later, by a refusal for which nobody asked.
    SurplusRefusals,
    /// Each answer is given again half a millisecond later.
    SurplusAnswers,
    /// Two requests get each other's answer.
    Swapped,
    /// All messages get the same id.
    OneId,
}

/// The running gateway. Its threads end with the test's process.
pub(crate) struct Gateway {
    url: String,
    delivered: Arc<Mutex<BTreeMap<String, u64>>>,
}

struct State {
    wrong: Wrong,
    delivered: Arc<Mutex<BTreeMap<String, u64>>>,
    swap: Mutex<Swap>,
    came: Condvar,
}

/// Of two requests each gets the answer of the other.
#[derive(Default)]
struct Swap {
    /// The recipient of the request that waits for another.
    first: Option<String>,
    /// Whose answer each of those gets that have waited.
    given: BTreeMap<String, String>,
}

impl Gateway {
    pub(crate) fn start(wrong: Wrong) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let delivered = Arc::<Mutex<BTreeMap<String, u64>>>::default();
        let state =
            Arc::new(State { wrong, delivered: Arc::clone(&delivered), swap: Mutex::default(), came: Condvar::new() });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || while state.serve(&stream).is_some() {});
            }
        });
        Self { url, delivered }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many messages each recipient got.
    pub(crate) fn delivered(&self) -> BTreeMap<String, u64> {
        self.delivered.lock().unwrap().clone()
    }
}

impl State {
    /// Answers one request; `None` once the client has gone.
    fn serve(&self, mut stream: &TcpStream) -> Option<()> {
        let to = recipient(stream)?;
        *self.delivered.lock().unwrap().entry(to.clone()).or_default() += 1;
        // As an API: the answer takes a moment.
        std::thread::sleep(Duration::from_millis(3));
        let named = if self.wrong == Wrong::Swapped { self.swap(&to) } else { to };
        let id = if self.wrong == Wrong::OneId { "same" } else { &named };
        let body = format!(
            "{{\"contacts\":[{{\"input\":\"{named}\",\"wa_id\":\"1\"}}],\"messages\":[{{\"id\":\"wamid.{id}\"}}]}}"
        );
        let answer = http("200 OK", &body);
        stream.write_all(answer.as_bytes()).ok()?;
        let surplus = match self.wrong {
            Wrong::SurplusRefusals => {
                http("429 Too Many Requests", "{\"error\":{\"code\":130429,\"message\":\"Rate limit hit\"}}")
            }
            Wrong::SurplusAnswers => answer,
            Wrong::Swapped | Wrong::OneId => return Some(()),
        };
        std::thread::sleep(Duration::from_micros(500));
        stream.write_all(surplus.as_bytes()).ok()
    }

    /// The recipient of another request, which gets this one's.
    fn swap(&self, to: &str) -> String {
        let mut swap = self.swap.lock().unwrap();
        if let Some(first) = swap.first.take() {
            swap.given.insert(first.clone(), to.to_owned());
            self.came.notify_all();
            return first;
        }
        swap.first = Some(to.to_owned());
        for _ in 0..20 {
            swap = self.came.wait_timeout(swap, Duration::from_millis(50)).unwrap().0;
            if let Some(other) = swap.given.remove(to) {
                return other;
            }
        }
        swap.first.take_if(|first| first == to);
        to.to_owned()
    }
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Reads a request, and tells whom its message is for.
fn recipient(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let message: serde_json::Value = serde_json::from_slice(&body).ok()?;
    Some(message["to"].as_str()?.to_owned())
}
