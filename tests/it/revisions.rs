//! Rows that were sent under an earlier recipe: the ledger has their recipients, whatever the latest recipe renders.

use rowcast::sandbox::{Inbox, Sandbox};

use crate::retry::again_at;
use crate::support::raw::{Raw, answer};
use crate::support::{Bench, sandbox};

/// A recipe with additional keys that divides by `name`, so that a row without a name is invalid.
fn recipe(to: &str, body: &str, keys: &str) -> String {
    format!(
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\n{keys}\
         input: {{ to: \"{{{{ {to} }}}}\", body: \"{body}\", preview-url: false }}\n"
    )
}

/// The body of a recipe for which a row without a name is invalid.
const NEEDS_A_NAME: &str = "{{ name }}";

/// A folder in which the first recipe has been run over `list`.
fn after_the_first_recipe(list: &str, sandbox: &Sandbox, keys: &str) -> Bench {
    let bench = Bench::with_list(list, sandbox.url());
    bench.file("r.yaml", recipe("phone", NEEDS_A_NAME, keys));
    bench.rowcast(&["run", "r.yaml", "-y", "--skip-invalid", "--max-failures", "100%"]);
    bench
}

/// Asserts that no recipient got two messages.
#[track_caller]
fn nobody_got_two(inbox: &Inbox) {
    let twice: Vec<_> = inbox.recipients().into_iter().filter(|(_, got)| *got > 1).collect();
    assert!(twice.is_empty(), "{twice:?} {:?}", inbox.recent());
}

/// Row 1 was sent. The new recipe makes row 2 valid, which is for the same person.
const LIST: &str = "phone,name,other\n+4915100000055,Ann,+4915100000071\n+4915100000055,,+4915100000072\n+4915100000056,,+4915100000055\n";

#[test]
fn a_new_recipe_that_leaves_sent_rows_out_sends_nobody_a_second_message() {
    let sandbox = sandbox(&[]);
    let bench = after_the_first_recipe(LIST, &sandbox, "");
    bench.file("b.yaml", recipe("phone", "Hello {{ name }}", "when: \"{{ not name }}\"\n"));
    bench.rowcast(&["retry", "--recipe", "b.yaml", "-y"]).code(0);
    nobody_got_two(sandbox.inbox());
    assert_eq!(sandbox.inbox().total_delivered(), 2);
    assert_eq!(bench.results()[1].get("_error"), "duplicate of row 1");
}

#[test]
fn a_new_recipe_with_another_recipient_sends_nobody_a_second_message() {
    let sandbox = sandbox(&[]);
    let bench = after_the_first_recipe(LIST, &sandbox, "");
    // Row 3 is now for the recipient of row 1.
    bench.file("b.yaml", recipe("other", "Hello {{ name }}", ""));
    bench.rowcast(&["retry", "--recipe", "b.yaml", "-y"]).code(0);
    nobody_got_two(sandbox.inbox());
    assert_eq!(sandbox.inbox().total_delivered(), 2);
    assert_eq!(bench.results()[2].get("_error"), "duplicate of row 1");
}

/// The keys of `unique` and `once` are those of the recipe under which a row was sent.
#[test]
fn a_key_that_was_sent_is_not_sent_again_under_another_recipe() {
    for key in ["unique", "once"] {
        let sandbox = sandbox(&[]);
        let list = "phone,name,order\n+4915100000001,Ann,7\n+4915100000002,,7\n";
        let bench = after_the_first_recipe(list, &sandbox, &format!("{key}: \"{{{{ order }}}}\"\n"));
        let keys = format!("{key}: \"{{{{ order }}}}\"\nwhen: \"{{{{ not name }}}}\"\n");
        bench.file("b.yaml", recipe("phone", "Hello {{ name }}", &keys));
        bench.rowcast(&["retry", "--recipe", "b.yaml", "-y"]).code(0);
        assert_eq!(sandbox.inbox().total_delivered(), 1, "{key}");
    }
}

/// A later command without a recipe retries a refused row, under the new recipe.
#[test]
fn a_row_that_is_taken_later_is_held_to_what_was_sent_under_the_first_recipe() {
    let taken = "{\"contacts\":[{\"wa_id\":\"1\"}],\"messages\":[{\"id\":\"wamid.1\"}]}";
    let refused = "{\"error\":{\"code\":131026,\"message\":\"no\"}}";
    let server = Raw::start(move |request| {
        if request.body.contains("+4915100000002") {
            answer("400 Bad Request", refused)
        } else {
            answer("200 OK", taken)
        }
    });
    let bench = Bench::with_list(
        "phone,name,other\n+4915100000001,Ann,+4915100000011\n+4915100000002,Bob,+4915100000001\n+4915100000003,,+4915100000013\n",
        server.url(),
    );
    bench.file("r.yaml", recipe("phone", NEEDS_A_NAME, ""));
    bench.rowcast(&["run", "r.yaml", "-y", "--skip-invalid"]).code(4);
    bench.file("b.yaml", recipe("other", "Hello {{ name }}", ""));
    bench.rowcast(&["retry", "--recipe", "b.yaml", "-y"]).code(0);
    bench.rowcast(&["retry", "--rejected", "-y"]);
    let to_ann = server.requests().iter().filter(|request| request.body.contains("+4915100000001")).count();
    assert_eq!(to_ann, 1, "row 1 was sent to Ann, and the new recipe makes row 2 hers");
}

/// In doubt under the first recipe, and sent again by name under another with a different recipient: both may have a message.
#[test]
fn a_row_in_doubt_keeps_its_first_recipient_when_it_is_sent_to_another() {
    let first = sandbox(&["drop-after-accept=100%"]);
    let url = first.url().to_owned();
    let list = "phone,name,other\n+4915100000001,Ann,+4915100000002\n+4915100000003,,+4915100000001\n";
    let bench = after_the_first_recipe(list, &first, "");
    assert_eq!(first.inbox().deliveries("+4915100000001"), 1);
    drop(first);
    let fine = again_at(&url, &[]);
    bench.file("b.yaml", recipe("other", "Hello {{ name }}", ""));
    bench.rowcast(&["retry", "--recipe", "b.yaml", "--unknown", "-y"]).code(0);
    assert_eq!(fine.inbox().deliveries("+4915100000002"), 1);
    assert_eq!(fine.inbox().deliveries("+4915100000001"), 0, "row 1 may have reached this person");
}

/// Two opted out under the first recipe. The new one has other recipients, or skips their rows. Includes the summary of the retry.
fn after_opt_outs(new: &str) -> (Bench, String) {
    let first = sandbox(&["131050=100%"]);
    let url = first.url().to_owned();
    let list = "phone,name,other\n+4915100000001,Ann,+4915100000011\n+4915100000002,Bob,+4915100000012\n+4915100000003,,+4915100000013\n";
    let bench = after_the_first_recipe(list, &first, "");
    drop(first);
    let fine = again_at(&url, &[]);
    bench.file("b.yaml", new);
    let summary = bench.rowcast(&["retry", "--recipe", "b.yaml", "-y"]).code(0).stderr;
    assert_eq!(fine.inbox().total_delivered(), 1);
    (bench, summary)
}

#[test]
fn suppress_names_the_people_who_opted_out_and_no_others() {
    for new in
        [recipe("other", "Hello {{ name }}", ""), recipe("phone", "Hello {{ name }}", "when: \"{{ not name }}\"\n")]
    {
        let printed = after_opt_outs(&new).0.rowcast(&["suppress"]).code(0).stdout;
        assert_eq!(printed, "phone\n+4915100000001\n+4915100000002\n");
    }
}

#[test]
fn summary_and_report_name_the_person_written_to() {
    for new in
        [recipe("other", "Hello {{ name }}", ""), recipe("phone", "Hello {{ name }}", "when: \"{{ not name }}\"\n")]
    {
        let (bench, summary) = after_opt_outs(&new);
        bench.rowcast(&["report", "--full", "-o", "report.html"]).code(0);
        for told in [summary, bench.read("report.html")] {
            for row in ["01", "02"] {
                assert!(told.contains(&format!("+49151000000{row}")), "{told}");
                assert!(!told.contains(&format!("+49151000000{}", row.replacen('0', "1", 1))), "{told}");
            }
        }
    }
}

#[test]
fn an_invalid_row_that_a_new_recipe_leaves_out_is_skipped() {
    let sandbox = sandbox(&[]);
    let bench = after_the_first_recipe("phone,name\n+4915100000001,Ann\n+4915100000002,\n", &sandbox, "");
    bench.file("b.yaml", recipe("phone", "Hello {{ name }}", "when: \"{{ name != '' }}\"\n"));
    let summary = bench.rowcast(&["retry", "--recipe", "b.yaml", "-y"]).code(0).stderr;
    assert!(!summary.contains("retry --recipe"), "{summary}");
    let record = &bench.results()[1];
    assert_eq!((record.get("_status"), record.get("_error"), record.get("_attempts")), ("skipped", "when", "0"));
    assert!(bench.rowcast(&["retry", "--recipe", "b.yaml", "-y"]).code(0).stderr.contains("nothing to retry"));
    let shown = bench.rowcast(&["show", "latest", "2"]).code(0).stdout;
    assert!(shown.contains("excluded    skipped: when\n"), "{shown}");
}
