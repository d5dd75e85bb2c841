//! The columns of the table `event`: how a fact is written to them and read from them.
//!
//! What decides the status of a row has a column of its own, yes and no are bits of `flags`. What only explains it is JSON in
//! `details`.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, Result, Row as SqlRow, params};
use serde::{Deserialize, Serialize};

use crate::ledger::fact::kind;
use crate::ledger::{Fact, Projection, Recorded};
use crate::model::{Addressee, Answer, Exclusion, Note, Reply, ReplyKind, RowKeys, RowNumber, Scope, State};

use super::keys::Keys;

const INSERT_EXCLUSION: &str =
    "INSERT INTO event (row, attempt, kind, session, at_ms, outcome, details) VALUES (?1, ?2, 0, ?3, 0, ?4, ?5)";

const INSERT_INTENT: &str = "INSERT INTO event (row, attempt, kind, session, at_ms, flags, recipient, person, keys)
    VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)";

const INSERT_REPLY: &str = "INSERT INTO event (row, attempt, kind, session, at_ms, outcome, code, flags, ms, details)
    VALUES (?1, ?2, 2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// The bits of the column `flags`. One column for all: SQLite compares keys much faster in tables of at most 13 columns.
pub(super) mod flag {
    /// No further attempt of the session follows.
    pub(crate) const LAST: i64 = 1;
    pub(crate) const NEVER_AGAIN: i64 = 2;
    pub(crate) const WITHDRAWN: i64 = 4;
    pub(crate) const HELD: i64 = 8;
    /// Of an intent: the user asked for the attempt by name.
    pub(crate) const ASKED: i64 = 16;
}

/// What a reader takes from the columns.
#[derive(Debug, Clone, Copy)]
pub(super) enum FactColumns {
    /// Every fact whole.
    Facts,
    /// Who was written to, and whether it arrived. No texts.
    Addressees,
    /// What the statuses of rows are made of. The keys of a row are no part of them.
    Statuses(Projection),
}

impl FactColumns {
    /// Whether a fact is read without its texts.
    fn brief(self) -> bool {
        matches!(self, Self::Addressees | Self::Statuses(Projection::StatusOnly))
    }
}

/// The facts about the rows after one and up to another, in order.
pub(super) fn select(columns: FactColumns) -> &'static str {
    match columns {
        FactColumns::Facts => {
            "SELECT row, attempt, kind, session, at_ms, outcome, code, flags, ms, recipient, details, person, keys
             FROM event WHERE row > ?1 AND row <= ?2 ORDER BY row, attempt, kind"
        }
        FactColumns::Addressees => {
            "SELECT row, attempt, kind, session, at_ms, outcome, code, flags, ms, recipient, NULL, person, keys
             FROM event WHERE row > ?1 AND row <= ?2 ORDER BY row, attempt, kind"
        }
        FactColumns::Statuses(Projection::Full) => {
            "SELECT row, attempt, kind, 0, at_ms, outcome, code, flags, ms, recipient, details
             FROM event WHERE row > ?1 AND row <= ?2 ORDER BY row, attempt, kind"
        }
        FactColumns::Statuses(Projection::StatusOnly) => {
            "SELECT row, attempt, kind, 0, at_ms, outcome, code, flags, ms, NULL, NULL
             FROM event WHERE row > ?1 AND row <= ?2 ORDER BY row, attempt, kind"
        }
    }
}

/// What explains a fact and decides nothing: the JSON of the column `details`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Details<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    recipient: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    status: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    message: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    advice: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subcode: Option<i64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    trace: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
}

impl<'a> Details<'a> {
    fn of(Answer { reply, note }: &'a Answer) -> Self {
        let mut details = Self {
            http_status: note.http_status,
            advice: borrowed(note.advice.as_ref()),
            title: borrowed(note.title.as_ref()),
            code: note.code,
            subcode: note.subcode,
            trace: borrowed(note.trace.as_ref()),
            raw: borrowed(note.raw.as_ref()),
            ..Self::default()
        };
        match reply {
            Reply::Accepted { id, recipient, status, .. } => {
                details.id = borrowed(Some(id));
                details.recipient = borrowed(recipient.as_ref());
                details.status = borrowed(status.as_ref());
            }
            Reply::Throttled { scope, after, .. } => {
                details.scope = Some(*scope);
                details.after = after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
            }
            Reply::Rejected { .. } | Reply::Unreachable { .. } | Reply::Unknown { .. } | Reply::Fatal { .. } => {}
        }
        if !matches!(reply, Reply::Accepted { .. }) {
            details.message = Some(reply.message().into());
        }
        details
    }

    /// As JSON in `text`, which is emptied first.
    fn written<'t>(&self, text: &'t mut Vec<u8>) -> Result<&'t str> {
        text.clear();
        serde_json::to_writer(&mut *text, self).map_err(|error| unwritable(error.into()))?;
        str::from_utf8(text).map_err(|error| unwritable(error.into()))
    }
}

fn borrowed(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|text| Cow::Borrowed(text.as_str()))
}

fn owned(text: Option<Cow<'_, str>>) -> Option<String> {
    text.map(Cow::into_owned)
}

fn unwritable(error: Box<dyn Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error)
}

/// The code of a reply, as the column `code` has it.
pub(super) fn code(reply: &Reply) -> Option<&str> {
    match reply {
        Reply::Accepted { .. } | Reply::Unreachable { .. } => None,
        Reply::Unknown { reason, .. } => Some(reason.as_str()),
        Reply::Rejected { code, .. } | Reply::Throttled { code, .. } | Reply::Fatal { code, .. } => Some(code),
    }
}

/// The column `details` of an answer.
pub(super) fn details(answer: &Answer) -> Result<String> {
    Details::of(answer).written(&mut Vec::new()).map(str::to_owned)
}

/// The statements that add facts, within a transaction.
pub(super) struct Inserts<'c> {
    exclusion: CachedStatement<'c>,
    intent: CachedStatement<'c>,
    reply: CachedStatement<'c>,
    /// A buffer for the details of one fact after the other: SQLite copies them.
    text: Vec<u8>,
}

impl<'c> Inserts<'c> {
    pub(super) fn of(connection: &'c Connection) -> Result<Self> {
        Ok(Self {
            exclusion: connection.prepare_cached(INSERT_EXCLUSION)?,
            intent: connection.prepare_cached(INSERT_INTENT)?,
            reply: connection.prepare_cached(INSERT_REPLY)?,
            text: Vec::with_capacity(512),
        })
    }

    pub(super) fn add(&mut self, session: i64, fact: &Fact) -> Result<()> {
        let (row, attempt) = (i64::try_from(fact.row().0).unwrap_or(i64::MAX), fact.attempt());
        match fact {
            Fact::Excluded { exclusion: Exclusion { state, reason }, .. } => {
                let details = Details { reason: Some(reason.into()), ..Details::default() };
                let details = details.written(&mut self.text)?;
                self.exclusion.execute(params![row, attempt, session, state.word(), details])?;
            }
            Fact::Intent { asked, to: Addressee { recipient, person, keys }, at_ms, .. } => {
                // Most people are the recipient as it is addressed.
                let person = person.as_deref().filter(|person| Some(*person) != recipient.as_deref());
                let (recipient, flags, keys) = (recipient.as_deref(), bit(*asked, flag::ASKED), Keys::of(*keys));
                let keys = keys.stored();
                self.intent.execute(params![row, attempt, session, at_ms, flags, recipient, person, keys])?;
            }
            Fact::Reply { at_ms, recorded, .. } => {
                let Recorded { answer, last, ms, withdrawn } = &**recorded;
                let (outcome, code) = (answer.reply.kind().word(), code(&answer.reply));
                let held = matches!(answer.reply, Reply::Accepted { held: true, .. });
                let flags = bit(*last, flag::LAST)
                    | bit(answer.note.never_again, flag::NEVER_AGAIN)
                    | bit(*withdrawn, flag::WITHDRAWN)
                    | bit(held, flag::HELD);
                let ms = i64::try_from(*ms).unwrap_or(i64::MAX);
                let details = Details::of(answer).written(&mut self.text)?;
                self.reply.execute(params![row, attempt, session, at_ms, outcome, code, flags, ms, details])?;
            }
        }
        Ok(())
    }
}

fn bit(set: bool, flag: i64) -> i64 {
    if set { flag } else { 0 }
}

/// The session that recorded a fact, and the fact. Without its details it has no texts.
pub(super) fn read(sql_row: &SqlRow<'_>, columns: FactColumns) -> Result<(i64, Fact)> {
    let (row, attempt) = (RowNumber(sql_row.get::<_, i64>(0)?.unsigned_abs()), sql_row.get(1)?);
    let (session, at_ms) = (sql_row.get(3)?, sql_row.get(4)?);
    let fact = match sql_row.get(2)? {
        kind::LEFT => {
            let state = word(sql_row, State::from_word)?;
            let reason = Texts(columns).text(read_details(sql_row)?.reason, "reason")?;
            Fact::Excluded { row, attempt, exclusion: Exclusion { state, reason } }
        }
        kind::INTENT => {
            Fact::Intent { row, attempt, asked: has(sql_row, flag::ASKED)?, to: addressee(sql_row, columns)?, at_ms }
        }
        kind::REPLY => {
            let answer = answer(sql_row, Texts(columns))?.into();
            let ms = sql_row.get::<_, i64>(8)?.unsigned_abs();
            let (last, withdrawn) = (has(sql_row, flag::LAST)?, has(sql_row, flag::WITHDRAWN)?);
            let recorded = Box::new(Recorded { answer, last, ms, withdrawn });
            Fact::Reply { row, attempt, at_ms, recorded }
        }
        other => return Err(rusqlite::Error::IntegralValueOutOfRange(2, other)),
    };
    Ok((session, fact))
}

/// Whether a bit of the column `flags` is set.
fn has(sql_row: &SqlRow<'_>, flag: i64) -> Result<bool> {
    Ok(sql_row.get::<_, Option<i64>>(7)?.unwrap_or(0) & flag != 0)
}

fn addressee(sql_row: &SqlRow<'_>, columns: FactColumns) -> Result<Addressee> {
    let text = |column| -> Result<Option<Arc<str>>> { Ok(sql_row.get_ref(column)?.as_str_or_null()?.map(Arc::from)) };
    let recipient = text(9)?;
    if let FactColumns::Statuses(_) = columns {
        return Ok(Addressee { recipient, ..Addressee::default() });
    }
    let person = text(11)?.or_else(|| recipient.clone());
    let keys = sql_row.get_ref(12)?.as_blob_or_null()?;
    let keys = keys.map_or(Ok(RowKeys::default()), |bytes| {
        Keys::read(bytes).ok_or_else(|| broken(12, "the keys of the row are damaged".into()))
    })?;
    Ok(Addressee { recipient, person, keys })
}

fn answer(sql_row: &SqlRow<'_>, texts: Texts) -> Result<Answer> {
    let kind = word(sql_row, ReplyKind::from_word)?;
    let code = || -> Result<String> {
        let code = sql_row.get_ref(6)?.as_str_or_null()?;
        code.map(str::to_owned).ok_or_else(|| broken(6, "the reply has no code".into()))
    };
    let Details {
        id,
        recipient,
        status,
        scope,
        after,
        message,
        http_status,
        advice,
        title,
        code: number,
        subcode,
        trace,
        raw,
        ..
    } = read_details(sql_row)?;
    let message = || texts.text(message, "message");
    let reply = match kind {
        ReplyKind::Accepted => {
            let (id, recipient, status) = (texts.text(id, "id")?, owned(recipient), owned(status));
            Reply::Accepted { id, recipient, status, held: has(sql_row, flag::HELD)? }
        }
        ReplyKind::Rejected => Reply::Rejected { code: code()?, message: message()? },
        ReplyKind::Throttled => {
            let scope = texts.needed(scope, Scope::Connection, "scope")?;
            let after = after.map(Duration::from_millis);
            Reply::Throttled { scope, after, code: code()?, message: message()? }
        }
        ReplyKind::Unreachable => Reply::Unreachable { message: message()? },
        ReplyKind::Unknown => Reply::Unknown { reason: code()?.into(), message: message()? },
        ReplyKind::Fatal => Reply::Fatal { code: code()?, message: message()? },
    };
    let [advice, title, trace, raw] = [advice, title, trace, raw].map(owned);
    let never_again = has(sql_row, flag::NEVER_AGAIN)?;
    Ok(Answer { reply, note: Note { http_status, advice, never_again, title, code: number, subcode, trace, raw } })
}

/// Whether a fact is read with its texts.
#[derive(Clone, Copy)]
struct Texts(FactColumns);

impl Texts {
    fn text(self, found: Option<Cow<'_, str>>, name: &str) -> Result<String> {
        self.needed(owned(found), String::new(), name)
    }

    fn needed<T>(self, found: Option<T>, without: T, name: &str) -> Result<T> {
        match found {
            Some(found) => Ok(found),
            None if self.0.brief() => Ok(without),
            None => Err(broken(10, format!("the record has no {name}").into())),
        }
    }
}

/// The word in the column `outcome`.
fn word<T>(sql_row: &SqlRow<'_>, known: impl Fn(&str) -> Option<T>) -> Result<T> {
    let word = sql_row.get_ref(5)?.as_str()?;
    known(word).ok_or_else(|| broken(5, format!("`{word}` is no outcome").into()))
}

fn read_details<'r>(sql_row: &'r SqlRow<'_>) -> Result<Details<'r>> {
    let json = sql_row.get_ref(10)?.as_str_or_null()?;
    let details = json.map(serde_json::from_str).transpose();
    details.map(Option::unwrap_or_default).map_err(|error| broken(10, error.into()))
}

fn broken(column: usize, error: Box<dyn Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error)
}
