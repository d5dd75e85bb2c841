//! The HTTP client of every connector that speaks HTTP: it sends a request once and tells truly what became of it.
//!
//! Belongs here: connections, TLS, time limits, size limits, the token's header, and what it means that no answer came.
//! Does not belong here: what an answer says, which its API's connector knows; when to send and whether to try again.
//!
//! Nothing here sends a request twice. Redirects are not followed, the libraries' own retries are off, and the body is one
//! that can be given only once.

mod address;
mod awake;
mod body;
mod connections;
mod failure;
mod form;
mod get;
mod redact;
mod retry_after;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{self, ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, ClientBuilder, Method, Url, Version};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use super::auth::Auth;
use crate::model::{Answer, Body, Draft, Reply, Request};

pub(super) use address::{base_url, is_local, proxy};
pub(super) use get::GetError;
pub use redact::{Redactor, redacted};
pub(super) use retry_after::{LONGEST, retry_after};

use address::is_loopback;
use awake::{Awake, clocks};
use body::{Payload, Witnessed};
use connections::{ConnectionPool, IDLE};
use form::MultipartForm;

/// The maximum number of bytes that are read of an answer's body. The APIs' answers to a message are far smaller.
const MAX_BODY: usize = 64 * 1024;

/// The maximum time for opening a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// The maximum time limit. A longer one might overflow the clock.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

/// The name of this client, also for proxies.
const NAME: HeaderValue = HeaderValue::from_static(concat!("rowcast/", env!("CARGO_PKG_VERSION")));

const JSON: HeaderValue = HeaderValue::from_static(Draft::JSON);

/// Headers that no request sets for itself: another value would send the body elsewhere, or give it another length.
const OURS: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// An answer, as far as it was read. It may contain the token, so it is never shown as it is.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub extent: Extent,
}

/// How much of a body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The connection or the time ended before the body did.
    Cut,
    /// The body is longer than any answer of the API; the rest was not read.
    TooLong,
}

/// Decides what an answer means for its request. The client removes secrets from the texts that it returns.
pub type Judge<'a> = &'a (dyn Fn(&Response, &Request) -> Answer + Sync);

/// Sends requests with one connection's credentials to one origin.
pub struct HttpClient {
    connections: ConnectionPool,
    /// The headers of every request, credentials included. Copying them is cheaper than default headers of the library, which it
    /// adds one by one.
    headers: HeaderMap,
    base: Url,
    /// The URL of the last request, as text and parsed: most requests have the same URL as the one before.
    last: Mutex<Option<(String, Url)>>,
    timeout: Duration,
    redactor: Arc<Redactor>,
}

impl HttpClient {
    /// A client for the API at `base`. A request takes at most `timeout` from its first byte to the last of its answer.
    ///
    /// # Errors
    /// Why there can be none, for people: an address that the token must not be sent to, a token that is no header value,
    /// or a system without root certificates.
    pub fn open(base: &str, auth: &Auth, timeout: Duration) -> Result<Self, String> {
        Self::open_with(base, auth, timeout, |client| client)
    }

    fn open_with(
        base: &str,
        auth: &Auth,
        timeout: Duration,
        adjust: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let base = Url::parse(&base_url(base)?).map_err(|error| error.to_string())?;
        let redactor = Arc::new(Redactor::new(&auth.secret()).map_err(|_| "the token is too long".to_owned())?);
        redact::remember(&redactor);
        let timeout = timeout.min(FOREVER);
        let (headers, origin) = (headers(auth)?, base.clone());
        let make = Box::new(move || adjust(builder(&origin, timeout)).build());
        let connections = ConnectionPool::new(make, Awake::new(clocks)).map_err(|error| {
            let cause = failure::in_words(&error);
            format!("HTTPS cannot be set up: {cause}; are the system's root certificates installed?")
        })?;
        Ok(Self { connections, headers, base, last: Mutex::default(), timeout, redactor })
    }

    /// Sends a request once and says what became of it; `judge` decides what an answer means.
    pub async fn send(&self, request: &Request, judge: Judge<'_>) -> Answer {
        let answer = match self.exchange(request, judge).await {
            Ok(answer) | Err(answer) => answer,
        };
        self.redactor.clean(answer)
    }

    /// The URL of a request, if the token may be sent there.
    fn url(&self, text: &str) -> Result<Url, Box<Answer>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, url)) = last.as_ref().filter(|(known, _)| known == text) {
            return Ok(url.clone());
        }
        let url = Url::parse(text).map_err(|error| Box::new(failure::refused("url", format!("not a URL: {error}"))))?;
        if url.origin() != self.base.origin() {
            let answer = failure::refused("origin", "the request is for another host than the connection's");
            return Err(Box::new(answer));
        }
        *last = Some((text.to_owned(), url.clone()));
        Ok(url)
    }

    /// A request to the API itself: `url` has its origin.
    fn bare_request(&self, method: Method, url: Url, body: Option<reqwest::Body>) -> reqwest::Request {
        let mut request = reqwest::Request::new(method, url);
        request.headers_mut().clone_from(&self.headers);
        *request.body_mut() = body;
        request
    }

    /// Adds the headers that a request has beside those of every request. The credentials, and what describes the body and the
    /// connection, are this client's.
    fn add_headers(
        &self,
        headers: &mut HeaderMap,
        draft: &Draft,
        content_type: Option<HeaderValue>,
    ) -> Result<(), Box<Answer>> {
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, content_type);
        }
        for (name, value) in &draft.headers {
            let refused = |what: &str| Box::new(failure::refused("header", format!("the header {name:?} {what}")));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("has no valid name"))?;
            let is_ours = self.headers.get(&name).is_some_and(HeaderValue::is_sensitive) || OURS.contains(&name);
            if is_ours {
                return Err(refused("cannot be set by a request"));
            }
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| refused("has no valid value"))?);
        }
        Ok(())
    }

    /// What an answer means, or that there is none.
    async fn exchange(&self, request: &Request, judge: Judge<'_>) -> Result<Answer, Answer> {
        let draft = &request.draft;
        let url = self.url(&draft.url).map_err(|answer| *answer)?;
        let method = Method::from_bytes(draft.method.as_bytes())
            .map_err(|_| failure::refused("method", format!("{:?} is not a method", draft.method)))?;
        let (payload, content_type) = payload(draft).await?;
        let (body, witness) = Witnessed::new(payload);
        let mut message = self.bare_request(method, url, Some(reqwest::Body::wrap(body)));
        self.add_headers(message.headers_mut(), draft, content_type).map_err(|answer| *answer)?;
        let client = self.connections.take().map_err(|error| failure::broken(&error, &witness))?;
        let deadline = Instant::now() + self.timeout;
        let response = match timeout_at(deadline, client.execute(message)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(failure::broken(&error, &witness)),
            Err(_) => return Err(failure::late(self.timeout, &witness)),
        };
        let version = response.version();
        let answer = judge(&read_body(response, MAX_BODY, deadline).await, request);
        // Any other answer may be that of another request.
        if matches!(answer.reply, Reply::Accepted { .. }) || version == Version::HTTP_2 {
            self.connections.give_back(client, version);
        }
        Ok(answer)
    }
}

/// Shows the address alone, because the client holds the token.
impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

fn builder(base: &Url, timeout: Duration) -> ClientBuilder {
    let mut client = Client::builder()
        .user_agent(NAME)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .tls_backend_rustls()
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .connect_timeout(CONNECT.min(timeout))
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true);
    if is_loopback(base) {
        // A proxy cannot reach this machine's own ports, and would see the token of a plain connection.
        client = client.no_proxy();
    }
    if base.host_str() == Some("localhost") {
        // Whatever the resolver says: the name is a promise that the token stays here (RFC 6761 §6.3).
        client =
            client.resolve_to_addrs("localhost", &[(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()]);
    }
    match base.scheme() {
        // Without TLS there is nothing to verify, and a sandbox has to work where no root certificates are installed.
        "http" => client.tls_certs_only([]),
        _ => client.https_only(true),
    }
}

/// The headers of every request.
fn headers(auth: &Auth) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, JSON), (ACCEPT, JSON), (USER_AGENT, NAME)]);
    if let Some((name, value)) = auth.header() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is not a header's name"))?;
        let mut value = HeaderValue::from_str(value.expose_secret())
            .map_err(|_| "the token holds characters that no token has".to_owned())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// What a request sends, and its media type unless that is JSON.
async fn payload(draft: &Draft) -> Result<(Payload, Option<HeaderValue>), Answer> {
    match &draft.body {
        Body::Bytes(bytes) => {
            let content_type = Some(&*draft.content_type).filter(|given| *given != Draft::JSON);
            let content_type = content_type.map(media_type).transpose().map_err(|answer| *answer)?;
            Ok((Payload::Bytes(Some(bytes.clone())), content_type))
        }
        Body::Form(parts) => {
            let form = MultipartForm::open(parts.clone()).await.map_err(failure::unsendable)?;
            let content_type = media_type(form.content_type()).map_err(|answer| *answer)?;
            Ok((Payload::Form(Box::new(form)), Some(content_type)))
        }
    }
}

fn media_type(text: &str) -> Result<HeaderValue, Box<Answer>> {
    HeaderValue::from_str(text)
        .map_err(|_| Box::new(failure::refused("content-type", format!("{text:?} is not a media type"))))
}

/// Reads a body until it ends, exceeds `max` bytes, breaks or is late. Whatever happens, there is an answer from here on.
async fn read_body(mut response: reqwest::Response, max: usize, deadline: Instant) -> Response {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    let extent = loop {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() > max => {
                body.extend_from_slice(&chunk[..max - body.len()]);
                break Extent::TooLong;
            }
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            Ok(Ok(None)) => break Extent::Whole,
            Ok(Err(_)) | Err(_) => break Extent::Cut,
        }
    };
    Response { status, headers, body, extent }
}

#[cfg(test)]
mod tests;
