//! `run`: the sent messages, the written files, the exit codes.

use crate::support::{Bench, list, sandbox};

#[test]
fn every_row_is_sent_once_and_has_its_result() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(300), sandbox.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert!(outcome.stderr.contains("300 rows = 300 accepted"), "{}", outcome.stderr);
    let results = bench.results();
    assert_eq!(results.len(), 300);
    for (at, record) in results.iter().enumerate() {
        assert_eq!(record.get("_row"), (at + 1).to_string());
        assert_eq!(record.get("_status"), "accepted");
        assert_eq!(sandbox.inbox().message_ids(record.get("phone")), [record.get("_message_id")]);
    }
}

#[test]
fn a_run_goes_on_when_killed() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(20), sandbox.url());
    let mut child = bench.spawn(&["run", "r.yaml", "-y", "--rate", "5/s"]);
    while sandbox.inbox().total_delivered() < 3 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    bench.rowcast(&["resume", "-y", "--rate", "1000/s"]);
    assert!(bench.read("list.csv").starts_with("phone"));
    assert!((1..=20).all(|row| sandbox.inbox().deliveries(&format!("+4915100{row:06}")) <= 1));
}

#[test]
fn a_place_for_the_results_that_is_not_there_is_told_before_anything_is_sent() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let refused = bench.rowcast(&["run", "r.yaml", "-y", "-o", "nowhere/results.csv"]).code(3);
    assert!(refused.stderr.contains("the folder nowhere does not exist"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 0);
}

#[test]
fn the_results_take_the_place_of_nothing_that_is_needed() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    std::fs::create_dir(bench.path().join("folder")).unwrap();
    bench.file(".env", "OTHER=1\n");
    bench.file("acme.templates.json", "[]");
    bench.file("no.csv", "phone\n");
    bench.file("r.yaml", bench.read("r.yaml") + "suppress: no.csv\n");
    let files = ["list.csv", "r.yaml", "connections.yaml", ".env", "acme.templates.json", "no.csv"];
    let kept = || files.map(|name| bench.read(name));
    let before = kept();
    for needed in ["./r.yaml", "folder/../connections.yaml"].into_iter().chain(files) {
        let refused = bench.rowcast(&["run", "r.yaml", "-y", "-o", needed]).code(3);
        assert!(
            refused.stderr.contains(&format!("--output: {needed} is an input of this run and must not be overwritten")),
            "{}",
            refused.stderr
        );
    }
    let refused = bench.rowcast(&["run", "r.yaml", "-y", "-o", "folder"]).code(3);
    assert!(refused.stderr.contains("--output: folder is a folder"), "{}", refused.stderr);
    assert_eq!((kept(), sandbox.inbox().total_requests()), (before, 0));

    // It was none to be read; the rest is wanted.
    std::fs::remove_file(bench.path().join("acme.templates.json")).unwrap();
    let kept = || ["list.csv", "r.yaml"].map(|name| bench.read(name));
    let before = kept();
    bench.rowcast(&["run", "r.yaml", "-y", "-o", "out.csv"]).code(0);
    bench.rowcast(&["results", "-o", "out.csv"]).code(0);
    let folder = bench.run_folder();
    for name in ["data.csv", "ledger.db", "run.json", "recipe.yaml"] {
        let needed = folder.join(name);
        let refused = bench.rowcast(&["results", "-o", needed.to_str().unwrap()]).code(3);
        assert!(refused.stderr.contains("is an input of this run and must not be overwritten"), "{}", refused.stderr);
    }
    bench.rowcast(&["results", "-o", "list.csv"]).code(3);
    bench.rowcast(&["report", "-o", "r.yaml"]).code(3);
    assert_eq!(kept(), before);
}

#[test]
fn everything_that_keeps_a_run_from_sending_is_told_at_once_and_by_a_check() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("phone,name\n+4915100000001,Ann\n,Bea\n", sandbox.url());
    bench.file("connections.yaml", bench.read("connections.yaml").replace("WHATSAPP_TOKEN", "NOT_SET"));
    bench.file("r.yaml", bench.read("r.yaml") + "send: { not-after: 2020-01-01T00:00:00Z }\n");
    let refused = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    for problem in ["row 2: to: required", "`not-after` has passed", "environment variable `NOT_SET` is not set"] {
        assert!(refused.stderr.contains(problem), "{problem}: {}", refused.stderr);
    }
    let checked = bench.rowcast(&["check", "r.yaml", "--skip-invalid"]).code(3);
    assert!(checked.stderr.contains("`not-after` has passed"), "{}", checked.stderr);

    bench.file("r.yaml", bench.read("r.yaml").replace("2020", "2220"));
    let checked = bench.rowcast(&["check", "r.yaml", "--skip-invalid"]).code(0);
    let caution = "caution     `run` needs a token: connection `acme`: the environment variable `NOT_SET` is not set";
    assert!(checked.stderr.contains(caution), "{}", checked.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 0);
}

#[test]
fn no_recipe_goes_faster_than_its_connection() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(30), sandbox.url());
    let connections = bench.read("connections.yaml").replace("rate: unlimited", "rate: 20/s");
    bench.file("connections.yaml", connections);
    let begin = std::time::Instant::now();
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--rate", "1000/s"]).code(0);
    assert!(outcome.stderr.contains("sending at 20/s"), "{}", outcome.stderr);
    // Thirty rows, the first at once: not before twenty-nine intervals. However slow the machine is, it takes no less.
    assert!(begin.elapsed() >= std::time::Duration::from_millis(29 * 50));
}
