//! Sent rows are not sent again unasked, however the run is started, written, copied or delayed.

use std::fs;

use rowcast::run_folder::Lock;

use crate::support::running::eventually;
use crate::support::terminal::OnTerminal;
use crate::support::{Bench, list, sandbox};

const RUN: [&str; 3] = ["run", "r.yaml", "-y"];

#[test]
fn a_list_is_not_sent_twice_unasked() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&RUN).code(0);
    let refused = bench.rowcast(&RUN).code(3);
    assert!(refused.stderr.contains("this recipe already ran over this list on"), "{}", refused.stderr);
    assert!(refused.stderr.contains("3 rows = 3 accepted") && refused.stderr.contains("--again"), "{}", refused.stderr);
    let told = bench.rowcast(&["check", "r.yaml"]).code(0);
    assert!(told.stderr.contains("caution     `run` will refuse this without --again: this recipe"), "{}", told.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
    bench.rowcast(&["run", "r.yaml", "-y", "--again"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 6);
}

#[test]
fn a_word_in_the_recipe_or_a_setting_of_the_connection_makes_it_no_other_run() {
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
        let refused = bench.rowcast(&RUN).code(3);
        assert!(refused.stderr.contains("this recipe already ran over this list on"), "{edited}: {}", refused.stderr);
    }
    bench.file("connections.yaml", connections);
    bench.file("r.yaml", bench.read("r.yaml") + "# mended\n");
    let refused = bench.rowcast(&RUN).code(3);
    let said = "an earlier version of this recipe already ran over this list on";
    assert!(refused.stderr.contains(said) && refused.stderr.contains("--again"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 3);
}

#[test]
fn an_edited_recipe_may_be_run_if_its_earlier_state_has_reached_nobody() {
    let refusing = sandbox(&["131026=100%"]);
    let bench = Bench::with_list(&list(3), refusing.url());
    bench.rowcast(&RUN).code(4);
    bench.rowcast(&RUN).code(3);
    bench.file("r.yaml", bench.read("r.yaml").replace("Hello", "Hi"));
    bench.rowcast(&RUN).code(4);
}

#[test]
fn a_recipe_may_be_edited_and_rehearsed_as_often_as_one_likes() {
    let bench = Bench::with_list(&list(3), "http://127.0.0.1:9");
    for word in ["Hello", "Hi", "Hey"] {
        bench.file("r.yaml", bench.read("r.yaml").replace("body: \"Hello", &format!("body: \"{word}")));
        let rehearsed = bench.rowcast(&["run", "r.yaml", "-y", "--sandbox"]).code(0);
        assert!(!rehearsed.stderr.contains("caution"), "{}", rehearsed.stderr);
        bench.file("r.yaml", bench.read("r.yaml").replace(&format!("body: \"{word}"), "body: \"Hello"));
    }
    bench.rowcast(&["run", "r.yaml", "-y", "--sandbox"]).code(3);
}

#[test]
fn of_what_is_nearly_the_same_somebody_is_told() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&RUN).code(0);
    let longer = list(4);
    bench.file("list.csv", &longer);
    let told = bench.rowcast(&["check", "r.yaml"]).code(0);
    assert!(told.stderr.contains("caution     this recipe already ran over another list on "), "{}", told.stderr);
    let told = bench.rowcast(&RUN).code(0);
    assert!(told.stderr.contains(" UTC: 3 rows reached by r-"), "{}", told.stderr);
    bench.file("other.yaml", bench.read("r.yaml").replace("Hello", "Hi"));
    let told = bench.rowcast(&["run", "other.yaml", "-y"]).code(0);
    assert!(told.stderr.contains("caution     another recipe already ran over this list on "), "{}", told.stderr);
    assert!(told.stderr.contains(" UTC: 4 rows reached by r-"), "{}", told.stderr);
}

#[test]
fn of_several_that_start_at_once_one_sends() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    // Another recipe over the same list: each run prints a note before it starts.
    bench.file("other.yaml", bench.read("r.yaml").replace("Hello", "Hi"));
    bench.rowcast(&["run", "other.yaml", "-y", "--limit", "1"]).code(0);
    let nobody_begins = Lock::of_folder(&bench.path().join("runs")).unwrap();
    let started: Vec<_> = (0..4).map(|_| bench.start(&RUN)).collect();
    eventually("all have looked", || started.iter().all(|run| run.stderr().contains("another recipe already ran")));
    drop(nobody_begins);
    let mut codes: Vec<i32> = started.into_iter().map(|run| run.finish().code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 3, 3, 3]);
    assert_eq!(sandbox.inbox().total_requests(), 1 + 20);
}

#[test]
fn who_is_asked_says_yes_to_nothing_that_was_sent_meanwhile() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let mut asked = OnTerminal::start(bench.command(&["run", "r.yaml"]), 80);
    asked.wait_for("Send 3 messages? [y/N]");
    bench.rowcast(&RUN).code(0);
    asked.type_text("y\n");
    let (code, screen) = asked.finish();
    assert_eq!(code, 3, "{screen:#?}");
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
    bench.rowcast(&["run", "r.yaml", "-y", "--again"]).code(0);
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
    assert!(again.stderr.contains("2 rows = 2 skipped"), "{}", again.stderr);
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
    let refused = bench.rowcast(&RUN).code(3);
    assert!(refused.stderr.contains("the run is still in progress"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("resume"), "{}", refused.stderr);
    run.kill();
    let said = bench.rowcast(&["runs"]).code(0).stdout;
    assert!(said.contains("1 unknown"), "{said}");
}
