//! Sent rows are not sent again unasked, however the run is started, written, copied or delayed.

use std::fs;

use crate::support::running::eventually;
use crate::support::terminal::OnTerminal;
use crate::support::{Bench, list, sandbox};

const RUN: [&str; 3] = ["run", "r.yaml", "-y"];

#[test]
fn a_list_is_not_sent_twice_unasked() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&RUN).code(0);
    let run = bench.run_folder().file_name().unwrap().to_str().unwrap().to_owned();
    let told = bench.rowcast(&RUN).code(0);
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
    let line = format!(
        "nothing to send: 3 rows have their message already: by {run} on {today}; --again sends to all once more\n"
    );
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", line.as_str()));
    let told = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(told.contains(&format!("memory      3 rows have their message already: by {run} on {today}\n")), "{told}");
    assert!(told.contains("3 rows checked: 0 ready to send, 3 skipped (3 sent before)"), "{told}");
    assert_eq!(bench.run_folder().file_name().unwrap().to_str(), Some(run.as_str()), "no run was made");
    assert_eq!(sandbox.inbox().total_delivered(), 3);
    let again = bench.rowcast(&["run", "r.yaml", "-y", "--again"]).code(0).stderr;
    assert!(
        again.contains("3 rows have their message already") && again.contains("--again sends to them once more"),
        "{again}"
    );
    assert_eq!(sandbox.inbox().total_delivered(), 6);
}

#[test]
fn a_comment_in_the_recipe_or_a_setting_of_the_connection_makes_it_no_other_message() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&RUN).code(0);
    let connections = bench.read("connections.yaml");
    for edited in [
        format!("{connections}  api-version: v24.0\n"),
        format!("{connections}  default-country: DE\n"),
        connections.replace("127.0.0.1", "localhost"),
    ] {
        bench.file("connections.yaml", &edited);
        bench.rowcast(&RUN).code(0);
    }
    bench.file("connections.yaml", connections);
    bench.file("r.yaml", bench.read("r.yaml") + "# mended\n");
    bench.rowcast(&RUN).code(0);
    assert_eq!(sandbox.inbox().total_requests(), 3);
    // Another text is another message.
    bench.file("r.yaml", bench.read("r.yaml").replace("Hello", "Hi"));
    bench.rowcast(&RUN).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 6);
}

#[test]
fn what_reached_nobody_is_sent_by_the_next_run() {
    let refusing = sandbox(&["131026=100%"]);
    let bench = Bench::with_list(&list(3), refusing.url());
    bench.rowcast(&RUN).code(4);
    bench.rowcast(&RUN).code(4);
    assert_eq!(refusing.inbox().total_requests(), 6);
}

#[test]
fn a_recipe_may_be_rehearsed_as_often_as_one_likes() {
    let bench = Bench::with_list(&list(3), "http://127.0.0.1:9");
    for _ in 0..3 {
        let rehearsed = bench.rowcast(&["run", "r.yaml", "-y", "--sandbox"]).code(0).stderr;
        assert!(rehearsed.contains("3 rows = 3 accepted"), "{rehearsed}");
    }
    let checked = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(checked.contains("3 ready to send"), "{checked}");
}

#[test]
fn of_several_that_start_at_once_each_message_is_sent_by_one() {
    let latency = std::time::Duration::from_millis(20);
    let sandbox = crate::support::sandbox_with(rowcast::sandbox::Config { latency, ..Default::default() });
    let bench = Bench::with_list(&list(200), sandbox.url());
    let started: Vec<_> = (0..4).map(|_| bench.start(&["run", "r.yaml", "-y", "-j", "4"])).collect();
    for run in started {
        let told = run.finish().code(0).stderr;
        assert!(told.contains("200 rows = ") || told.contains("nothing to send"), "{told}");
    }
    assert_eq!(sandbox.inbox().total_requests(), 200);
    assert!(sandbox.inbox().recipients().values().all(|got| *got == 1));
}

#[test]
fn who_is_asked_says_yes_to_nothing_that_was_sent_meanwhile() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let mut asked = OnTerminal::start(bench.command(&["run", "r.yaml"]), 80);
    asked.wait_for("Send 3 messages? [y/N]");
    bench.rowcast(&["run", "r.yaml", "-y", "--limit", "2"]).code(0);
    asked.type_text("y\n");
    let (code, screen) = asked.finish();
    assert_eq!(code, 0, "{screen:#?}");
    assert!(screen.lines.iter().any(|line| line.contains("3 rows = 1 accepted + 2 skipped")), "{screen:#?}");
    assert_eq!(sandbox.inbox().total_requests(), 3);
}

#[test]
fn no_is_no_success() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let mut asked = OnTerminal::start(bench.command(&["run", "r.yaml"]), 80);
    asked.wait_for("Send 3 messages? [y/N]");
    asked.type_text("n\n");
    let (code, screen) = asked.finish();
    assert_eq!(code, 130, "{screen:#?}");
    assert!(screen.lines.iter().any(|line| line == "nothing was sent"), "{screen:#?}");
    assert_eq!(sandbox.inbox().total_requests(), 0);
}

#[test]
fn what_is_typed_ahead_answers_no_question() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(30), sandbox.url());
    let mut asked = OnTerminal::start(bench.command(&["run", "r.yaml", "--stages", "10,20,100%"]), 80);
    asked.wait_for("Send 30 messages? [y/N]");
    asked.type_text("y\ny\ny\n");
    asked.wait_for("stage 1 of 3: 10 rows = 10 accepted. Continue with 20 rows? [y/N]");
    asked.type_text("n\n");
    assert_eq!(asked.finish().0, 130);
    assert_eq!(sandbox.inbox().total_requests(), 10);
}

#[test]
fn a_run_that_cannot_be_read_counts_all_the_same() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&RUN).code(0);
    let folder = bench.run_folder();
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let half = bench.read(&format!("runs/{name}/run.json"));
    bench.file(&format!("runs/{name}/run.json"), &half[..half.len() / 2]);

    let refused = bench.rowcast(&RUN).code(3);
    assert!(refused.stderr.contains(&format!("a run cannot be read: runs/{name}/run.json")), "{}", refused.stderr);
    assert!(refused.stderr.contains("this run may have sent the same messages"), "{}", refused.stderr);
    for args in [&["resume", "-y"][..], &["show"], &["show", "r-"]] {
        let refused = bench.rowcast(args).code(3);
        assert!(refused.stderr.contains("a run cannot be read"), "{args:?}: {}", refused.stderr);
    }
    let told = bench.rowcast(&["runs"]).code(0);
    assert!(told.stderr.contains("warning: a run cannot be read"), "{}", told.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 3);
    // The same holds for `once`.
    let once = "once: \"spring/{{ phone }}\"\ninput:";
    bench.file("once.yaml", bench.read("r.yaml").replace("input:", once));
    bench.rowcast(&["run", "once.yaml", "-y"]).code(3);
    // Who sends to all in every run asks nobody.
    bench.file("all.yaml", bench.read("r.yaml").replace("input:", "once: false\ninput:"));
    bench.rowcast(&["run", "all.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_requests(), 6);
}

#[test]
fn what_a_revision_sends_once_is_sent_once() {
    let sandbox = sandbox(&["131026=100%"]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    bench.rowcast(&RUN).code(4);
    let address = sandbox.url().trim_start_matches("http://").parse().unwrap();
    sandbox.stop();
    let sandbox = crate::support::sandbox_with(rowcast::sandbox::Config { listen: address, ..Default::default() });
    bench.file("once.yaml", bench.read("r.yaml").replace("input:", "once: \"spring/{{ phone }}\"\ninput:"));
    bench.rowcast(&["retry", "-y", "--rejected", "--recipe", "once.yaml"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 2);
    let again = bench.rowcast(&["run", "once.yaml", "-y"]).code(0);
    assert!(again.stderr.contains("nothing to send: 2 rows were sent by their `once` key already"), "{}", again.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 2);
}

#[test]
fn a_copy_that_was_made_while_the_run_worked_is_not_gone_on_with() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(30), sandbox.url());
    let with_state = |args: &[&str]| {
        let mut command = bench.command(args);
        command.env("XDG_STATE_HOME", bench.path().join("state"));
        command
    };
    let run = bench.start_command(with_state(&["run", "r.yaml", "-y", "--rate", "20/s"]));
    eventually("some are sent", || sandbox.inbox().total_delivered() > 5);
    let (folder, copy) = (bench.run_folder(), bench.path().join("copy"));
    fs::create_dir(&copy).unwrap();
    let files =
        |from: &std::path::Path| fs::read_dir(from).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
    for file in files(&folder) {
        fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
    }
    run.finish().code(0);

    for file in files(&folder) {
        fs::remove_file(file).unwrap();
    }
    for file in files(&copy) {
        fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
    let refused = bench.start_command(with_state(&["resume", "-y"])).finish().code(3);
    assert!(refused.stderr.contains("remembers that start 1 of this run came to its end"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 30);
}

#[test]
fn rows_in_flight_are_being_sent_while_somebody_works_on_the_run() {
    let latency = std::time::Duration::from_secs(3);
    let config = rowcast::sandbox::Config { latency, ..Default::default() };
    let sandbox = crate::support::sandbox_with(config);
    let bench = Bench::with_list(&list(2), sandbox.url());
    let run = bench.start(&["run", "r.yaml", "-y"]);
    eventually("the first is on its way", || sandbox.inbox().total_requests() == 1);
    for (args, told) in [
        (&["runs"][..], "1 sending"),
        (&["show"], "1 sending"),
        (&["runs", "--json"], "\"unknown\":0,\"invalid\":0,\"skipped\":0,\"pending\":1,\"sending\":1"),
    ] {
        let said = bench.rowcast(args).code(0).stdout;
        assert!(said.contains(told) && !said.contains("1 unknown"), "{args:?}: {said}");
    }
    let told = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(told.contains("1 ready to send, 1 skipped (1 sent before)"), "{told}");
    run.kill();
    let said = bench.rowcast(&["runs"]).code(0).stdout;
    assert!(said.contains("1 unknown"), "{said}");
}

/// A copy of a run is not the run: it has the same people still to write to.
#[test]
fn a_copy_is_not_gone_on_with_beside_the_run() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(60), sandbox.url());
    let with_state = |args: &[&str]| {
        let mut command = bench.command(args);
        command.env("XDG_STATE_HOME", bench.path().join("state"));
        command
    };
    let run = bench.start_command(with_state(&["run", "r.yaml", "-y", "--rate", "20/s"]));
    eventually("some are sent", || sandbox.inbox().total_delivered() > 5);
    let folder = bench.run_folder();
    let copy = bench.path().join("elsewhere/runs").join(folder.file_name().unwrap());
    fs::create_dir_all(&copy).unwrap();
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    let beside = with_state(&["resume", "-y", "--runs-dir", "elsewhere/runs"]);
    let refused = bench.start_command(beside).finish().code(3).stderr;
    assert!(refused.contains("another process works on this run in another folder"), "{refused}");
    run.finish().code(0);
    assert!(sandbox.inbox().recipients().values().all(|got| *got == 1));
    assert_eq!(sandbox.inbox().total_requests(), 60);
}
