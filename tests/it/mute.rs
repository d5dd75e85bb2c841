//! What would keep a run waiting or end it late is told by `check`: pipes where a file is wanted, proxies, names of files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::support::{Bench, list, sandbox};

fn pipe(bench: &Bench, name: &str) {
    assert!(Command::new("mkfifo").arg(bench.path().join(name)).status().unwrap().success());
}

#[test]
fn a_named_pipe_where_a_file_is_wanted_is_refused_at_once() {
    let sandbox = sandbox(&[]);
    let refused = |bench: &Bench, args: &[&str], file: &str| {
        for command in ["check", "run"] {
            let outcome = bench.rowcast(&[&[command][..], args].concat()).code(3).stderr;
            assert!(outcome.contains("it is a pipe, which may never end: name a file"), "{command}: {outcome}");
            assert!(outcome.contains(file), "{command}: {outcome}");
        }
    };
    let bench = Bench::with_list(&list(2), sandbox.url());
    pipe(&bench, ".env");
    refused(&bench, &["r.yaml"], ".env");
    let bench = Bench::with_list(&list(2), sandbox.url());
    pipe(&bench, "secrets");
    refused(&bench, &["r.yaml", "--env-file", "secrets"], "secrets");
    pipe(&bench, "piped.yaml");
    refused(&bench, &["piped.yaml"], "piped.yaml");
    pipe(&bench, "out.csv");
    bench.file("r.yaml", bench.read("r.yaml") + "suppress: out.csv\n");
    refused(&bench, &["r.yaml"], "out.csv");
    assert_eq!(sandbox.inbox().total_requests(), 0);
    // What a shell gives as a file has somebody who writes it.
    let bench = Bench::with_list(&list(2), sandbox.url());
    let shell = bench.shell("exec 5<<E\nWHATSAPP_TOKEN=x\nE\n:", &["check", "r.yaml", "--env-file", "/dev/fd/5"]);
    assert_eq!(bench.start_command(shell).finish().code, 0);
}

#[test]
fn a_socks_proxy_is_told_before_anything_is_sent() {
    let bench = Bench::with_list(&list(2), "https://graph.facebook.com");
    let with_proxy = |args: &[&str]| {
        let output = bench.command(args).env("ALL_PROXY", "socks5://127.0.0.1:9").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = with_proxy(&["check", "r.yaml"]);
    assert!(code == Some(0) && said.contains("is a SOCKS proxy, and Rowcast speaks with HTTP proxies"), "{said}");
    let (code, said) = with_proxy(&["run", "r.yaml", "-y"]);
    assert!(code == Some(3) && said.contains("socks5://127.0.0.1:9 is a SOCKS proxy"), "{said}");
    assert!(
        !bench.path().join("runs").exists()
            || std::fs::read_dir(bench.path().join("runs")).unwrap().all(|entry| entry
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with('.'))
    );
}

#[test]
fn a_name_that_is_no_text_is_told_by_check() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    let name = OsStr::from_bytes(b"l\xff.csv");
    std::fs::copy(bench.path().join("list.csv"), bench.path().join(name)).unwrap();
    for command in ["check", "run"] {
        let mut command = bench.command(&[command, "r.yaml", "-d"]);
        let output = command.arg(name).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(3) && said.contains("is not text in UTF-8"), "{said}");
    }
    // A folder of runs with such a name is taken.
    let runs = bench.path().join(OsStr::from_bytes(b"r\xff"));
    let output = bench.command(&["run", "r.yaml", "-y", "--runs-dir"]).arg(&runs).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sandbox.inbox().total_delivered(), 2);
}
