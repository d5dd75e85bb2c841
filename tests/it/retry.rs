//! `resume` and `retry`: the rows that they select, the files that they read, and their results.

use std::collections::BTreeSet;
use std::fs;

use rowcast::sandbox::{Config, Sandbox};

use crate::support::oracle::Allowed;
use crate::support::raw::{Raw, answer};
use crate::support::running::eventually;
use crate::support::{Bench, TOKEN, list, sandbox, sandbox_with};

/// The rows of the only run that are in a state.
pub(crate) fn count(bench: &Bench, state: &str) -> usize {
    bench.results().iter().filter(|record| record.get("_status") == state).count()
}

/// A sandbox at the address that a bench already sends to.
pub(crate) fn again_at(url: &str, faults: &[&str]) -> Sandbox {
    let listen = url.strip_prefix("http://").unwrap().parse().unwrap();
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let config = Config { listen, faults, token: Some(TOKEN.to_owned()), ..Config::default() };
    // Meanwhile another process may briefly use the port: a browser, or another test.
    let mut sandbox = None;
    eventually("the port is free again", || {
        sandbox = Sandbox::start(config.clone()).ok();
        sandbox.is_some()
    });
    sandbox.unwrap()
}

#[test]
fn where_nothing_failed_there_is_nothing_to_retry() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    for command in ["retry", "resume"] {
        let outcome = bench.rowcast(&[command, "-y"]).code(0);
        assert!(outcome.stderr.contains(&format!("nothing to {command}")), "{}", outcome.stderr);
    }
    assert_eq!(sandbox.inbox().total_requests(), 5);
    // No sandbox is announced that will receive nothing.
    bench.rowcast(&["run", "r.yaml", "-y", "--sandbox", "--again"]).code(0);
    let nothing = bench.rowcast(&["retry", "-y"]).code(0).stderr;
    assert!(nothing.starts_with("nothing to retry"), "{nothing}");
    let unknown = bench.rowcast(&["retry", "nothing-of-this-name", "-y"]).code(3);
    assert!(unknown.stderr.contains("`rowcast runs` lists them"), "{}", unknown.stderr);
}

#[test]
fn without_yes_and_without_a_terminal_nothing_is_sent() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    let before = sandbox.inbox().total_requests();
    let outcome = bench.rowcast(&["retry"]).code(2);
    assert!(outcome.stderr.contains("-y"), "{}", outcome.stderr);
    assert_eq!(sandbox.inbox().total_requests(), before);
}

#[test]
fn retry_ends_by_the_rows_it_took() {
    let first = sandbox(&["http-421=100%"]);
    let url = first.url().to_owned();
    let bench = Bench::with_list(&list(4), &url);
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    bench.rowcast(&["retry", "-y", "--retries", "0"]).code(4);
    drop(first);
    let unclear = again_at(&url, &["http-500=100%"]);
    bench.rowcast(&["retry", "-y", "--retries", "0"]).code(5);
    drop(unclear);
    let fine = again_at(&url, &[]);
    // Four rows are in doubt, and none of them is selected unasked.
    bench.rowcast(&["retry", "-y"]).code(0);
    bench.rowcast(&["resume", "-y"]).code(5);
    assert_eq!(fine.inbox().total_requests(), 0);
    assert_eq!(count(&bench, "unknown"), 4);
}

#[test]
fn retry_rejected_leaves_those_in_peace_who_said_never_again() {
    for (code, taken) in [("131026", true), ("131047", true), ("131049", false), ("131050", false), ("130403", false)] {
        let first = sandbox(&[&format!("{code}=100%")]);
        let url = first.url().to_owned();
        let bench = Bench::with_list(&list(3), &url);
        bench.rowcast(&["run", "r.yaml", "-y"]).code(4);
        assert_eq!(count(&bench, "rejected"), 3, "{code}");
        drop(first);
        let fine = again_at(&url, &[]);
        bench.rowcast(&["retry", "-y"]).code(0);
        assert_eq!(fine.inbox().total_requests(), 0, "not unasked");
        bench.rowcast(&["retry", "-y", "--rejected"]).code(0);
        let accepted = if taken { 3 } else { 0 };
        assert_eq!(
            (fine.inbox().total_delivered(), count(&bench, "accepted")),
            (accepted, usize::try_from(accepted).unwrap()),
            "{code}"
        );
        // On a second retry no recipient is left.
        bench.rowcast(&["retry", "-y", "--rejected"]).code(0);
        assert_eq!(fine.inbox().total_delivered(), accepted);
    }
}

/// The suggested command has rows to send.
#[test]
fn no_retry_is_suggested_of_rows_that_none_takes() {
    let code = |body: &str| if body.contains("000001\"") { 131_026 } else { 131_050 };
    let refuse = |code| answer("400 Bad Request", &format!("{{\"error\":{{\"code\":{code},\"message\":\"no\"}}}}"));
    let server = Raw::start(move |request| refuse(code(&request.body)));
    let bench = Bench::with_list(&list(3), server.url());
    let suggested = |text: &str| {
        let of_both = [
            "1 row is rejected: follow the advice first",
            "2 rows are rejected and must not be retried: follow the advice",
        ];
        of_both.map(|reason| text.contains(reason))
    };
    let summary = bench.rowcast(&["run", "r.yaml", "-y"]).code(4).stderr;
    assert_eq!(suggested(&summary), [true, true], "{summary}");
    assert!(summary.contains("next     rowcast results --status rejected r-"), "{summary}");
    bench.rowcast(&["report", "-o", "report.html"]).code(0);
    assert_eq!(suggested(&bench.read("report.html")), [true, true]);
    // No row is left for a retry.
    let summary = bench.rowcast(&["run", "r.yaml", "-y", "--again", "--offset", "1"]).code(4).stderr;
    assert!(!summary.contains("rowcast retry") && suggested(&summary)[1], "{summary}");
    let nothing = bench.rowcast(&["retry", "--rejected", "-y"]).code(0).stderr;
    assert!(nothing.contains("nothing to retry"), "{nothing}");
}

#[test]
fn rows_in_doubt_are_sent_again_by_name_alone() {
    let sandbox = sandbox(&["drop-after-accept=5%"]);
    let bench = Bench::with_list(&list(200), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(5);
    let doubtful: BTreeSet<String> = bench
        .results()
        .iter()
        .filter(|record| record.get("_status") == "unknown")
        .map(|record| record.get("phone").to_owned())
        .collect();
    assert!(doubtful.len() > 3);
    bench.rowcast(&["retry", "-y"]).code(0);
    bench.rowcast(&["resume", "-y"]).code(5);
    bench.judge(sandbox.inbox());

    let row = bench.results().iter().find(|record| record.get("_status") == "unknown").unwrap().get("_row").to_owned();
    bench.rowcast(&["retry", "-y", "--unknown"]);
    let allowed = Allowed { asked: doubtful.clone(), ..Allowed::default() };
    bench.judge_allowing(sandbox.inbox(), &allowed);
    let twice: BTreeSet<String> =
        sandbox.inbox().recipients().into_iter().filter(|(_, got)| *got > 1).map(|(to, _)| to).collect();
    assert!(twice.is_subset(&doubtful), "{twice:?}");
    let shown = bench.rowcast(&["show", "latest", &row]).code(0).stdout;
    assert!(shown.contains("explicitly requested"), "{shown}");
    assert!(!shown.lines().any(|line| line.contains("attempt     1") && line.contains("asked")), "{shown}");
}

#[test]
fn doubt_stays_doubt_when_the_row_is_refused_later() {
    let first = sandbox(&["drop-after-accept=100%"]);
    let address: std::net::SocketAddr = first.url().trim_start_matches("http://").parse().unwrap();
    let bench = Bench::with_list(&list(3), first.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(5);
    assert_eq!(first.inbox().total_delivered(), 3);
    first.stop();

    let faults = vec!["http-421=100%".parse().unwrap()];
    let busy = sandbox_with(Config { listen: address, faults, ..Config::default() });
    bench.rowcast(&["retry", "-y", "--unknown", "--retries", "0"]).code(5);
    assert_eq!(busy.inbox().total_requests(), 3);
    assert!(bench.results().iter().all(|record| record.get("_status") == "unknown"), "{:?}", bench.results());
    busy.stop();

    // Refused now, but perhaps delivered before: neither a plain retry nor a resume may send them.
    let fine = sandbox_with(Config { listen: address, ..Config::default() });
    bench.rowcast(&["retry", "-y"]).code(0);
    bench.rowcast(&["resume", "-y"]).code(5);
    assert_eq!(fine.inbox().total_requests(), 0);
}

#[test]
fn a_restored_backup_of_a_run_is_not_gone_on_with() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let with_home = |args: &[&str]| {
        let output = bench.command(args).env("XDG_STATE_HOME", bench.path().join("state")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(with_home(&["run", "r.yaml", "-y", "--retries", "0"]).0, Some(4));
    let ledger = bench.run_folder().join("ledger.db");
    let backup = bench.path().join("backup.db");
    let (mark, old_mark) = (bench.run_folder().join("ledger.mark"), bench.path().join("backup.mark"));
    fs::copy(&ledger, &backup).unwrap();
    fs::copy(&mark, &old_mark).unwrap();
    assert_eq!(with_home(&["retry", "-y", "--retries", "0"]).0, Some(4));

    // Yesterday's ledger is restored: rows sent since then would seem unsent.
    fs::copy(&backup, &ledger).unwrap();
    fs::copy(&old_mark, &mark).unwrap();
    let requests = sandbox.inbox().total_requests();
    let (code, stderr) = with_home(&["retry", "-y"]);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("knows of 1 starts, this machine remembers 2"), "{stderr}");
    assert_eq!(sandbox.inbox().total_requests(), requests);
}

#[test]
fn a_failed_row_that_a_new_recipe_leaves_out_is_left_out() {
    let first = sandbox(&["http-421=100%"]);
    let url = first.url().to_owned();
    let bench = Bench::with_list(&list(2), &url);
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    assert_eq!(count(&bench, "failed"), 2);
    drop(first);
    let fine = again_at(&url, &[]);
    bench.file("new.yaml", bench.read("r.yaml") + "when: \"{{ name == 'Ann 1' }}\"\n");
    let done = bench.rowcast(&["retry", "-y", "--recipe", "new.yaml", "--json"]).code(0);
    assert!(done.stdout.contains(r#""status":"skipped""#), "{}", done.stdout);
    assert_eq!((count(&bench, "accepted"), count(&bench, "skipped")), (1, 1));
    assert!(bench.rowcast(&["retry", "-y"]).code(0).stderr.contains("nothing to retry"));
    assert_eq!(fine.inbox().total_requests(), 1);
}

#[test]
fn a_new_recipe_sends_from_where_and_as_fast_as_the_run_did() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    bench.file(
        "connections.yaml",
        bench.read("connections.yaml") + &bench.read("connections.yaml").replace("acme", "other"),
    );
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    let requests = sandbox.inbox().total_requests();
    let inline = "connection: { type: whatsapp, phone-number-id: 7, token: \"{{ env.X }}\" }";
    for connection in ["connection: other", "connection: [acme, other]", inline] {
        bench.file("new.yaml", bench.read("r.yaml").replace("connection: acme", connection));
        let refused = bench.rowcast(&["retry", "-y", "--recipe", "new.yaml"]).code(3);
        assert!(refused.stderr.contains("the new recipe has another `connection`"), "{}", refused.stderr);
    }
    assert_eq!(sandbox.inbox().total_requests(), requests);
    bench.file("new.yaml", bench.read("r.yaml") + "send: { rate: 1/m, retries: 0 }\n");
    let told = bench.rowcast(&["retry", "-y", "--recipe", "new.yaml"]).code(4);
    let said = "the run keeps its own `send` settings; the new recipe's differ in `rate`, `retries` and are ignored";
    assert!(told.stderr.contains(said), "{}", told.stderr);
    bench.file("new.yaml", bench.read("r.yaml") + "send: { rate: 2/m, retries: 1, timeout: 9s }\n");
    let told = bench.rowcast(&["retry", "-y", "--recipe", "new.yaml"]).code(4);
    assert!(told.stderr.contains("differ in `rate`, `retries`, `timeout` and are ignored"), "{}", told.stderr);
    // The same recipe again adds no revision.
    let quiet = bench.rowcast(&["retry", "-y", "--recipe", "new.yaml"]).code(4);
    assert!(!quiet.stderr.contains("are ignored"), "{}", quiet.stderr);
}

#[test]
fn a_mended_recipe_becomes_a_revision_and_takes_the_invalid_rows() {
    let sandbox = sandbox(&[]);
    let text = "phone,name,mobile\n+4915100000001,Ann,\n,Bea,+4915100000002\n+4915100000003,Cem,\n";
    let bench = Bench::with_list(text, sandbox.url());
    let refused = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    assert!(refused.stderr.contains("nothing was sent"), "{}", refused.stderr);
    bench.rowcast(&["run", "r.yaml", "-y", "--skip-invalid"]).code(4);
    assert_eq!((count(&bench, "accepted"), count(&bench, "invalid")), (2, 1));
    bench.rowcast(&["retry", "-y"]).code(0);
    assert_eq!(count(&bench, "invalid"), 1, "without a mended recipe it stays what it is");
    let shown = bench.rowcast(&["show", "latest", "2"]).code(0).stdout;
    assert!(shown.contains("invalid     to: required, but empty\n            column `phone`: empty\n"), "{shown}");

    // A recipe that does not fix the row: it stays invalid, with its reason.
    bench.file("same.yaml", bench.read("r.yaml").replace("Hello", "Hi"));
    bench.rowcast(&["retry", "-y", "--recipe", "same.yaml"]).code(4);
    assert_eq!(sandbox.inbox().total_requests(), 2);

    bench.file("mended.yaml", bench.read("r.yaml").replace("{{ phone }}", "{{ phone or mobile }}"));
    bench.rowcast(&["retry", "-y", "--recipe", "mended.yaml"]).code(0);
    assert_eq!(count(&bench, "accepted"), 3);
    assert_eq!(sandbox.inbox().recipients().len(), 3);
    assert!(sandbox.inbox().recipients().values().all(|got| *got == 1));

    let folder = bench.run_folder();
    let revisions = fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("recipe"));
    assert_eq!(revisions.count(), 3, "every revision is kept");
    assert_eq!(fs::read_to_string(folder.join("recipe.yaml")).unwrap(), bench.read("r.yaml"));
    let run: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["recipes"].as_array().unwrap().len(), 3);
    assert!(bench.rowcast(&["show"]).stdout.contains("retry"), "the sessions are told");
}

#[test]
fn a_list_may_be_sent_in_parts_that_do_not_overlap() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(7), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--limit", "3"]).code(0);
    for overlapping in [&["--limit", "3"][..], &["--offset", "2"], &[], &["--only", "name == 'Ann 7'"]] {
        let told = bench.rowcast(&[&["check", "r.yaml"], overlapping].concat()).code(0);
        let before = if overlapping == ["--only", "name == 'Ann 7'"] {
            0
        } else {
            3 - u64::from(overlapping == ["--offset", "2"]) * 2
        };
        assert_eq!(told.stderr.contains(&format!("({before} sent before)")), before > 0, "{}", told.stderr);
    }
    bench.rowcast(&["run", "r.yaml", "-y", "--offset", "2"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 7);
    assert!(sandbox.inbox().recipients().values().all(|got| *got == 1));
    bench.rowcast(&["run", "r.yaml", "-y", "--again"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 14);
}

#[test]
fn two_runs_in_one_second_have_folders_of_their_own() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    let runs: Vec<_> = (0..4).map(|_| bench.start(&["run", "r.yaml", "-y", "--again"])).collect();
    for run in runs {
        run.finish().code(0);
    }
    assert_eq!(bench.rowcast(&["runs"]).stdout.lines().count(), 4);
    assert_eq!(sandbox.inbox().total_delivered(), 8);
    // Their names have the same prefix, so the user must choose one.
    let ambiguous = bench.rowcast(&["show", "r-"]).code(3);
    assert!(ambiguous.stderr.contains("may be any of"), "{}", ambiguous.stderr);
}

#[test]
fn the_token_comes_from_where_the_connection_stands_today() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    // Another file and another token source.
    bench.file("new.yaml", bench.read("connections.yaml").replace("{{ env.WHATSAPP_TOKEN }}", "{{ env.NEW }}"));
    let missing = bench.rowcast(&["retry", "-y", "--connections", "new.yaml"]).code(3);
    assert!(missing.stderr.contains("NEW"), "{}", missing.stderr);
    let mut command = bench.command(&["retry", "-y", "--connections", "new.yaml", "--retries", "0"]);
    assert_eq!(command.env("NEW", TOKEN).output().unwrap().status.code(), Some(4));
    assert_eq!(sandbox.inbox().total_requests(), 4);
}
