//! Results as JSON lines: one object per row, for programs. Formulas are not defused, because spreadsheets do not open
//! JSON.

use std::io::{self, Write};

use serde::ser::{SerializeMap, Serializer as _};

use crate::model::{Header, RESULT_COLUMNS, Row, RowStatus};

use super::{Columns, Results};

/// Writes results as JSON lines. Every value is text, except `_row`, `_attempts`, `_http_status` and `_duration_ms`:
/// they are numbers or null.
pub struct JsonlResults<W: Write> {
    out: W,
    header: Header,
    columns: Columns,
}

impl<W: Write> JsonlResults<W> {
    /// Results for rows with this header.
    pub fn new(out: W, header: &Header, with_status: bool) -> Self {
        Self { out, header: header.clone(), columns: Columns::new(with_status) }
    }
}

impl<W: Write> Results for JsonlResults<W> {
    fn row(&mut self, row: &Row, status: &RowStatus) -> io::Result<()> {
        let mut json = serde_json::Serializer::new(&mut self.out);
        let mut map = json.serialize_map(None)?;
        for at in self.header.carried() {
            map.serialize_entry(&self.header.names()[at], row.cells.get(at).unwrap_or_default())?;
        }
        for (name, text) in RESULT_COLUMNS.iter().zip(self.columns.of(row, status)) {
            if matches!(*name, "_row" | "_attempts" | "_http_status" | "_duration_ms") {
                map.serialize_entry(name, &text.parse::<u64>().ok())?;
            } else {
                map.serialize_entry(name, text)?;
            }
        }
        map.end()?;
        self.out.write_all(b"\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
