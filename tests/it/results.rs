//! The results of a run, and the commands that show them.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::Command;

use crate::support::raw::{Raw, answer};
use crate::support::{Bench, list, records, sandbox};

const OURS: &str = "_row,_status,_recipient_wa_id,_message_id,_message_status,_error_code,_error,_advice,_attempts,\
                    _http_status,_sent_at,_duration_ms";

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn results_are_the_input_and_then_twelve_columns() {
    let sandbox = sandbox(&["131026=40%"]);
    let text = "\u{feff}name;phone;note with space\n\"Ann; Lee\";+4915100000001;=1+1\nBea;+4915100000002;\"two\nlines\"\n\
                Cem;+4915100000003;\n Dee ;+4915100000004;+0,10\n";
    let bench = Bench::with_list(text, sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]);
    let csv = fs::read_to_string(bench.run_folder().join("results.csv")).unwrap();
    let header = csv.lines().next().unwrap();
    assert_eq!(header, format!("name;phone;note with space;{}", OURS.replace(',', ";")));
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().take(3).collect()).collect();
    assert_eq!(cells[0], ["Ann; Lee", "+4915100000001", "=1+1"]);
    assert_eq!(cells[1], ["Bea", "+4915100000002", "two\nlines"]);
    assert_eq!(cells[3], [" Dee ", "+4915100000004", "+0,10"]);
    for (at, row) in rows.iter().enumerate() {
        assert_eq!((row.len(), &row[3], &row[11]), (15, (at + 1).to_string().as_str(), "1"));
        assert!(row[13].ends_with('Z') && row[13].len() == 24, "{}", &row[13]);
        assert!(row[14].parse::<u64>().is_ok());
        match &row[4] {
            "accepted" => {
                assert_eq!((&row[5], &row[8], &row[12]), (row[1].trim_start_matches('+'), "", "200"));
                assert_eq!(sandbox.inbox().message_ids(&row[1]), [&row[6]]);
            }
            "rejected" => assert_eq!((&row[5], &row[6], &row[8], &row[12]), ("", "", "131026", "400")),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn what_a_run_leaves_is_for_its_owner_alone_whatever_the_umask() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let run = bench.start_command(bench.shell("umask 000", &["run", "r.yaml", "-y", "-o", "out.csv"]));
    run.finish().code(0);
    assert_eq!(mode(&bench.path().join("runs")), 0o700);
    assert_eq!(mode(&bench.run_folder()), 0o700);
    let names: Vec<String> = fs::read_dir(bench.run_folder())
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            path.file_name().unwrap().to_string_lossy().into_owned()
        })
        .collect();
    for name in ["ledger.db", "recipe.yaml", "data.csv", "results.csv", "run.json", "lock"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    assert_eq!(mode(&bench.path().join("out.csv")), 0o600);
    let run = fs::read_to_string(bench.run_folder().join("run.json")).unwrap();
    assert!(!run.contains("Ann") && !run.contains("+4915"), "no cells in run.json: {run}");
}

/// The token names the run to the outside world: random, and not shown to people.
#[test]
fn each_run_has_a_token_and_one_without_goes_on() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    let config = bench.run_folder().join("run.json");
    let mut run: serde_json::Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    let token = run.as_object_mut().unwrap().remove("token").unwrap();
    assert_eq!(token.as_str().map(str::len), Some(26), "{token}");
    // A run of a version without tokens.
    fs::File::create(&config).unwrap().write_all(run.to_string().as_bytes()).unwrap();
    bench.rowcast(&["retry", "-y", "--retries", "0"]).code(4);
    let run = fs::read_to_string(&config).unwrap();
    assert!(!run.contains("\"token\""), "it stays as it was made: {run}");
}

#[test]
fn excel_gets_its_mark_when_it_is_asked_for() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("name,phone\nJürgen,+4915100000001\n\"Lee, Ann\",+4915100000002\n", sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    let plain = bench.rowcast(&["results"]).code(0).stdout;
    assert_eq!(plain, fs::read_to_string(bench.run_folder().join("results.csv")).unwrap());
    let marked = format!("\u{feff}{plain}");
    assert_eq!(bench.rowcast(&["results", "--bom"]).code(0).stdout, marked);
    bench.rowcast(&["results", "--bom", "-o", "excel.csv"]).code(0);
    assert_eq!(bench.read("excel.csv"), marked);
    // The results are a valid list.
    let bodies = |list| bench.rowcast(&["run", "r.yaml", "-d", list, "--dry-run", "--json"]).code(0).stdout;
    assert_eq!(bodies("excel.csv"), bodies("list.csv"));
    // JSON has no such mark.
    let refused = bench.rowcast(&["results", "--bom", "--format", "jsonl", "-o", "r.jsonl"]).code(2).stderr;
    assert!(refused.contains("--bom applies only to CSV"), "{refused}");
    assert!(!bench.path().join("r.jsonl").exists());
}

#[test]
fn the_same_bytes_wherever_they_are_written() {
    let sandbox = sandbox(&["131026=30%", "http-500=2%"]);
    let bench = Bench::with_list(&list(60), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "-o", "kept.csv"]);
    let own = fs::read_to_string(bench.run_folder().join("results.csv")).unwrap();
    assert_eq!(bench.read("kept.csv"), own);
    bench.rowcast(&["results", "latest", "-o", "again.csv"]).code(0);
    assert_eq!(bench.read("again.csv"), own);
    assert_eq!(bench.rowcast(&["results"]).code(0).stdout, own);

    let some = bench.rowcast(&["results", "--status", "rejected,unknown"]).code(0).stdout;
    let whole = records(&own);
    let expected = whole.iter().filter(|record| ["rejected", "unknown"].contains(&record.get("_status"))).count();
    assert!(expected > 5);
    assert_eq!(records(&some).len(), expected);
    let usage = bench.rowcast(&["results", "--status", "lost"]).code(2);
    assert!(usage.stderr.contains("one of accepted, held"), "{}", usage.stderr);

    let lines = bench.rowcast(&["results", "--format", "jsonl"]).code(0).stdout;
    let objects: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 60);
    for (object, record) in objects.iter().zip(&whole) {
        assert_eq!(object["phone"], record.get("phone"));
        assert_eq!(object["_status"], record.get("_status"));
        assert_eq!(object["_row"].as_u64().unwrap().to_string(), record.get("_row"));
    }
}

#[test]
fn results_go_into_a_pipe_as_well() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let pipe = bench.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let read = |pipe: std::path::PathBuf| {
        std::thread::spawn(move || {
            let mut text = String::new();
            fs::File::open(pipe).unwrap().read_to_string(&mut text).unwrap();
            text
        })
    };
    let reader = read(pipe.clone());
    bench.rowcast(&["run", "r.yaml", "-y", "-o", "pipe"]).code(0);
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "a pipe stays a pipe");
    assert_eq!(records(&reader.join().unwrap()).len(), 5);
    let reader = read(pipe.clone());
    bench.rowcast(&["results", "-o", "pipe"]).code(0);
    assert_eq!(records(&reader.join().unwrap()).len(), 5);
}

#[test]
fn what_a_server_says_is_no_formula() {
    let evil = "{\"error\":{\"message\":\"t\",\"code\":131026,\"error_data\":{\"details\":\"=cmd|'/c calc'!A1\"}}}";
    let accepted = "{\"contacts\":[{\"wa_id\":\"@SUM(1)\"}],\"messages\":[{\"id\":\"+wamid;=1\"}]}";
    let server = Raw::start(move |request| {
        if request.body.contains("000001") { answer("400 Bad Request", evil) } else { answer("200 OK", accepted) }
    });
    let bench = Bench::with_list(&list(2), server.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(4);
    let results = bench.results();
    assert_eq!(results[0].get("_error"), "'=cmd|'/c calc'!A1");
    assert_eq!(results[1].get("_recipient_wa_id"), "'@SUM(1)");
    assert_eq!(results[1].get("_message_id"), "'+wamid;'=1");
    assert_eq!(results[0].get("phone"), "+4915100000001", "input cells stay as they are");
    let safe = records(&bench.rowcast(&["results", "--safe-cells"]).code(0).stdout);
    assert_eq!(safe[0].get("phone"), "'+4915100000001");
}

#[test]
fn what_a_server_says_does_not_move_the_cursor() {
    let evil = "{\"error\":{\"message\":\"t\",\"code\":131026,\"error_data\":{\"details\":\"a\\u001b]0;pwn\\u0007b\\u202e\"}}}";
    let server = Raw::start(move |_| answer("400 Bad Request", evil));
    let bench = Bench::with_list(&list(1), server.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(4);
    for text in [outcome.stderr, bench.rowcast(&["show", "latest", "1"]).stdout] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'), "{text:?}");
    }
}

#[test]
fn results_are_a_list_themselves() {
    let sandbox = sandbox(&["131026=50%"]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "-o", "out.csv"]);
    bench.rowcast(&["results", "--status", "rejected", "-o", "rejected.csv"]).code(0);
    let rejected = records(&bench.read("rejected.csv")).len();
    let outcome =
        bench.rowcast(&["run", "r.yaml", "-y", "-d", "rejected.csv", "--runs-dir", "second", "-o", "out2.csv"]);
    assert!(outcome.stderr.contains(&format!("{rejected} rows = ")), "{}", outcome.stderr);
    let shown = bench.rowcast(&["show", "latest", "1", "--runs-dir", "second"]).code(0).stdout;
    let cells: Vec<&str> = shown.lines().filter(|line| line.starts_with("cell ")).collect();
    assert!(cells.len() == 2 && cells[0].contains("phone = ") && cells[1].contains("name = "), "{shown}");
    let again = bench.read("out2.csv");
    assert_eq!(again.lines().next().unwrap(), format!("phone,name,{OURS}"), "our columns are there once");
}

#[test]
fn results_that_cannot_be_written_are_no_failure() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    fs::create_dir(bench.path().join("kept")).unwrap();
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0", "-o", "kept/out.csv"]).code(4);
    fs::remove_dir_all(bench.path().join("kept")).unwrap();
    let outcome = bench.rowcast(&["retry", "-y", "--retries", "0"]).code(4);
    assert!(outcome.stderr.contains("warning") && outcome.stderr.contains("rowcast results r-"), "{}", outcome.stderr);

    // A spreadsheet may lock the file. On this system a folder in its place has the same effect.
    let own = bench.run_folder().join("results.csv");
    fs::remove_file(&own).unwrap();
    fs::create_dir(&own).unwrap();
    let outcome = bench.rowcast(&["retry", "-y", "--retries", "0"]).code(4);
    assert!(outcome.stderr.contains("results-2.csv"), "{}", outcome.stderr);
    assert_eq!(records(&fs::read_to_string(bench.run_folder().join("results-2.csv")).unwrap()).len(), 2);
    let left: Vec<_> = fs::read_dir(bench.run_folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".tmp")), "{left:?}");
    assert!(bench.rowcast(&["results"]).code(0).stdout.starts_with("phone,name,_row"));
}

#[test]
fn deleted_results_are_written_again() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    let own = bench.run_folder().join("results.csv");
    let before = fs::read(&own).unwrap();
    fs::remove_file(&own).unwrap();
    bench.rowcast(&["resume", "-y"]).code(0);
    assert_eq!(fs::read(&own).unwrap(), before);
}

#[test]
fn a_runs_folder_may_be_a_link_and_one_that_cannot_be_is_said_before_anything_is_sent() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    fs::create_dir(bench.path().join("elsewhere")).unwrap();
    symlink(bench.path().join("elsewhere"), bench.path().join("linked")).unwrap();
    bench.rowcast(&["run", "r.yaml", "-y", "--runs-dir", "linked"]).code(0);
    let visible =
        |entry: &std::io::Result<fs::DirEntry>| !entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.');
    assert_eq!(fs::read_dir(bench.path().join("elsewhere")).unwrap().filter(visible).count(), 1);
    assert!(bench.rowcast(&["runs", "--runs-dir", "linked"]).stdout.contains("3 accepted"));

    bench.file("occupied", "a file");
    let refused = bench.rowcast(&["run", "r.yaml", "-y", "--runs-dir", "occupied"]).code(3);
    assert!(refused.stderr.contains("occupied"), "{}", refused.stderr);
    let refused = bench.rowcast(&["run", "r.yaml", "-y", "--runs-dir", "/proc/nothing"]).code(3);
    assert!(refused.stderr.contains("/proc/nothing"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 3);
}

#[test]
fn runs_and_show_explain_what_happened() {
    let sandbox = sandbox(&["131026=100%"]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    assert!(bench.rowcast(&["runs"]).code(0).stderr.contains("no runs"));
    bench.rowcast(&["run", "r.yaml", "-y"]).code(4);
    let runs = bench.rowcast(&["runs"]).code(0).stdout;
    assert!(runs.contains("2 rows = 2 rejected"), "{runs}");
    let name = bench.run_folder().file_name().unwrap().to_string_lossy().into_owned();
    let show = bench.rowcast(&["show", &name[..name.len() - 2]]).code(0).stdout;
    for part in [name.as_str(), "2 rows = 2 rejected", "connection", "results.csv", "session"] {
        assert!(show.contains(part), "{part}: {show}");
    }
    let row = bench.rowcast(&["show", "latest", "2"]).code(0).stdout;
    for part in [
        "row 2, line 3",
        "state       rejected",
        "name = Ann 2",
        "curl",
        "$WHATSAPP_TOKEN",
        "131026",
        "Check that this number uses WhatsApp.",
    ] {
        assert!(row.replace("row         ", "row ").contains(part), "{part}: {row}");
    }
    let none = bench.rowcast(&["show", "latest", "3"]).code(3);
    assert!(none.stderr.contains("has no row 3"), "{}", none.stderr);
}
