//! Several connections in one run: each row uses its own, each connection keeps its own rate, and there is one ledger.

use std::fmt::Write as _;

use rowcast::sandbox::{Config, Sandbox};

use crate::support::raw::{Raw, answer};
use crate::support::running::eventually;
use crate::support::{Bench, TOKEN, records, sandbox, sandbox_with};

const BY_ROW: &str = "version: 1\nconnection: \"{{ brand }}\"\ntask: send-text-message\ndata: list.csv\n\
                      input: { to: \"{{ phone }}\", body: \"Hello {{ name }}\", preview-url: false }\n";

const DEALT: &str = "version: 1\nconnection: [one, two]\ntask: send-text-message\ndata: list.csv\n\
                     input: { to: \"{{ phone }}\", body: \"Hello {{ name }}\", preview-url: false }\n";

/// A connection, with its number, address and rate.
fn connection(name: &str, number: u64, url: &str, rate: &str) -> String {
    format!(
        "{name}:\n  type: whatsapp\n  token: \"{{{{ env.WHATSAPP_TOKEN }}}}\"\n  phone-number-id: \"{number}\"\n  \
         base-url: {url}\n  rate: {rate}\n"
    )
}

/// Rows with these brands, in order.
fn list<'a>(brands: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = "phone,name,brand\n".to_owned();
    for (row, brand) in (1..).zip(brands) {
        writeln!(list, "+4915100{row:06},Name {row},{brand}").unwrap();
    }
    list
}

/// A number of rows of `one`, then the same number of `two`.
fn sorted(rows: usize) -> String {
    list(["one", "two"].into_iter().flat_map(|brand| std::iter::repeat_n(brand, rows)))
}

/// A bench with this recipe, list and connections file.
fn bench(recipe: &str, list: &str, connections: &str) -> Bench {
    let bench = Bench::new();
    bench.file("r.yaml", recipe);
    bench.file("list.csv", list);
    bench.file("connections.yaml", connections);
    bench
}

/// Two sandboxes, and connections `one` and `two` to them.
fn two(config: &Config, rate: &str) -> ([Sandbox; 2], String) {
    let sandboxes = [(); 2].map(|()| sandbox_with(config.clone()));
    let connections = [("one", 101, &sandboxes[0]), ("two", 102, &sandboxes[1])]
        .map(|(name, number, to)| connection(name, number, to.url(), rate));
    (sandboxes, connections.concat())
}

#[test]
fn each_row_goes_by_the_connection_that_it_names() {
    let (sandboxes, connections) = two(&Config::default(), "unlimited");
    let brands = ["one", "two", "two", "one", "two"];
    let bench = bench(BY_ROW, &list(brands), &(connections + &connection("other", 103, "http://127.0.0.1:9", "80/s")));
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert!(outcome.stderr.contains("5 rows = 5 accepted"), "{}", outcome.stderr);
    for (row, brand) in (1..).zip(brands) {
        let to = format!("+4915100{row:06}");
        let delivered = [0, 1].map(|at: usize| sandboxes[at].inbox().deliveries(&to));
        assert_eq!(delivered, if brand == "one" { [1, 0] } else { [0, 1] }, "row {row}");
    }
    let json = bench.rowcast(&["runs", "--json"]).code(0).stdout;
    assert!(
        json.contains("\"connection\":\"one, two\""),
        "a connection that no row names is none of the run's: {json}"
    );
    let shown = bench.rowcast(&["show", "latest", "2"]).code(0).stdout;
    assert!(shown.contains("connection  two") && shown.contains("/v23.0/102/messages"), "{shown}");
    // A person has the message, whatever connection it comes from.
    bench.file("list.csv", list(["two", "two", "two", "two", "two"]));
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(
        [0, 1].map(|at: usize| sandboxes[at].inbox().total_delivered()),
        [2, 5],
        "servers of this machine count apart"
    );
}

#[test]
fn a_dry_run_shows_each_number() {
    let connections = connection("one", 101, "https://graph.facebook.com", "80/s")
        + &connection("two", 102, "https://graph.facebook.com", "80/s");
    let bench = bench(BY_ROW, &list(["one", "two"]), &connections);
    let json = bench.rowcast(&["run", "r.yaml", "--dry-run", "--json"]).code(0).stdout;
    assert!(json.lines().next().unwrap().contains("/v23.0/101/messages"), "{json}");
    assert!(json.lines().nth(1).unwrap().contains("/v23.0/102/messages"), "{json}");
    let all_by_one = bench.rowcast(&["run", "r.yaml", "--dry-run", "--json", "--connection", "two"]).code(0).stdout;
    assert_eq!(all_by_one.matches("/v23.0/102/messages").count(), 2, "{all_by_one}");
}

#[test]
fn a_row_that_names_no_connection_is_told_with_its_cell() {
    let (sandboxes, connections) = two(&Config::default(), "unlimited");
    let bench = bench(BY_ROW, &list(["one", "tow", ""]), &connections);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    insta::assert_snapshot!(outcome.stderr, @r#"
    error: list.csv:3: row 2: connection: there is no connection "tow" (did you mean two?)
      column `brand`: `tow`
    error: list.csv:4: row 3: connection: names no connection for this row
      column `brand`: empty
    3 rows checked: 1 ready to send, 2 invalid; nothing was sent
    "#);
    assert_eq!(sandboxes.map(|sandbox| sandbox.inbox().total_requests()), [0, 0]);
}

#[test]
fn a_skipped_row_need_not_name_a_connection() {
    let (_sandboxes, connections) = two(&Config::default(), "unlimited");
    let recipe = format!("{BY_ROW}when: \"{{{{ brand != 'none' }}}}\"\n");
    let bench = bench(&recipe, &list(["one", "none", "two"]), &connections);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(
        bench.results().iter().map(|record| record.get("_status")).collect::<Vec<_>>(),
        ["accepted", "skipped", "accepted"]
    );
}

/// A connection without rows to send is not used; its rows keep their states.
#[test]
fn rows_that_are_left_out_need_no_connection_in_use() {
    let (sandboxes, connections) = two(&Config::default(), "unlimited");
    let statuses = |bench: &Bench| {
        bench.results().iter().map(|record| record.get("_status").to_owned()).collect::<Vec<_>>().join(" ")
    };
    let recipe = |wanted: &str| format!("{BY_ROW}when: \"{{{{ brand == '{wanted}' }}}}\"\n");
    let some = bench(&recipe("one"), &list(["two", "one", "two", "one", "two"]), &connections);
    some.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(statuses(&some), "skipped accepted skipped accepted skipped");
    let none = bench(&recipe("nobody"), &list(["two", "one", "two"]), &connections);
    none.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(statuses(&none), "skipped skipped skipped");
    assert_eq!(sandboxes.map(|sandbox| sandbox.inbox().total_requests()), [2, 0]);
}

#[test]
fn a_list_of_connections_shares_the_people_out_and_keeps_to_it() {
    let (sandboxes, connections) = two(&Config::default(), "unlimited");
    let bench = bench(DEALT, &list(["x"; 200]), &connections);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    let of = |sandbox: &Sandbox| sandbox.inbox().recipients().into_keys().collect::<Vec<_>>();
    let first = [of(&sandboxes[0]), of(&sandboxes[1])];
    assert_eq!(first[0].len() + first[1].len(), 200);
    assert!((60..140).contains(&first[0].len()), "{} and {}", first[0].len(), first[1].len());
    // The next campaign with another spelling of the numbers: each recipient keeps the same sender.
    let next = list(["x"; 200]).replace("+49", "0049 ");
    bench.file("list.csv", next);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!([of(&sandboxes[0]), of(&sandboxes[1])], first);
}

#[test]
fn a_list_sorted_by_connection_keeps_no_connection_waiting() {
    let (sandboxes, connections) = two(&Config::default(), "200/s");
    let bench = bench(BY_ROW, &sorted(700), &connections);
    let running = bench.start(&["run", "r.yaml", "-y"]);
    eventually("the second sends while the first is at it", || sandboxes[1].inbox().total_delivered() >= 50);
    let first = sandboxes[0].inbox().total_delivered();
    assert!(first < 700, "the first had sent {first} of 700");
    running.finish().code(0);
    assert_eq!(sandboxes.each_ref().map(|sandbox| sandbox.inbox().total_delivered()), [700, 700]);
    let statuses = bench.results().iter().filter(|record| record.get("_status") == "accepted").count();
    assert_eq!(statuses, 1400);
    let known = [
        "ledger.db",
        "ledger.db-shm",
        "ledger.db-wal",
        "ledger.mark",
        "recipe.yaml",
        "data.csv",
        "results.csv",
        "run.json",
        "lock",
    ];
    for file in std::fs::read_dir(bench.run_folder()).unwrap() {
        let name = file.unwrap().file_name();
        assert!(known.contains(&name.to_str().unwrap()), "{name:?} is left of what waited");
    }
}

#[test]
fn a_dead_token_stops_its_own_connection() {
    let (sandboxes, mut connections) = two(&Config::default(), "unlimited");
    let dead = Raw::start(|_| {
        answer("401 Unauthorized", r#"{"error":{"message":"Session has expired","type":"OAuthException","code":190}}"#)
    });
    connections += &connection("dead", 103, dead.url(), "unlimited");
    let brands: Vec<&str> = (0..300).map(|row| ["dead", "one", "two"][row % 3]).collect();
    let bench = bench(BY_ROW, &list(brands), &connections);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--json"]).code(6);
    assert!(outcome.stderr.contains("the run was stopped: connection `dead`: 190"), "{}", outcome.stderr);
    let stopping = outcome.stdout.lines().find(|line| line.contains("\"stopping\"")).unwrap();
    assert!(stopping.contains("\"connection\":\"dead\""), "{stopping}");
    assert!(outcome.stderr.contains("200 accepted + 1 failed + 99 pending"), "{}", outcome.stderr);
    assert_eq!(dead.requests().len(), 1, "a dead token costs one row");
    assert_eq!(sandboxes.each_ref().map(|sandbox| sandbox.inbox().total_delivered()), [100, 100]);

    // With a valid token the remaining rows are sent, each by its own connection.
    let alive = sandbox(&[]);
    bench.file("connections.yaml", bench.read("connections.yaml").replace(dead.url(), alive.url()));
    let run = bench.run_folder().join("run.json").strip_prefix(bench.path()).unwrap().to_str().unwrap().to_owned();
    bench.file(&run, bench.read(&run).replace(dead.url(), alive.url()));
    bench.rowcast(&["resume", "-y"]).code(4);
    assert_eq!(alive.inbox().total_delivered(), 99);
    bench.rowcast(&["retry", "-y"]).code(0);
    assert_eq!(alive.inbox().total_delivered(), 100);
    assert_eq!(sandboxes.each_ref().map(|sandbox| sandbox.inbox().total_delivered()), [100, 100]);
}

#[test]
fn all_dead_the_run_ends() {
    let dead = Raw::start(|_| answer("401 Unauthorized", r#"{"error":{"message":"expired","code":190}}"#));
    let connections = connection("one", 101, dead.url(), "80/s") + &connection("two", 102, dead.url(), "80/s");
    let bench = bench(BY_ROW, &sorted(400), &connections);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(6);
    assert!(outcome.stderr.contains("2 failed + 798 pending"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("connection `one`: 190") && outcome.stderr.contains("connection `two`: 190"));
    assert_eq!(dead.requests().len(), 2);
}

#[test]
fn the_users_threshold_counts_all_connections() {
    let faults = vec!["131026=100%".parse().unwrap()];
    let (sandboxes, connections) = two(&Config { faults, ..Config::default() }, "20/s");
    let brands: Vec<&str> = (0..200).map(|row| ["one", "two"][row % 2]).collect();
    let bench = bench(BY_ROW, &list(brands), &connections);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--max-failures", "5"]).code(6);
    assert!(outcome.stderr.contains("more than max-failures (5) allows"), "{}", outcome.stderr);
    let sent = sandboxes.each_ref().map(|sandbox| sandbox.inbox().total_requests());
    assert!(sent[0] < 6 && sent[1] < 6, "neither alone had so many: {sent:?}");
}

#[test]
fn stages_and_retries_know_all_connections() {
    let faults = vec!["http-421=4%".parse().unwrap()];
    let (sandboxes, connections) = two(&Config { faults, ..Config::default() }, "unlimited");
    let bench = bench(BY_ROW, &sorted(300), &connections);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--stages", "50,50%,100%", "--retries", "0"]).code(4);
    let said = &outcome.stderr;
    assert!(said.contains("stage 1 of 3: 50 rows") && said.contains("stage 2 of 3: 250 rows"), "{said}");
    let delivered = || sandboxes.each_ref().map(|sandbox| sandbox.inbox().total_delivered()).iter().sum::<u64>();
    let failed = bench.results().iter().filter(|record| record.get("_status") == "failed").count() as u64;
    assert!(failed > 8 && delivered() == 600 - failed, "{failed}");
    bench.rowcast(&["retry", "-y", "--retries", "9", "-j", "2"]).code(0);
    let often = sandboxes.iter().flat_map(|sandbox| sandbox.inbox().recipients()).filter(|(_, times)| *times > 1);
    assert_eq!((often.count(), delivered()), (0, 600));
}

#[test]
fn two_connections_of_one_number_are_refused() {
    let to = sandbox(&[]);
    let connections = connection("one", 101, to.url(), "80/s") + &connection("two", 101, to.url(), "80/s");
    let bench = bench(BY_ROW, &list(["one", "two"]), &connections);
    for command in ["run", "check"] {
        let args: &[&str] = if command == "run" { &["run", "r.yaml", "-y"] } else { &["check", "r.yaml"] };
        let outcome = bench.rowcast(args).code(3);
        assert!(
            outcome.stderr.contains("the connections `one` and `two` send from the same number"),
            "{}",
            outcome.stderr
        );
    }
    // If only one of them is used, there is no error.
    bench.file("list.csv", list(["one", "one"]));
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    // The recipe must not name one number for all either.
    bench.file("list.csv", list(["one", "two"]));
    bench
        .file("connections.yaml", connection("one", 101, to.url(), "80/s") + &connection("two", 102, to.url(), "80/s"));
    bench.file("r.yaml", BY_ROW.replace("input: {", "input: { phone-number-id: \"105\","));
    bench.rowcast(&["run", "r.yaml", "-y", "--again"]).code(3);
    assert_eq!(to.inbox().total_requests(), 2);
}

#[test]
fn what_is_wrong_with_the_connections_is_told_before_anything_is_sent() {
    let (sandboxes, connections) = two(&Config::default(), "80/s");
    let wrong = |recipe: &str, connections: &str, args: &[&str]| {
        let bench = bench(recipe, &list(["one", "two"]), connections);
        bench
            .rowcast(&[&["run", "r.yaml", "-y"], args].concat())
            .code(3)
            .stderr
            .replace(bench.path().to_str().unwrap(), ".")
    };
    let told = [
        wrong(&DEALT.replace("two]", "tow]"), &connections, &[]),
        wrong(&DEALT.replace("two]", "one]"), &connections, &[]),
        wrong(&DEALT.replace("two]", "\"{{ brand }}\"]"), &connections, &[]),
        wrong(&DEALT.replace("[one, two]", "[]"), &connections, &[]),
        wrong(&BY_ROW.replace("{{ brand }}", "{{ brnd }}"), &connections, &[]),
        wrong(&BY_ROW.replace("{{ brand }}", "{{ connection.phone_number_id }}"), &connections, &[]),
        wrong(BY_ROW, &connections.replace("phone-number-id: \"102\"\n", "\n"), &[]),
        wrong(BY_ROW, &connections, &["-j", "1"]),
        wrong(BY_ROW, &connections.replace("two:", "{{"), &[]),
    ];
    insta::assert_snapshot!(told.join("---\n").replace(sandboxes[0].url(), "URL").replace(sandboxes[1].url(), "URL"));
    assert_eq!(sandboxes.map(|sandbox| sandbox.inbox().total_requests()), [0, 0]);
}

#[test]
fn a_token_that_is_missing_matters_only_where_rows_need_it() {
    let (_sandboxes, connections) = two(&Config::default(), "80/s");
    let connections =
        connections + &connection("three", 103, "http://127.0.0.1:9", "80/s").replace("WHATSAPP_TOKEN", "NOT_SET");
    let bench = bench(BY_ROW, &list(["one", "two"]), &connections);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    bench.file("list.csv", list(["one", "three"]));
    let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    assert!(outcome.stderr.contains("connection `three`") && outcome.stderr.contains("NOT_SET"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains(TOKEN));
}

#[test]
fn a_rehearsal_has_all_numbers() {
    let connections = connection("one", 101, "https://graph.facebook.com", "80/s")
        + &connection("two", 102, "https://graph.facebook.com", "80/s");
    let bench = bench(BY_ROW, &sorted(30), &connections);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--sandbox"]).code(0);
    assert!(outcome.stderr.contains("60 rows = 60 accepted"), "{}", outcome.stderr);
    let results = bench.rowcast(&["results"]).code(0).stdout;
    assert_eq!(records(&results).len(), 60);
}

#[test]
fn what_was_approved_knows_all_connections() {
    let (_sandboxes, connections) = two(&Config::default(), "80/s");
    let bench = bench(BY_ROW, &list(["one", "two"]), &connections);
    bench.rowcast(&["check", "r.yaml", "--approve", "ok.json"]).code(0);
    bench.file("connections.yaml", connections.replace("\"102\"", "\"999\""));
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--approved", "ok.json"]).code(3);
    assert!(outcome.stderr.contains("the connection's phone-number-id changed from 102 to 999"), "{}", outcome.stderr);
    bench.file("connections.yaml", &connections);
    bench.rowcast(&["run", "r.yaml", "-y", "--approved", "ok.json"]).code(0);
}
