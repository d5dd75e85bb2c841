//! Unbounded input: templates, YAML and cells that would fill the memory. Each is refused quickly.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::memory::watch;
use crate::support::{Bench, list};

/// The most memory that the program may use for a refused recipe.
const MOST_KIB: u64 = 50 * 1024;

/// A recipe whose body is a template, over a list of one row.
fn templated(body: &str) -> Bench {
    let bench = Bench::with_list("phone,name\n+4915100000001,Ann\n", "https://graph.facebook.com");
    let body = body.replace('\'', "''");
    bench.file(
        "r.yaml",
        format!(
            "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\n\
             input: {{ to: \"{{{{ phone }}}}\", preview-url: false, body: '{body}' }}\n"
        ),
    );
    bench
}

#[test]
fn no_template_can_fill_the_memory_or_run_for_ever() {
    let doubling = format!("{{% set a = name %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(40));
    let replacing = format!("{{{{ 'x'{} }}}}", " | replace('x', 'xxxxxxxxxx')".repeat(12));
    for bomb in [
        "{{ range(10**9) }}",
        "{{ range(10**9) | list | length }}",
        "{{ 'x' * 10**9 }}",
        "{{ 'x' * 99999999 }}",
        "{{ 99999999 * name }}",
        "{{ [1] * 10**9 }}",
        "{{ ([1] * 99999999) | list | length }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{{ name }}xxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{% set a %}{% for i in range(9999) %}{{ name }}xxxxxxxxxxxxxxxxxx{% endfor %}{% endset %}{{ a }}",
        "{{ 'x' | indent(10**9) }}",
        "{{ '%0999999999d' | format(1) }}",
        "{{ '%.999999999f' | format(1) }}",
        "{{ '%*d' | format(999999999, 1) }}",
        "{{ [1] | batch(10**9, 'x') }}",
        "{{ [1] | slice(10**9, 'x') }}",
        "{{ 'x' | center(10**9) }}",
        "{{ range(9999) | join('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') | length }}",
        "{% include 'r.yaml' %}",
        "{% import 'r.yaml' as x %}",
        "{% extends 'r.yaml' %}",
        &doubling,
        &replacing,
    ] {
        let bench = templated(bomb);
        let begun = Instant::now();
        let (code, peak) = watch(bench.spawn(&["check", "r.yaml"]));
        assert_eq!(code, Some(3), "{bomb}");
        assert!(peak < MOST_KIB, "{bomb}: {peak} KiB");
        assert!(begun.elapsed() < Duration::from_secs(10), "{bomb}: {:?}", begun.elapsed());
    }
    templated("{% set n = name %}{% for c in n | list %}{% if loop.first %}{{ c }}{% endif %}{% endfor %} {{ 2 * 3 }}")
        .rowcast(&["check", "r.yaml"])
        .code(0);
}

#[test]
fn a_cell_is_sent_as_it_is_and_never_run_as_a_template() {
    let bench =
        Bench::with_list("phone,name\n+4915100000001,{{ 7*7 }}{% for i in range(9) %}\n", "https://graph.facebook.com");
    let body = bench.rowcast(&["run", "r.yaml", "--dry-run", "--json"]).code(0).stdout;
    assert!(body.contains("Hello {{ 7*7 }}{% for i in range(9) %}"), "{body}");
}

#[test]
fn no_yaml_can_fill_the_memory_or_hide_a_key() {
    let mut aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        writeln!(aliases, "a{level}: &a{level} [{below}]").unwrap();
    }
    let start = "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\n";
    let input = "input: { to: x, body: x, preview-url: false }\n";
    for bomb in [
        format!("{aliases}{start}{input}"),
        format!("{start}vars: {}{}\n{input}", "[".repeat(20_000), "]".repeat(20_000)),
        format!("{start}vars: {}\n{input}", "{a: ".repeat(20_000)),
        format!("{start}vars:\n  a: {}\n{input}", "x".repeat(2_000_000)),
        format!("{start}{input}task: send-media-message\n"),
        format!("{start}<<: *none\n{input}"),
    ] {
        let bench = Bench::with_list(&list(1), "https://graph.facebook.com");
        bench.file("r.yaml", &bomb);
        let (code, peak) = watch(bench.spawn(&["check", "r.yaml"]));
        assert_eq!(code, Some(3), "{}", &bomb[..bomb.len().min(200)]);
        assert!(peak < MOST_KIB, "{peak} KiB: {}", &bomb[..bomb.len().min(200)]);
    }
}

#[test]
fn a_cell_without_end_on_a_pipe_fills_neither_memory_nor_disk() {
    for begin in ["", "\"", "phone,name\n", "phone,name\n\"", "phone,name\n+4915100000001,\""] {
        let bench = Bench::with_list("", "https://graph.facebook.com");
        let temp = bench.path().join("tmp");
        fs::create_dir(&temp).unwrap();
        let mut command = bench.command(&["check", "r.yaml", "-d", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).env("TMPDIR", &temp);
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            let mut written = 0;
            let mut bytes = begin.as_bytes().to_vec();
            while written < 1_000_000_000 && pipe.write_all(&bytes).is_ok() {
                written += bytes.len();
                bytes = vec![b'x'; 64 * 1024];
            }
            written
        });
        let (code, peak) = watch(child);
        let written = writer.join().unwrap();
        assert_eq!(code, Some(3), "{begin:?}");
        assert!(written < 10_000_000, "{begin:?}: read {written} bytes on");
        assert!(peak < MOST_KIB, "{begin:?}: {peak} KiB");
        assert_eq!(fs::read_dir(&temp).unwrap().count(), 0);
    }
}
