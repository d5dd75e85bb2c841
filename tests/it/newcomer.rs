//! What a newcomer meets first: help pages, completions, and mistakes.

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
    assert!(refused.stderr.contains("give -y"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 0);
}
