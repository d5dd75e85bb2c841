//! The open connections to one origin.
//!
//! Over HTTP/1.1 nothing ties an answer to its request but the order on the connection. A server or gateway that sends one
//! answer too many shifts every later one by a row: somebody gets a message twice, and a message that never arrived counts
//! as accepted. The HTTP library does not show what comes on a connection on which nobody waits, but it closes such a
//! connection. So each connection over HTTP/1.1 is a client of its own here, and
//!
//! - it rests before it is used again, so that a surplus answer comes while nobody waits for it;
//! - it is used again only if its last answer belonged to its row: a refusal names nobody and may be that of another row.
//!
//! Over HTTP/2 streams tie answers to requests, and one client serves all.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Client, Version};

use super::awake::Awake;

/// The maximum idle time of a connection. Servers close idle connections, and a request that is written at that moment ends in
/// doubt, so a new connection is safer than one that is about to be closed.
pub(super) const IDLE: Duration = Duration::from_secs(4);

/// How long a connection rests at least.
const REST: Duration = Duration::from_millis(5);

/// From so many idle connections on, the one that has rested longest is used, however short that was.
const SPARE: usize = 16;

/// Makes a client with no connection open.
type MakeClient = Box<dyn Fn() -> reqwest::Result<Client> + Send + Sync>;

/// The connections to one origin.
pub(super) struct ConnectionPool {
    make: MakeClient,
    pub(super) awake: Awake,
    pub(super) rest: Duration,
    pool: Mutex<OpenClients>,
}

#[derive(Default)]
struct OpenClients {
    /// Serves all requests, once the server has answered over HTTP/2.
    shared: Option<Client>,
    /// Clients with one connection each, and since when it rests. The one that rests longest comes first.
    resting: VecDeque<(Client, Instant)>,
}

impl ConnectionPool {
    /// Connections that `make` opens.
    ///
    /// # Errors
    /// It cannot make a client.
    pub(super) fn new(make: MakeClient, awake: Awake) -> reqwest::Result<Self> {
        let first = (make()?, Instant::now());
        let pool = OpenClients { shared: None, resting: VecDeque::from([first]) };
        Ok(Self { make, awake, rest: REST, pool: Mutex::new(pool) })
    }

    /// A client for the sending of one message.
    pub(super) fn take(&self) -> reqwest::Result<Client> {
        self.take_rested(self.rest)
    }

    /// A client for a question, whose answer decides about no row.
    pub(super) fn take_for_question(&self) -> reqwest::Result<Client> {
        self.take_rested(Duration::ZERO)
    }

    fn take_rested(&self, rest: Duration) -> reqwest::Result<Client> {
        // The server has closed the idle connections of a machine that slept, and a request that is written into one of them
        // ends in doubt.
        let slept = self.awake.has_slept();
        let mut pool = self.pool();
        if slept {
            *pool = OpenClients::default();
        }
        if let Some(shared) = &pool.shared {
            return Ok(shared.clone());
        }
        let now = Instant::now();
        while pool.resting.front().is_some_and(|(_, since)| now.duration_since(*since) >= IDLE) {
            // Its connection is closed.
            pool.resting.pop_front();
        }
        let is_full = pool.resting.len() >= SPARE;
        let has_rested = |since: Instant| is_full || now.duration_since(since) >= rest;
        if pool.resting.front().is_some_and(|(_, since)| has_rested(*since))
            && let Some((client, _)) = pool.resting.pop_front()
        {
            return Ok(client);
        }
        drop(pool);
        (self.make)()
    }

    /// Takes a client back after an answer that belonged to its request. A client that is not given back closes its connection.
    pub(super) fn give_back(&self, client: Client, version: Version) {
        let mut pool = self.pool();
        if version == Version::HTTP_2 {
            pool.resting.clear();
            pool.shared.get_or_insert(client);
        } else {
            pool.shared = None;
            pool.resting.push_back((client, Instant::now()));
        }
    }

    fn pool(&self) -> MutexGuard<'_, OpenClients> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
