//! What the twelve columns that Rowcast appends say of a row.

use jiff::Timestamp;

use crate::model::{Reply, Row, Standing, State};

/// The values of [`RESULT_COLUMNS`](crate::model::RESULT_COLUMNS) for one row, as they are, before any defusing. The
/// message status belongs to tasks that have it as an output (`with_status`).
pub fn columns(row: &Row, standing: &Standing, with_status: bool) -> [String; 12] {
    let reply = standing.answer.as_ref().map(|answer| &answer.reply);
    let note = standing.answer.as_ref().map(|answer| &answer.note);
    let (id, recipient, status) = match reply {
        Some(Reply::Accepted { id, recipient, status, .. }) => {
            (id.clone(), recipient.clone().unwrap_or_default(), status.clone().filter(|_| with_status))
        }
        _ => Default::default(),
    };
    // A row that waits for its next try is pending: its last refusal is history, not its result.
    let reply = reply.filter(|_| standing.state != State::Pending && standing.state != State::Skipped);
    let error = match (&standing.left, reply) {
        (Some(left), _) => left.reason.clone(),
        (None, Some(reply)) => reply.message().to_owned(),
        (None, None) => String::new(),
    };
    let attempted = standing.attempts > 0;
    let sent_at = standing.sent_at_ms.and_then(|at| Timestamp::from_millisecond(at).ok());
    [
        row.number.to_string(),
        standing.state.to_string(),
        recipient,
        id,
        status.unwrap_or_default(),
        reply.map(|reply| reply.code().to_owned()).unwrap_or_default(),
        error,
        reply.and(note).and_then(|note| note.advice.clone()).unwrap_or_default(),
        standing.attempts.to_string(),
        note.and_then(|note| note.http_status).map(|status| status.to_string()).unwrap_or_default(),
        sent_at.filter(|_| attempted).map(|at| format!("{at:.3}")).unwrap_or_default(),
        standing.took_ms.filter(|_| attempted).map(|ms| ms.to_string()).unwrap_or_default(),
    ]
}
