//! The server: fast, on the loopback interface. It accepts every message and records when each arrived.
//!
//! It runs in its own process on its own thread, so that its time is measured separately. It answers as the Cloud API does.

use std::convert::Infallible;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The messages that the server refuses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Nothing.
    #[default]
    None,
    /// Rejects every message whose number is a multiple of this.
    Recipients(u64),
    /// Throttles every message whose number is a multiple of this.
    ForNow(u64),
}

impl Refused {
    /// The form in an address.
    fn words(self) -> String {
        let (every, code) = match self {
            Self::None => (0, 0),
            Self::Recipients(every) => (every, 131_026),
            Self::ForNow(every) => (every, 130_429),
        };
        format!("{every}/{code}")
    }
}

/// The server during a measurement.
pub(crate) struct Server {
    process: Child,
    address: String,
}

/// The messages since the last reset.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The arrival time of each message since the first.
    pub(crate) arrivals: Vec<Duration>,
    /// The id of the sending number of each message.
    pub(crate) numbers: Vec<u64>,
}

/// A summary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoFar {
    pub(crate) messages: u64,
    /// The arrival time of the first message.
    pub(crate) first: Option<SystemTime>,
}

impl Server {
    /// Starts this program again as a server.
    pub(crate) fn start() -> io::Result<Self> {
        let mut process =
            Command::new(std::env::current_exe()?).arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        Ok(Self { process, address: address.trim().to_owned() })
    }

    /// The address for messages.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Resets the record, and sets the latency and the messages to refuse.
    pub(crate) fn reset(&self, latency: Duration, refused: Refused) -> io::Result<()> {
        self.ask(&format!("/reset/{}/{}", latency.as_millis(), refused.words())).map(drop)
    }

    /// The count of messages, and the arrival time of the first.
    pub(crate) fn so_far(&self) -> io::Result<SoFar> {
        let text = self.ask("/so-far")?;
        let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
        let messages = numbers.next().ok_or_else(|| io::Error::other(format!("the server says {text:?}")))?;
        Ok(SoFar { messages, first: numbers.next().map(|micros| UNIX_EPOCH + Duration::from_micros(micros)) })
    }

    /// The messages that the server received.
    pub(crate) fn seen(&self) -> io::Result<Seen> {
        let text = self.ask("/seen")?;
        let words: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let (arrivals, numbers) = words.chunks_exact(2).map(|pair| (Duration::from_micros(pair[0]), pair[1])).unzip();
        Ok(Seen { arrivals, numbers })
    }

    fn ask(&self, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
        let answer = io::read_to_string(stream)?;
        Ok(answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server's state.
#[derive(Debug, Default)]
struct Book {
    latency: Duration,
    /// Refuses every message whose number is a multiple of this, with this code; none if it is 0.
    refused: u64,
    code: u64,
    first: Option<(Instant, SystemTime)>,
    /// Microseconds since the first, and the number that sent it.
    arrivals: Vec<(u64, u64)>,
}

/// Serves until standard input ends.
pub(crate) fn serve() -> io::Result<()> {
    let (ended, mut end) = oneshot::channel::<()>();
    std::thread::spawn(|| {
        let _ = io::stdin().read_line(&mut String::new());
        drop(ended);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "{}", listener.local_addr()?)?;
        let book = Arc::new(Mutex::new(Book::default()));
        loop {
            let (stream, _) = tokio::select! {
                accepted = listener.accept() => accepted?,
                _ = &mut end => return Ok(()),
            };
            stream.set_nodelay(true)?;
            let book = Arc::clone(&book);
            let service = service_fn(move |request| answer(request, Arc::clone(&book)));
            // The client handles a broken connection.
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

async fn answer(request: Request<Incoming>, book: Arc<Mutex<Book>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let known = || book.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(behaviour) = request.uri().path().strip_prefix("/reset/") {
        let mut numbers = behaviour.split('/').map(|text| text.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        *known() = Book { latency: Duration::from_millis(next()), refused: next(), code: next(), ..Book::default() };
        return Ok(Response::new(Full::default()));
    }
    if request.uri().path() == "/seen" {
        let arrivals: Vec<String> = known().arrivals.iter().map(|(at, number)| format!("{at} {number}")).collect();
        return Ok(Response::new(Full::from(arrivals.join("\n"))));
    }
    if request.uri().path() == "/so-far" {
        let book = known();
        let micros = book.first.and_then(|(_, at)| at.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_micros());
        let first = micros.map_or(String::new(), |micros| micros.to_string());
        return Ok(Response::new(Full::from(format!("{} {first}\n", book.arrivals.len()))));
    }
    // A sender may also ask for other things, such as the status of the number.
    if request.method() != Method::POST {
        return Ok(Response::new(Full::from("{}")));
    }
    let (latency, number, refused) = {
        let (mut book, now) = (known(), Instant::now());
        let since = now - book.first.get_or_insert_with(|| (now, SystemTime::now())).0;
        let sender = request.uri().path().split('/').nth(2).and_then(|id| id.parse().ok()).unwrap_or(0);
        book.arrivals.push((u64::try_from(since.as_micros()).unwrap_or(u64::MAX), sender));
        let number = book.arrivals.len() as u64;
        (book.latency, number, (book.refused != 0 && number.is_multiple_of(book.refused)).then_some(book.code))
    };
    let _ = request.into_body().collect().await;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if let Some(code) = refused {
        let mut answer = Response::new(Full::from(format!(
            r#"{{"error":{{"message":"(#{code}) Refused","type":"OAuthException","code":{code},"error_data":{{"messaging_product":"whatsapp","details":"Refused."}},"fbtrace_id":"AZ8or2jhqkZ9fFh0_"}}}}"#
        )));
        *answer.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(answer);
    }
    let body = format!(
        r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"+491512345678","wa_id":"491512345678"}}],"messages":[{{"id":"wamid.HBgMNDkxNTEyMzQ1Njc4FQIAERgS{number:012}","message_status":"accepted"}}]}}"#
    );
    let answer = Response::builder().header("content-type", "application/json").body(Full::from(body));
    Ok(answer.unwrap_or_default())
}
