//! What the twelve columns that Rowcast appends say of a row.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::model::{Reply, Row, Standing, State};

/// The values of [`RESULT_COLUMNS`](crate::model::RESULT_COLUMNS) for one row, as they are, before any defusing. The
/// message status belongs to tasks that have it as an output (`with_status`).
pub fn columns<'s>(row: &Row, standing: &'s Standing, with_status: bool) -> [Cow<'s, str>; 12] {
    let reply = standing.answer.as_ref().map(|answer| &answer.reply);
    let note = standing.answer.as_ref().map(|answer| &answer.note);
    let (id, recipient, status) = match reply {
        Some(Reply::Accepted { id, recipient, status, .. }) => (
            id.as_str(),
            recipient.as_deref().unwrap_or_default(),
            status.as_deref().filter(|_| with_status).unwrap_or_default(),
        ),
        _ => Default::default(),
    };
    // A row that waits for its next try is pending: its last refusal is history, not its result.
    let reply = reply.filter(|_| standing.state != State::Pending && standing.state != State::Skipped);
    let error = match (&standing.left, reply) {
        (Some(left), _) => &left.reason,
        (None, Some(reply)) => reply.message(),
        (None, None) => "",
    };
    let attempted = standing.attempts > 0;
    let sent_at = standing.sent_at_ms.and_then(|at| Timestamp::from_millisecond(at).ok());
    let advice = reply.and(note).and_then(|note| note.advice.as_deref());
    let number = |number: Option<u64>| number.map_or(Cow::Borrowed(""), |number| number.to_string().into());
    [
        number(Some(row.number.0)),
        standing.state.word().into(),
        recipient.into(),
        id.into(),
        status.into(),
        reply.map_or("", Reply::code).into(),
        error.into(),
        advice.unwrap_or_default().into(),
        number(Some(standing.attempts.into())),
        number(note.and_then(|note| note.http_status).map(u64::from)),
        sent_at.filter(|_| attempted).map_or(Cow::Borrowed(""), |at| format!("{at:.3}").into()),
        number(standing.took_ms.filter(|_| attempted)),
    ]
}
