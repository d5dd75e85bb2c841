//! Sending windows and stages through the program: waiting, ending and resuming.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::support::running::eventually;
use crate::support::{Bench, list, sandbox};

/// A window in UTC, from one number of hours after now to another.
fn hours(from: i64, to: i64) -> String {
    let at = |hours: i64| (Timestamp::now() + SignedDuration::from_hours(hours)).to_zoned(TimeZone::UTC);
    format!("{}-{}", at(from).strftime("%H:%M"), at(to).strftime("%H:%M"))
}

fn count(bench: &Bench, state: &str) -> usize {
    bench.results().iter().filter(|record| record.get("_status") == state).count()
}

/// The recipe of the bench with settings of `send`.
fn sends(bench: &Bench, send: &str) {
    let recipe = bench.read("r.yaml");
    bench.file("r.yaml", format!("{recipe}send:\n{send}\n"));
}

#[test]
fn outside_the_window_a_run_ends_if_it_shall_not_wait() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let window = hours(2, 3);
    let run = bench.rowcast(&["run", "r.yaml", "-y", "--window", &window, "--timezone", "UTC", "--no-wait"]).code(130);
    assert!(run.stderr.contains("outside the window, which opens"), "{}", run.stderr);
    assert!(run.stderr.contains("the run is paused") && run.stderr.contains("rowcast resume r-"), "{}", run.stderr);
    assert_eq!((count(&bench, "pending"), sandbox.inbox().total_requests()), (5, 0));
    // The run keeps its window, unless a flag sets another.
    bench.rowcast(&["resume", "-y", "--no-wait"]).code(130);
    assert_eq!(sandbox.inbox().total_requests(), 0);
    bench.rowcast(&["resume", "-y", "--window", "00:00-24:00"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 5);
}

#[test]
fn a_wait_ends_with_an_interrupt_and_survives_a_kill() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let window = hours(2, 3);
    let running = bench.start(&["run", "r.yaml", "-y", "--window", &window, "--timezone", "UTC"]);
    eventually("it waits", || running.stderr().contains("outside the window; continues"));
    let begin = Instant::now();
    running.signal("INT");
    running.finish().code(130);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(count(&bench, "pending"), 5);

    let running = bench.start(&["resume", "-y"]);
    eventually("it waits again", || running.stderr().contains("outside the window; continues"));
    running.kill();
    bench.rowcast(&["resume", "-y", "--window", "00:00-24:00"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 5);
}

#[test]
fn each_row_has_its_own_hours() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(
        "phone,name,tz\n+4915100000001,Ann,UTC\n+4915100000002,Bob,Etc/GMT+6\n+4915100000003,Cem,UTC\n",
        sandbox.url(),
    );
    sends(&bench, &format!("  window: \"{}\"\n  timezone: \"{{{{ tz }}}}\"", hours(-1, 2)));
    let run = bench.rowcast(&["run", "r.yaml", "-y", "--no-wait"]).code(130);
    assert!(run.stderr.contains("3 rows = 2 accepted + 1 pending"), "{}", run.stderr);
    let states: Vec<String> = bench.results().iter().map(|row| row.get("_status").to_owned()).collect();
    assert_eq!(states, ["accepted", "pending", "accepted"]);
    // A zone in a flag replaces the template.
    bench.rowcast(&["resume", "-y", "--timezone", "UTC"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 3);
}

#[test]
fn a_row_without_a_zone_is_found_before_anything_is_sent() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(
        "phone,name,tz\n+4915100000001,Ann,Europe/Berlin\n+12025550143,Bob,\n+12025550144,Cem,New York\n",
        sandbox.url(),
    );
    sends(&bench, "  window: \"00:00-24:00\"\n  timezone: \"{{ tz }}\"");
    for args in [&["check", "r.yaml"][..], &["run", "r.yaml", "-y"], &["run", "r.yaml", "--dry-run"]] {
        let stderr = bench.rowcast(args).code(3).stderr;
        assert!(stderr.contains("list.csv:3: row 2: timezone: empty"), "{stderr}");
        assert!(stderr.contains("row 3: timezone: \"New York\" is not a time zone"), "{stderr}");
    }
    assert_eq!(sandbox.inbox().total_requests(), 0);

    // The country sets the zone where it can, the recipe sets the rest.
    let recipe = bench.read("r.yaml").replace("{{ tz }}", "{{ (phone | timezone) or 'America/New_York' }}");
    bench.file("r.yaml", recipe);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 3);
}

#[test]
fn stages_go_on_by_themselves_when_they_went_well() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(40), sandbox.url());
    sends(&bench, "  stages: [5, 50%, 100%]");
    let run = bench.rowcast(&["run", "r.yaml", "-y", "--json"]).code(0);
    let stages: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["event"] == "stage")
        .collect();
    let figures = |key: &str| stages.iter().map(|stage| stage[key].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!((figures("stage"), figures("of"), figures("rows")), (vec![1, 2], vec![3, 3], vec![5, 15]));
    assert_eq!((figures("left"), &stages[0]["counts"]["accepted"]), (vec![35, 20], &serde_json::json!(5)));
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 40);
}

#[test]
fn a_stage_that_goes_wrong_stops_the_run_and_can_be_gone_on_with() {
    let server = crate::support::raw::Raw::start(|request| {
        use crate::support::raw::{answer, taken};
        if request.body.contains("000002\"") || request.body.contains("000004\"") {
            return answer("400 Bad Request", "{\"error\":{\"code\":131026,\"message\":\"undeliverable\"}}");
        }
        taken(request)
    });
    let bench = Bench::with_list(&list(30), server.url());
    let run = bench.rowcast(&["run", "r.yaml", "-y", "--stages", "10,100%"]).code(6);
    let reason = "stage 1 of 2: 2 of 10 rows were not accepted, more than max-failures (10%) allows";
    assert!(run.stderr.contains(reason), "{}", run.stderr);
    assert!(run.stderr.contains("30 rows = 8 accepted + 2 rejected + 20 pending"), "{}", run.stderr);
    bench.rowcast(&["resume", "-y"]).code(4);
    assert_eq!((count(&bench, "accepted"), count(&bench, "rejected")), (28, 2));
}

#[test]
fn a_wait_between_stages_is_kept_and_can_be_left() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(10), sandbox.url());
    sends(&bench, "  stages: [2, { upto: 50%, max-failures: 0 }]\n  stage-wait: 2h");
    let running = bench.start(&["run", "r.yaml", "-y"]);
    eventually("it waits", || running.stderr().contains("the next stage begins in 2 h"));
    assert!(running.stderr().contains("stage 1 of 3: 2 rows = 2 accepted"));
    running.signal("TERM");
    running.finish().code(130);
    assert_eq!(sandbox.inbox().total_delivered(), 2);
    // A resume confirms the stage. The run does not wait before the next one and ends.
    let resumed = bench.rowcast(&["resume", "-y", "--no-wait"]).code(130);
    assert!(resumed.stderr.contains("stage 2 of 3: 3 rows = 3 accepted"), "{}", resumed.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 5);
    bench.rowcast(&["resume", "-y"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 10);
}

#[test]
fn the_pace_is_kept_from_one_stage_to_the_next() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(8), sandbox.url());
    let begin = Instant::now();
    bench.rowcast(&["run", "r.yaml", "-y", "--stages", "1,2,3,4,5,6,7", "--rate", "10/s"]).code(0);
    assert!(begin.elapsed() >= Duration::from_millis(700), "{:?}", begin.elapsed());
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 8);
}

#[test]
fn a_timetable_on_the_command_line_is_checked() {
    let bench = Bench::with_list(&list(1), "http://127.0.0.1:9");
    for (args, part) in [
        (&["--window", "09:00-18:00"][..], "--window needs a time zone"),
        (&["--window", "always", "--timezone", "UTC"], "names no days"),
        (&["--timezone", "{{ tz }}"], "is not a time zone"),
        (&["--stages", "10%,5%"], "is not more than the 10% before it"),
        (&["--stage-wait", "0s"], "longer than 0s"),
    ] {
        let outcome = bench.rowcast(&[&["run", "r.yaml", "-y"], args].concat()).code(2);
        assert!(outcome.stderr.contains(part), "{args:?}: {}", outcome.stderr);
    }
}
