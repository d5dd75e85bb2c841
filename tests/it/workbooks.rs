//! Excel workbooks and JSON lines: read with their cell values, and with the lines that people see.

use std::fs;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::support::{Bench, Outcome};

const PEOPLE: &str =
    "{\"phone\":\"+16505551234\",\"name\":\"Ann\"}\n{\"name\":\"Bob\",\"phone\":16505551235,\"n\":0.10}\n";

/// A workbook made by `fill`, in a folder whose recipe greets `name`.
fn bench(fill: impl FnOnce(&mut Workbook)) -> Bench {
    let bench = Bench::with_list("", "https://graph.facebook.com");
    let mut book = Workbook::new();
    fill(&mut book);
    bench.file("list.xlsx", book.save_to_buffer().unwrap());
    bench
}

fn table(sheet: &mut Worksheet, from: u32, rows: &[&[&str]]) {
    for (row, cells) in (from..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write(row, column, *cell).unwrap();
        }
    }
}

/// The messages of a check about the list, without the plan of the run.
fn check(bench: &Bench, args: &[&str]) -> Outcome {
    let outcome = bench.rowcast(&[&["check", "r.yaml", "-d", "list.xlsx"], args].concat());
    let of_the_list = |line: &&str| !["plan ", "number "].iter().any(|name| line.starts_with(name));
    let stderr = outcome.stderr.split_inclusive('\n').filter(of_the_list).collect();
    Outcome { stderr, ..outcome }
}

/// The results of a run without the columns that the run adds.
fn cells(bench: &Bench) -> Vec<String> {
    let results = fs::read_to_string(bench.run_folder().join("results.csv")).unwrap();
    results.lines().map(|line| line.split(",1,accepted").next().unwrap().to_owned()).collect()
}

#[test]
fn cells_are_what_is_stored() {
    let bench = bench(|book| {
        let sheet = book.add_worksheet();
        let date = Format::new().set_num_format("dd/mm/yyyy");
        let moment = Format::new().set_num_format("dd/mm/yyyy hh:mm");
        table(sheet, 0, &[&["phone", "name", "day", "moment", "amount", "zeros", "yes", "formula"]]);
        sheet.write(0, 8, 2026).unwrap();
        sheet.write(1, 0, 16_505_551_234_f64).unwrap();
        sheet.write(1, 1, "Ann \u{1f389}\nLee").unwrap();
        sheet.write_with_format(1, 2, ExcelDateTime::from_ymd(2026, 12, 1).unwrap(), &date).unwrap();
        let at = ExcelDateTime::from_ymd(2026, 12, 1).unwrap().and_hms(18, 30, 0).unwrap();
        sheet.write_with_format(1, 3, at, &moment).unwrap();
        sheet.write_with_format(1, 4, 1234.5, &Format::new().set_num_format("#,##0.00 €")).unwrap();
        sheet.write_with_format(1, 5, 42, &Format::new().set_num_format("00000")).unwrap();
        sheet.write(1, 6, true).unwrap();
        sheet.write(1, 7, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write(1, 8, "007").unwrap();
    });
    bench.rowcast(&["run", "r.yaml", "-d", "list.xlsx", "-y", "--sandbox"]).code(0);
    let results = bench.results();
    let row: Vec<&str> = ["phone", "name", "day", "moment", "amount", "zeros", "yes", "formula", "2026"]
        .map(|column| results[0].get(column))
        .to_vec();
    let wanted =
        ["16505551234", "Ann \u{1f389}\nLee", "2026-12-01", "2026-12-01T18:30:00", "1234.5", "42", "TRUE", "2", "007"];
    assert_eq!(row, wanted);
    // `_line` is not a column of the list, and the line is that of the sheet.
    let header = fs::read_to_string(bench.run_folder().join("results.csv")).unwrap();
    assert!(header.starts_with("phone,name,day,moment,amount,zeros,yes,formula,2026,_row,"), "{header}");
    assert!(bench.rowcast(&["show", "latest", "1"]).code(0).stdout.contains("1, line 2 of "));
    let run_file: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(bench.run_folder().join("run.json")).unwrap()).unwrap();
    assert_eq!((&run_file["data"]["format"], &run_file["data"]["sheet"]), (&"xlsx".into(), &"Sheet1".into()));
}

#[test]
fn what_is_wrong_in_a_sheet_is_told_by_its_cell() {
    let bench = bench(|book| {
        let sheet = book.add_worksheet();
        table(sheet, 2, &[&["phone", "name"], &["+16505551234", "Ann"], &["12", "Bob"], &[], &["", "Cem"]]);
        sheet.write(5, 1, Formula::new("=NA()").set_result("#N/A")).unwrap();
        sheet.write(7, 0, 4_917_139_200_110_001_f64).unwrap();
        sheet.write(8, 0, "+16505551236").unwrap();
        sheet.write(8, 3, "a note").unwrap();
        sheet.write(10, 0, "+16505551237").unwrap();
        let grey = Format::new().set_background_color("#cccccc");
        for row in 11..40 {
            sheet.write_blank(row, 0, &grey).unwrap();
        }
    });
    insta::assert_snapshot!(check(&bench, &[]).code(3).stderr, @r#"
    error: list.xlsx:5: row 2: to: "12" has no country code. Write +<country code>…, or set default-country in the connection
      column `phone`: `12`
    error: list.xlsx:6: row 3: B6 (`name`) contains the error #N/A
      help: fix the cell, or format the column as text and enter it again
    error: list.xlsx:7: row 4: to: required, but empty
      column `phone`: empty
    error: list.xlsx:8: row 5: A8 (`phone`) contains the number 4.917139200110001e15, but Excel keeps only its first 15 digits
      help: fix the cell, or format the column as text and enter it again
    error: list.xlsx:9: row 6: D9 contains `a note`, but its column has no name
      help: name the column in the first row, or remove cells that are not part of the list
    error: list.xlsx:10: row 7: to: required, but empty
      column `phone`: empty
    5 rows checked: 2 ready to send, 3 invalid, 3 unreadable
    "#);
}

#[test]
fn headers_of_a_sheet_name_every_column_once() {
    let headers = |cells: &[&str]| {
        let bench = bench(|book| table(book.add_worksheet(), 1, &[cells, &["1", "2", "3"]]));
        check(&bench, &[]).code(3).stderr
    };
    insta::assert_snapshot!(headers(&["phone", "name", "phone"]), @"
    error: list.xlsx:2: column A and column C have the same name, `phone`
      help: rename one of them
    ");
    insta::assert_snapshot!(headers(&["phone", "", "name"]), @"
    error: list.xlsx:2: column B has no name
      help: name it, or remove it
    ");
    insta::assert_snapshot!(headers(&[]), @r#"
    error: no column `phone` in the data
     --> r.yaml:5:18
      |
    5 | input: { to: "{{ phone }}", body: "Hello {{ name }}", preview-url: false }
      |                  ^^^^^
      |
      = help: the data has: row["1"], row["2"], row["3"]
    error: no column `name` in the data
     --> r.yaml:5:45
      |
    5 | input: { to: "{{ phone }}", body: "Hello {{ name }}", preview-url: false }
      |                                             ^^^^
      |
      = help: the data has: row["1"], row["2"], row["3"]
    warning: list.xlsx: no rows to send
      help: check that the export is complete, and that --only, --offset and --limit select rows
    0 rows checked: 0 ready to send
    "#);
}

#[test]
fn the_sheet_is_the_first_that_holds_anything_or_the_one_that_is_named() {
    let bench = bench(|book| {
        book.add_worksheet().set_name("Notes").unwrap();
        let hidden = book.add_worksheet();
        table(hidden, 0, &[&["phone", "name"], &["+16505551230", "Hidden"]]);
        hidden.set_name("Secret").unwrap().set_hidden(true);
        let one = book.add_worksheet();
        table(one, 0, &[&["phone", "name"], &["+16505551234", "Ann"]]);
        one.set_name("One").unwrap();
        let two = book.add_worksheet();
        table(two, 0, &[&["phone", "name"], &["+16505551235", "Bob"], &["+16505551236", "Cem"]]);
        two.set_name("Zwei Ä").unwrap();
    });
    insta::assert_snapshot!(check(&bench, &[]).code(0).stderr, @"
    note: list.xlsx: only the sheet `One` is read, not `Notes`, `Zwei Ä`; choose another with --sheet
    1 row checked: 1 ready to send
    ");
    insta::assert_snapshot!(check(&bench, &["--sheet", "Zwei Ä"]).code(0).stderr, @"2 rows checked: 2 ready to send");
    insta::assert_snapshot!(check(&bench, &["--sheet", "Secret"]).code(0).stderr, @"1 row checked: 1 ready to send");
    insta::assert_snapshot!(check(&bench, &["--sheet", "Zwei"]).code(3).stderr, @"
    error: no sheet `Zwei` in the workbook
      help: it has: `Notes`, `Secret`, `One`, `Zwei Ä`
    ");
    insta::assert_snapshot!(check(&bench, &["--sheet", "Notes"]).code(3).stderr, @"
    error: list.xlsx:1: the sheet is empty
      help: its first row must name the columns
    ");
}

#[test]
fn flags_that_mean_nothing_for_a_list_are_refused() {
    let bench = bench(|book| table(book.add_worksheet(), 0, &[&["phone", "name"], &["+16505551234", "Ann"]]));
    bench.file("list.csv", "phone,name\n+16505551234,Ann\n");
    bench.file("list.jsonl", PEOPLE);
    bench.file("marked.csv", "\u{feff}phone,name\n+16505551234,Ann\n");
    let told = |args: &[&str]| bench.rowcast(&[&["check", "r.yaml"], args].concat()).code(3).stderr;
    insta::assert_snapshot!(told(&["--sheet", "One"]), @"
    error: --sheet is for Excel workbooks; the list is CSV
      help: leave --sheet out
    ");
    insta::assert_snapshot!(told(&["-d", "list.jsonl", "--delimiter", ";"]), @"
    error: --delimiter is for CSV; the list is JSON lines
      help: leave --delimiter out
    ");
    insta::assert_snapshot!(told(&["-d", "list.xlsx", "--encoding", "latin1"]), @"
    error: --encoding is for text; the list is an Excel workbook
      help: leave --encoding out
    ");
    insta::assert_snapshot!(told(&["-d", "marked.csv", "--encoding", "latin1"]), @"
    error: marked.csv:1: --encoding windows-1252, but the file begins with the byte order mark of UTF-8
      help: leave --encoding out
    ");
    let unknown = bench.rowcast(&["check", "r.yaml", "--encoding", "utf-32"]).code(2).stderr;
    assert!(unknown.contains("no encoding is called \"utf-32\"; there are for example utf-8,"), "{unknown}");
}

#[test]
fn an_encoding_that_is_named_is_used() {
    let bench = Bench::with_list("", "https://graph.facebook.com");
    // The same bytes are `Jürgen` on a Macintosh and `JŸrgen` on Windows.
    bench.file("list.csv", b"phone,name\n+16505551234,J\x9frgen\n");
    let name = |encoding: &str| {
        let args = ["run", "r.yaml", "--dry-run", "--json", "--encoding", encoding];
        let line: serde_json::Value = serde_json::from_str(&bench.rowcast(&args).code(0).stdout).unwrap();
        line["body"]["text"]["body"].as_str().unwrap().to_owned()
    };
    assert_eq!(name("macintosh"), "Hello Jürgen");
    assert_eq!(name("windows-1252"), "Hello JŸrgen");
    let utf8 = bench.rowcast(&["check", "r.yaml", "--encoding", "utf-8"]).code(3).stderr;
    assert!(utf8.starts_with("error: list.csv:2: row 1: byte 0x9F in `name` is not valid UTF-8"), "{utf8}");
}

#[test]
fn json_lines_are_rows() {
    let bench = Bench::with_list("", "https://graph.facebook.com");
    bench.file("list.jsonl", PEOPLE);
    bench.rowcast(&["run", "r.yaml", "-d", "list.jsonl", "-y", "--sandbox"]).code(0);
    assert_eq!(cells(&bench)[0].split(",_row").next(), Some("phone,name,n"));
    assert_eq!(bench.results()[1].get("phone"), "16505551235");
    assert_eq!(bench.results()[1].get("n"), "0.10");
    assert!(bench.rowcast(&["show", "latest", "2"]).code(0).stdout.contains("2, line 2 of "));
    // The file's name decides if its content does not.
    bench.file("empty.ndjson", "\n");
    insta::assert_snapshot!(bench.rowcast(&["check", "r.yaml", "-d", "empty.ndjson"]).code(3).stderr, @r#"
    error: empty.ndjson:1: the file has no objects with keys
      help: write one object on each line, such as {"phone": "+16505551234", "name": "Ann"}
    "#);
}

#[test]
fn every_kind_of_list_comes_over_a_pipe() {
    let bench = bench(|book| table(book.add_worksheet(), 0, &[&["phone", "name"], &["+16505551234", "Ann"]]));
    let utf_16: Vec<u8> =
        "\u{feff}phone;name\r\n+16505551234;Ann\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for list in [
        fs::read(bench.path().join("list.xlsx")).unwrap(),
        PEOPLE.as_bytes().to_vec(),
        utf_16,
        b"sep=;\nphone;name\n+16505551234;Ann\n;\n".to_vec(),
        b"stra\xdfe,phone,name\nx,+16505551234,Ann\n".to_vec(),
        b"phone,name\n+16505551234,J\xfcrgen\n".to_vec(),
    ] {
        let outcome = bench.rowcast_fed(&["check", "r.yaml", "-d", "-"], &list).code(0);
        assert!(outcome.stderr.contains(" ready to send\n"), "{}", outcome.stderr);
    }
    let list = fs::read(bench.path().join("list.xlsx")).unwrap();
    bench.rowcast_fed(&["run", "r.yaml", "-d", "-", "-y", "--sandbox"], &list).code(0);
    assert_eq!(bench.results()[0].get("_status"), "accepted");
    bench.rowcast(&["results", "latest"]).code(0);
}

#[test]
fn a_sheet_of_formatted_nothing_is_a_short_list() {
    let bench = bench(|book| {
        let sheet = book.add_worksheet();
        table(sheet, 0, &[&["phone", "name"], &["+16505551234", "Ann"]]);
        let grey = Format::new().set_background_color("#cccccc");
        for row in 2..1_048_576 {
            sheet.write_blank(row, 0, &grey).unwrap();
        }
    });
    assert_eq!(check(&bench, &[]).code(0).stderr, "1 row checked: 1 ready to send\n");
}
