//! Lists from Excel, databases and old systems: read correctly, or refused with the faulty line.

use crate::support::Bench;

/// A folder whose recipe sends to `phone` and greets `name`.
fn bench(list: &[u8]) -> Bench {
    let bench = Bench::with_list("", "https://graph.facebook.com");
    bench.file("list.csv", list);
    bench
}

/// The output of `check` for a list that it refuses.
fn refused(list: impl AsRef<[u8]>) -> String {
    bench(list.as_ref()).rowcast(&["check", "r.yaml"]).code(3).stderr
}

/// The bodies of the rows of a list.
fn bodies(list: impl AsRef<[u8]>, args: &[&str]) -> Vec<String> {
    let args = [&["run", "r.yaml", "--dry-run", "--json"], args].concat();
    let outcome = bench(list.as_ref()).rowcast(&args).code(0);
    assert_eq!(outcome.stderr, "");
    let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    outcome.stdout.lines().map(|text| line(text)["body"]["text"]["body"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn rows_that_are_no_rows_are_told_each_and_the_others_are_checked() {
    let list = "phone,name\n+16505551234,Ann\n+16505551235\n+16505551236,Cem,Ankara\n+12,Dee\n\n+16505551237,\"Eve\"x\n+16505551238,Fay\n";
    insta::assert_snapshot!(refused(list), @r#"
    error: list.csv:3: row 2: 1 cell, but the header has 2 columns
      help: a cell may be missing, or a line break may be outside quotes; no cell for `name`
    error: list.csv:4: row 3: 3 cells, but the header has 2 columns
      help: put a cell that contains `,` in quotes; the first extra cell is `Ankara`
    error: list.csv:5: row 4: to: "+12": a phone number has 7 to 15 digits after the + and does not begin with 0
      column `phone`: `+12`
    error: list.csv:7: row 5: text follows a closing quote in `name`
      column `name`: `Evex`
      help: put the cell in quotes, and write a quote in its text twice: `"5"" pipe"`
    3 rows checked: 2 ready to send, 1 invalid, 3 unreadable
    "#);
}

#[test]
fn encodings_are_found_out_or_named() {
    insta::assert_snapshot!(refused(b"phone,name\n+16505551234,Zo\xc3\xab\n+16505551235,J\xfcrgen\n"), @r#"
    error: list.csv:3: row 2: byte 0xFC in `name` is not valid UTF-8
      column `name`: `J�rgen`
      help: name the file's encoding, as in --encoding windows-1252, or save it as UTF-8; in Excel: Save As, "CSV UTF-8"
    1 row checked: 1 ready to send, 1 unreadable
    "#);
    insta::assert_snapshot!(refused(b"phone,name\n+16505551234,\"a\n\0b\"\n"), @r#"
    error: list.csv:3: row 1: a NUL byte in `name`; a list must be text
      column `name`: `a<U+000A><U+0000>b`
      help: the file may be UTF-16: name it with --encoding utf-16le, or save it as UTF-8; in Excel: Save As, "CSV UTF-8"
    0 rows checked: 0 ready to send, 1 unreadable
    "#);
    insta::assert_snapshot!(refused(b"\xff\xfep\0h\0o\0n\0e\0\n\x001\x002\0"), @r#"
    error: no column `name` in the data
     --> r.yaml:5:45
      |
    5 | input: { to: "{{ phone }}", body: "Hello {{ name }}", preview-url: false }
      |                                             ^^^^
      |
      = help: the data has: phone
    error: list.csv:2: row 1: to: "12" has no country code. Write +<country code>…, or set default-country in the connection
      column `phone`: `12`
    1 row checked: 0 ready to send, 1 invalid
    "#);
    insta::assert_snapshot!(refused(b"PK\x03\x04\x14\0\x06\0"), @r#"
    error: list.csv:1: the workbook cannot be read: Zip error: invalid Zip archive: Could not find EOCD
      help: open it in Excel and save it as .xlsx again, or as "CSV UTF-8"
    "#);
}

#[test]
fn headers_name_every_column_once() {
    insta::assert_snapshot!(refused("phone,name,phone\n1,2,3\n"), @"
    error: list.csv:1: columns 1 and 3 have the same name, `phone`
      help: rename one of them
    ");
    insta::assert_snapshot!(refused("phone,,name\n1,2,3\n"), @"
    error: list.csv:1: column 2 has no name (between `phone` and `name`)
      help: name it, or remove the column
    ");
    insta::assert_snapshot!(refused("+16505551234,Ann\n+16505551235,Bob\n"), @r#"
    error: no column `phone` in the data
     --> r.yaml:5:18
      |
    5 | input: { to: "{{ phone }}", body: "Hello {{ name }}", preview-url: false }
      |                  ^^^^^
      |
      = help: the data has: row["+16505551234"], Ann
    error: no column `name` in the data
     --> r.yaml:5:45
      |
    5 | input: { to: "{{ phone }}", body: "Hello {{ name }}", preview-url: false }
      |                                             ^^^^
      |
      = help: the data has: row["+16505551234"], Ann
    1 row checked: 0 ready to send, 1 invalid
    "#);
}

#[test]
fn a_quote_that_is_never_closed_swallows_nothing() {
    insta::assert_snapshot!(refused("phone,name\n+16505551234,Ann\n+16505551235,\"Bob\n+16505551236,Cem\n"), @r#"
    error: list.csv:3: the quote that opens here is never closed
      help: close it with `"`; write a quote in the text twice: `""`
    1 row checked: 1 ready to send, 1 unreadable
    "#);
    let long = format!("phone,name\n+16505551234,\"Ann\n{}", "+16505551235,Bob\n".repeat(1000));
    insta::assert_snapshot!(refused(long), @r#"
    error: list.csv:2: the quote that opens here is still open 50 lines later
      help: close it with `"`; write a quote in the text twice: `""`
    0 rows checked: 0 ready to send, 1 unreadable
    "#);
}

#[test]
fn what_is_no_list_is_refused() {
    insta::assert_snapshot!(refused(""), @"
    error: list.csv:1: the file is empty
      help: its first line must name the columns
    ");
    insta::assert_snapshot!(refused("\n\n\n"), @"
    error: list.csv:1: the file is empty
      help: its first line must name the columns
    ");
    let bench = bench(b"");
    let of = |file: &str| bench.rowcast(&["check", "r.yaml", "-d", file]).code(3).stderr;
    insta::assert_snapshot!(of("nowhere.csv"), @"error: `nowhere.csv` does not exist");
    insta::assert_snapshot!(of("."), @"
    error: `.` is a directory, not a CSV file
      help: name a file in it
    ");
}

#[test]
fn an_empty_list_is_warned_about_and_may_come_every_night() {
    let bench = bench(b"phone,name\n");
    insta::assert_snapshot!(bench.rowcast(&["check", "r.yaml"]).code(0).stderr, @"
    warning: list.csv: no rows to send
      help: check that the export is complete, and that --only, --offset and --limit select rows
    0 rows checked: 0 ready to send
    ");
    for _ in 0..2 {
        let run = bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
        assert!(
            run.stderr.contains("warning: list.csv: no rows to send") && run.stderr.contains("0 rows"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_list_of_which_nobody_is_left_is_warned_about() {
    let bench = bench(b"phone,name,opt\n+16505551234,Ann,JA\n+16505551235,Bob,JA\n");
    let recipe = bench.read("r.yaml");
    bench.file("r.yaml", format!("{recipe}when: \"{{{{ opt == 'yes' }}}}\"\n"));
    insta::assert_snapshot!(bench.rowcast(&["check", "r.yaml"]).code(0).stderr, @"
    warning: list.csv:2: row 1: no row is left to send: 2 skipped by `when`; `when` is false for this row
      column `opt`: `JA`
      help: `when` compares the exact text of cells, including case and spaces
    2 rows checked: 0 ready to send, 2 skipped
    ");
    let warning = "warning: list.csv:2: row 1: no row is left to send: 2 skipped by `when`";
    for args in [&["run", "r.yaml", "--dry-run", "--json"][..], &["run", "r.yaml", "-y"]] {
        let stderr = bench.rowcast(args).code(0).stderr;
        assert!(stderr.contains(warning) && stderr.contains("column `opt`: `JA`"), "{stderr}");
    }
    // One row is left: no message.
    bench.file("list.csv", "phone,name,opt\n+16505551234,Ann,JA\n+16505551235,Bob,yes\n");
    let some = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(!some.contains("warning"), "{some}");
    // Excluded by other keys.
    bench.file("out.csv", "phone\n+16505551234\n+16505551235\n");
    bench.file("r.yaml", format!("{recipe}suppress: out.csv\n"));
    let none = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(none.contains("warning: list.csv: no row is left to send: 2 suppressed\n"), "{none}");
    // Every row's problem has been reported.
    bench.file("r.yaml", recipe);
    bench.file("list.csv", "phone,name\n7,Ann\n");
    let wrong = bench.rowcast(&["check", "r.yaml", "--skip-invalid"]).code(0).stderr;
    assert!(!wrong.contains("warning"), "{wrong}");
}

#[test]
fn a_password_that_when_reads_is_not_shown() {
    let bench = bench(b"phone,code\n+16505551234,4711\n");
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-authentication-template-message\ndata: list.csv\n\
         when: \"{{ code == '' and phone }}\"\ninput:\n  to: \"{{ phone }}\"\n  name: login\n  language-code: en\n  \
         one-time-password: \"{{ code }}\"\n",
    );
    let stderr = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(stderr.contains("column `code`: not shown") && !stderr.contains("4711"), "{stderr}");
}

#[test]
fn lists_are_read_whatever_wrote_them() {
    let plain = ["Hello Ann", "Hello Bob"];
    for list in [
        "phone,name\n+16505551234,Ann\n+16505551235,Bob\n",
        "phone,name\r\n+16505551234,Ann\r\n+16505551235,Bob",
        "\u{feff}phone,name\n+16505551234,Ann\n+16505551235,Bob\n",
        "\u{feff}\"phone\";\"name\"\r\n\"+16505551234\";\"Ann\"\r\n\"+16505551235\";\"Bob\"\r\n",
        "name\tphone\nAnn\t+16505551234\nBob\t+16505551235\n",
        "name|phone|note\nAnn|+16505551234|a,b;c\nBob|+16505551235|\n",
        "\nphone,name\n\n+16505551234,Ann\n\r\n+16505551235,Bob\n\n",
        "phone,name\r+16505551234,Ann\r+16505551235,Bob\r",
    ] {
        assert_eq!(bodies(list, &[]), plain, "{list:?}");
    }
    assert_eq!(bodies("name:phone\nAnn, A;B|C:+16505551234\n", &["--delimiter", ":"]), ["Hello Ann, A;B|C"]);
    assert_eq!(bodies("phone\tname\n+16505551234\tAnn\n", &["--delimiter", "tab"]), ["Hello Ann"]);
    assert_eq!(
        bodies("phone,name\n+16505551234,\" {{ 7 * 7 }} \"\"\u{1f389}\"\"\"\n", &[]),
        ["Hello  {{ 7 * 7 }} \"\u{1f389}\""]
    );
}

#[test]
fn the_wrong_delimiter_shows_in_the_columns() {
    let bench = bench(b"phone;name\n+16505551234;Ann\n");
    insta::assert_snapshot!(bench.rowcast(&["check", "r.yaml", "--delimiter", ","]).code(3).stderr, @r#"
    error: no column `phone` in the data
     --> r.yaml:5:18
      |
    5 | input: { to: "{{ phone }}", body: "Hello {{ name }}", preview-url: false }
      |                  ^^^^^
      |
      = help: the data has: row["phone;name"]
    error: no column `name` in the data
     --> r.yaml:5:45
      |
    5 | input: { to: "{{ phone }}", body: "Hello {{ name }}", preview-url: false }
      |                                             ^^^^
      |
      = help: the data has: row["phone;name"]
    1 row checked: 0 ready to send, 1 invalid
    "#);
}

#[test]
fn line_breaks_in_cells_do_not_shift_the_lines() {
    let list = "phone,\"name\"\n+16505551234,\"A\nB\r\nC\"\n+1,\"D\n\n\"\n\n+2,E\n";
    insta::assert_snapshot!(refused(list), @r#"
    error: list.csv:5: row 2: to: "+1": a phone number has 7 to 15 digits after the + and does not begin with 0
      column `phone`: `+1`
    error: list.csv:9: row 3: to: "+2": a phone number has 7 to 15 digits after the + and does not begin with 0
      column `phone`: `+2`
    3 rows checked: 1 ready to send, 2 invalid
    "#);
}

#[test]
fn standard_input_is_a_list_like_any_other() {
    let bench = bench(b"");
    let list = b"phone,name\n+16505551234,Ann\n+12,Bob\n";
    insta::assert_snapshot!(bench.rowcast_fed(&["check", "r.yaml", "-d", "-"], list).code(3).stderr, @r#"
    error: standard input:3: row 2: to: "+12": a phone number has 7 to 15 digits after the + and does not begin with 0
      column `phone`: `+12`
    2 rows checked: 1 ready to send, 1 invalid
    "#);
    let run = ["run", "r.yaml", "-d", "-", "-y", "--sandbox", "--skip-invalid"];
    bench.rowcast_fed(&run, list).code(4);
    let statuses: Vec<String> = bench.results().iter().map(|record| record.get("_status").to_owned()).collect();
    assert_eq!(statuses, ["accepted", "invalid"]);
}

#[test]
fn a_results_file_is_a_list_without_its_own_columns() {
    let bench = bench(b"phone,name\n+16505551234,Ann\n+16505551235,Bob\n");
    bench.rowcast(&["run", "r.yaml", "-y", "--sandbox", "-o", "out.csv"]).code(0);
    let first = bench.read("out.csv");
    assert!(first.starts_with("phone,name,_row,_status,"), "{first}");
    bench.rowcast(&["check", "r.yaml", "-d", "out.csv"]).code(0);
    bench.rowcast(&["run", "r.yaml", "-d", "out.csv", "-y", "--sandbox", "-o", "again.csv"]).code(0);
    let header = |text: &str| text.lines().next().unwrap().to_owned();
    assert_eq!(header(&bench.read("again.csv")), header(&first));
    let refused = bench.rowcast(&["check", "r.yaml", "-d", "out.csv", "--only", "_status == 'failed'"]).code(3);
    assert!(refused.stderr.contains("names that begin with `_` are Rowcast's own"), "{}", refused.stderr);
}

#[test]
fn a_thousand_wrong_rows_are_told_a_thousand_times() {
    let rows: Vec<String> = (0..1000).map(|row| format!("0151 {row:07},Ann\n")).collect();
    let told = refused(format!("phone,name\n{}", rows.concat()));
    assert_eq!(told.lines().filter(|line| line.starts_with("error: list.csv:")).count(), 1000);
    assert_eq!(told.lines().filter(|line| line.starts_with("  column `phone`: `0151 ")).count(), 1000);
    assert_eq!(told.lines().count(), 2001);
    assert_eq!(told.lines().last(), Some("1000 rows checked: 0 ready to send, 1000 invalid"));
}
