//! The values of the result columns that Rowcast appends to a row.

use std::fmt::Write as _;
use std::ops::Range;

use jiff::Timestamp;

use crate::model::{RESULT_COLUMNS, Reply, Row, RowStatus, State};

/// Computes the values of [`RESULT_COLUMNS`](crate::model::RESULT_COLUMNS) row by row, without an allocation per row.
#[derive(Debug, Default)]
pub struct Columns {
    /// The task has the output `message-status`.
    with_status: bool,
    /// Values of the current row that are not text in the ledger, as text.
    written: String,
    /// The second of the last row's `_sent_at` and its text: many rows share a second.
    second: Option<(i64, String)>,
}

impl Columns {
    /// The result columns of a task. `with_status`: the task has the output `message-status`.
    pub fn new(with_status: bool) -> Self {
        Self { with_status, ..Self::default() }
    }

    /// The values of a row, before defusing.
    pub fn of<'s>(&'s mut self, row: &Row, status: &'s RowStatus) -> [&'s str; RESULT_COLUMNS.len()] {
        let reply = status.answer.as_ref().map(|answer| &answer.reply);
        let note = status.answer.as_ref().map(|answer| &answer.note);
        let (id, recipient, message_status) = match reply {
            Some(Reply::Accepted { id, recipient, status, .. }) => (
                id.as_str(),
                recipient.as_deref().unwrap_or_default(),
                status.as_deref().filter(|_| self.with_status).unwrap_or_default(),
            ),
            _ => Default::default(),
        };
        // A row that waits for a retry is pending: its last refusal is not its result.
        let reply = reply.filter(|_| status.state != State::Pending && status.state != State::Skipped);
        let error = match (&status.exclusion, reply) {
            (Some(exclusion), _) => &exclusion.reason,
            (None, Some(reply)) => reply.message(),
            (None, None) => "",
        };
        let attempted = status.attempts > 0;
        let advice = reply.and(note).and_then(|note| note.advice.as_deref()).unwrap_or_default();
        self.written.clear();
        let doubt = status.hides_doubt().then(|| {
            let space = if advice.is_empty() { "" } else { " " };
            (self.text([error, " (", RowStatus::DOUBT, ")"]), self.text([RowStatus::DOUBT_ADVICE, space, advice, ""]))
        });
        let number = self.number(Some(row.number.0));
        let attempts = self.number(Some(status.attempts.into()));
        let http_status = self.number(note.and_then(|note| note.http_status).map(u64::from));
        let sent_at = self.moment(status.sent_at_ms.filter(|_| attempted));
        let took = self.number(status.took_ms.filter(|_| attempted));
        let written = |range: Range<usize>| &self.written[range];
        let (error, advice) = doubt.map_or((error, advice), |(error, advice)| (written(error), written(advice)));
        [
            written(number),
            status.state.word(),
            recipient,
            id,
            message_status,
            reply.map_or("", Reply::code),
            error,
            advice,
            written(attempts),
            written(http_status),
            written(sent_at),
            written(took),
        ]
    }

    /// Joins a text that the ledger has in pieces.
    fn text(&mut self, pieces: [&str; 4]) -> Range<usize> {
        let from = self.written.len();
        self.written.extend(pieces);
        from..self.written.len()
    }

    /// Writes a number, if there is one, and returns its range.
    fn number(&mut self, number: Option<u64>) -> Range<usize> {
        let from = self.written.len();
        if let Some(number) = number {
            // Six numbers a row: the formatting of the standard library takes several times as long.
            self.written.push_str(itoa::Buffer::new().format(number));
        }
        from..self.written.len()
    }

    /// Writes a time to the millisecond, if there is one.
    fn moment(&mut self, at_ms: Option<i64>) -> Range<usize> {
        let from = self.written.len();
        if let Some(at_ms) = at_ms {
            let (second, ms) = (at_ms.div_euclid(1000), at_ms.rem_euclid(1000));
            if self.second.as_ref().is_none_or(|(last, _)| *last != second) {
                let text = Timestamp::from_second(second).map_or_else(|_| String::new(), |at| format!("{at:.0}"));
                self.second = Some((second, text));
            }
            // Without the final `Z`. A time outside the calendar becomes empty.
            // Writing to a string cannot fail.
            let text = self.second.as_ref().and_then(|(_, text)| text.strip_suffix('Z'));
            let _ = text.map_or(Ok(()), |text| write!(self.written, "{text}.{ms:03}Z"));
        }
        from..self.written.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_as_the_library_writes_it() {
        let mut columns = Columns::default();
        for number in [0, 1, 9, 10, 99, 100, 131_026, u64::MAX - 1, u64::MAX] {
            let range = columns.number(Some(number));
            assert_eq!(columns.written[range], number.to_string());
        }
        assert!(columns.number(None).is_empty());
    }

    #[test]
    fn a_moment_is_written_as_the_calendar_writes_it() {
        let mut columns = Columns::default();
        for at_ms in [0, 1, 999, 1000, 1_700_000_000_123, 1_700_000_000_124, 1_700_000_001_000, -1, -1000, -1_234_567] {
            let range = columns.moment(Some(at_ms));
            let expected = format!("{:.3}", Timestamp::from_millisecond(at_ms).unwrap());
            assert_eq!(columns.written[range], expected, "{at_ms}");
        }
        for at_ms in [None, Some(i64::MAX), Some(i64::MIN)] {
            assert!(columns.moment(at_ms).is_empty(), "{at_ms:?}");
        }
    }
}
