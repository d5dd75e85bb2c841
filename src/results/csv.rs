//! `results.csv`: the input's columns, unchanged and in order, then the result columns.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::model::{Header, RESULT_COLUMNS, Row, RowStatus};

use super::{Columns, Results, defuse};

/// Writes results as CSV with the delimiter of the input.
pub struct CsvResults<W: Write> {
    writer: ::csv::Writer<W>,
    carried: Vec<usize>,
    columns: Columns,
    safe_cells: bool,
}

impl<W: Write> CsvResults<W> {
    /// Writes the header. `with_status`: the task has the output `message-status`. `safe_cells`: defuse input cells,
    /// too.
    pub fn new(out: W, header: &Header, delimiter: u8, with_status: bool, safe_cells: bool) -> io::Result<Self> {
        let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
        let carried: Vec<usize> = header.carried().collect();
        let names = carried.iter().map(|at| header.names()[*at].as_str());
        let names = names.map(|name| if safe_cells { defuse(name) } else { Cow::Borrowed(name) });
        writer.write_record(names.chain(RESULT_COLUMNS.map(Cow::Borrowed)).map(Cow::into_owned)).map_err(why)?;
        Ok(Self { writer, carried, columns: Columns::new(with_status), safe_cells })
    }
}

impl<W: Write> Results for CsvResults<W> {
    fn row(&mut self, row: &Row, status: &RowStatus) -> io::Result<()> {
        for at in &self.carried {
            let cell = row.cells.get(*at).unwrap_or_default();
            if self.safe_cells {
                self.writer.write_field(defuse(cell).as_bytes()).map_err(why)?;
            } else {
                self.writer.write_field(cell).map_err(why)?;
            }
        }
        for text in self.columns.of(row, status) {
            self.writer.write_field(defuse(text).as_bytes()).map_err(why)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(why)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The underlying I/O error, which keeps its kind; the CSV writer's error has none.
fn why(error: ::csv::Error) -> io::Error {
    let text = error.to_string();
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        _ => io::Error::other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, Note, Reply, RowNumber, State};

    fn row() -> Row {
        Row { number: RowNumber(1), line: 2, cells: ::csv::StringRecord::from(vec!["+49", "=a", "old"]) }
    }

    fn write(status: &RowStatus, safe_cells: bool) -> String {
        let header = Header::new(["phone", "note; x", "_status"].map(str::to_owned));
        let mut out = Vec::new();
        let mut results = CsvResults::new(&mut out, &header, b';', true, safe_cells).unwrap();
        results.row(&row(), status).unwrap();
        results.finish().unwrap();
        drop(results);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn input_first_then_ours() {
        let reply = Reply::Accepted {
            id: "wamid.X".to_owned(),
            recipient: Some("49".to_owned()),
            status: Some("accepted".to_owned()),
            held: false,
        };
        let status = RowStatus {
            state: State::Accepted,
            attempts: 2,
            answer: Some(Answer { reply, note: Note { http_status: Some(200), ..Note::default() } }.into()),
            sent_at_ms: Some(1_700_000_000_123),
            took_ms: Some(35),
            ..RowStatus::UNTOUCHED
        };
        insta::assert_snapshot!(write(&status, false), @r#"
        phone;"note; x";_row;_status;_recipient_wa_id;_message_id;_message_status;_error_code;_error;_advice;_attempts;_http_status;_sent_at;_duration_ms
        +49;=a;1;accepted;49;wamid.X;accepted;;;;2;200;2023-11-14T22:13:20.123Z;35
        "#);
    }

    #[test]
    fn what_the_server_says_is_no_formula() {
        let reply = Reply::Rejected { code: "-1".to_owned(), message: "=1+1".to_owned() };
        let status =
            RowStatus { state: State::Rejected, attempts: 1, answer: Some(reply.into()), ..RowStatus::UNTOUCHED };
        insta::assert_snapshot!(write(&status, true), @r#"
        phone;"note; x";_row;_status;_recipient_wa_id;_message_id;_message_status;_error_code;_error;_advice;_attempts;_http_status;_sent_at;_duration_ms
        '+49;'=a;1;rejected;;;;'-1;'=1+1;;1;;;
        "#);
    }

    #[test]
    fn a_refusal_does_not_hide_that_an_earlier_attempt_may_have_arrived() {
        let reply = Reply::Rejected { code: "131026".to_owned(), message: "=no".to_owned() };
        let refused = |advice: Option<&str>, doubt| {
            let note = Note { advice: advice.map(str::to_owned), ..Note::default() };
            let answer = Some(Answer { reply: reply.clone(), note }.into());
            let status = RowStatus { state: State::Rejected, attempts: 2, answer, doubt, ..RowStatus::UNTOUCHED };
            write(&status, false).lines().next_back().unwrap().to_owned()
        };
        let lines = [refused(Some("Look."), true), refused(None, true), refused(Some("Look."), false)];
        insta::assert_snapshot!(lines.join("\n"), @r"
        +49;=a;1;rejected;;;;131026;'=no (an earlier attempt may have arrived);Check whether an earlier attempt arrived before you send this row again. Look.;2;;;
        +49;=a;1;rejected;;;;131026;'=no (an earlier attempt may have arrived);Check whether an earlier attempt arrived before you send this row again.;2;;;
        +49;=a;1;rejected;;;;131026;'=no;Look.;2;;;
        ");
    }

    #[test]
    fn an_untouched_row_says_so() {
        insta::assert_snapshot!(write(&RowStatus::UNTOUCHED, false), @r#"
        phone;"note; x";_row;_status;_recipient_wa_id;_message_id;_message_status;_error_code;_error;_advice;_attempts;_http_status;_sent_at;_duration_ms
        +49;=a;1;pending;;;;;;;0;;;
        "#);
    }
}
