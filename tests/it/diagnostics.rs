//! Diagnostics of wrong recipes: all problems at once, each with its place, the line and a fix.
//!
//! Each file in `tests/bad_recipes` is checked over the same list; its output is in a snapshot.

use std::fs;

use crate::support::{Bench, TOKEN};

const LIST: &str = "phone,name,optin,_status\n+16505551234,Ann,yes,\n+16505551235,Bob,no,\n+16505551236,Cem,yes,\n";

/// A working folder with the list, the connection and the recipe.
fn bench(recipe: &str) -> Bench {
    let bench = Bench::new();
    bench.connection("https://graph.facebook.com");
    bench.file("list.csv", LIST);
    bench.file("recipe.yaml", recipe);
    bench
}

#[test]
fn every_wrong_recipe_says_what_is_wrong() {
    insta::glob!("../bad_recipes", "*.yaml", |path| {
        let recipe = fs::read_to_string(path).unwrap();
        let bench = bench(&recipe);
        let outcome = bench.rowcast(&["check", "recipe.yaml"]);
        assert_eq!(outcome.stdout, "");
        // Only warnings do not stop the command.
        let code = if outcome.stderr.contains("error: ") { 3 } else { 0 };
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
        // `run` prints the same and starts nothing.
        let run = bench.rowcast(&["run", "recipe.yaml", "-y", "--sandbox"]);
        assert_eq!(run.code, 3, "{}: {}", path.display(), run.stderr);
        assert!(!bench.path().join("runs").exists(), "{}", path.display());
        let places = |text: &str| text.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(places(&run.stderr), places(&outcome.stderr), "{}", run.stderr);
        let shown = outcome.stderr.replace(&*bench.path().to_string_lossy(), "[folder]");
        insta::assert_snapshot!(format!("{recipe}\n{}\n{shown}", "-".repeat(20)));
    });
}

#[test]
fn a_token_in_a_file_is_warned_about_and_never_shown() {
    // A recipe in one line, which every problem shows.
    let recipe = |input: &str| {
        format!(
            "{{ version: 1, connection: {{ type: whatsapp, token: {TOKEN}, phone-number-id: 1 }}, task: send-text-message, \
             data: list.csv, input: {{ to: \"{{{{ phone }}}}\", preview-url: false, {input} }} }}\n"
        )
    };
    let fine = bench(&recipe("body: Hi")).rowcast(&["check", "recipe.yaml"]).code(0);
    assert!(fine.stderr.starts_with("warning: `token`: a secret that stands in a file"), "{}", fine.stderr);
    for wrong in
        ["body: \"{{ nme }}\"", "body: 1.5", "body: \"{{ name | foo }}\"", "bdy: Hi", "body: Hi }, send: { rate: 80"]
    {
        let outcome = bench(&recipe(wrong)).rowcast(&["check", "recipe.yaml"]).code(3);
        assert!(outcome.stderr.contains(" --> recipe.yaml:1:"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains(TOKEN), "{}", outcome.stderr);
    }
}

#[test]
fn connections_files_are_checked_as_recipes_are() {
    let recipe = "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\n\
                  input: { to: \"{{ phone }}\", body: Hi, preview-url: false }\n";
    let check = |connections: &str| {
        let bench = bench(recipe);
        bench.file("connections.yaml", connections);
        bench.rowcast(&["check", "recipe.yaml"]).code(3).stderr
    };
    insta::assert_snapshot!(check("acme:\n  type: whatsapp\n  phone-number-id: 1\n  phone-number-id: 2\n"), @"
    error: acme: `phone-number-id` is given twice
     --> connections.yaml:4:3
      |
    4 |   phone-number-id: 2
      |   ^
    ");
    insta::assert_snapshot!(check("acme: EAAtoken\n"), @"error: connections.yaml: connection `acme`: wanted a mapping, got text");
    insta::assert_snapshot!(check("- acme\n"), @"error: connections.yaml: a connections file is a mapping of names, this is a list");
    insta::assert_snapshot!(check(""), @"error: connections.yaml: a connections file is a mapping of names, this is nothing");
    insta::assert_snapshot!(check("acme:\n  type: whatsapp\n  phone_number_id: 1\n  base-url: ftp://x\n"), @r#"
    error: unknown key `phone_number_id` in a whatsapp connection (did you mean phone-number-id?)
     --> connections.yaml:3:3
      |
    3 |   phone_number_id: 1
      |   ^^^^^^^^^^^^^^^
      |
      = help: known keys: type, token, token-file, rate, phone-number-id, default-country, api-version, base-url, waba-id, templates
    error: `base-url`: wanted https, got ftp
     --> connections.yaml:4:13
      |
    4 |   base-url: ftp://x
      |             ^^^^^^^
    error: phone-number-id: required, but empty; set it in the recipe or in the connection
     --> recipe.yaml:5:8
      |
    5 | input: { to: "{{ phone }}", body: Hi, preview-url: false }
      |        ^
    "#);
}

#[test]
fn a_connection_that_is_nowhere_says_where_it_was_looked_for() {
    let bench = Bench::new();
    bench.file("list.csv", LIST);
    let recipe = "version: 1\nconnection: acme\ntask: send-text-message\ndata: ../list.csv\n\
                  input: { to: \"{{ phone }}\", body: Hi, preview-url: false }\n";
    bench.file("recipes/recipe.yaml", recipe);
    let check = |args: &[&str]| bench.rowcast(&[&["check", "recipes/recipe.yaml"], args].concat()).code(3).stderr;
    insta::assert_snapshot!(check(&[]), @"
    error: recipes/recipe.yaml: no connections.yaml found for the connection `acme`
      help: create recipes/connections.yaml, or name a file with --connections
    ");
    insta::assert_snapshot!(check(&["--connections", "elsewhere.yaml"]), @"error: elsewhere.yaml: does not exist");
    bench.connection("https://graph.facebook.com");
    insta::assert_snapshot!(check(&["--connection", "acne"]), @"
    error: connections.yaml: no connection `acne` (did you mean acme?)
      help: it has: acme
    ");
    bench.rowcast(&["check", "recipes/recipe.yaml"]).code(0);
}

#[test]
fn a_plain_http_address_is_for_this_machine_alone() {
    let bench = bench("");
    let recipe = |base: &str| {
        let text = format!(
            "version: 1\nconnection: {{ type: whatsapp, token: \"{{{{ env.WHATSAPP_TOKEN }}}}\", phone-number-id: 1, base-url: \"{base}\" }}\n\
             task: send-text-message\ndata: list.csv\ninput: {{ to: \"{{{{ phone }}}}\", body: Hi, preview-url: false }}\n"
        );
        bench.file("recipe.yaml", text);
        bench.rowcast(&["check", "recipe.yaml"])
    };
    for fine in ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://graph.example.com/"] {
        recipe(fine).code(0);
    }
    for wrong in [
        "http://graph.facebook.com",
        "http://127.0.0.1.example.com",
        "https://user:pass@example.com",
        "graph.facebook.com",
    ] {
        let outcome = recipe(wrong).code(3);
        assert!(outcome.stderr.starts_with("error: `base-url`: "), "{wrong}: {}", outcome.stderr);
    }
}

#[test]
fn the_command_line_is_checked_as_well() {
    let bench = bench(
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\n\
                       input: { to: \"{{ phone }}\", body: \"{{ vars.shop }}\", preview-url: false }\n",
    );
    bench.rowcast(&["check", "recipe.yaml", "--var", "shop=Acme"]).code(0);
    for (args, part) in [
        (&["check", "recipe.yaml"][..], "no var `shop`"),
        (
            &["check", "recipe.yaml", "--var", "shop=Acme", "--only", "nam == 'Ann'"],
            "--only: no column `nam` in the data (did you mean name?)",
        ),
        (&["check", "recipe.yaml", "--var", "shop=Acme", "--only", "name == "], "--only: syntax error"),
        (&["check", "recipe.yaml", "--var", "shop=Acme", "--only", "name | foo"], "--only: filter foo is unknown"),
        (&["check", "missing.yaml"], "missing.yaml: does not exist"),
        (&["check", "recipe.yaml", "-d", "list.xlsx"], "`list.xlsx` does not exist"),
    ] {
        let outcome = bench.rowcast(args).code(3);
        assert!(outcome.stderr.contains(part), "{args:?}: {}", outcome.stderr);
    }
    for args in [
        &["run", "recipe.yaml", "--rate", "80"][..],
        &["run", "recipe.yaml", "--timeout", "0s"],
        &["run", "recipe.yaml", "-j", "0"],
        &["run", "recipe.yaml", "--var", "shop"],
        &["run", "recipe.yaml", "--curl"],
        &["check"],
    ] {
        bench.rowcast(args).code(2);
    }
}
