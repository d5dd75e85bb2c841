//! Checks before sending: tests to your own number, and approvals.

use crate::support::{Bench, list, sandbox};

const OWN: &str = "+4915199999999";

#[test]
fn a_test_goes_to_one_number_and_counts_for_nobody() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let recipe = bench.read("r.yaml");
    bench.file("r.yaml", format!("{recipe}once: \"spring/{{{{ phone }}}}\"\nsend: {{ stages: [1, 100%] }}\n"));
    for _ in 0..2 {
        let run = bench.rowcast(&["run", "r.yaml", "--to", "+49 151 99999999", "--limit", "3", "-y"]).code(0).stderr;
        assert!(run.contains("3 rows = 3 accepted"), "{run}");
    }
    assert_eq!((sandbox.inbox().deliveries(OWN), sandbox.inbox().total_delivered()), (6, 6));
    let bodies: Vec<String> = sandbox.inbox().recent_after(0).iter().map(|record| record.request.to_string()).collect();
    assert!(bodies[0].contains("Hello Ann 1") && bodies[2].contains("Hello Ann 3"), "{bodies:?}");
    assert!(bench.rowcast(&["runs"]).code(0).stdout.contains("(test)"));
    let shown = bench.rowcast(&["show"]).code(0).stdout;
    assert!(shown.contains("every message went to +4915199999999") && shown.contains("1 test 20"), "{shown}");
    // The customers have received nothing, so no row is skipped.
    let run = bench.rowcast(&["run", "r.yaml", "-y"]).code(0).stderr;
    assert!(run.contains("5 rows = 5 accepted"), "{run}");
    assert_eq!((1..=5).map(|row| sandbox.inbox().deliveries(&format!("+4915100{row:06}"))).sum::<u64>(), 5);
}

#[test]
fn a_test_that_failed_is_retried_as_a_test() {
    let busy = sandbox(&["http-421=100%"]);
    let bench = Bench::with_list(&list(3), busy.url());
    bench.rowcast(&["run", "r.yaml", "--to", OWN, "--limit", "2", "-y", "--retries", "0"]).code(4);
    let listen = busy.url().trim_start_matches("http://").parse().unwrap();
    busy.stop();
    let fine = crate::support::sandbox_with(rowcast::sandbox::Config { listen, ..Default::default() });
    bench.rowcast(&["retry", "-y"]).code(0);
    assert_eq!((fine.inbox().deliveries(OWN), fine.inbox().total_delivered()), (2, 2));
}

#[test]
fn a_test_is_checked_like_the_real_thing_and_is_small() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("phone,name\n12a45,Ann\n", sandbox.url());
    let wrong = bench.rowcast(&["run", "r.yaml", "--to", OWN, "--limit", "1", "-y"]).code(3).stderr;
    assert!(wrong.contains("\"12a45\" is not a phone number"), "the row's own recipient is checked: {wrong}");
    bench.rowcast(&["run", "r.yaml", "--to", OWN, "-y"]).code(2);
    let wrong = bench.rowcast(&["run", "r.yaml", "--to", "0151 1", "--limit", "1", "-y"]).code(2).stderr;
    assert!(wrong.starts_with("error: --to: \"0151 1\" has no country code"), "{wrong}");
    let dry = Bench::with_list(&list(2), sandbox.url());
    let shown = dry.rowcast(&["run", "r.yaml", "--to", OWN, "--limit", "1", "--dry-run", "--json"]).code(0).stdout;
    assert!(shown.contains("\"to\":\"+4915199999999\"") && shown.contains("Hello Ann 1"), "{shown}");
    assert_eq!(sandbox.inbox().total_delivered(), 0);
}

#[test]
fn only_what_was_approved_is_sent() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let approved = bench.rowcast(&["check", "r.yaml", "--approve", "ok.json"]).code(0).stderr;
    assert!(approved.ends_with("approved 3 messages: ok.json\n"), "{approved}");
    let refused = |args: &[&str], why: &str| {
        let outcome = bench.rowcast(&[&["run", "r.yaml", "--approved", "ok.json", "-y"], args].concat()).code(3);
        let expected = "error: ok.json: this run differs from what was approved on 2";
        assert!(outcome.stderr.contains(expected) && outcome.stderr.contains(why), "{}", outcome.stderr);
    };
    refused(&["--limit", "2"], "3 messages for 3 rows were approved; now there are 2 for 2");
    let (recipe, data, connections) = (bench.read("r.yaml"), bench.read("list.csv"), bench.read("connections.yaml"));
    bench.file("r.yaml", recipe.replace("Hello", "Hallo"));
    refused(&[], "the recipe changed; the messages changed");
    bench.file("r.yaml", &recipe);
    bench.file("list.csv", data.replace("Ann 2", "Anna"));
    refused(&[], "the list changed; the messages changed");
    bench.file("list.csv", &data);
    bench.file("connections.yaml", connections.replace("106540352242922", "106540352242923"));
    refused(&[], "the connection's phone-number-id changed from 106540352242922 to 106540352242923");
    bench.file("connections.yaml", &connections);
    bench.file("r.yaml", format!("{recipe}suppress: out.csv\n"));
    bench.file("out.csv", "+4915100000002\n");
    bench.rowcast(&["check", "r.yaml", "--approve", "ok.json"]).code(0);
    bench.file("out.csv", "+4915100000003\n");
    refused(&[], "the messages changed");
    assert_eq!(sandbox.inbox().total_delivered(), 0);
    bench.file("out.csv", "+4915100000002\n");
    // First a rehearsal of the same run.
    bench.rowcast(&["run", "r.yaml", "--approved", "ok.json", "--sandbox", "-y"]).code(0);
    bench.rowcast(&["run", "r.yaml", "--approved", "ok.json", "-y"]).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 2);
}

#[test]
fn nothing_wrong_is_approved_and_nothing_is_sent_by_what_is_no_approval() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("phone,name\nx,Ann\n", sandbox.url());
    bench.rowcast(&["check", "r.yaml", "--approve", "ok.json"]).code(3);
    assert!(!bench.path().join("ok.json").exists());
    bench.file("list.csv", list(2));
    let missing = bench.rowcast(&["run", "r.yaml", "--approved", "ok.json", "-y"]).code(3).stderr;
    assert!(missing.contains("ok.json: No such file"), "{missing}");
    bench.file("ok.json", "{}");
    let wrong = bench.rowcast(&["run", "r.yaml", "--approved", "ok.json", "-y"]).code(3).stderr;
    assert!(wrong.contains("ok.json: is not an approval file") && wrong.contains("--approve FILE"), "{wrong}");
    bench.rowcast(&["check", "r.yaml", "--approve", "no/such/folder.json"]).code(3);
    assert_eq!(sandbox.inbox().total_delivered(), 0);
}
