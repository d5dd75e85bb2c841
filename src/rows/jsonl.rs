//! JSON lines: an object per line, turned into canonical CSV. The columns are the keys of all objects, in the order in
//! which they first appear.
//!
//! Belongs here: reading a line of JSON. Does not belong here: encodings, and where the CSV goes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::canonical::Canonical;
use super::error::DataError;
use super::limits::COLUMNS;

/// The most bytes of a line.
const LINE_BYTES: u64 = 1024 * 1024;

/// Turns JSON lines into canonical CSV. The file is read twice, first for the columns; `open` opens it.
pub(super) fn convert<R: Read>(open: impl Fn() -> Result<R, DataError>, to: impl Write) -> Result<(), DataError> {
    let columns = columns(Lines::new(open()?))?;
    let (names, line) = (&columns.names, columns.line);
    let mut out = Canonical::new(to, line, names, |at| format!("key {} of the objects", at + 1))?;
    let mut lines = Lines::new(open()?);
    let mut cells = vec![String::new(); names.len()];
    while let Some((line, text)) = lines.next()? {
        match row(line, text, &columns, &mut cells) {
            Ok(()) => out.row(line, cells.iter().map(String::as_str))?,
            Err(problem) => out.problem(&problem)?,
        }
    }
    if let Some(problem) = lines.fault {
        out.problem(&problem)?;
    }
    out.finish()
}

/// The keys of all objects.
struct KeyColumns {
    names: Vec<String>,
    at: HashMap<String, usize>,
    /// The line of the first object.
    line: u64,
}

fn columns<R: Read>(mut lines: Lines<R>) -> Result<KeyColumns, DataError> {
    let mut columns = KeyColumns { names: Vec::new(), at: HashMap::new(), line: 0 };
    while let Some((line, text)) = lines.next()? {
        let object = serde_json::from_slice::<Object<'_>>(text);
        if columns.line == 0 {
            columns.line = line;
            if let Some(problem) = wrong_format(line, text, object.as_ref().err()) {
                return Err(problem);
            }
        }
        // Problems of a line are reported in place of its row.
        for (key, _) in object.map(|object| object.0).unwrap_or_default() {
            if columns.at.contains_key(&*key) {
                continue;
            }
            if columns.names.len() >= COLUMNS {
                let message = format!("too many different keys: `{key}` is the {}th", COLUMNS + 1);
                return Err(DataError::fatal(line, message).help(format!("at most {COLUMNS} columns")));
            }
            columns.at.insert(key.clone().into_owned(), columns.names.len());
            columns.names.push(key.into_owned());
        }
    }
    match lines.fault {
        Some(fault) if columns.names.is_empty() => Err(fault),
        _ if columns.names.is_empty() => {
            Err(DataError::fatal(columns.line.max(1), "the file has no objects with keys")
                .help("write one object on each line, such as {\"phone\": \"+16505551234\", \"name\": \"Ann\"}"))
        }
        _ => Ok(columns),
    }
}

/// JSON that is not an object per line: a list of objects, or one object over several lines.
fn wrong_format(line: u64, text: &[u8], error: Option<&serde_json::Error>) -> Option<DataError> {
    if text.trim_ascii_start().starts_with(b"[") {
        let error = DataError::fatal(line, "a JSON array, not one object per line");
        return Some(error.help("turn it into lines: jq -c '.[]' FILE > list.jsonl"));
    }
    if error.is_some_and(|error| error.classify() == Category::Eof) {
        let error = DataError::fatal(line, "an object that does not end on its line");
        return Some(error.help("put each object on a line of its own: jq -c . FILE > list.jsonl"));
    }
    None
}

/// The cells of a line.
fn row(line: u64, text: &[u8], columns: &KeyColumns, cells: &mut [String]) -> Result<(), DataError> {
    let help = "write one object on each line, such as {\"phone\": \"+16505551234\", \"name\": \"Ann\"}";
    let object = serde_json::from_slice::<Object<'_>>(text).map_err(|error| match std::str::from_utf8(text) {
        Ok(_) => {
            let message = format!("not valid JSON at character {}: {}", error.column(), reason(&error));
            DataError::at(line, message).help(help)
        }
        Err(error) => {
            let byte = text.get(error.valid_up_to()).copied().unwrap_or_default();
            let message = format!("byte 0x{byte:02X} is not valid UTF-8");
            DataError::at(line, message).help("JSON is UTF-8; save it as UTF-8, or name its encoding with --encoding")
        }
    })?;
    let mut seen = vec![false; cells.len()];
    cells.iter_mut().for_each(String::clear);
    for (key, value) in &object.0 {
        let at = columns.at.get(&**key).copied();
        let at =
            at.ok_or_else(|| DataError::fatal(line, "the file changed while it was read; run the command again"))?;
        if std::mem::replace(&mut seen[at], true) {
            let error = DataError::at(line, format!("the key `{key}` is given twice")).column(at + 1);
            return Err(error.help("rename or remove one of them"));
        }
        let json = value.get();
        cells[at] = match json.as_bytes().first() {
            Some(b'"') => serde_json::from_str(json).map_err(|error| {
                let message = format!("`{key}` is not valid JSON: {}", reason(&error));
                DataError::at(line, message).column(at + 1).cell(&**key, json).help(help)
            })?,
            Some(b'{' | b'[') => {
                let what = if json.starts_with('{') { "an object" } else { "a list" };
                let error = DataError::at(
                    line,
                    format!("`{key}` is {what}; a cell must be text, a number, true, false or null"),
                );
                return Err(error
                    .column(at + 1)
                    .cell(&**key, json)
                    .help(format!("flatten it, or make it text: jq -c '.[\"{key}\"] |= tojson' FILE")));
            }
            Some(b'n') => String::new(),
            _ => number_text(json).to_owned(),
        };
    }
    Ok(())
}

/// A number as it is written: 0.10 stays 0.10. The `.0` that programs append to whole numbers in columns with blanks is
/// removed.
fn number_text(json: &str) -> &str {
    json.strip_suffix(".0").unwrap_or(json)
}

/// The parser's message without the line number, which is always 1.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// An object's keys and values in order, duplicates included.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<ObjectKey<'de>, &'de RawValue>()? {
                    entries.push((key.0, value));
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

/// A key; borrowed if it has no escapes.
#[derive(serde::Deserialize)]
struct ObjectKey<'a>(#[serde(borrow)] Cow<'a, str>);

/// The lines that are not blank, with their numbers. A line beyond the limit is a fault and ends the iteration.
struct Lines<R> {
    reader: BufReader<R>,
    buffer: Vec<u8>,
    line: u64,
    fault: Option<DataError>,
}

impl<R: Read> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader: BufReader::new(reader), buffer: Vec::new(), line: 0, fault: None }
    }

    fn next(&mut self) -> Result<Option<(u64, &[u8])>, DataError> {
        loop {
            self.buffer.clear();
            self.line += 1;
            let cannot = |error: io::Error| DataError::fatal(self.line, format!("the file cannot be read: {error}"));
            let read = self.reader.by_ref().take(LINE_BYTES + 1).read_until(b'\n', &mut self.buffer).map_err(cannot)?;
            if read as u64 > LINE_BYTES {
                let message = format!("a line of more than {} KiB begins here", LINE_BYTES / 1024);
                self.fault = Some(DataError::fatal(self.line, message).help("put each object on a line of its own"));
                return Ok(None);
            }
            if read == 0 {
                return Ok(None);
            }
            if !text_in(&self.buffer).is_empty() {
                break;
            }
        }
        Ok(Some((self.line, text_in(&self.buffer))))
    }
}

/// A line without byte order marks, surrounding white space and line break.
fn text_in(line: &[u8]) -> &[u8] {
    let mut text = line;
    while let Some(rest) = text.strip_prefix("\u{feff}".as_bytes()) {
        text = rest;
    }
    text.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Csv, CsvOptions};

    fn read(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        if let Err(error) = convert(|| Ok(text.as_bytes()), &mut out) {
            return vec![format!("!!{} {}", error.line, error.message)];
        }
        let csv = Csv::open(&out[..], &CsvOptions { lined: true, ..CsvOptions::default() }).unwrap();
        let header = csv.header().names().join("|");
        let rows = csv.map(|row| match row {
            Ok(row) => format!("{}@{} {}", row.number, row.line, row.cells.iter().collect::<Vec<_>>().join("|")),
            Err(error) => format!("!{} row {} {}", error.line, error.row.unwrap(), error.message),
        });
        std::iter::once(header).chain(rows).collect()
    }

    #[test]
    fn every_rule() {
        let cases: [(&str, &str, &[&str]); 19] = [
            (
                "numbers by their digits",
                "{\"a\":0.10,\"b\":12345678901234567890,\"c\":1e3}\n",
                &["a|b|c", "1@1 0.10|12345678901234567890|1e3"],
            ),
            (
                "a whole number has no fraction",
                "{\"a\":628123456789.0,\"b\":\"1.0\",\"c\":1.00}\n{\"a\":null}\n{\"a\":-3.0}",
                &["a|b|c", "1@1 628123456789|1.0|1.00", "2@2 ||", "3@3 -3||"],
            ),
            ("keys in order of appearance", "{\"b\":1}\n\n{\"a\":2,\"b\":3}", &["b|a", "1@1 1|", "2@3 3|2"]),
            (
                "null and true",
                "{\"a\":null,\"b\":true,\"c\":false}\n{\"a\":\"x\"}",
                &["a|b|c", "1@1 |true|false", "2@2 x||"],
            ),
            ("escapes", "{\"a\\u0062\":\"x\\n\\\"y\\\"\\ud83c\\udf89\"}\r\n", &["ab", "1@1 x\n\"y\"\u{1f389}"]),
            ("marks", "\u{feff}\u{feff}{\"a\":1}\n", &["a", "1@1 1"]),
            (
                "a nested value",
                "{\"a\":1}\n{\"a\":{\"b\":1}}\n{\"a\":[]}\n",
                &[
                    "a",
                    "1@1 1",
                    "!2 row 2 `a` is an object; a cell must be text, a number, true, false or null",
                    "!3 row 3 `a` is a list; a cell must be text, a number, true, false or null",
                ],
            ),
            ("a key twice", "{\"a\":1,\"a\":2}\n", &["a", "!1 row 1 the key `a` is given twice"]),
            (
                "no JSON",
                "{\"a\":1}\n{a:1}\n7\n",
                &[
                    "a",
                    "1@1 1",
                    "!2 row 2 not valid JSON at character 2: key must be a string",
                    "!3 row 3 not valid JSON at character 1: invalid type: integer `7`, expected an object",
                ],
            ),
            ("more on a line", "{\"a\":1} {\"a\":2}\n", &["!!1 the file has no objects with keys"]),
            (
                "half a pair",
                "{\"a\":\"\\ud83c\"}\n",
                &["a", "!1 row 1 `a` is not valid JSON: unexpected end of hex escape"],
            ),
            ("a NUL", "{\"a\":\"\\u0000\"}\n", &["a", "!1 row 1 a NUL character; a cell must be text"]),
            (
                "empty ones in the middle",
                "{\"a\":1,\"b\":2}\n{}\n{\"a\":2}\n{\"a\":null}\n",
                &["a|b", "1@1 1|2", "2@2 |", "3@3 2|"],
            ),
            ("a column called _line", "{\"_line\":7,\"a\":1}\n", &["_line|a", "1@1 7|1"]),
            ("no name", "{\"a\":1,\" \":1}\n", &["!!1 key 2 of the objects has no name"]),
            ("a list", "[{\"a\":1}]\n", &["!!1 a JSON array, not one object per line"]),
            ("over several lines", "{\n\"a\":1\n}\n", &["!!1 an object that does not end on its line"]),
            ("nothing", "\n\n", &["!!1 the file has no objects with keys"]),
            ("no keys", "{}\n", &["!!1 the file has no objects with keys"]),
        ];
        for (rule, text, expected) in cases {
            assert_eq!(read(text), expected, "{rule}");
        }
    }

    #[test]
    fn limits_hold() {
        let text_of = |text: String| read(&text).last().unwrap().chars().take(60).collect::<String>();
        assert_eq!(text_of(format!("{{\"a\":\"{}\"}}\n", "x".repeat(65_534))).len(), 60);
        assert!(
            text_of(format!("{{\"a\":\"{}\"}}\n", "x".repeat(65_535)))
                .starts_with("!1 row 1 a cell of more than 64 KiB")
        );
        assert!(
            text_of(format!("{{\"a\":\"{}\"}}\n", "x\\n".repeat(50)))
                .starts_with("!1 row 1 a cell of more than 50 lines")
        );
        assert!(
            text_of(format!("{{\"a\":1}}\n{{\"a\":\"{}\"}}\n{{}}", "x".repeat(1 << 20)))
                .starts_with("!2 row 2 a line of more than 1024 KiB")
        );
        let keys: Vec<String> = (0..513).map(|at| format!("\"k{at}\":{at}")).collect();
        assert_eq!(text_of(format!("{{{}}}\n", keys.join(","))), "!!1 too many different keys: `k512` is the 513th");
    }
}
