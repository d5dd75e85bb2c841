//! The first steps of a new user: help pages, completions, and mistakes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Bench, list, sandbox};

#[test]
fn every_command_has_a_page() {
    let bench = Bench::new();
    let first = bench.rowcast(&["--help"]).code(0).stdout;
    let commands = first.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"run") && names.contains(&"retry"), "{names:?}");
    for name in names {
        let page = bench.rowcast(&["help", name]).code(0).stdout;
        assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
    }
}

#[test]
fn completions_may_be_cut_off() {
    let bench = Bench::new();
    assert!(bench.rowcast(&["completions", "bash"]).code(0).stdout.contains("rowcast"));
    let mut child = bench.command(&["completions", "zsh"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_recipes_mistake_is_told_once_and_not_for_every_row() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(50), sandbox.url());
    let recipe = bench.read("r.yaml").replace("{{ name }}", "{{ nmae }}");
    bench.file("r.yaml", recipe);
    let checked = bench.rowcast(&["check", "r.yaml"]).code(3);
    assert_eq!(checked.stderr.matches("error:").count(), 1, "{}", checked.stderr);
    assert!(checked.stderr.contains("no column `nmae`") && checked.stderr.contains("50 invalid"), "{}", checked.stderr);
}

#[test]
fn each_advice_is_given_once() {
    let sandbox = sandbox(&["131026=100%"]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let run = bench.rowcast(&["run", "r.yaml", "-y"]).code(4);
    assert_eq!(run.stderr.matches("Check that this number uses WhatsApp.").count(), 1, "{}", run.stderr);
    assert!(run.stderr.lines().all(|line| line.chars().count() <= 80), "{}", run.stderr);
}

#[test]
fn nothing_is_sent_where_nobody_can_confirm() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let refused = bench.rowcast(&["run", "r.yaml"]).code(2);
    assert!(refused.stderr.contains("use -y"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 0);
}

/// The files that `init` writes.
const WRITTEN: [&str; 8] = [
    ".env.example",
    ".gitignore",
    "README.md",
    "connections.schema.json",
    "connections.yaml",
    "contacts.csv",
    "recipe.schema.json",
    "recipe.yaml",
];

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_new_folder_works_as_it_is() {
    let bench = Bench::new();
    let made = bench.rowcast(&["init", "my lists/spring"]).code(0);
    assert_eq!(made.stdout, "");
    assert!(made.stderr.contains("next     cd 'my lists/spring' && rowcast check recipe.yaml\n"), "{}", made.stderr);
    assert_eq!(made.stderr.matches("next ").count(), 3, "{}", made.stderr);
    let folder = bench.path().join("my lists/spring");
    assert_eq!(names(&folder), WRITTEN);
    let go = |args: &[&str]| {
        let output = bench.command(args).current_dir(&folder).env_remove("WHATSAPP_TOKEN").output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {text}");
        text
    };
    let checked = go(&["check", "recipe.yaml"]);
    assert!(
        checked.ends_with("\n5 rows checked: 4 ready to send, 1 skipped\n") && !checked.contains("warning"),
        "{checked}"
    );
    assert!(go(&["run", "recipe.yaml", "--dry-run"]).contains("4 ready to send"));
    assert!(go(&["run", "recipe.yaml", "--sandbox", "-y"]).contains("5 rows = 4 accepted + 1 skipped"));
    for (file, which) in [("recipe.schema.json", "recipe"), ("connections.schema.json", "connections")] {
        assert_eq!(fs::read_to_string(folder.join(file)).unwrap(), bench.rowcast(&["schema", which]).code(0).stdout);
    }
}

#[test]
fn an_empty_folder_is_filled() {
    let bench = Bench::new();
    let made = bench.rowcast(&["init"]).code(0);
    assert!(made.stderr.starts_with("created: recipe.yaml, "), "{}", made.stderr);
    assert!(made.stderr.contains("next     rowcast check recipe.yaml\n"), "{}", made.stderr);
    assert_eq!(names(bench.path()), WRITTEN);
}

#[test]
fn nothing_is_overwritten_and_nothing_half_written() {
    let bench = Bench::new();
    bench.file("connections.yaml", "mine");
    bench.file("notes.txt", "mine too");
    insta::assert_snapshot!(bench.rowcast(&["init"]).code(2).stderr, @"
    error: connections.yaml: already exists; nothing was written
      help: name an empty folder, or move this file away
    ");
    assert_eq!(names(bench.path()), ["connections.yaml", "notes.txt"]);
    assert_eq!(bench.read("connections.yaml"), "mine");
    insta::assert_snapshot!(bench.rowcast(&["init", "notes.txt"]).code(2).stderr, @"
    error: notes.txt: is not a folder
      help: name another folder
    ");
    let twice = bench.rowcast(&["init", "new"]).code(0);
    assert!(twice.stderr.starts_with("created in new: "), "{}", twice.stderr);
    assert_eq!(bench.rowcast(&["init", "new"]).code(2).stderr.matches("already exists").count(), WRITTEN.len());
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    // No user may write here, not even root.
    for (folder, named) in [("/proc/rowcast", "/proc/rowcast"), ("/proc", "/proc/recipe.yaml")] {
        let refused = Bench::new().rowcast(&["init", folder]).code(1);
        assert!(refused.stderr.starts_with(&format!("error: {named}: cannot be written: ")), "{}", refused.stderr);
        assert!(refused.stderr.ends_with("; all new files were removed\n"), "{}", refused.stderr);
    }
}

/// A value for a column that an example reads.
fn cell(column: &str) -> &'static str {
    match column {
        "phone" | "phone_number" => "+1 202-555-0143",
        "latitude" | "longitude" => "25.5",
        "birthday" => "1990-01-02",
        "button_url" | "id_or_link" => "https://example.com/a",
        "one_time_password" => "004217",
        "email" => "ann@example.com",
        _ => "Ann",
    }
}

#[test]
fn every_task_has_an_example_that_passes_its_check() {
    let bench = Bench::new();
    bench.connection("https://graph.facebook.com");
    let tasks = bench.rowcast(&["tasks", "--json"]).code(0).stdout;
    assert_eq!(tasks.lines().count(), 9);
    for line in tasks.lines() {
        let task: Value = serde_json::from_str(line).unwrap();
        let example = task["example"].as_str().unwrap();
        let (_, columns) = example.split_once("# with the columns ").unwrap();
        let columns: Vec<&str> = columns.lines().next().unwrap().split(", ").collect();
        let cells: Vec<&str> = columns.iter().map(|column| cell(column)).collect();
        bench.file("list.csv", format!("{}\n{}\n", columns.join(","), cells.join(",")));
        // As it is, and with everything that is optional.
        for recipe in [
            example.to_owned(),
            example.replace("  # ", "  ").replace("list.csv  with", "list.csv  # with").replace("  optional", ""),
        ] {
            bench.file("recipe.yaml", &recipe);
            let outcome = bench.rowcast(&["check", "recipe.yaml"]);
            assert_eq!(outcome.code, 0, "{recipe}\n{}", outcome.stderr);
        }
        // The page for people shows the same, and every field with its description.
        let page = bench.rowcast(&["tasks", task["task"].as_str().unwrap()]).code(0).stdout;
        for field in task["fields"].as_array().unwrap() {
            assert!(page.contains(field["name"].as_str().unwrap()) && page.contains(field["doc"].as_str().unwrap()));
        }
        assert!(example.lines().all(|line| page.contains(&format!("  {line}\n"))), "{page}");
        assert_eq!(bench.rowcast(&["tasks", "--json", task["id"].as_str().unwrap()]).code(0).stdout.trim_end(), line);
    }
}

#[test]
fn the_page_of_a_task() {
    insta::assert_snapshot!(Bench::new().rowcast(&["tasks", "send-location-message"]).code(0).stdout);
}

#[test]
fn every_command_has_a_manual_page() {
    let bench = Bench::new();
    let first = bench.rowcast(&["man"]).code(0).stdout;
    assert!(first.contains(".TH rowcast 1"), "{first}");
    bench.rowcast(&["man", "--dir", "share/man1"]).code(0);
    assert_eq!(bench.read("share/man1/rowcast.1"), first);
    let help = bench.rowcast(&["--help"]).code(0).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let wanted: BTreeSet<String> = commands
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(|name| format!("rowcast-{name}.1"))
        .chain(["rowcast.1".to_owned()])
        .collect();
    assert_eq!(names(&bench.path().join("share/man1")).into_iter().collect::<BTreeSet<_>>(), wanted);
    let run = bench.read("share/man1/rowcast-run.1");
    assert!(run.contains("rowcast\\-run") && run.contains("\\-\\-dry\\-run"), "{run}");
}
