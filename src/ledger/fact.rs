//! One fact about a row, as it is written and read.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::model::{Addressee, Answer, Exclusion, KeyDigest, Note, Reply, ReplyKind, RowKeys, RowNumber, Scope};

/// One fact about a row. The ledger only ever adds facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The row was left out, after so many attempts.
    Excluded {
        /// The row.
        row: RowNumber,
        /// Attempts before, mostly 0.
        attempt: u32,
        /// Why.
        left: Exclusion,
    },
    /// The row is about to be sent.
    Intent {
        /// The row.
        row: RowNumber,
        /// The attempt, from 1.
        attempt: u32,
        /// The user asked by name for this attempt although the row may have been sent or was refused.
        asked: bool,
        /// Whom the attempt is for, and the keys of the row.
        to: Addressee,
        /// When, in Unix milliseconds.
        at_ms: i64,
    },
    /// What the connector said.
    Reply {
        /// The row.
        row: RowNumber,
        /// The attempt, from 1.
        attempt: u32,
        /// When, in Unix milliseconds.
        at_ms: i64,
        /// What it said.
        recorded: Box<Recorded>,
    },
}

/// A connector's answer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Flat")]
pub struct Recorded {
    /// The answer.
    #[serde(flatten, serialize_with = "shared")]
    pub answer: Arc<Answer>,
    /// No further try of the session follows: a refusal that could be tried again is then `failed`, not `pending`.
    #[serde(rename = "final")]
    pub last: bool,
    /// How long the attempt took, in milliseconds.
    pub ms: u64,
    /// The attempt was not made: its turn did not come, and the row is what it was before. The answer says why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Recorded {
    /// An answer that took `took`.
    pub fn new(answer: Arc<Answer>, last: bool, took: Duration) -> Self {
        Self { answer, last, ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX), withdrawn: false }
    }

    /// What is written of an attempt that was not made, for this reason.
    pub fn withdrawn(reason: &str) -> Self {
        let answer = Reply::Unreachable { message: reason.to_owned() }.into();
        Self { withdrawn: true, ..Self::new(answer, false, Duration::ZERO) }
    }
}

fn shared<S: Serializer>(answer: &Arc<Answer>, to: S) -> Result<S::Ok, S::Error> {
    answer.as_ref().serialize(to)
}

/// A recorded answer as it is read: `flatten` would keep a copy of every field until it knew whose it is.
#[derive(Deserialize)]
struct Flat {
    #[serde(deserialize_with = "reply")]
    reply: Reply,
    #[serde(rename = "final")]
    last: bool,
    ms: u64,
    #[serde(default)]
    withdrawn: bool,
    #[serde(default)]
    http_status: Option<u16>,
    #[serde(default)]
    advice: Option<String>,
    #[serde(default)]
    never_again: bool,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    subcode: Option<i64>,
    #[serde(default)]
    trace: Option<String>,
    #[serde(default)]
    raw: Option<String>,
}

impl From<Flat> for Recorded {
    fn from(flat: Flat) -> Self {
        let Flat { reply, last, ms, withdrawn, http_status, advice, never_again, title, code, subcode, trace, raw } =
            flat;
        let note = Note { http_status, advice, never_again, title, code, subcode, trace, raw };
        Self { answer: Arc::new(Answer { reply, note }), last, ms, withdrawn }
    }
}

/// A recorded reply as it is read: an enum that is told by one of its fields keeps a copy of all others until it has found that.
#[derive(Deserialize)]
struct FlatReply {
    kind: ReplyKind,
    id: Option<String>,
    recipient: Option<String>,
    status: Option<String>,
    #[serde(default)]
    held: bool,
    scope: Option<Scope>,
    /// In milliseconds.
    after: Option<u64>,
    reason: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

fn reply<'de, D: Deserializer<'de>>(from: D) -> Result<Reply, D::Error> {
    fn need<T, E: serde::de::Error>(field: Option<T>, name: &'static str) -> Result<T, E> {
        field.ok_or_else(|| E::missing_field(name))
    }
    let FlatReply { kind, id, recipient, status, held, scope, after, reason, code, message } =
        FlatReply::deserialize(from)?;
    Ok(match kind {
        ReplyKind::Accepted => Reply::Accepted { id: need(id, "id")?, recipient, status, held },
        ReplyKind::Rejected => Reply::Rejected { code: need(code, "code")?, message: need(message, "message")? },
        ReplyKind::Throttled => Reply::Throttled {
            scope: need(scope, "scope")?,
            after: after.map(Duration::from_millis),
            code: need(code, "code")?,
            message: need(message, "message")?,
        },
        ReplyKind::Unreachable => Reply::Unreachable { message: need(message, "message")? },
        ReplyKind::Unknown => {
            Reply::Unknown { reason: need(reason, "reason")?.into(), message: need(message, "message")? }
        }
        ReplyKind::Fatal => Reply::Fatal { code: need(code, "code")?, message: need(message, "message")? },
    })
}

/// What is stored of an intent beside its key and its time, if there is anything. An earlier Rowcast stored `asked` and `once`
/// alone.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IntentData<'a> {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) asked: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    to: Option<Cow<'a, str>>,
    /// The person, if that is not the recipient as it is addressed.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    person: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unique: Option<KeyDigest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    once: Option<KeyDigest>,
}

impl<'a> IntentData<'a> {
    pub(super) fn new(asked: bool, to: &'a Addressee) -> Self {
        let Addressee { recipient, person, keys: RowKeys { unique, once } } = to;
        let other = person.as_deref().filter(|person| Some(*person) != recipient.as_deref());
        let (to, person) = (recipient.as_deref().map(Cow::Borrowed), other.map(Cow::Borrowed));
        Self { asked, to, person, unique: *unique, once: *once }
    }

    pub(super) fn addressee(&self) -> Addressee {
        let recipient: Option<Arc<str>> = self.to.as_deref().map(Arc::from);
        let person = self.person.as_deref().map_or_else(|| recipient.clone(), |person| Some(person.into()));
        Addressee { recipient, person, keys: RowKeys { unique: self.unique, once: self.once } }
    }
}

/// The columns `kind` of the table.
pub(super) mod kind {
    pub(crate) const LEFT: i64 = 0;
    pub(crate) const INTENT: i64 = 1;
    pub(crate) const REPLY: i64 = 2;
}

impl Fact {
    /// The row it is about.
    pub fn row(&self) -> RowNumber {
        match self {
            Self::Excluded { row, .. } | Self::Intent { row, .. } | Self::Reply { row, .. } => *row,
        }
    }

    /// The attempt it is about.
    pub fn attempt(&self) -> u32 {
        match self {
            Self::Excluded { attempt, .. } | Self::Intent { attempt, .. } | Self::Reply { attempt, .. } => *attempt,
        }
    }

    pub(super) fn kind(&self) -> i64 {
        match self {
            Self::Excluded { .. } => kind::LEFT,
            Self::Intent { .. } => kind::INTENT,
            Self::Reply { .. } => kind::REPLY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let reply = Reply::Rejected { code: "131026".to_owned(), message: "no".to_owned() };
        let bare = Recorded::new(reply.clone().into(), true, Duration::from_millis(7));
        let text = |text: &str| Some(text.to_owned());
        // Every field has a value, so that none is forgotten.
        let note = Note {
            http_status: Some(400),
            advice: text("advice"),
            never_again: true,
            title: text("title"),
            code: Some(131_026),
            subcode: Some(2),
            trace: text("trace"),
            raw: text("raw"),
        };
        let full = Recorded { answer: Arc::new(Answer { reply, note }), last: false, ms: 8, withdrawn: true };
        for recorded in [bare, full, Recorded::withdrawn("stopped")] {
            let json = serde_json::to_string(&recorded).unwrap();
            assert_eq!(serde_json::from_str::<Recorded>(&json).unwrap(), recorded, "{json}");
        }
    }

    #[test]
    fn an_intent_says_whom_it_is_for() {
        let text = |text: &str| Some(Arc::<str>::from(text));
        let keys = RowKeys { unique: Some(KeyDigest::of("order 7")), once: Some(KeyDigest::of("spring")) };
        for (to, json) in [
            (Addressee::default(), "{}"),
            // The text of most people is that of the recipient.
            (Addressee { recipient: text("+491"), person: text("+491"), ..Addressee::default() }, r#"{"to":"+491"}"#),
            (
                Addressee { recipient: text("+\"1"), person: text("+2"), keys },
                r#"{"to":"+\"1","person":"+2","unique":"0fc89f8ae19394b48debd635","once":"622a494d3ea8c7ba2fed4f37"}"#,
            ),
        ] {
            let written = serde_json::to_string(&IntentData::new(false, &to)).unwrap();
            assert_eq!(written, json);
            assert_eq!(serde_json::from_str::<IntentData<'_>>(&written).unwrap().addressee(), to);
        }
        // Of an earlier Rowcast.
        let once = serde_json::to_string(&KeyDigest::of("spring")).unwrap();
        let earlier = format!(r#"{{"asked":true,"once":{once}}}"#);
        let read: IntentData<'_> = serde_json::from_str(&earlier).unwrap();
        assert!(read.asked);
        assert_eq!(read.addressee(), Addressee { keys: RowKeys { unique: None, ..keys }, ..Addressee::default() });
    }

    #[test]
    fn every_reply_is_read_as_it_was_written() {
        let text = || "x \"y\"".to_owned();
        let bare = Reply::Accepted { id: text(), recipient: None, status: None, held: false };
        let replies = [
            Reply::Accepted { id: text(), recipient: Some(text()), status: Some(text()), held: true },
            Reply::Rejected { code: text(), message: text() },
            Reply::Throttled { scope: Scope::Lane, after: None, code: text(), message: text() },
            Reply::Throttled {
                scope: Scope::Connection,
                after: Some(Duration::from_millis(1500)),
                code: text(),
                message: text(),
            },
            Reply::Unreachable { message: text() },
            Reply::Unknown { reason: text().into(), message: text() },
            Reply::Fatal { code: text(), message: text() },
        ];
        for reply in [bare].into_iter().chain(replies) {
            let recorded = Recorded::new(reply.into(), true, Duration::ZERO);
            let json = serde_json::to_string(&recorded).unwrap();
            assert_eq!(serde_json::from_str::<Recorded>(&json).unwrap(), recorded, "{json}");
            // None is taken for another, and none without what it needs.
            let (kind, _) = json.split_once(',').unwrap();
            let cut = format!("{kind}}},\"final\":true,\"ms\":0}}");
            assert!(serde_json::from_str::<Recorded>(&cut).is_err(), "{cut}");
        }
        let strange = r#"{"reply":{"kind":"later"},"final":true,"ms":0}"#;
        assert!(serde_json::from_str::<Recorded>(strange).is_err());
    }
}
