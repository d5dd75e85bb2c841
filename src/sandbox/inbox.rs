//! The requests that a sandbox received, and its answers.
//!
//! Belongs here: the counts, which are exact, and the last requests in full. Does not belong here: headers. The token is
//! in one, and what is not kept cannot leak.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::{self, Display};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::ids::{Seed, digits};

/// The requests that a sandbox received. Cheap to clone; all clones share the contents, even after the sandbox has ended.
///
/// Memory is bounded: the last 10,000 requests or 16 MiB of them are kept in full, and deliveries are counted separately for the
/// first million recipients. The totals are exact beyond that.
#[derive(Clone)]
pub struct Inbox {
    book: Arc<Mutex<Book>>,
    seed: Seed,
}

/// One request.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// Its number among all requests, counted from 1.
    pub n: u64,
    /// When it was received.
    #[serde(serialize_with = "shown")]
    pub at: Timestamp,
    /// The recipient as sent; empty if the request was refused before that was read.
    pub to: String,
    /// The message's type; empty as above.
    pub kind: String,
    /// The body as it came, unreadable bytes replaced.
    #[serde(serialize_with = "shown")]
    pub request: Arc<str>,
    /// The body of the answer as it went out; empty if there was none.
    #[serde(serialize_with = "lossy")]
    pub answer: Bytes,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// The error code of the answer, if there was one.
    pub code: Option<u32>,
    /// The fault that the request met, if any.
    pub fault: Option<String>,
    /// Whether the message was delivered, whatever was answered.
    pub delivered: bool,
    /// The id of the delivered message.
    pub id: Option<String>,
}

/// The counts of an [`Inbox`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Requests to send a message, and those to addresses that the API does not have.
    pub requests: u64,
    /// Questions about templates and the number, refused ones included. They are in none of the other counts.
    pub lookups: u64,
    /// Messages delivered.
    pub delivered: u64,
    /// Recipients that are counted separately.
    pub recipients: usize,
    /// Answers by HTTP status, `none` for those that never came.
    pub by_status: BTreeMap<String, u64>,
    /// Error answers by code.
    pub by_code: BTreeMap<u32, u64>,
    /// Faults met.
    pub by_fault: BTreeMap<String, u64>,
}

/// The data of a request when it is filed; its number and time are assigned then.
#[derive(Debug, Default)]
pub(super) struct InboxEntry {
    pub(super) to: String,
    pub(super) kind: String,
    pub(super) request: String,
    pub(super) answer: Bytes,
    pub(super) status: Option<u16>,
    pub(super) code: Option<u32>,
    pub(super) fault: Option<String>,
    pub(super) id: Option<String>,
}

#[derive(Debug, Default)]
struct Book {
    stats: Stats,
    recent: VecDeque<Record>,
    recent_bytes: usize,
    recipients: HashMap<u64, RecipientTally>,
}

/// Message ids are a function of recipient and number, so two counts are all that is kept of a recipient.
#[derive(Debug, Default, Clone, Copy)]
struct RecipientTally {
    turns: u32,
    delivered: u32,
}

const RECENT: usize = 10_000;
const RECENT_BYTES: usize = 16 << 20;
const RECIPIENTS: usize = 1_000_000;

impl Inbox {
    pub(super) fn new(seed: Seed) -> Self {
        Self { book: Arc::default(), seed }
    }

    /// How many messages were delivered to a recipient, written `+` and digits.
    pub fn deliveries(&self, to: &str) -> u64 {
        digits(to).and_then(|to| self.book().recipients.get(&to).map(|tally| u64::from(tally.delivered))).unwrap_or(0)
    }

    /// The ids of the messages delivered to a recipient, in order.
    pub fn message_ids(&self, to: &str) -> Vec<String> {
        let to_digits = digits(to).unwrap_or(0);
        (1..=self.deliveries(to)).map(|nth| self.seed.message_id(to_digits, nth)).collect()
    }

    /// Every recipient that got a message, with how many it got, in the order of the numbers.
    pub fn recipients(&self) -> BTreeMap<String, u64> {
        let tallies: Vec<_> = self.book().recipients.iter().map(|(to, tally)| (*to, tally.delivered)).collect();
        let delivered = tallies.into_iter().filter(|(_, delivered)| *delivered > 0);
        delivered.map(|(to, delivered)| (format!("+{to}"), u64::from(delivered))).collect()
    }

    /// How many messages were delivered.
    pub fn total_delivered(&self) -> u64 {
        self.book().stats.delivered
    }

    /// How many requests to send a message the API got, refused ones included.
    pub fn total_requests(&self) -> u64 {
        self.book().stats.requests
    }

    /// How many questions about templates and the number the API got, refused ones included.
    pub fn total_lookups(&self) -> u64 {
        self.book().stats.lookups
    }

    /// How many requests were answered with an error code.
    pub fn answers(&self, code: u32) -> u64 {
        self.book().stats.by_code.get(&code).copied().unwrap_or(0)
    }

    /// All counts.
    pub fn stats(&self) -> Stats {
        let book = self.book();
        let recipients = book.recipients.values().filter(|tally| tally.delivered > 0).count();
        Stats { recipients, ..book.stats.clone() }
    }

    /// The last requests, oldest first.
    pub fn recent(&self) -> Vec<Record> {
        self.recent_after(0)
    }

    /// Those of the last requests that came after the one with number `n`.
    pub fn recent_after(&self, n: u64) -> Vec<Record> {
        self.book().recent.iter().filter(|record| record.n > n).cloned().collect()
    }

    /// Counts a request of a recipient and gives the number of those before it.
    pub(super) fn turn(&self, recipient: u64) -> u64 {
        self.book().tally(recipient, |tally| {
            tally.turns += 1;
            u64::from(tally.turns - 1)
        })
    }

    /// Counts a delivery and gives the message its id.
    pub(super) fn deliver(&self, recipient: u64) -> String {
        let mut book = self.book();
        book.stats.delivered += 1;
        let total = book.stats.delivered;
        let nth = book.tally(recipient, |tally| {
            tally.delivered += 1;
            u64::from(tally.delivered)
        });
        // A recipient that is not told apart has no count of its own: the total keeps its ids unique.
        let told_apart = book.recipients.contains_key(&recipient);
        drop(book);
        self.seed.message_id(recipient, if told_apart { nth } else { total })
    }

    /// Counts a question.
    pub(super) fn look_up(&self) {
        self.book().stats.lookups += 1;
    }

    /// Files a request.
    pub(super) fn file(&self, entry: InboxEntry) {
        let at = Timestamp::now();
        let mut book = self.book();
        book.stats.requests += 1;
        let n = book.stats.requests;
        let status = entry.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        *book.stats.by_status.entry(status).or_default() += 1;
        if let Some(code) = entry.code {
            *book.stats.by_code.entry(code).or_default() += 1;
        }
        if let Some(fault) = &entry.fault {
            *book.stats.by_fault.entry(fault.clone()).or_default() += 1;
        }
        book.keep(Record {
            n,
            at,
            to: entry.to,
            kind: entry.kind,
            request: entry.request.into(),
            answer: entry.answer,
            status: entry.status,
            code: entry.code,
            fault: entry.fault,
            delivered: entry.id.is_some(),
            id: entry.id,
        });
    }

    /// Counts cannot be left half written by a panic elsewhere, so a poisoned lock is as good as any.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Only the counts: messages are personal data, and debug output ends up in logs.
impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Book {
    /// Changes a recipient's tally; that of one recipient too many is not kept.
    fn tally<T>(&mut self, recipient: u64, change: impl FnOnce(&mut RecipientTally) -> T) -> T {
        if self.recipients.len() >= RECIPIENTS && !self.recipients.contains_key(&recipient) {
            return change(&mut RecipientTally::default());
        }
        change(self.recipients.entry(recipient).or_default())
    }

    fn keep(&mut self, record: Record) {
        self.recent_bytes += record.bytes();
        self.recent.push_back(record);
        while self.recent.len() > RECENT || self.recent_bytes > RECENT_BYTES {
            let Some(oldest) = self.recent.pop_front() else { break };
            self.recent_bytes -= oldest.bytes();
        }
    }
}

impl Record {
    fn bytes(&self) -> usize {
        self.request.len() + self.answer.len()
    }
}

fn lossy<S: Serializer>(value: &Bytes, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&String::from_utf8_lossy(value))
}

fn shown<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: u64 = 16_505_551_234;

    fn entry(request: &str) -> InboxEntry {
        InboxEntry { request: request.to_owned(), status: Some(200), ..InboxEntry::default() }
    }

    #[test]
    fn deliveries_are_counted_by_recipient() {
        let inbox = Inbox::new(Seed(0));
        let ids = vec![inbox.deliver(TO), inbox.deliver(TO)];
        inbox.deliver(TO + 1);
        assert_eq!((inbox.deliveries("+16505551234"), inbox.total_delivered()), (2, 3));
        assert_eq!(inbox.message_ids("+16505551234"), ids);
        assert_eq!(inbox.deliveries("+19"), 0);
        assert_eq!(inbox.deliveries("nobody"), 0);
        assert_eq!(inbox.recipients().len(), 2);
    }

    #[test]
    fn turns_count_from_nothing() {
        let inbox = Inbox::new(Seed(0));
        assert_eq!([inbox.turn(TO), inbox.turn(TO), inbox.turn(TO + 1)], [0, 1, 0]);
        assert_eq!(inbox.stats().recipients, 0, "a turn is no delivery");
    }

    #[test]
    fn counts_go_on_where_records_end() {
        let inbox = Inbox::new(Seed(0));
        for _ in 0..RECENT + 5 {
            inbox.file(entry("{}"));
        }
        let recent = inbox.recent();
        assert_eq!((recent.len(), recent.first().unwrap().n), (RECENT, 6));
        assert_eq!(inbox.total_requests(), 10_005);
        assert_eq!(inbox.recent_after(10_003).iter().map(|record| record.n).collect::<Vec<_>>(), [10_004, 10_005]);
    }

    #[test]
    fn large_records_are_bounded_by_their_bytes() {
        let inbox = Inbox::new(Seed(0));
        let large = "x".repeat(1 << 20);
        for _ in 0..40 {
            inbox.file(entry(&large));
        }
        assert_eq!(inbox.recent().len(), 16);
    }

    #[test]
    fn answers_are_counted() {
        let inbox = Inbox::new(Seed(0));
        inbox.file(InboxEntry {
            status: Some(400),
            code: Some(130_429),
            fault: Some("130429".to_owned()),
            ..InboxEntry::default()
        });
        inbox.file(InboxEntry::default());
        let stats = inbox.stats();
        assert_eq!((inbox.answers(130_429), inbox.answers(100)), (1, 0));
        assert_eq!((stats.by_status["400"], stats.by_status["none"], stats.by_fault["130429"]), (1, 1, 1));
    }
}
