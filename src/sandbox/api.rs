//! The API: from a request to its answer.
//!
//! Belongs here: the order in which a request is judged, and the filing of it. Does not belong here: sockets.
//!
//! A message passes the address, the method, the token, the payload's rules, its template, the throughput, the pair limit
//! and the faults, in this order. What is refused before the faults does not count as a turn of its recipient, because
//! pace depends on the clock and faults must not. A lookup passes address, method, token and its own query, and no more.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Method, Uri};
use serde_json::Value;

use super::address::{Address, Resource, version};
use super::answer::{Ending, SandboxAnswer, SandboxReply};
use super::fault::Effect;
use super::faults::Faults;
use super::ids::Seed;
use super::inbox::{Inbox, InboxEntry};
use super::number::{SandboxNumber, TIERS};
use super::pace::{Paces, TooSoon};
use super::rules::{Accepted, Refusal, check};
use super::{Config, SandboxTemplates};

/// The largest body that is read.
pub(super) const BODY_LIMIT: usize = 1 << 20;

/// The version that answers where a request names none.
const VERSION: &str = "v23.0";

/// The API's state.
#[derive(Debug)]
pub(super) struct Api {
    token: Option<Token>,
    paces: Mutex<Paces>,
    draw: Faults,
    templates: SandboxTemplates,
    strict_templates: bool,
    number: SandboxNumber,
    seed: Seed,
    /// The source of ids.
    ids: Seed,
    inbox: Inbox,
    latency: Duration,
    traces: AtomicU64,
}

/// The headers that every answer of the Graph API bears.
struct Stamp<'a> {
    version: &'a str,
    trace: String,
}

/// The token that is let in; not for debug output.
struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// A request whose body has been read, or was too large to be.
#[derive(Debug)]
pub(super) struct SandboxRequest<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Option<&'a [u8]>,
}

impl Api {
    /// An API that behaves as configured.
    pub(super) fn new(config: Config) -> Result<Self, String> {
        let seed = Seed(config.seed);
        let ids = seed.of_start(fastrand::u64(..));
        if !TIERS.contains(&config.tier.as_str()) {
            return Err(format!("tier {:?}: one of {}", config.tier, TIERS.join(", ")));
        }
        let templates =
            config.templates.map_or_else(SandboxTemplates::built_in, Ok).map_err(|error| error.to_string())?;
        Ok(Self {
            token: config.token.map(Token),
            paces: Mutex::new(Paces::new(config.throughput, config.pair_limit)),
            draw: Faults::new(seed, config.faults)?,
            templates,
            strict_templates: config.strict_templates,
            number: SandboxNumber { throughput: config.throughput, tier: config.tier },
            seed,
            ids,
            inbox: Inbox::new(ids),
            latency: config.latency,
            traces: AtomicU64::new(0),
        })
    }

    /// What has been received.
    pub(super) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The templates that it serves.
    pub(super) fn templates(&self) -> &SandboxTemplates {
        &self.templates
    }

    /// The faults, which can be exchanged.
    pub(super) fn faults(&self) -> &Faults {
        &self.draw
    }

    /// How long an answer is held back.
    pub(super) fn latency(&self) -> Duration {
        self.latency
    }

    /// Judges a request, delivers its message if that is the verdict, and files both.
    pub(super) fn receive(&self, request: &SandboxRequest, now: Instant) -> SandboxAnswer {
        let stamp = Stamp {
            version: version(request.uri).unwrap_or(VERSION),
            trace: self.ids.trace_id(self.traces.fetch_add(1, Ordering::Relaxed)),
        };
        match Address::of(request.uri) {
            Ok(address) if address.resource != Resource::Messages => self.look_up(request, address, &stamp),
            address => self.message(request, address, &stamp, now),
        }
    }

    /// Answers a question; it is counted, and changes nothing.
    fn look_up(&self, request: &SandboxRequest, address: Address, stamp: &Stamp) -> SandboxAnswer {
        let query = request.uri.query().unwrap_or_default();
        let found = address.admit(request.method).and_then(|()| self.authorize(request.headers)).and_then(|()| {
            if address.resource == Resource::Number {
                return self.number.show(address.id, query);
            }
            let host = request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            self.templates.list(query, &format!("http://{host}{}", request.uri.path()), self.seed)
        });
        self.inbox.look_up();
        SandboxAnswer::Whole(stamp.on(match found {
            Ok(found) => SandboxReply::json(200, &found),
            Err(refusal) => SandboxReply::refused(&refusal, &stamp.trace),
        }))
    }

    fn message(
        &self,
        request: &SandboxRequest,
        address: Result<Address, Refusal>,
        stamp: &Stamp,
        now: Instant,
    ) -> SandboxAnswer {
        let text = request.body.map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
        let entry = InboxEntry { request: text, ..InboxEntry::default() };
        let number = address.as_ref().map_or("", |address| address.id);
        let checked = address
            .and_then(|address| address.admit(request.method))
            .and_then(|()| self.authorize(request.headers))
            .and_then(|()| payload(request))
            .and_then(|body| check(&body).map(|message| (message, body)));
        let (message, body) = match checked {
            Ok(checked) => checked,
            Err(refusal) => return self.refuse(&refusal, entry, stamp),
        };
        let entry = InboxEntry { to: message.to.clone(), kind: message.kind.to_owned(), ..entry };
        let fits = self.templates.judge(&body, self.strict_templates);
        match fits.and_then(|()| self.pace(number, &message, now)) {
            Ok(()) => self.act(&message, self.effect(&message), entry, stamp),
            Err(refusal) => self.refuse(&refusal, entry, stamp),
        }
    }

    /// The fault that a message meets. `held` is for templates; the API holds no others.
    fn effect(&self, message: &Accepted) -> Option<Effect> {
        let effect = self.draw.fault(message.recipient, self.inbox.turn(message.recipient));
        effect.filter(|effect| *effect != Effect::Held || message.is_template())
    }

    fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let header = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default().trim());
        let (scheme, token) = header.and_then(|value| value.split_once(' ')).unwrap_or_default();
        let token = token.trim();
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
            return Err(Refusal::new(0, "The request needs an Authorization header with a bearer token."));
        }
        match &self.token {
            Some(Token(known)) if known != token => Err(Refusal::new(190, "This access token is not known here.")),
            _ => Ok(()),
        }
    }

    fn pace(&self, number: &str, message: &Accepted, now: Instant) -> Result<(), Refusal> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.admit(number, message.recipient, now).map_err(|too_soon| match too_soon {
            TooSoon::Number => Refusal::new(130_429, "This number sends more messages per second than it may."),
            TooSoon::Recipient => Refusal::new(131_056, "Too many messages to this recipient in a short time."),
        })
    }

    fn refuse(&self, refusal: &Refusal, entry: InboxEntry, stamp: &Stamp) -> SandboxAnswer {
        let answer = SandboxAnswer::Whole(stamp.on(SandboxReply::refused(refusal, &stamp.trace)));
        let (status, code) = (Some(refusal.http), Some(refusal.code));
        self.inbox.file(InboxEntry { status, code, answer: answer.body(), ..entry });
        answer
    }

    fn act(&self, message: &Accepted, effect: Option<Effect>, entry: InboxEntry, stamp: &Stamp) -> SandboxAnswer {
        let entry = InboxEntry { fault: effect.map(|effect| effect.to_string()), ..entry };
        if let Some(Effect::Code(code)) = effect {
            return self.refuse(&Refusal::from(code), entry, stamp);
        }
        let delivered = effect.is_none_or(Effect::delivers);
        let id = delivered.then(|| self.inbox.deliver(message.recipient));
        let accepted = |status: &str| {
            let status = message.is_template().then_some(status);
            stamp.on(SandboxReply::accepted(&message.to, id.as_deref().unwrap_or_default(), status))
        };
        let answer = match effect {
            None => SandboxAnswer::Whole(accepted("accepted")),
            Some(Effect::Held) => SandboxAnswer::Whole(accepted("held_for_quality_assessment")),
            Some(Effect::Truncated200) => SandboxAnswer::Half(accepted("accepted")),
            Some(effect) => misbehave(effect),
        };
        self.inbox.file(InboxEntry { status: answer.status(), id, answer: answer.body(), ..entry });
        answer
    }
}

impl Stamp<'_> {
    fn on(&self, reply: SandboxReply) -> SandboxReply {
        reply.with("facebook-api-version", self.version).with("x-fb-trace-id", &self.trace)
    }
}

/// Responses that replace an API's answer: those of proxies, portals and broken connections.
fn misbehave(effect: Effect) -> SandboxAnswer {
    const PORTAL: &str =
        "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Log in to use this network.</body></html>";
    const PROXY: &str = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    match effect {
        Effect::Timeout | Effect::TimeoutAfterAccept => SandboxAnswer::Silence,
        Effect::DropBeforeAccept | Effect::DropAfterAccept => SandboxAnswer::Ended(Ending::Closed),
        Effect::Reset => SandboxAnswer::Ended(Ending::Reset),
        Effect::Html200 => SandboxAnswer::Whole(SandboxReply::new(200, "text/html; charset=utf-8", PORTAL)),
        Effect::Http502 => SandboxAnswer::Whole(SandboxReply::new(502, "text/html", PROXY)),
        Effect::Http421 => SandboxAnswer::Whole(SandboxReply::new(421, "text/plain", "Misdirected Request")),
        Effect::Http429 => {
            SandboxAnswer::Whole(SandboxReply::new(429, "text/plain", "Too Many Requests").with("retry-after", "1"))
        }
        Effect::Redirect => {
            SandboxAnswer::Whole(SandboxReply::new(307, "text/plain", "").with("location", "/_sandbox/elsewhere"))
        }
        Effect::Empty200 => SandboxAnswer::Whole(SandboxReply::new(200, "application/json", "")),
        // The codes, `held` and the cut answer are handled by the API itself and never reach this match.
        Effect::Http500 | Effect::Code(_) | Effect::Truncated200 | Effect::Held => {
            SandboxAnswer::Whole(SandboxReply::new(500, "text/plain", "Internal Server Error"))
        }
    }
}

/// The JSON of a message's body.
fn payload(request: &SandboxRequest) -> Result<Value, Refusal> {
    let body =
        request.body.ok_or_else(|| Refusal { http: 413, ..Refusal::invalid("The body is larger than 1 MiB.") })?;
    let content_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::invalid("The body must be application/json."));
    }
    serde_json::from_slice(body).map_err(|error| Refusal::invalid(format!("The body is not JSON: {error}.")))
}
