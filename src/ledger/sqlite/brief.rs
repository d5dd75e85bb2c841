//! Where rows stand, read for what decides and for nothing else: it is asked of millions of them, and most of what a record has is
//! text for people.
//!
//! Belongs here: reading little of a record. Does not belong here: what a row's records come to, which `fold` says of these as
//! of whole ones.

use std::borrow::Cow;

use rusqlite::{Result, Row as SqlRow, Rows};
use serde::Deserialize;

use crate::model::{Answer, Note, Reply, ReplyKind, RowNumber, RowStatus, State};

use crate::ledger::fact::kind;
use crate::ledger::fold::{DecidedBy, Decision, Evidence, EvidenceKind, decide, state_of_reply};

/// What brief reading asks for, of the rows after one and up to another.
pub(super) const SQL: &str =
    "SELECT row, attempt, kind, data FROM event WHERE row > ?1 AND row <= ?2 ORDER BY row, attempt, kind";

/// A recorded answer; the names are those of `Recorded`.
#[derive(Deserialize)]
struct BriefAnswer<'a> {
    #[serde(borrow)]
    reply: BriefReply<'a>,
    #[serde(rename = "final")]
    last: bool,
    #[serde(default)]
    never_again: bool,
    #[serde(default)]
    withdrawn: bool,
}

#[derive(Deserialize)]
struct BriefReply<'a> {
    kind: ReplyKind,
    #[serde(default)]
    held: bool,
    #[serde(borrow, default)]
    code: Cow<'a, str>,
}

/// A row that was left out.
#[derive(Deserialize)]
struct BriefLeft {
    state: State,
}

impl BriefAnswer<'_> {
    fn state(&self) -> State {
        let BriefReply { kind, held, .. } = &self.reply;
        state_of_reply(kind.state(*held), kind.proves_not_sent(), self.last)
    }
}

/// Where the rows of an answer to [`SQL`] stand, in order.
pub(super) fn statuses(mut rows: Rows<'_>) -> Result<Vec<(RowNumber, RowStatus)>> {
    let mut found = Vec::new();
    let mut of_row = OfRow { row: 0, evidence: Vec::new(), never_again: Vec::new(), refused: Vec::new() };
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        if number != of_row.row {
            found.extend(of_row.status());
            of_row.row = number;
        }
        of_row.add(row)?;
    }
    found.extend(of_row.status());
    Ok(found)
}

/// The records of one row.
struct OfRow {
    row: i64,
    evidence: Vec<Evidence>,
    /// Attempts whose answer said never to try again.
    never_again: Vec<u32>,
    /// Attempts that were refused, with their codes.
    refused: Vec<(u32, String)>,
}

impl OfRow {
    fn add(&mut self, row: &SqlRow<'_>) -> Result<()> {
        let attempt = row.get(1)?;
        let data = || -> Result<&str> { Ok(row.get_ref(3)?.as_str_or_null()?.unwrap_or_default()) };
        let broken = |error: serde_json::Error| {
            rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(error))
        };
        let evidence = match row.get::<_, i64>(2)? {
            kind::LEFT => EvidenceKind::Excluded(serde_json::from_str::<BriefLeft>(data()?).map_err(broken)?.state),
            kind::INTENT => EvidenceKind::Intent,
            kind::REPLY => {
                let answer: BriefAnswer = serde_json::from_str(data()?).map_err(broken)?;
                self.never_again.extend(answer.never_again.then_some(attempt));
                if answer.reply.kind == ReplyKind::Rejected {
                    self.refused.push((attempt, answer.reply.code.clone().into_owned()));
                }
                if answer.withdrawn { EvidenceKind::Withdrawn } else { EvidenceKind::Reply(answer.state()) }
            }
            other => return Err(rusqlite::Error::IntegralValueOutOfRange(2, other)),
        };
        self.evidence.push(Evidence { attempt, kind: evidence });
        Ok(())
    }

    /// Where the row stands, if it has records. They are forgotten.
    fn status(&mut self) -> Option<(RowNumber, RowStatus)> {
        if self.evidence.is_empty() {
            return None;
        }
        let decision = decide(&self.evidence);
        let decided_by = |attempt: &u32| match decision.by {
            Some(DecidedBy::Attempt(by) | DecidedBy::Excluded(Some(by))) => by == *attempt,
            Some(DecidedBy::Excluded(None)) | None => false,
        };
        let never_again = self.never_again.iter().any(decided_by);
        let refused = self.refused.drain(..).find(|(attempt, _)| decided_by(attempt)).map(|(_, code)| code);
        let answer = (never_again || refused.is_some()).then(|| {
            let reply = Reply::Rejected { code: refused.unwrap_or_default(), message: String::new() };
            Answer { reply, note: Note { never_again, ..Note::default() } }.into()
        });
        self.evidence.clear();
        self.never_again.clear();
        let Decision { state, attempts, last_attempt, doubt, .. } = decision;
        let status = RowStatus { state, attempts, last_attempt, answer, doubt, ..RowStatus::UNTOUCHED };
        Some((RowNumber(self.row.unsigned_abs()), status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_makes_no_sense_is_an_error_here_too() {
        for broken in [r#"{"final":true}"#, r#"{"reply":{"kind":"sent"},"final":true}"#, r#"{"reply":{}"#] {
            assert!(serde_json::from_str::<BriefAnswer>(broken).is_err(), "{broken}");
        }
    }
}
