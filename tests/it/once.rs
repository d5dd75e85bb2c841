//! A person gets a message once, over all runs of a project. The server counts.

use std::fs;
use std::time::Duration;

use rowcast::sandbox::{Config, Sandbox};

use crate::support::running::eventually;
use crate::support::{Bench, list, sandbox, sandbox_with};

const RUN: [&str; 3] = ["run", "r.yaml", "-y"];

/// Everybody got exactly one message.
fn once_each(sandbox: &Sandbox, people: usize) {
    let got = sandbox.inbox().recipients();
    assert_eq!(got.len(), people, "{got:?}");
    assert!(got.values().all(|count| *count == 1), "{got:?}");
}

fn slow(milliseconds: u64) -> Sandbox {
    sandbox_with(Config { latency: Duration::from_millis(milliseconds), ..Config::default() })
}

#[test]
fn a_list_may_be_sorted_anew_grow_and_be_sent_in_parts() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(12), sandbox.url());
    // A pilot, and then the rest.
    bench.rowcast(&["run", "r.yaml", "-y", "--limit", "3"]).code(0);
    let told = bench.rowcast(&RUN).code(0).stderr;
    assert!(told.contains("12 rows = 9 accepted + 3 skipped"), "{told}");
    // The other way round, and one row more.
    let grown = list(13);
    let (header, rows) = grown.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    bench.file("list.csv", format!("{header}\n{}\n", rows.join("\n")));
    let told = bench.rowcast(&RUN).code(0).stderr;
    assert!(told.contains("13 rows = 1 accepted + 12 skipped"), "{told}");
    once_each(&sandbox, 13);
}

#[test]
fn another_spelling_recipe_folder_or_number_makes_no_other_message() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("phone,name\n+5511961234567,Bia\n+4915100000001,Ann\n", sandbox.url());
    bench.rowcast(&RUN).code(0);
    bench.file("list.csv", "phone,name\n\"+55 (11) 6123-4567\",Bia\n0049151-00000001,Ann\n");
    bench.rowcast(&RUN).code(0);
    bench.file("deep/other.yaml", format!("name: other\n{}", bench.read("r.yaml").replace("list.csv", "../list.csv")));
    bench.rowcast(&["run", "deep/other.yaml", "-y"]).code(0);
    // The same API over another number.
    let connections = bench.read("connections.yaml");
    bench.file("connections.yaml", connections.replace("106540352242922", "206540352242922"));
    let told = bench.rowcast(&RUN).code(0).stderr;
    assert!(told.starts_with("nothing to send: 2 rows have their message already"), "{told}");
    assert_eq!(sandbox.inbox().total_delivered(), 2);
}

#[test]
fn the_memory_is_an_index_that_can_be_deleted_and_copied_runs_are_taken_up() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    bench.rowcast(&RUN).code(0);
    fs::remove_dir_all(bench.path().join("runs/.memory")).unwrap();
    bench.rowcast(&RUN).code(0);
    once_each(&sandbox, 5);
    // Another project, into which the run is copied.
    let other = Bench::with_list(&list(6), sandbox.url());
    let run = bench.run_folder();
    let copy = other.path().join("runs").join(run.file_name().unwrap());
    fs::create_dir_all(&copy).unwrap();
    for file in fs::read_dir(&run).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    let told = other.rowcast(&RUN).code(0).stderr;
    assert!(told.contains("6 rows = 1 accepted + 5 skipped"), "{told}");
    once_each(&sandbox, 6);
    // A removed run is remembered.
    fs::remove_dir_all(run).unwrap();
    bench.rowcast(&RUN).code(0);
    once_each(&sandbox, 6);
}

#[test]
fn a_run_of_an_earlier_version_counts_by_what_its_recipe_rendered() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(4), sandbox.url());
    bench.rowcast(&RUN).code(0);
    // Its ledger has no digest of a message.
    let ledger = bench.run_folder().join("ledger.db");
    let stripped = rusqlite::Connection::open(ledger).unwrap();
    stripped.execute_batch("UPDATE event SET keys = NULL; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
    drop(stripped);
    fs::remove_dir_all(bench.path().join("runs/.memory")).unwrap();
    bench.file("list.csv", list(5));
    let told = bench.rowcast(&RUN).code(0).stderr;
    assert!(told.contains("5 rows = 1 accepted + 4 skipped"), "{told}");
    once_each(&sandbox, 5);
}

#[test]
fn a_key_names_the_event_and_false_asks_nobody() {
    let sandbox = sandbox(&[]);
    let orders = "phone,name,order\n+4915100000001,Ann,1\n";
    let bench = Bench::with_list(orders, sandbox.url());
    bench.file("r.yaml", bench.read("r.yaml").replace("input:", "once: \"{{ order }}\"\ninput:"));
    bench.rowcast(&RUN).code(0);
    bench.rowcast(&RUN).code(0);
    bench.file("list.csv", orders.replace(",1\n", ",2\n"));
    bench.rowcast(&RUN).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 2, "the same text for another order");
    bench.file("r.yaml", bench.read("r.yaml").replace("once: \"{{ order }}\"", "once: false"));
    bench.rowcast(&RUN).code(0);
    bench.rowcast(&RUN).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 4);
}

#[test]
fn a_reminder_is_repeated_after_its_time_and_an_old_message_is_told() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    bench.rowcast(&RUN).code(0);
    let reminder = |span: &str| bench.read("r.yaml").replace("input:", &format!("repeat-after: {span}\ninput:"));
    bench.file("reminder.yaml", reminder("20h"));
    bench.rowcast(&["run", "reminder.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 2);
    // The ledger says that it was two days ago.
    let age = || {
        for run in fs::read_dir(bench.path().join("runs")).unwrap() {
            let ledger = run.unwrap().path().join("ledger.db");
            if ledger.exists() {
                let aged = rusqlite::Connection::open(ledger).unwrap();
                aged.execute_batch("UPDATE event SET at_ms = at_ms - 172800000; PRAGMA wal_checkpoint(TRUNCATE);")
                    .unwrap();
            }
        }
    };
    age();
    bench.file("list.csv", list(3));
    let told = bench.rowcast(&RUN).code(0).stderr;
    let line = "2 rows are left out because their people got the same text more than a day ago";
    assert_eq!(told.matches(line).count(), 2, "before the start and at the end: {told}");
    for way_out in ["`once: \"{{ order_id }}\"`", "`repeat-after: 20h`"] {
        assert!(told.contains(way_out), "{told}");
    }
    assert!(bench.rowcast(&["check", "r.yaml"]).code(0).stderr.contains(line));
    bench.rowcast(&["run", "reminder.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 5, "the two old ones again, the new one not");
}

#[test]
fn what_may_have_arrived_is_left_out_and_says_how_it_is_settled() {
    let sandbox = sandbox(&["drop-after-accept=100%"]);
    let bench = Bench::with_list(&list(1), sandbox.url());
    bench.rowcast(&RUN).code(5);
    let name = bench.run_folder().file_name().unwrap().to_str().unwrap().to_owned();
    let told = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    let settle = format!(
        "1 of them in doubt in {name}: `rowcast show {name} 1` explains one; `rowcast retry {name} --unknown` sends it again"
    );
    assert!(told.contains(&settle) && told.contains("1 row may have this message already"), "{told}");
    bench.file("list.csv", list(2));
    bench.rowcast(&RUN).code(5);
    let results = bench.rowcast(&["results", "latest"]).code(0).stdout;
    assert!(results.contains(&format!("once perhaps in {name}, row 1, on ")), "{results}");
    bench.rowcast(&["show", &name, "1"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 2);
}

#[test]
fn overlapping_lists_at_the_same_time_send_each_message_once_and_none_waits() {
    let sandbox = slow(15);
    let bench = Bench::with_list(&list(150), sandbox.url());
    let all = list(200);
    let other: Vec<&str> = all.lines().enumerate().filter(|(at, _)| *at == 0 || *at > 60).map(|(_, row)| row).collect();
    bench.file("other.csv", other.join("\n"));
    let runs = [["list.csv", "2"], ["other.csv", "3"], ["list.csv", "5"]];
    let started = runs.map(|[list, rows]| bench.start(&["run", "r.yaml", "-d", list, "-y", "-j", rows]));
    for run in started {
        run.finish().code(0);
    }
    once_each(&sandbox, 200);
}

#[test]
fn who_goes_on_asks_what_others_have_sent_meanwhile() {
    let busy = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(3), busy.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    let first = bench.run_folder().file_name().unwrap().to_str().unwrap().to_owned();
    let listen = busy.url().trim_start_matches("http://").parse().unwrap();
    busy.stop();
    let fine = sandbox_with(Config { listen, ..Config::default() });
    bench.rowcast(&["run", "r.yaml", "-y", "--limit", "2"]).code(0);
    let told = bench.rowcast(&["retry", &first, "-y"]).code(0).stderr;
    assert!(told.contains("2 rows excluded from this session") && told.contains("1 accepted + 2 skipped"), "{told}");
    once_each(&fine, 3);
}

#[test]
fn who_is_killed_and_started_again_sends_the_rest() {
    let sandbox = slow(40);
    let bench = Bench::with_list(&list(60), sandbox.url());
    for killed in [10, 25] {
        let run = bench.start(&["run", "r.yaml", "-y", "-j", "4"]);
        eventually("some were sent", || sandbox.inbox().total_delivered() >= killed);
        run.kill();
    }
    let told = bench.rowcast(&RUN).code(0).stderr;
    assert!(told.contains("60 rows = "), "{told}");
    let got = sandbox.inbox().recipients();
    assert!(got.values().all(|count| *count == 1), "{got:?}");
    // At most those in flight are in doubt, twice four.
    assert!(got.len() >= 60 - 8, "{}", got.len());
}

/// A list that holds the same message for a person several times: the n-th is the n-th.
#[test]
fn equal_messages_of_a_list_are_neither_lost_nor_doubled() {
    let sandbox = slow(30);
    let rows = "+4915100000001,Ann\n+4915100000002,Bob\n".repeat(6);
    let bench = Bench::with_list(&format!("phone,name\n{rows}"), sandbox.url());
    bench.file("r.yaml", bench.read("r.yaml").replace("input:", "unique: false\ninput:"));
    let run = bench.start(&["run", "r.yaml", "-y", "-j", "1"]);
    eventually("some were sent", || sandbox.inbox().total_delivered() >= 5);
    run.kill();
    let before = sandbox.inbox().total_delivered();
    let (a, b) = (bench.start(&RUN), bench.start(&RUN));
    a.finish().code(0);
    b.finish().code(0);
    let got = sandbox.inbox().recipients();
    let sum: u64 = got.values().sum();
    // One row may be in doubt; it was delivered or not.
    assert!((11..=12).contains(&sum) && got.values().all(|count| *count <= 6), "{before}: {got:?}");
    let told = bench.rowcast(&RUN).code(0).stderr;
    assert!(told.contains("nothing to send: 12 rows have their message already"), "{told}");
    // A third equal pair more is sent.
    bench.file("list.csv", format!("phone,name\n{rows}+4915100000001,Ann\n"));
    bench.rowcast(&RUN).code(0);
    assert_eq!(sandbox.inbox().recipients().values().sum::<u64>(), sum + 1);
}

/// Who wanted all rows sent again wants the rest of them after an interrupt, too.
#[test]
fn a_repetition_that_was_asked_for_is_gone_on_with() {
    let sandbox = slow(30);
    let bench = Bench::with_list(&list(30), sandbox.url());
    bench.rowcast(&RUN).code(0);
    let run = bench.start(&["run", "r.yaml", "-y", "--again", "-j", "2"]);
    eventually("some were sent again", || sandbox.inbox().total_delivered() >= 40);
    run.signal("INT");
    assert_eq!(run.finish().code, 130);
    let told = bench.rowcast(&["resume", "-y"]).code(0).stderr;
    assert!(told.contains("30 rows = 30 accepted"), "{told}");
    assert!(sandbox.inbox().recipients().values().all(|got| *got == 2));
}
