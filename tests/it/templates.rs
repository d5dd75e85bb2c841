//! Lookups at the API before anything is sent: templates, and the number's limits.

use rowcast::sandbox::{Config, Sandbox, SandboxTemplates};
use serde_json::{Value, json};

use crate::support::{Bench, Outcome, list, sandbox, sandbox_with};

const RECIPE: &str = "version: 1\nconnection: acme\ntask: send-text-based-template-message\ndata: list.csv\ninput:\n  \
                      to: \"{{ phone }}\"\n  name: order_update\n  language-code: en\n  \
                      body-parameters: [\"{{ name }}\", \"{{ row_number }}\"]\n";

/// A folder with a template recipe, whose connection names an account.
fn bench(rows: usize, sandbox: &Sandbox) -> Bench {
    let bench = Bench::with_list(&list(rows), sandbox.url());
    bench.file("r.yaml", RECIPE);
    bench.file("connections.yaml", format!("{}  waba-id: \"102290129340398\"\n", bench.read("connections.yaml")));
    bench
}

/// Runs a command line that may call the API.
fn online(bench: &Bench, args: &[&str]) -> Outcome {
    let output = bench.command(args).env_remove("ROWCAST_OFFLINE").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn recipe(bench: &Bench, from: &str, to: &str) {
    assert!(RECIPE.contains(from), "{from}");
    bench.file("r.yaml", RECIPE.replace(from, to));
}

#[test]
fn a_recipe_that_fits_its_template_is_told_so_with_the_plan() {
    let sandbox = sandbox_with(Config { throughput: Some(80), tier: "TIER_250".to_owned(), ..Config::default() });
    let bench = bench(300, &sandbox);
    let checked = online(&bench, &["check", "r.yaml"]).code(0).stderr;
    insta::assert_snapshot!(checked, @r#"
    plan        300 messages to 300 people
    number      +1 202-555-0100, "Sandbox", 80 messages per second, 250 new recipients in 24 hours, quality GREEN
    templates   every message matches the current templates of the API
    caution     50 of 300 recipients exceed the daily limit: the number may write to 250 new recipients in 24 hours, minus those it already wrote to. Use --limit 250 today and --offset 250 tomorrow
    300 rows checked: 300 ready to send
    "#);
    let run = online(&bench, &["run", "r.yaml", "-y", "--limit", "3"]).code(0).stderr;
    assert!(run.contains("3 rows = 3 accepted"), "{run}");
}

#[test]
fn a_mistake_in_every_row_is_told_once_at_its_place_and_nothing_is_sent() {
    let sandbox = sandbox(&[]);
    let bench = bench(50, &sandbox);
    recipe(&bench, ", \"{{ row_number }}\"", "");
    for command in [&["check", "r.yaml"][..], &["run", "r.yaml", "-y"]] {
        let refused = online(&bench, command).code(3).stderr;
        assert_eq!(refused.matches("error:").count(), 1, "{refused}");
        let said = "error: rows 1, 2, 3, 4, 5 and 45 more: body-parameters: 1 given, the template order_update (en) wants 2: {{1}}, {{2}}\n --> r.yaml:9:20";
        assert!(refused.contains(said) && refused.contains("50 invalid"), "{refused}");
    }
    assert_eq!(sandbox.inbox().total_delivered(), 0);
    assert!(!bench.path().join("runs").exists());
    // Rows that do not fit the template can be excluded like others, and the ledger has the reason.
    let some = "{% if row_number == 2 %}de{% else %}en{% endif %}";
    recipe(&bench, "language-code: en", &format!("language-code: \"{some}\""));
    online(&bench, &["run", "r.yaml", "-y", "--limit", "3", "--skip-invalid"]).code(4);
    assert_eq!(sandbox.inbox().total_delivered(), 2);
    let results = bench.results();
    assert!(results[1].get("_status") == "invalid" && results[1].get("_error").contains("wants 1"), "{results:?}");
}

#[test]
fn what_the_template_is_and_what_state_it_is_in_is_checked() {
    let template = |name: &str, status: &str| {
        json!({ "name": name, "language": "en", "status": status,
        "components": [{ "type": "BODY", "text": "Hi {{1}}, {{2}}" }] })
    };
    let own = json!([template("order_update", "PAUSED"), template("order_updates", "APPROVED")]);
    let config = Config { templates: Some(SandboxTemplates::read(&own).unwrap()), ..Config::default() };
    let sandbox = sandbox_with(config);
    let bench = bench(2, &sandbox);
    let said = |bench: &Bench| online(bench, &["check", "r.yaml"]).code(3).stderr;
    assert!(said(&bench).contains("the template order_update (en) is PAUSED: its quality is low"), "{}", said(&bench));
    recipe(&bench, "order_update", "order_updat");
    assert!(said(&bench).contains("has no template of this name (did you mean order_update"), "{}", said(&bench));
    bench.file(
        "r.yaml",
        RECIPE.replace("order_update", "order_updates").replace("language-code: en", "language-code: en_US"),
    );
    assert!(said(&bench).contains("is not in this language; it is in en"), "{}", said(&bench));
}

#[test]
fn what_was_not_checked_is_said() {
    let sandbox = sandbox(&[]);
    let said = |bench: &Bench, args: &[&str]| online(bench, &[&["check", "r.yaml"], args].concat()).code(0).stderr;
    let bench = bench(2, &sandbox);
    assert!(
        said(&bench, &["--offline"]).contains("templates   not checked: --offline is set, and there is no saved copy")
    );
    let output =
        bench.command(&["check", "r.yaml"]).env_remove("ROWCAST_OFFLINE").env_remove("WHATSAPP_TOKEN").output();
    let text = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(text.contains("templates   not checked: the environment variable `WHATSAPP_TOKEN` is not set"), "{text}");
    assert!(text.contains("number      limits not checked: the environment variable `WHATSAPP_TOKEN`"), "{text}");
    let connections = bench.read("connections.yaml");
    bench.file("connections.yaml", connections.replace("  waba-id: \"102290129340398\"\n", ""));
    assert!(said(&bench, &[]).contains("templates   not checked: the connection has no `waba-id`"));
    bench.file("connections.yaml", connections.replace(sandbox.url(), "http://127.0.0.1:9"));
    assert!(said(&bench, &[]).contains("templates   not checked: the API did not answer"));
    let wrong = sandbox_with(Config::default());
    bench.file(
        "connections.yaml",
        connections.replace(sandbox.url(), wrong.url()).replace("{{ env.WHATSAPP_TOKEN }}", "EAAwrong"),
    );
    let text = said(&bench, &[]);
    assert!(
        text.contains("templates   not checked: ") && text.contains("190: This access token is not known here"),
        "{text}"
    );
    assert!(!text.contains("EAAwrong"), "{text}");
    // Texts need no template, and a dry run does not ask the API.
    let dry = online(&bench, &["run", "r.yaml", "--dry-run"]).code(0).stdout;
    assert!(dry.contains("templates: not checked: a dry run does not ask the API"), "{dry}");
    assert_eq!(sandbox.inbox().stats().requests, 0);
}

#[test]
fn a_pinned_copy_is_read_instead_of_asking() {
    let sandbox = sandbox(&[]);
    let bench = bench(3, &sandbox);
    let pulled = online(&bench, &["templates", "pull"]).code(0).stderr;
    assert!(pulled.contains("templates saved to acme.templates.json; checks now read"), "{pulled}");
    let asked = sandbox.inbox().total_lookups();
    let said = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
    assert!(said.contains("templates   every message matches the saved copy, pulled just now"), "{said}");
    recipe(&bench, "language-code: en", "language-code: sv");
    for command in [&["check", "r.yaml"][..], &["run", "r.yaml", "--dry-run"], &["run", "r.yaml", "-y", "--sandbox"]] {
        let refused = bench.rowcast(command).code(3).stderr;
        assert!(
            refused.contains("header-parameters: none given, the header of the template order_update (sv)"),
            "{refused}"
        );
    }
    assert_eq!(sandbox.inbox().total_lookups(), asked, "nobody is asked");
    bench.file("r.yaml", RECIPE);
    bench.rowcast(&["run", "r.yaml", "--dry-run", "--html", "page.html"]).code(0);
    assert!(bench.read("page.html").contains("your order {{2}} is on its way"), "the page has the text");
    bench.file("acme.templates.json", "{}");
    let refused = bench.rowcast(&["check", "r.yaml"]).code(3).stderr;
    assert!(
        refused.contains("acme.templates.json: not a copy of templates") && refused.contains("templates pull"),
        "{refused}"
    );
    bench.file("connections.yaml", format!("{}  templates: other.json\n", bench.read("connections.yaml")));
    assert!(bench.rowcast(&["check", "r.yaml"]).code(3).stderr.contains("other.json: No such file"));
}

#[test]
fn templates_are_listed_and_shown() {
    let sandbox = sandbox(&[]);
    let bench = bench(1, &sandbox);
    let listed = online(&bench, &["templates", "list"]).code(0).stdout;
    let rows: Vec<&str> = listed.lines().filter(|line| line.starts_with("order_update ")).collect();
    insta::assert_snapshot!(rows.join("\n"));
    assert!(listed.lines().count() > 50, "all pages are read: {listed}");
    let shown = online(&bench, &["templates", "show", "order_update", "en_US"]).code(0).stdout;
    insta::assert_snapshot!(shown);
    // The shown input can be pasted, and passes.
    let input = shown.split_once("\n\n").unwrap().1;
    bench.file("list.csv", "phone,header_1,body_1,body_2,button_0\n+4915100000001,Acme,Ann,7,7\n");
    bench.file("r.yaml", format!("version: 1\nconnection: acme\ndata: list.csv\n{input}"));
    let checked = online(&bench, &["check", "r.yaml"]).code(0).stderr;
    assert!(checked.contains("every message matches"), "{checked}");
    let lines = online(&bench, &["templates", "list", "--json"]).code(0).stdout;
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line["name"].is_string())));
    let wrong = online(&bench, &["templates", "show", "order_updat"]).code(3).stderr;
    assert!(wrong.contains("no template `order_updat` (did you mean order_update?)"), "{wrong}");
    assert!(
        online(&bench, &["templates", "list", "--pinned"]).code(3).stderr.contains("no saved copy of the templates")
    );
    bench.file("connections.yaml", format!("{0}b:\n  type: whatsapp\n", bench.read("connections.yaml")));
    assert!(online(&bench, &["templates", "list"]).code(2).stderr.contains("name one of acme, b"));
    online(&bench, &["templates", "list", "acme"]).code(0);
}

/// A hundred thousand rows, of which one has a line break in a parameter, and a template that needs one more parameter.
#[test]
fn a_large_list_with_a_stray_line_break_and_a_missing_parameter_is_seen_through() {
    let sandbox = sandbox(&[]);
    let bench = bench(1, &sandbox);
    let mut text = "phone,name\n".to_owned();
    for row in 1..=100_000 {
        let name = if row == 73_412 { "\"Ann\nMarie\"".to_owned() } else { format!("Ann {row}") };
        text.extend([format!("+4915{row:09},{name}\n")]);
    }
    bench.file("list.csv", text);
    recipe(&bench, ", \"{{ row_number }}\"", "");
    let refused = online(&bench, &["run", "r.yaml", "-y"]).code(3).stderr;
    assert!(refused.contains("list.csv:73413: row 73412: body-parameters[0]: contains a line break"), "{refused}");
    let said = "rows 1, 2, 3, 4, 5 and 99994 more: body-parameters: 1 given, the template order_update (en) wants 2: {{1}}, {{2}}";
    assert!(refused.contains(said), "{refused}");
    assert!(refused.contains("100000 rows checked: 0 ready to send, 100000 invalid; nothing was sent"), "{refused}");
    assert_eq!(sandbox.inbox().total_delivered(), 0);
}

#[test]
fn a_new_recipe_is_held_to_the_template_as_well() {
    let sandbox = sandbox(&["http-421=100%"]);
    let bench = bench(2, &sandbox);
    online(&bench, &["run", "r.yaml", "-y", "--retries", "0"]).code(4);
    bench.file("new.yaml", RECIPE.replace(", \"{{ row_number }}\"", ""));
    let refused = online(&bench, &["retry", "--recipe", "new.yaml", "-y"]).code(3).stderr;
    assert!(
        refused.contains("rows 1, 2: body-parameters: 1 given") && refused.contains("--> new.yaml:9:20"),
        "{refused}"
    );
    bench.file("new.yaml", RECIPE.replace("{{ name }}", "{{ name | upper }}"));
    online(&bench, &["retry", "--recipe", "new.yaml", "-y", "--retries", "0"]).code(4);
    assert_eq!(bench.results()[0].get("_attempts"), "2");
}
