//! The rules one by one, then properties of any table and any bytes.

use csv::{ReaderBuilder, Terminator, WriterBuilder};
use proptest::prelude::*;

use super::*;

/// The rows and problems of a file, one line each: `number@line cells`, `!line:column message`.
fn read(bytes: &[u8]) -> Vec<String> {
    read_from(bytes, &CsvOptions::default())
}

fn read_from(reader: impl Read, options: &CsvOptions) -> Vec<String> {
    match Csv::open(reader, options) {
        Ok(csv) => csv.map(|item| item.map_or_else(|error| problem(&error), |row| text_of(&row))).collect(),
        Err(error) => vec![problem(&error)],
    }
}

fn text_of(row: &Row) -> String {
    format!("{}@{} {}", row.number, row.line, row.cells.iter().collect::<Vec<_>>().join("|"))
}

fn problem(error: &DataError) -> String {
    let place = error.column.map_or(String::new(), |column| format!(":{column}"));
    let row = error.row.map_or(String::new(), |row| format!(" row {row}"));
    format!("{}{}{place}{row} {}", if error.fatal { "!!" } else { "!" }, error.line, error.message)
}

/// Returns one byte at a time, and an interruption before each.
struct Dripping<'a>(&'a [u8], bool);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let end = buffer.len().min(1);
        self.0.read(&mut buffer[..end])
    }
}

#[test]
fn every_rule() {
    let cases: &[(&str, &[u8], &[&str])] = &[
        (
            "cells stay as they are",
            b"a,b\n007, 0.10 \n+49,12345678901234567890",
            &["1@2 007| 0.10 ", "2@3 +49|12345678901234567890"],
        ),
        ("a byte order mark", b"\xef\xbb\xbfa\n1\n", &["1@2 1"]),
        ("a byte order mark before a quote", b"\xef\xbb\xbf\"a\",b\n1,2\n", &["1@2 1|2"]),
        ("two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf\n\na\n1\n", &["1@4 1"]),
        ("semicolons", b"a;b\n1,5;2\n", &["1@2 1,5|2"]),
        ("tabs", b"a\tb\n1\t2\n", &["1@2 1|2"]),
        ("bars", b"a|b\n1|2\n", &["1@2 1|2"]),
        ("CRLF", b"a,b\r\n1,2\r\n3,4\r\n", &["1@2 1|2", "2@3 3|4"]),
        ("lone CR", b"a,b\r1,2\r3,4", &["1@2 1|2", "2@3 3|4"]),
        ("mixed line ends", b"a\r\n1\n2\r3\n\r4\r\r\n5", &["1@2 1", "2@3 2", "3@4 3", "4@6 4", "5@8 5"]),
        ("quoted line breaks", b"a,b\n\"1\n2\r\n3\r4\",x\n5,6\n", &["1@2 1\n2\r\n3\r4|x", "2@6 5|6"]),
        ("a quoted cell ends in CR", b"a\n\"1\r\"\n2\n", &["1@2 1\r", "2@4 2"]),
        (
            "doubled quotes",
            b"a,b\n\"say \"\"hi\"\"\",\"\"\n\"\"\"\",5\" pipe\n",
            &["1@2 say \"hi\"|", "2@3 \"|5\" pipe"],
        ),
        ("quoted delimiters", b"a,b\n\"1,2\",3\n", &["1@2 1,2|3"]),
        ("blank lines", b"\n\r\na\n\n\n1\n\r\n2\n\n\n", &["1@6 1", "2@8 2"]),
        ("an empty quoted cell is a row", b"a\n\"\"\n", &["1@2 "]),
        ("empty rows at the end", b"a;b\n1;2\n;\n;\n\n;\n", &["1@2 1|2"]),
        ("empty rows in the middle", b"a;b\n;\n\n;\n1;2\n;\n", &["1@2 |", "2@4 |", "3@5 1|2"]),
        ("empty rows alone", b"a;b\n;\n;\n", &[]),
        ("blanks are no emptiness", b"a;b\n1;2\n ;\n", &["1@2 1|2", "2@3  |"]),
        ("lines of blanks at the end", b"a;b\n1;2\n  \n;\n \t\n", &["1@2 1|2"]),
        (
            "a line of blanks in the middle",
            b"a;b\n \n1;2\n",
            &["!2 row 1 1 cell, but the header has 2 columns", "2@3 1|2"],
        ),
        ("empty rows of another width", b"a;b;c\n1;2;3\n;;\n;\n", &["1@2 1|2|3"]),
        (
            "empty rows of another width in the middle",
            b"a;b;c\n;\n1;2;3\n",
            &["!2 row 1 2 cells, but the header has 3 columns", "2@3 1|2|3"],
        ),
        (
            "an empty row, then what cannot be read",
            b"a,b\n,\n1,\"\n",
            &["!!3:2 the quote that opens here is never closed"],
        ),
        ("the line of Excel", b"sep=;\r\na;b\r\n1,5;2\r\n", &["1@3 1,5|2"]),
        ("the line of Excel behind a mark", b"\xef\xbb\xbfsep=|\na|b\n1|2\n", &["1@3 1|2"]),
        ("the line of Excel alone", b"sep=;\n", &["!!1 the file is empty"]),
        ("no line break at the end", b"a,b\n1,", &["1@2 1|"]),
        ("an earlier results file", b"a,_row,_status\n1,1,failed\n", &["1@2 1|1|failed"]),
        ("header alone", b"a,b\n", &[]),
        ("header alone, no line break", b"a,b", &[]),
        ("empty", b"", &["!!1 the file is empty"]),
        ("blank lines alone", b"\xef\xbb\xbf\r\n\n", &["!!1 the file is empty"]),
        ("too few cells", b"a,b\n1\n\n2,3\n", &["!2 row 1 1 cell, but the header has 2 columns", "2@4 2|3"]),
        ("too many cells", b"a\n1,2\n3\n", &["!2 row 1 2 cells, but the header has 1 column", "2@3 3"]),
        ("a name twice", b"a,b,a\n", &["!!1:3 columns 1 and 3 have the same name, `a`"]),
        ("no name", b"\na,,c\n", &["!!2:2 column 2 has no name (between `a` and `c`)"]),
        ("a blank name", b"a, \n", &["!!1:2 column 2 has no name (it follows `a`)"]),
        (
            "text after a quote",
            b"a,b\n1,\"abc\"def\n3,4\n",
            &["!2:2 row 1 text follows a closing quote in `b`", "2@3 3|4"],
        ),
        (
            "text after a quote, further down",
            b"a\n\"x\ny\"z\n3\n",
            &["!3:1 row 1 text follows a closing quote in `a` (the cell begins on line 2)", "2@4 3"],
        ),
        ("text after a quote in the header", b"\"a\"b\n", &["!!1:1 text follows a closing quote in column 1"]),
        ("never closed", b"a,b\n1,2\n3,\"4\n5,6\n", &["1@2 1|2", "!!3:2 the quote that opens here is never closed"]),
        ("never closed in the header", b"a,\"b\n1,2\n", &["!!1:2 the quote that opens here is never closed"]),
        ("NUL", b"a,b\n1,\"2\n\0\"\n3,4\n", &["!3:2 row 1 a NUL byte in `b`; a list must be text", "2@4 3|4"]),
        ("UTF-16 without a mark", b"a\0,\0b\0\n\0", &["!!1:1 a NUL byte in column 1; a list must be text"]),
        ("UTF-16, little end first", b"\xff\xfea\0\n\0", &["!!1 the file is UTF-16, not UTF-8"]),
        ("UTF-16, big end first", b"\xfe\xff\0a\0\n", &["!!1 the file is UTF-16, not UTF-8"]),
        ("a workbook", b"PK\x03\x04...", &["!!1 the file is an Excel workbook or a zip archive, not CSV"]),
        (
            "Windows-1252",
            b"a,b\n\"x\r\ny\",\"1\n\r\nJos\xe9\"\n3,4\n",
            &["!5:2 row 1 byte 0xE9 in `b` is not valid UTF-8", "2@6 3|4"],
        ),
        ("Windows-1252 in the header", b"a,stra\xdfe\n", &["!!1:2 byte 0xDF in column 2 is not valid UTF-8"]),
        ("a character cut off", b"a\n\xf0\x9f\x98\n1\n", &["!2:1 row 1 byte 0xF0 in `a` is not valid UTF-8", "2@3 1"]),
    ];
    for (rule, bytes, expected) in cases {
        assert_eq!(read(bytes), *expected, "{rule}");
        assert_eq!(read_from(Dripping(bytes, false), &CsvOptions::default()), *expected, "{rule}, byte by byte");
    }
}

#[test]
fn every_problem_has_a_hint() {
    let cases: [(&[u8], &str); 6] = [
        (b"a,b\n1,2,3\n", "put a cell that contains `,` in quotes; the first extra cell is `3`"),
        (b"a\tb\n1\t2\t3\n", "put a cell that contains a tab in quotes; the first extra cell is `3`"),
        (b"a,b\n1\n", "a cell may be missing, or a line break may be outside quotes; no cell for `b`"),
        (
            b"a\n\xe9\n",
            "name the file's encoding, as in --encoding windows-1252, or save it as UTF-8; in Excel: Save As, \"CSV UTF-8\"",
        ),
        (
            b"a\n\0\n",
            "the file may be UTF-16: name it with --encoding utf-16le, or save it as UTF-8; in Excel: Save As, \"CSV UTF-8\"",
        ),
        (b"a\n\"\n", "close it with `\"`; write a quote in the text twice: `\"\"`"),
    ];
    for (bytes, expected) in cases {
        let error = Csv::open(bytes, &CsvOptions::default()).unwrap().next().unwrap().unwrap_err();
        assert_eq!(error.help.as_deref(), Some(expected));
    }
}

#[test]
fn a_given_delimiter_wins() {
    let semicolon = CsvOptions { delimiter: Some(b';'), ..CsvOptions::default() };
    assert_eq!(read_from(&b"a,b,c\n1,2,3\n"[..], &semicolon), ["1@2 1,2,3"]);
    for wrong in [b'"', b'\n', b'\r', b'\0', 0xe9] {
        let items = read_from(&b"a\n1\n"[..], &CsvOptions { delimiter: Some(wrong), ..CsvOptions::default() });
        assert!(items[0].ends_with("cannot separate cells"), "{items:?}");
    }
}

#[test]
fn the_header_keeps_every_column() {
    let csv = Csv::open(&b"phone;First Name;_status\n"[..], &CsvOptions::default()).unwrap();
    assert_eq!(csv.header().names(), ["phone", "First Name", "_status"]);
    assert_eq!(csv.delimiter(), b';');
}

#[test]
fn limits_hold_to_the_byte() {
    let file = |cell: &str| format!("a,b\n0,0\n1,{cell}\n2,2\n");
    let text_of = |cell: &str| read(file(cell).as_bytes()).iter().map(|line| line.chars().take(60).collect()).collect();
    let lines = |count: usize| format!("\"{}\"", vec!["x"; count].join("\r\n"));
    let fits = |items: Vec<String>| items.len() == 3 && items[2].ends_with(" 2|2");
    assert!(fits(text_of(&"x".repeat(65_536))));
    assert!(fits(text_of(&format!("\"{}\"", "x".repeat(65_534)))));
    assert!(fits(text_of(&lines(50))));
    assert_eq!(text_of(&"x".repeat(65_537)), ["1@2 0|0", "!!3:2 a cell of more than 64 KiB begins here"]);
    let long = format!("\"{}\"", "x".repeat(65_536));
    assert_eq!(text_of(&long), ["1@2 0|0", "!!3:2 a cell of more than 64 KiB in quotes begins here"]);
    assert_eq!(text_of(&lines(51)), ["1@2 0|0", "!!3:2 the quote that opens here is still open 50 lines later"]);

    let row = |cells: usize| vec!["x".repeat(1023); cells].join(",");
    assert_eq!(read(format!("a\n{}\n1\n", row(256)).as_bytes()).len(), 2);
    let wide = format!("a\n0\n{}\n1\n", row(257));
    assert_eq!(read(wide.as_bytes()), ["1@2 0", "!!3 a row of more than 256 KiB begins here"]);

    let header = |columns: usize| (0..columns).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    assert!(read(header(512).as_bytes()).is_empty());
    assert_eq!(read(header(513).as_bytes()), ["!!1 513 columns, at most 512"]);
}

/// Returns its text, then one byte for ever, and counts.
struct Endless<'a> {
    text: &'a [u8],
    then: u8,
    read: &'a mut usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.text.read(buffer)? {
            0 => {
                buffer.fill(self.then);
                buffer.len()
            }
            some => some,
        };
        *self.read += read;
        Ok(read)
    }
}

#[test]
fn what_never_ends_is_given_up_early() {
    let cases: [(&[u8], u8, &str); 5] = [
        (b"a\n1\n\"", b'x', "!!3:1 a cell of more than 64 KiB in quotes begins here"),
        (b"a\n1\n\"", b'\n', "!!3:1 the quote that opens here is still open 50 lines later"),
        (b"a\n1\n\"", b'"', "!!3:1 a cell of more than 64 KiB in quotes begins here"),
        (b"a\n1\n", b'x', "!!3:1 a cell of more than 64 KiB begins here"),
        (b"a\n1\n", b',', "!!3 a row of more than 256 KiB begins here"),
    ];
    for (text, then, expected) in cases {
        let mut read = 0;
        let items = read_from(Endless { text, then, read: &mut read }, &CsvOptions::default());
        assert_eq!(items, ["1@2 1", expected]);
        assert!(read < 1024 * 1024, "{read} bytes read");
    }
    let mut read = 0;
    let items = read_from(Endless { text: b"\"", then: b',', read: &mut read }, &CsvOptions::default());
    assert_eq!(items, ["!!1:1 a cell of more than 64 KiB in quotes begins here"]);
}

/// Returns its text, then an error.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk is gone")),
            some => Ok(some),
        }
    }
}

#[test]
fn an_error_of_the_file_ends_reading() {
    assert_eq!(read_from(Failing(b"a\n"), &CsvOptions::default()), ["!!1 the file cannot be read: the disk is gone"]);
    let text = format!("a\n{}2", "1\n".repeat(CHUNK));
    let items = read_from(Failing(text.as_bytes()), &CsvOptions::default());
    assert_eq!(items.len(), CHUNK + 1);
    assert_eq!(items[CHUNK], format!("!!{} the file cannot be read: the disk is gone", CHUNK + 2));
}

/// Number of line breaks, computed in another way than the reader's.
fn lines_in(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    text.matches('\n').count() as u64
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        table in (1_usize..6).prop_flat_map(|columns| {
            let cell = "[a-zé😀0-9 +,;|\t\"'\r\n]{0,12}";
            proptest::collection::vec(proptest::collection::vec(cell, columns), 1..40)
        }),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t'), Just(b'|')],
        end in prop_oneof![Just(Terminator::CRLF), Just(Terminator::Any(b'\n')), Just(Terminator::Any(b'\r'))],
        bom in any::<bool>(),
    ) {
        let names: Vec<_> = (0..table[0].len()).map(|at| format!("c{at}")).collect();
        let mut writer = WriterBuilder::new().delimiter(delimiter).terminator(end).from_writer(Vec::new());
        let mut lines = Vec::new();
        for record in std::iter::once(&names).chain(&table) {
            writer.flush().unwrap();
            lines.push(1 + lines_in(writer.get_ref()));
            writer.write_record(record).unwrap();
        }
        let mut bytes = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        bytes.extend(writer.into_inner().unwrap());

        // The header line of a single column has no delimiter to detect.
        let options = CsvOptions { delimiter: (names.len() == 1).then_some(delimiter), ..CsvOptions::default() };
        let csv = Csv::open(&bytes[..], &options).unwrap();
        prop_assert_eq!(csv.delimiter(), delimiter);
        prop_assert_eq!(csv.header().names(), &names[..]);
        let rows: Vec<Row> = csv.collect::<Result<_, _>>().unwrap();
        let held = table.iter().rposition(|cells| cells.iter().any(|cell| !cell.is_empty()));
        let table = if names.len() == 1 { &table[..] } else { &table[..held.map_or(0, |last| last + 1)] };
        prop_assert_eq!(rows.len(), table.len());
        for (((row, cells), line), number) in rows.iter().zip(table).zip(&lines[1..]).zip(1..) {
            prop_assert_eq!(row.number, RowNumber(number));
            prop_assert_eq!(row.line, *line);
            prop_assert!(row.cells.iter().eq(cells));
        }
    }

    #[test]
    fn any_bytes_are_read_alike_in_any_chunks(bytes in any_bytes()) {
        prop_assert_eq!(read(&bytes), read_from(Dripping(&bytes, false), &CsvOptions::default()));
    }

    #[test]
    fn rows_are_those_of_the_csv_crate(mut bytes in any_bytes()) {
        bytes.splice(0..0, *b"a,b\n");
        let Ok(csv) = Csv::open(&bytes[..], &CsvOptions::default()) else { return Ok(()) };
        let mut builder = ReaderBuilder::new();
        let mut theirs: Vec<_> = builder.flexible(true).from_reader(&bytes[..]).into_byte_records().collect();
        let blank = |row: &ByteRecord| row.as_slice().is_empty() || row.len() == 1 && row.as_slice().trim_ascii().is_empty();
        while theirs.last().is_some_and(|row| row.as_ref().is_ok_and(blank)) {
            theirs.pop();
        }
        let ours: Vec<_> = csv.collect();
        let cut_short = ours.last().is_some_and(|item| item.as_ref().is_err_and(|error| error.fatal));
        // A row of empty cells with a quote that closes too early is reported, even at the end.
        let nothing = |item: &Result<Row, DataError>| item.as_ref().map_or(true, |row| row.cells.as_slice().is_empty());
        prop_assert!(cut_short || ours.len() >= theirs.len() && ours[theirs.len()..].iter().all(nothing));
        for (ours, theirs) in ours.iter().zip(theirs) {
            let Ok(row) = ours else { continue };
            prop_assert_eq!(row.cells.as_byte_record(), &theirs.unwrap());
        }
    }
}

/// Bytes most of which are special to a CSV reader.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let telling = proptest::sample::select(&b"\"\"\",,;\r\n\n\nab \0\xe9\xef\xbb\xbf"[..]);
    proptest::collection::vec(prop_oneof![4 => telling, 1 => any::<u8>()], 0..400)
}
