//! The output of a working run: events for programs, the log for people. Neither can stop the run.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::raw::{Raw, answer, taken};
use crate::support::running::eventually;
use crate::support::{Bench, TOKEN, list, sandbox};

/// The events of a standard output.
fn events(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The shape of an event: its keys in order, words that programs compare, and the kinds of all other values.
fn shape(key: &str, value: &Value) -> String {
    match value {
        Value::Object(fields) if key == "counts" => {
            format!("{{{}}}", fields.keys().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
        // These values change from one second to the next.
        _ if matches!(key, "rate" | "left_s" | "waits") => "…".to_owned(),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}: {}", shape(key, value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::String(word) if matches!(key, "event" | "mode" | "status" | "kind" | "cause" | "scope") => word.clone(),
        Value::String(_) => "text".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::Bool(_) => "yes or no".to_owned(),
        Value::Array(_) => "list".to_owned(),
        Value::Null => "null".to_owned(),
    }
}

/// A server that rejects the second recipient, throttles once, and accepts all others.
fn fastidious() -> Raw {
    let asked = AtomicBool::new(false);
    Raw::start(move |request| {
        if request.body.contains("000002\"") {
            return answer("400 Bad Request", "{\"error\":{\"code\":131026,\"message\":\"undeliverable\"}}");
        }
        if request.body.contains("000003\"") && !asked.swap(true, Ordering::Relaxed) {
            return answer("400 Bad Request", "{\"error\":{\"code\":131056,\"message\":\"pair rate limit\"}}");
        }
        taken(request)
    })
}

#[test]
fn each_event_has_a_shape_that_stays() {
    let server = fastidious();
    let bench = Bench::with_list(&list(6), server.url());
    bench.file("r.yaml", bench.read("r.yaml") + "when: \"{{ row_number != 1 }}\"\n");
    let flags = ["--stages", "3,100%", "--max-failures", "90%", "--rate", "500/s"];
    let mut told = events(&bench.rowcast(&[&["run", "r.yaml", "-y", "--json"][..], &flags].concat()).code(4).stdout);
    // One that has to wait, and does not like to.
    let waiting =
        bench.start(&["run", "r.yaml", "-y", "--json", "--again", "--window", &tomorrow(), "--timezone", "UTC"]);
    eventually("it waits", || waiting.stdout().contains("\"resting\""));
    waiting.signal("INT");
    told.extend(events(&waiting.finish().code(130).stdout));
    let mut shapes = Vec::new();
    for event in &told {
        let kind = event["event"].as_str().unwrap();
        let kind = if kind == "finished" { format!("finished {}", event["status"]) } else { kind.to_owned() };
        if shapes.iter().all(|(known, _)| *known != kind) {
            shapes.push((kind, shape("", event)));
        }
    }
    // The time of the first line is not fixed.
    shapes.sort();
    let shapes: Vec<String> = shapes.into_iter().map(|(_, shape)| shape).collect();
    insta::assert_snapshot!(shapes.join("\n"));
}

/// A window that is closed now.
fn tomorrow() -> String {
    let at = |hours| {
        (Timestamp::now() + SignedDuration::from_hours(hours)).to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()
    };
    format!("{}-{}", at(2), at(3))
}

#[test]
fn each_row_is_told_once_also_if_it_is_left_out_before_the_start() {
    let sandbox = sandbox(&["131026=20%", "http-429=20%"]);
    let text = list(40) + "+4915100000001,a duplicate\n12,invalid\n+4915100000777,suppressed\n";
    let bench = Bench::with_list(&text, sandbox.url());
    bench.file("no.csv", "phone\n+4915100000777\n");
    bench.file("r.yaml", bench.read("r.yaml") + "when: \"{{ row_number != 7 }}\"\nsuppress: [no.csv]\n");
    let flags = ["--retries", "9", "--max-failures", "90%", "--skip-invalid"];
    let outcome = bench.rowcast(&[&["run", "r.yaml", "-y", "--json"][..], &flags].concat()).code(4);
    let told = events(&outcome.stdout);
    let ends = |event: &&Value| event["event"] == "finished" || event["event"] == "left";
    let mut rows: Vec<(u64, String)> = told
        .iter()
        .filter(ends)
        .map(|event| (event["row"].as_u64().unwrap(), event["status"].as_str().unwrap().to_owned()))
        .collect();
    rows.sort();
    let results = bench.results();
    assert_eq!(rows.len(), results.len());
    for ((row, status), result) in rows.iter().zip(&results) {
        assert_eq!((row.to_string().as_str(), status.as_str()), (result.get("_row"), result.get("_status")));
    }
    let left = |row: u64| {
        let found = told.iter().find(|event| event["event"] == "left" && event["row"] == row);
        let event = found.unwrap_or_else(|| panic!("row {row} is not left"));
        (event["line"].as_u64().unwrap(), event["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(left(7), (8, "when".to_owned()));
    assert_eq!(left(41), (42, "duplicate of row 1".to_owned()));
    assert!(left(42).1.starts_with("to: "), "{:?}", left(42));
    assert!(left(43).1.starts_with("suppressed"), "{:?}", left(43));
    // Rows that the recipe skips are reported in order, all others before the first row is sent.
    assert_eq!(told[0]["counts"]["skipped"], 2, "{}", told[0]);
    let place =
        |kind: &str, row: u64| told.iter().position(|event| event["event"] == kind && event["row"] == row).unwrap();
    assert_eq!((place("left", 41).min(place("left", 43)), place("left", 41).max(place("left", 43))), (1, 2));
    assert!(place("left", 7) > 2 && place("left", 42) > 2);
    assert_eq!((&told[0]["event"], &told.last().unwrap()["event"]), (&"started".into(), &"finished_run".into()));
    let of = |kind: &str| told.iter().filter(|event| event["event"] == kind).count();
    assert_eq!(of("sending"), of("finished") + of("waiting"));
}

#[test]
fn a_run_that_stops_says_why_as_an_event() {
    let sandbox = sandbox(&["190=100%"]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--json"]).code(6);
    let stopping = events(&outcome.stdout).into_iter().find(|event| event["event"] == "stopping").unwrap();
    assert!(stopping["reason"].as_str().unwrap().contains("190"), "{stopping}");
}

#[test]
fn a_log_tells_what_happened_beside_everything_else() {
    let sandbox = sandbox(&["131026=20%"]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--json", "--log", "a.log"]).code(4);
    let log = bench.read("a.log");
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].contains(" run r-") && lines[0].contains(": 20 rows to send; 20 rows = 20 pending"), "{log}");
    assert!(lines.last().unwrap().contains(" ended: 20 rows = "), "{log}");
    let finished = |line: &&&str| line.contains(" at attempt 1 after ");
    assert_eq!(lines.iter().filter(finished).count(), 20);
    assert_eq!(events(&outcome.stdout).iter().filter(|event| event["event"] == "finished").count(), 20);
    for line in &lines {
        let (at, _) = line.split_once(' ').unwrap();
        assert!(at.ends_with('Z') && at.parse::<jiff::Timestamp>().is_ok(), "{line}");
    }
    assert!(!log.contains(TOKEN));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(bench.path().join("a.log")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // A second session appends to the log.
    bench.rowcast(&["retry", "--rejected", "-y", "--log", "a.log"]);
    let both = bench.read("a.log");
    assert!(both.starts_with(&log) && both[log.len()..].contains(" retry r-"), "{both}");
}

#[cfg(unix)]
#[test]
fn a_log_that_cannot_be_one_is_refused_before_the_first_message() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let fifo = bench.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let refused = |log: &str| bench.rowcast(&["run", "r.yaml", "-y", "--log", log]).code(3).stderr;
    assert!(refused("no/such/folder.log").contains("no/such/folder.log: --log: cannot be written: "));
    // A pipe without a reader delays nothing, and a pipe with a reader is not accepted as a log either.
    assert!(refused("fifo").contains("fifo: --log: cannot be written: "));
    let reader = std::thread::spawn(move || std::fs::read(fifo).unwrap());
    let mut said = refused("fifo");
    while !said.contains("neither a file nor a terminal") {
        // The reader has not opened its end yet.
        said = refused("fifo");
    }
    assert_eq!(reader.join().unwrap(), b"");
    assert!(refused(".").contains("--log: cannot be written: "));
    assert_eq!((sandbox.inbox().total_requests(), bench.path().join("runs").exists()), (0, false));
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_on_a_full_disk_is_a_warning_and_the_run_goes_on() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--log", "/dev/full"]).code(0);
    assert_eq!(outcome.stderr.matches("warning: ").count(), 1, "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 20);
}

#[test]
fn nobody_reads_the_events_and_the_run_goes_on() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(200), sandbox.url());
    let mut child = bench.command(&["run", "r.yaml", "-y", "--json"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(sandbox.inbox().total_delivered(), 200);
}

#[cfg(unix)]
#[test]
fn who_gives_up_waits_for_no_reader_of_the_events() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20_000), sandbox.url());
    let mut child = bench.command(&["run", "r.yaml", "-y", "--json"]).stderr(Stdio::null()).spawn().unwrap();
    // Without a reader nothing more is sent once the queue is full. The queue holds more than a pipe.
    eventually("it sends", || sandbox.inbox().total_delivered() > 1000);
    let kill = format!("kill -INT {}", child.id());
    eventually("it ends", || {
        assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        child.try_wait().unwrap().is_some()
    });
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(sandbox.inbox().total_delivered() < 20_000);
}
