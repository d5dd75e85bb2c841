//! Excluded recipients: duplicates, opt-outs, and recipients of another run.

use rowcast::sandbox::Sandbox;

#[cfg(target_os = "linux")]
use crate::support::terminal::OnTerminal;
use crate::support::{Bench, list, sandbox};

/// A folder whose recipe has additional keys.
fn bench(list: &str, sandbox: &Sandbox, keys: &str) -> Bench {
    let bench = Bench::with_list(list, sandbox.url());
    bench.file("r.yaml", format!("{}{keys}\n", bench.read("r.yaml")));
    bench
}

/// The states and reasons of the only run's rows, in order.
fn states(bench: &Bench) -> Vec<String> {
    let shown = |record: &crate::support::Record| format!("{} {}", record.get("_status"), record.get("_error"));
    bench.results().iter().map(|record| shown(record).trim().to_owned()).collect()
}

/// Two spellings of one person, the same number again, and another person.
const SAME: &str = "phone,name\n+4915100000001,Ann\n+5511961234567,Bia\n+49 151 00000001,Ann again\n+55 11 6123-4567,Bia\n+4915100000002,Cem\n";

#[test]
fn a_recipient_is_written_to_once() {
    let sandbox = sandbox(&[]);
    let bench = bench(SAME, &sandbox, "");
    let checked = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(checked.ends_with("5 rows checked: 3 ready to send, 2 skipped (2 duplicates)\n"), "{checked}");
    let dry = bench.rowcast(&["run", "r.yaml", "--dry-run", "--json"]).code(0).stdout;
    assert!(dry.contains(r#"{"row":3,"line":4,"skipped":"duplicate","detail":"of row 1"}"#), "{dry}");
    let run = bench.rowcast(&["run", "r.yaml", "-y"]).code(0).stderr;
    assert!(run.contains("5 rows = 3 accepted + 2 skipped"), "{run}");
    let expected = ["accepted", "accepted", "skipped duplicate of row 1", "skipped duplicate of row 2", "accepted"];
    assert_eq!(states(&bench), expected);
    assert_eq!(sandbox.inbox().deliveries("+5511961234567"), 1);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
    // The message is sent to the number as the list writes it.
    assert_eq!(sandbox.inbox().deliveries("+551161234567"), 0);
    bench.rowcast(&["resume"]).code(0);
    bench.rowcast(&["retry"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
}

#[test]
fn what_makes_a_row_unique_is_the_recipes_to_say() {
    let all = sandbox(&[]);
    bench(SAME, &all, "unique: false").rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(all.inbox().total_delivered(), 5);
    let by_name = sandbox(&[]);
    let bench = bench(SAME, &by_name, "unique: \"{{ name }}\"");
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(states(&bench), ["accepted", "accepted", "accepted", "skipped duplicate of row 2", "accepted"]);
}

#[test]
fn a_row_that_is_not_sent_takes_nothing_from_others() {
    let sandbox = sandbox(&[]);
    let text = "phone,name\n+4915100000001,\n+4915100000001,Ann\n";
    let bench = Bench::with_list(text, sandbox.url());
    let recipe = bench.read("r.yaml").replace("Hello {{ name }}", "{{ name }}");
    bench.file("r.yaml", recipe);
    bench.rowcast(&["run", "r.yaml", "-y", "--skip-invalid"]).code(4);
    assert_eq!(bench.results()[1].get("_status"), "accepted");
    // With the fixed recipe, the first row equals one that was sent.
    let mended = bench.read("r.yaml").replace("{{ name }}", "Hello {{ name }}");
    bench.file("mended.yaml", mended);
    let retry = bench.rowcast(&["retry", "--recipe", "mended.yaml", "-y"]).code(0).stderr;
    assert!(retry.contains("1 row excluded from this session"), "{retry}");
    assert_eq!(sandbox.inbox().total_delivered(), 1);
    assert_eq!(states(&bench)[0], "skipped duplicate of row 2");
    assert!(bench.rowcast(&["retry", "--recipe", "mended.yaml", "-y"]).code(0).stderr.contains("nothing to retry"));
}

#[test]
fn whoever_said_no_is_not_written_to() {
    let sandbox = sandbox(&[]);
    let bench = bench(SAME, &sandbox, "suppress: [out.csv, { file: crm.csv, column: Mobile }]");
    bench.file("out.csv", "+49 151 00000001\n");
    bench.file("crm.csv", "Name;Mobile\nBia;+55 (11) 6123 4567\n");
    let run = bench.rowcast(&["run", "r.yaml", "-y"]).code(0).stderr;
    assert!(run.contains("5 rows = 1 accepted + 4 skipped"), "{run}");
    let (out, crm) = ("skipped suppressed by out.csv", "skipped suppressed by crm.csv");
    assert_eq!(states(&bench), [out, crm, out, crm, "accepted"]);
    assert_eq!(sandbox.inbox().total_delivered(), 1);
}

#[test]
fn a_suppression_list_that_cannot_be_read_lets_nothing_be_sent() {
    let sandbox = sandbox(&[]);
    let bench = bench(SAME, &sandbox, "suppress: out.csv");
    for (text, part) in
        [(None, "out.csv` does not exist"), (Some("phone\ncall me\n"), "out.csv:2: suppress: \"call me\"")]
    {
        if let Some(text) = text {
            bench.file("out.csv", text);
        }
        for command in [&["check", "r.yaml"][..], &["run", "r.yaml", "-y"], &["run", "r.yaml", "--dry-run"]] {
            let refused = bench.rowcast(command).code(3);
            assert!(refused.stderr.contains(part), "{}", refused.stderr);
        }
    }
    assert_eq!(sandbox.inbox().total_delivered(), 0);
    assert!(!bench.path().join("runs").exists());
}

#[test]
fn whoever_says_no_between_two_sessions_is_left_out() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = bench(&list(3), &sandbox, "suppress: out.csv");
    bench.file("out.csv", "phone\n");
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    bench.file("out.csv", "phone\n+4915100000002\n");
    let retry = bench.rowcast(&["retry", "-y", "--retries", "0"]).code(4).stderr;
    assert!(retry.contains("1 row excluded from this session"), "{retry}");
    assert_eq!(states(&bench)[1], "skipped suppressed by out.csv");
    assert_eq!(bench.results()[1].get("_attempts"), "1");
    assert_eq!(bench.results()[0].get("_attempts"), "2");
}

const ONCE: &str = "once: \"spring/{{ phone }}\"";

#[test]
fn what_is_sent_once_is_sent_by_one_run() {
    let sandbox = sandbox(&[]);
    let bench = bench(&list(4), &sandbox, ONCE);
    bench.rowcast(&["run", "r.yaml", "-y", "--limit", "3"]).code(0);
    let checked = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(checked.contains("1 ready to send, 3 skipped (3 sent before)"), "{checked}");
    // Another list with the same people.
    bench.file("list.csv", list(5).replace("Ann 5", "Eva"));
    let run = bench.rowcast(&["run", "r.yaml", "-y", "--json"]).code(0);
    assert!(run.stderr.contains("5 rows = 2 accepted + 3 skipped"), "{}", run.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 5);
    let results = bench.rowcast(&["results", "latest", "--status", "skipped"]).code(0).stdout;
    assert!(results.contains("once in r-2"), "{results}");
    // Another campaign and a rehearsal are not affected.
    bench.rowcast(&["run", "r.yaml", "-y", "--sandbox"]).code(0);
    let summer = bench.read("r.yaml").replace("spring", "summer");
    bench.file("summer.yaml", summer);
    bench.rowcast(&["run", "summer.yaml", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 10);
}

#[test]
fn what_may_have_been_sent_counts_as_sent_and_what_was_not_does_not() {
    let sandbox = sandbox(&["drop-after-accept=40%", "131026=30%"]);
    let bench = bench(&list(9), &sandbox, ONCE);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(5);
    let count = |state: &str| bench.results().iter().filter(|record| record.get("_status") == state).count();
    let (rejected, unknown) = (count("rejected"), count("unknown"));
    assert!(rejected > 0 && unknown > 0, "{rejected} {unknown}");
    let checked = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(checked.contains(&format!("{rejected} ready to send, {} skipped", 9 - rejected)), "{checked}");
}

#[test]
fn a_key_that_tells_no_rows_apart_is_a_mistake() {
    let sandbox = sandbox(&[]);
    let wrong = bench(&list(3), &sandbox, "once: spring").rowcast(&["check", "r.yaml"]).code(3).stderr;
    assert!(wrong.contains("`once` is the same for every row"), "{wrong}");
    let wrong = bench(&list(3), &sandbox, "unique: \"{{ nme }}\"").rowcast(&["check", "r.yaml"]).code(3).stderr;
    assert!(wrong.contains("no column `nme`") && wrong.matches("error:").count() == 1, "{wrong}");
    let empty = bench("phone,name\n+4915100000001,\n", &sandbox, "unique: \"{{ name }}\"");
    let wrong = empty.rowcast(&["check", "r.yaml"]).code(3).stderr;
    assert!(wrong.contains("list.csv:2: row 1: unique: is empty for this row"), "{wrong}");
}

#[test]
fn whoever_asks_not_to_be_written_to_again_goes_to_a_list_with_one_command() {
    let sandbox = sandbox(&["131050=30%", "130403=20%", "131026=20%"]);
    let bench = bench(&list(30), &sandbox, "");
    bench.rowcast(&["run", "r.yaml", "-y", "--max-failures", "100%"]).code(4);
    let said_no: Vec<String> = bench
        .results()
        .iter()
        .filter(|record| ["131050", "130403"].contains(&record.get("_error_code")))
        .map(|record| record.get("phone").to_owned())
        .collect();
    assert!(said_no.len() > 5 && said_no.len() < 30, "{said_no:?}");
    let printed = bench.rowcast(&["suppress"]).code(0).stdout;
    assert_eq!(printed, format!("phone\n{}\n", said_no.join("\n")));
    bench.file("out.csv", format!("phone\n{}\n+4915199999999\n", said_no[0]));
    let added = bench.rowcast(&["suppress", "latest", "-o", "out.csv"]).code(0).stderr;
    assert_eq!(added, format!("{} recipients added to out.csv\n", said_no.len() - 1));
    assert!(bench.rowcast(&["suppress", "-o", "out.csv"]).code(0).stderr.starts_with("0 recipients added"));
    assert_eq!(bench.read("out.csv").lines().count(), said_no.len() + 2, "nobody is lost and nobody is there twice");
    bench.file("r.yaml", format!("{}suppress: out.csv\n", bench.read("r.yaml")));
    let checked = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(checked.contains(&format!("({} suppressed", said_no.len())), "{checked}");
    bench.file("crm.csv", "name,phone\nAnn,+4915100000001\n");
    let refused = bench.rowcast(&["suppress", "-o", "crm.csv"]).code(3).stderr;
    assert!(refused.contains("crm.csv: has more than one column"), "{refused}");
}

/// Recipients also opt out while a run waits: for an answer, the next stage or the next morning.
#[cfg(target_os = "linux")]
#[test]
fn who_says_no_between_two_stages_is_not_written_to() {
    let sandbox = sandbox(&[]);
    let bench = bench(&list(6), &sandbox, "suppress: [out.csv]");
    bench.file("out.csv", "phone\n");
    let mut asked = OnTerminal::start(bench.command(&["run", "r.yaml", "--stages", "2,4,100%"]), 100);
    asked.wait_for("Send 6 messages? [y/N]");
    asked.type_text("y\n");
    asked.wait_for("stage 1 of 3: 2 rows = 2 accepted. Continue with 4 rows? [y/N]");
    bench.file("out.csv", "phone\n+49 151 00000004\n");
    asked.type_text("y\n");
    asked.wait_for("stage 2 of 3: 2 rows = 2 accepted. Continue with 1 row? [y/N]");
    // An unreadable suppress list must not count as an empty one.
    bench.file("out.csv", "phone\n+49 151 0000000x\n");
    asked.type_text("y\n");
    let (code, screen) = asked.finish();
    assert_eq!(code, 6, "{screen:#?}");
    let told = screen.lines.concat();
    assert!(told.contains("cannot read the suppress lists: suppress: "), "{screen:#?}");
    assert_eq!(states(&bench)[3..], ["skipped suppressed by out.csv", "accepted", "pending"]);
    assert_eq!(sandbox.inbox().total_requests(), 4);
}

#[test]
fn duplicates_are_named_and_those_with_another_message_are_warned_about() {
    let sandbox = sandbox(&[]);
    let bench = bench("phone,name\n+4915100000001,Ann\n+4915100000002,Bob\n+4915100000001,Ann\n", &sandbox, "");
    let told = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(told.contains("duplicates  row 3 repeats row 1\n") && !told.contains("another message"), "{told}");
    // Two orders of one person.
    bench.file("list.csv", "phone,name\n+4915100000001,order 7\n+4915100000002,Bob\n+49 151 00000001,order 8\n");
    let told = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    let warning =
        "warning: list.csv: 1 duplicate has another message than the row of the same person: row 3 repeats row 1\n";
    assert!(told.contains(warning) && told.contains("`unique: \"{{ order_id }}\"`"), "{told}");
    let told = bench.rowcast(&["run", "r.yaml", "-y"]).code(0).stderr;
    assert!(told.contains(warning), "{told}");
    // Its way out: each row is an event of its own.
    bench.file("r.yaml", bench.read("r.yaml") + "unique: \"{{ name }}\"\n");
    let told = bench.rowcast(&["run", "r.yaml", "-y"]).code(0).stderr;
    assert!(told.contains("3 rows = 1 accepted + 2 skipped"), "{told}");
    assert_eq!(sandbox.inbox().deliveries("+4915100000001"), 2);
}

/// A question may wait for its answer for an hour.
#[cfg(target_os = "linux")]
#[test]
fn who_says_no_while_the_question_waits_is_not_written_to() {
    let sandbox = sandbox(&[]);
    let bench = bench(&list(3), &sandbox, "suppress: [out.csv]");
    bench.file("out.csv", "phone\n");
    let mut asked = OnTerminal::start(bench.command(&["run", "r.yaml"]), 100);
    asked.wait_for("Send 3 messages? [y/N]");
    bench.file("out.csv", "phone\n+49 151 00000002\n");
    asked.type_text("y\n");
    let (code, screen) = asked.finish();
    assert_eq!(code, 0, "{screen:#?}");
    assert_eq!((sandbox.inbox().total_delivered(), sandbox.inbox().deliveries("+4915100000002")), (2, 0));
    assert!(bench.results()[1].get("_error").contains("suppressed by out.csv"), "{:?}", bench.results());
}
