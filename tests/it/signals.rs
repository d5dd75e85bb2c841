//! Signals, a lost terminal, a full disk, and two processes on one run.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rowcast::sandbox::{Config, Sandbox};

use crate::support::running::eventually;
use crate::support::{Bench, list, sandbox, sandbox_with};

fn slow(milliseconds: u64) -> Sandbox {
    sandbox_with(Config { latency: Duration::from_millis(milliseconds), ..Config::default() })
}

fn count(bench: &Bench, state: &str) -> usize {
    bench.results().iter().filter(|record| record.get("_status") == state).count()
}

/// The rest of an interrupted run is sent, each row once.
fn resumes_to_the_end(bench: &Bench, sandbox: &Sandbox, rows: u64) {
    bench.rowcast(&["resume", "-y"]).code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], rows);
    assert_eq!(sandbox.inbox().total_delivered(), rows);
}

#[test]
fn one_ctrl_c_waits_for_what_is_in_flight() {
    let sandbox = slow(300);
    let bench = Bench::with_list(&list(500), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y", "-j", "20"]);
    eventually("rows are in flight", || sandbox.inbox().total_delivered() >= 15);
    running.signal("INT");
    eventually("it says so at once", || running.stderr().contains("interrupted; waiting for"));
    let outcome = running.finish().code(130);
    assert!(outcome.stderr.contains("interrupt again to stop waiting"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("rowcast resume r-"), "{}", outcome.stderr);
    assert_eq!(count(&bench, "unknown"), 0, "nothing is given up");
    let states = bench.judge(sandbox.inbox());
    assert!(states["pending"] > 300, "{states:?}");
    assert_eq!(states["accepted"], sandbox.inbox().total_delivered());
    resumes_to_the_end(&bench, &sandbox, 500);
}

#[test]
fn two_ctrl_c_give_up_what_is_in_flight_and_say_so() {
    let sandbox = sandbox(&["timeout-after-accept=100%"]);
    let bench = Bench::with_list(&list(100), sandbox.url());
    // After the first outcome the other rows are sent in parallel.
    let running = bench.start(&["run", "r.yaml", "-y", "-j", "8", "--timeout", "30s"]);
    eventually("a row is in flight", || sandbox.inbox().total_delivered() >= 1);
    running.signal("INT");
    eventually("the first is heard", || running.stderr().contains("interrupted"));
    let begin = Instant::now();
    running.signal("INT");
    let outcome = running.finish().code(130);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert!(outcome.stderr.contains("1 unknown + 99 pending"), "{}", outcome.stderr);
    let row = &bench.results()[0];
    assert_eq!([row.get("_status"), row.get("_error_code")], ["unknown", "aborted"]);
    let states = bench.judge(sandbox.inbox());
    assert_eq!((states["unknown"], states["pending"]), (1, 99));

    // A later resume does not send the row in doubt.
    let again = bench.start(&["resume", "-y", "--timeout", "300ms", "-j", "8"]);
    again.finish().code(6);
    assert!((1..=100).all(|row| sandbox.inbox().deliveries(&format!("+4915100{row:06}")) <= 1));
}

/// A row without a recorded outcome is explained like any other, before and after a resume records its state.
#[test]
fn a_row_in_flight_when_its_process_was_killed_is_explained() {
    let sandbox = sandbox(&["timeout-after-accept=100%"]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y", "--timeout", "30s"]);
    eventually("a row is in flight", || sandbox.inbox().total_delivered() >= 1);
    let explained = |shown: &str| {
        let answer = "\n  answer    unknown crash: the process ended while the row was in flight";
        shown.contains(answer)
            && shown.ends_with("\n  advice    Find out whether the message arrived before `rowcast retry --unknown`.\n")
    };
    let at_work = bench.rowcast(&["show", "latest", "1"]).code(0).stdout;
    assert!(at_work.contains("state       sending\n") && !at_work.contains("crash"), "{at_work}");
    running.kill();
    let shown = bench.rowcast(&["show", "latest", "1"]).code(0).stdout;
    assert!(shown.contains("state       unknown\n") && explained(&shown), "{shown}");
    let untouched = bench.rowcast(&["show", "latest", "2"]).code(0).stdout;
    assert!(!untouched.contains("answer"), "{untouched}");
    let resumed = bench.start(&["resume", "-y", "--timeout", "300ms"]);
    resumed.finish();
    let shown = bench.rowcast(&["show", "latest", "1"]).code(0).stdout;
    assert!(explained(&shown) && shown.matches("crash").count() == 1, "{shown}");
}

#[test]
fn sixty_rows_given_up_are_all_in_the_ledger() {
    let sandbox = slow(3000);
    let bench = Bench::with_list(&list(200), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y", "-j", "60"]);
    // One row, then ten, then all.
    eventually("many rows are in flight", || sandbox.inbox().total_delivered() >= 60);
    running.signal("INT");
    eventually("the first is heard", || running.stderr().contains("interrupted"));
    running.signal("INT");
    running.finish().code(130);
    let aborted = bench.results().iter().filter(|record| record.get("_error_code") == "aborted").count();
    assert!((20..=60).contains(&aborted), "{aborted}");
    assert_eq!(count(&bench, "accepted") + aborted + count(&bench, "pending"), 200);
}

#[test]
fn terminate_and_hangup_are_heard_as_well() {
    for signal in ["TERM", "HUP"] {
        let sandbox = slow(100);
        let bench = Bench::with_list(&list(300), sandbox.url());
        let running = bench.start(&["run", "r.yaml", "-y", "-j", "10"]);
        eventually("rows are in flight", || sandbox.inbox().total_delivered() >= 12);
        running.signal(signal);
        let outcome = running.finish().code(130);
        assert!(outcome.stderr.contains("rowcast resume"), "{signal}: {}", outcome.stderr);
        assert_eq!(count(&bench, "unknown"), 0);
        resumes_to_the_end(&bench, &sandbox, 300);
    }
}

#[test]
fn terminate_gives_up_before_a_container_is_killed() {
    let sandbox = sandbox(&["timeout=100%"]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y"]);
    eventually("a row is in flight", || sandbox.inbox().total_requests() >= 1);
    let begin = Instant::now();
    running.signal("TERM");
    running.finish().code(130);
    let took = begin.elapsed();
    assert!(took > Duration::from_secs(7) && took < Duration::from_millis(9500), "{took:?}");
    assert_eq!((count(&bench, "unknown"), count(&bench, "pending")), (1, 4));
}

#[test]
fn ctrl_c_during_the_grace_of_terminate_gives_up_at_once() {
    let sandbox = sandbox(&["timeout=100%"]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y"]);
    eventually("a row is in flight", || sandbox.inbox().total_requests() >= 1);
    running.signal("TERM");
    eventually("it is heard", || running.stderr().contains("interrupted"));
    let begin = Instant::now();
    running.signal("INT");
    running.finish().code(130);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[test]
fn hanging_up_twice_is_hanging_up_once() {
    let sandbox = slow(1500);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y"]);
    eventually("a row is in flight", || sandbox.inbox().total_requests() >= 1);
    running.signal("HUP");
    eventually("it is heard", || running.stderr().contains("interrupted"));
    running.signal("HUP");
    running.finish().code(130);
    assert_eq!((count(&bench, "accepted"), count(&bench, "pending")), (1, 4));
}

#[test]
fn one_ctrl_c_while_the_run_stops_by_itself_gives_up_nothing() {
    let server = crate::support::raw::Raw::start(|request| {
        use crate::support::raw::{answer, taken};
        if request.body.contains("000002\"") {
            // Late enough that others are in flight when the run gets the signal.
            std::thread::sleep(Duration::from_secs(1));
            return answer("401 Unauthorized", "{\"error\":{\"code\":190,\"message\":\"expired\"}}");
        }
        if !request.body.contains("000001\"") {
            std::thread::sleep(Duration::from_secs(4));
        }
        taken(request)
    });
    let bench = Bench::with_list(&list(50), server.url());
    let running = bench.start(&["run", "r.yaml", "-y", "-j", "10"]);
    eventually("it stops", || running.stderr().contains("stopping: 190"));
    running.signal("INT");
    let outcome = running.finish().code(130);
    assert!(outcome.stderr.contains("190: expired"), "both are told: {}", outcome.stderr);
    assert_eq!((count(&bench, "unknown"), count(&bench, "failed")), (0, 1));
    assert!(count(&bench, "pending") >= 39);
}

#[test]
fn stopping_does_not_wait_for_rows_that_wait() {
    // All rows wait for a retry, as long as the server asks: none is in flight.
    let throttled = crate::support::raw::Raw::start(|_| {
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .to_owned()
    });
    for base_url in [throttled.url().to_owned(), crate::support::raw::nobody()] {
        let bench = Bench::with_list(&list(30), &base_url);
        let running = bench.start(&["run", "r.yaml", "-y", "--retries", "30"]);
        eventually("it has begun", || running.stderr().contains("rows to send"));
        std::thread::sleep(Duration::from_millis(300));
        let begin = Instant::now();
        running.signal("INT");
        running.finish().code(130);
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        assert_eq!(count(&bench, "pending"), 30, "what waits was not sent");
    }
}

#[test]
fn a_closed_pipe_does_not_stop_a_run() {
    let sandbox = slow(5);
    let bench = Bench::with_list(&list(200), sandbox.url());
    // A process that exits at once holds both ends.
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let pipe = reader.stdin.take().unwrap();
    reader.wait().unwrap();
    let other = std::os::fd::OwnedFd::from(pipe);
    let mut command = bench.command(&["run", "r.yaml", "-y", "--json", "-j", "4"]);
    command.stdout(other.try_clone().unwrap()).stderr(other);
    assert_eq!(command.status().unwrap().code(), Some(0));
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 200);
    assert_eq!(count(&bench, "accepted"), 200);
}

#[test]
fn a_file_size_limit_stops_the_run_and_does_not_kill_it() {
    let sandbox = slow(2);
    let bench = Bench::with_list(&list(2000), sandbox.url());
    // In blocks of 512 bytes: enough for the ballast, too little for the ledger of the whole list.
    let running = bench.start_command(bench.shell("ulimit -f 2400", &["run", "r.yaml", "-y", "-j", "16"]));
    let outcome = running.finish().code(6);
    assert!(outcome.stderr.contains("the ledger"), "{}", outcome.stderr);
    told_of_every_message(&bench, &sandbox, &outcome.stderr);
    // With free space the run resumes; rows in flight whose outcome found no room are in doubt and not sent again.
    let resumed = bench.rowcast(&["resume", "-y"]);
    assert!(matches!(resumed.code, 0 | 5), "{}", resumed.stderr);
    let states =
        bench.judge_allowing(sandbox.inbox(), &crate::support::oracle::Allowed { doubt: 16, ..Default::default() });
    assert_eq!(states.get("pending"), None);
}

/// An accepted message is either in the ledger or on standard error with its id.
fn told_of_every_message(bench: &Bench, sandbox: &Sandbox, stderr: &str) {
    let results = crate::support::records(&bench.rowcast(&["results"]).stdout);
    let accepted = results.iter().filter(|record| record.get("_status") == "accepted").count();
    let told: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix("ROW ")).collect();
    assert_eq!(accepted + told.len(), usize::try_from(sandbox.inbox().total_delivered()).unwrap(), "{stderr}");
    for line in told {
        let (row, id) = line.split_once(' ').unwrap();
        let record = &results[row.parse::<usize>().unwrap() - 1];
        assert_eq!(record.get("_status"), "unknown");
        assert_eq!(sandbox.inbox().message_ids(record.get("phone")), [id]);
    }
}

#[test]
fn one_runner_per_run() {
    let sandbox = slow(50);
    let bench = Bench::with_list(&list(60), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y", "-j", "2"]);
    eventually("rows are in flight", || sandbox.inbox().total_delivered() >= 3);
    for command in ["resume", "retry"] {
        let refused = bench.rowcast(&[command, "-y"]).code(3);
        let holder = format!("process {} on ", running.pid());
        assert!(refused.stderr.contains(&holder) && refused.stderr.contains("since 20"), "{}", refused.stderr);
    }
    // Commands that only read may run.
    assert!(bench.rowcast(&["runs"]).code(0).stdout.contains("(in progress)"));
    assert!(bench.rowcast(&["show"]).code(0).stdout.contains("a process is working on this run"));
    assert_eq!(crate::support::records(&bench.rowcast(&["results"]).code(0).stdout).len(), 60);
    running.finish().code(0);
    assert_eq!(bench.judge(sandbox.inbox())["accepted"], 60);
}

#[test]
fn of_many_that_go_on_at_once_one_does() {
    let sandbox = slow(30);
    let bench = Bench::with_list(&list(100), sandbox.url());
    let running = bench.start(&["run", "r.yaml", "-y", "-j", "4"]);
    eventually("rows are in flight", || sandbox.inbox().total_delivered() >= 8);
    running.kill();
    let all: Vec<_> = (0..12).map(|_| bench.start(&["resume", "-y"])).collect();
    let codes: Vec<i32> = all.into_iter().map(|one| one.finish().code).collect();
    assert!(codes.iter().all(|code| [0, 3, 5].contains(code)), "{codes:?}");
    assert!(codes.iter().filter(|code| **code != 3).count() >= 1, "{codes:?}");
    let allowed = crate::support::oracle::Allowed { doubt: 4, ..Default::default() };
    assert_eq!(bench.judge_allowing(sandbox.inbox(), &allowed).get("pending"), None);
}

/// Locks of the memory that somebody else holds: before a session, in its midst, and at its end.
#[test]
fn a_lock_that_another_process_holds_is_told_of_and_can_be_interrupted() {
    let sandbox = slow(20);
    let bench = Bench::with_list(&list(200), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--limit", "1"]).code(0);
    let hold = |lock: &str| {
        let file = std::fs::File::options().write(true).open(bench.path().join("runs/.memory").join(lock)).unwrap();
        file.lock().unwrap();
        file
    };
    let args = ["run", "r.yaml", "-y", "--again", "--limit"];
    for (lock, rows, after, signal) in
        [("claims/lock", "9", 0, "INT"), ("claims/lock", "100", 20, "INT"), ("lock", "9", 9, "TERM")]
    {
        let before = sandbox.inbox().total_requests();
        let early = (after == 0).then(|| hold(lock));
        let running = bench.start(&[&args[..], &[rows]].concat());
        eventually("so many are sent", || sandbox.inbox().total_requests() >= before + after.min(5));
        let late = (after > 0).then(|| hold(lock));
        eventually("it is told", || {
            running.stderr().contains(&format!("waiting for another process, which holds runs/.memory/{lock}"))
        });
        running.signal(signal);
        let outcome = running.finish();
        // Killed by the signal, told that nothing was sent, or interrupted in order.
        assert!(matches!(outcome.code, -1 | 0 | 3 | 130), "{lock} {}: {}", outcome.code, outcome.stderr);
        drop((early, late));
    }
}
