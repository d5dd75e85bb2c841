//! Attacks and accidents: each test checks one rule.
//!
//! Tokens, disguised files, addresses, proxies, and text with terminal control codes. Input that would fill the memory is in
//! `bounds`.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::support::{Bench, Outcome, TOKEN, list, sandbox};

/// Moves the cursor, sets a title, begins a colour, reverses the direction of writing.
const HOSTILE: &str = "\u{1b}]0;pwn\u{7}\u{9b}31m\u{202e}";

/// Ends a process that a test started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The binary in a shell that runs a command first.
fn in_shell(bench: &Bench, before: &str, args: &[&str]) -> Command {
    let inner = bench.command(args);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(inner.get_program()).args(inner.get_args());
    shell.current_dir(bench.path()).env_clear().env("WHATSAPP_TOKEN", TOKEN);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Every file and folder below a folder, itself included.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while let Some(path) = found.get(at).cloned() {
        at += 1;
        if path.symlink_metadata().unwrap().is_dir() {
            found.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// Asserts that a text contains no part of the token in any form.
#[track_caller]
fn assert_no_token(bytes: &[u8], place: &str) {
    let contains = |form: &str| bytes.windows(form.len()).any(|window| window == form.as_bytes());
    let mut forms = vec![TOKEN[..12].to_owned()];
    for skip in 0..3 {
        // Base64 reads three bytes at a time: the token may begin at any of them. The last letters depend on what follows.
        let coded = [STANDARD_NO_PAD.encode(&TOKEN[skip..]), URL_SAFE_NO_PAD.encode(&TOKEN[skip..])];
        forms.extend(coded.into_iter().map(|coded| coded[..coded.len() - 4].to_owned()));
    }
    for form in forms {
        assert!(!contains(&form), "{place} holds {form}");
    }
}

#[track_caller]
fn assert_harmless(text: &str, place: &str) {
    let harmful = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!text.contains(harmful), "{place}: {text:?}");
}

#[test]
fn the_token_is_seen_nowhere_whatever_the_command_and_however_talkative() {
    let sandbox = sandbox(&["131026=20%", "http-500=10%"]);
    let bench = Bench::with_list(&list(30), sandbox.url());
    let temp = bench.path().join("tmp");
    fs::create_dir(&temp).unwrap();
    for args in [
        &["check", "r.yaml"][..],
        &["run", "r.yaml", "--dry-run"],
        &["run", "r.yaml", "--dry-run", "--json"],
        &["run", "r.yaml", "--dry-run", "--curl"],
        &["run", "r.yaml", "--sandbox", "--runs-dir", "rehearsal", "-y"],
        &["run", "r.yaml", "-y", "--retries", "0"],
        &["run", "r.yaml", "-y", "--again", "--json", "-o", "out.csv"],
        &["resume", "-y"],
        &["retry", "-y", "--rejected", "--unknown"],
        &["retry", "-y", "--json", "--unknown"],
        &["runs"],
        &["runs", "--json"],
        &["show"],
        &["show", "latest", "1"],
        &["results"],
        &["results", "--format", "jsonl"],
        &["tasks", "send-text-message"],
        &["completions", "bash"],
        &["run", "no-such-recipe.yaml"],
        &["run", "r.yaml", "--connection", "none"],
        &["--help"],
    ] {
        let mut command = bench.command(args);
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env("TMPDIR", &temp);
        command.env("SSLKEYLOGFILE", bench.path().join("keys"));
        let output = command.output().unwrap();
        assert_no_token(&output.stdout, &format!("standard output of {args:?}"));
        assert_no_token(&output.stderr, &format!("standard error of {args:?}"));
    }
    assert!(sandbox.inbox().total_delivered() > 30, "the token was right");
    let files = everything(bench.path());
    assert!(files.iter().any(|path| path.ends_with("ledger.db")), "{files:?}");
    for path in files.iter().filter(|path| path.is_file()) {
        assert_no_token(&fs::read(path).unwrap(), &path.display().to_string());
    }
    assert!(!bench.path().join("keys").exists(), "no TLS keys are written down");
    assert_eq!(fs::read_dir(&temp).unwrap().count(), 0, "nothing is left in the folder for temporary files");
}

#[test]
fn the_token_does_not_show_in_the_list_of_processes() {
    let sandbox = sandbox(&["timeout=100%"]);
    let bench = Bench::with_list(&list(1), sandbox.url());
    let child = Running(bench.spawn(&["run", "r.yaml", "-y"]));
    wait_for("a request", || sandbox.inbox().total_requests() > 0);
    assert_no_token(&fs::read(format!("/proc/{}/cmdline", child.0.id())).unwrap(), "the command line");
    bench.rowcast(&["run", "r.yaml", "--token", "x"]).code(2);
}

#[test]
fn a_crash_leaves_no_core_with_the_token_in_it() {
    let sandbox = sandbox(&["timeout=100%"]);
    let bench = Bench::with_list(&list(1), sandbox.url());
    let mut command = in_shell(&bench, "ulimit -c unlimited 2>/dev/null", &["run", "r.yaml", "-y"]);
    let mut child = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    wait_for("a request", || sandbox.inbox().total_requests() > 0);
    let id = child.0.id();
    let limits = fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    let killed = Command::new("/bin/sh").args(["-c", &format!("kill -ABRT {id}")]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.0.wait().unwrap().code(), None);
    let left = everything(bench.path());
    assert!(!left.iter().any(|path| path.file_name().unwrap().to_string_lossy().contains("core")), "{left:?}");
}

#[test]
fn a_token_in_a_broken_file_is_not_shown() {
    let recipe = "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\n\
                  input: { to: \"{{ phone }}\", body: Hi, preview-url: false }\n";
    for connections in [
        format!("acme:\n  type: whatsapp\n  token: {TOKEN}\n token: x\n"),
        format!("acme:\n  type: whatsapp\n  token: \"{TOKEN}\n"),
        format!("acme: {{ type: whatsapp, token: {TOKEN}, token: {TOKEN} }}\n"),
        format!("acme: {{ type: whatsapp, \"token\": {TOKEN}, ]\n"),
        format!("acme:\n  type: whatsapp\n  token:\n    {TOKEN}: [\n"),
        format!("acme:\n  type: whatsapp\n  tokn: {TOKEN}\n"),
        format!("acme:\n  type: whatsapp\n  token: {TOKEN}\n  rate: {TOKEN}\n  phone-number-id: {TOKEN}\n"),
        format!("acme: {TOKEN}\n"),
        format!("- {TOKEN}\n"),
    ] {
        let bench = Bench::with_list(&list(1), "https://graph.facebook.com");
        bench.file("r.yaml", recipe);
        bench.file("connections.yaml", &connections);
        let refused = bench.rowcast(&["check", "r.yaml"]).code(3);
        assert_no_token(refused.stderr.as_bytes(), &connections);
    }
    for field in ["to", "body", "bdy", "preview-url"] {
        let bench = Bench::with_list(&list(1), "https://graph.facebook.com");
        let input = recipe.replace("input: {", &format!("when: {TOKEN}\ninput: {{ {field}: {TOKEN},"));
        bench.file("r.yaml", input);
        let refused = bench.rowcast(&["check", "r.yaml"]).code(3);
        assert_no_token(refused.stderr.as_bytes(), field);
    }
}

#[test]
fn run_folders_are_for_their_owner_alone_whatever_the_umask() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list("phone,name\n+4915100000001,Cell Canary\n", sandbox.url());
    outcome(&mut in_shell(&bench, "umask 000", &["run", "r.yaml", "-y", "-o", "out.csv"])).code(0);
    let runs = bench.path().join("runs");
    let files = everything(&runs);
    assert!(files.len() >= 8, "{files:?}");
    for path in files {
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), wanted, "{}", path.display());
    }
    assert_eq!(mode(&bench.path().join("out.csv")), 0o600);
    let run = fs::read_to_string(bench.run_folder().join("run.json")).unwrap();
    assert!(!run.contains("Canary") && !run.contains("+4915100000001"), "{run}");
}

#[test]
fn results_never_write_through_a_link() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    let victim = bench.file("victim", "precious");
    symlink(&victim, bench.path().join("out.csv")).unwrap();
    bench.rowcast(&["run", "r.yaml", "-y", "-o", "out.csv"]).code(0);
    assert_eq!(bench.read("victim"), "precious");
    assert!(bench.read("out.csv").starts_with("phone"));
    let folder = bench.run_folder();
    for name in ["results.csv", "run.json"] {
        let path = folder.join(name);
        let content = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::File::create(bench.path().join(name)).unwrap().write_all(&content).unwrap();
        symlink(bench.path().join(name), &path).unwrap();
    }
    fs::remove_file(folder.join("results.csv")).unwrap();
    symlink(&victim, folder.join("results.csv")).unwrap();
    bench.rowcast(&["resume", "-y"]);
    assert_eq!(bench.read("victim"), "precious");
    for to in ["-o", "--output"] {
        fs::remove_file(bench.path().join("out.csv")).unwrap();
        symlink(&victim, bench.path().join("out.csv")).unwrap();
        bench.rowcast(&["results", to, "out.csv"]).code(0);
        assert_eq!(bench.read("victim"), "precious");
    }
}

#[test]
fn a_run_that_others_may_have_planted_is_not_gone_on_with() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(1), sandbox.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    let own = bench.run_folder();
    let elsewhere = bench.path().join("elsewhere");
    fs::rename(&own, &elsewhere).unwrap();
    symlink(&elsewhere, &own).unwrap();
    let name = own.file_name().unwrap().to_str().unwrap();
    for command in ["resume", "retry", "show", "results"] {
        let refused = bench.rowcast(&[command, name]).code(3);
        assert!(refused.stderr.contains("symbolic link"), "{}", refused.stderr);
        bench.rowcast(&[command, "latest"]).code(3);
    }
    let again = bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert!(again.stderr.contains("nothing to send"), "it still counts as sent: {}", again.stderr);
    fs::remove_file(&own).unwrap();
    fs::rename(&elsewhere, &own).unwrap();
    bench.rowcast(&["show", name]).code(0);
    // Only root can change the owner of a folder, and so act as another user.
    if std::os::unix::fs::chown(&own, Some(12_345), None).is_ok() {
        let refused = bench.rowcast(&["resume", name]).code(3);
        assert!(refused.stderr.contains("belongs to another user"), "{}", refused.stderr);
        std::os::unix::fs::chown(&own, Some(bench.path().metadata().unwrap().uid()), None).unwrap();
    }
    // The user chooses the folder of the runs: it may be a link.
    fs::rename(bench.path().join("runs"), bench.path().join("disk")).unwrap();
    symlink("disk", bench.path().join("runs")).unwrap();
    bench.rowcast(&["show", name]).code(0);
}

#[test]
fn the_token_goes_over_https_or_stays_on_this_machine() {
    for url in [
        "http://graph.facebook.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil",
        "http://localhost@evil.example",
        "http://[::2]",
        "http://2130706434.example",
        "https://user:hunter2@graph.facebook.com",
        "https://graph.facebook.com@evil.example",
        "file:///etc/passwd",
    ] {
        let bench = Bench::with_list(&list(1), &format!("\"{url}\""));
        let refused = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
        assert!(refused.stderr.contains("base-url"), "{url}: {}", refused.stderr);
        assert!(!bench.path().join("runs").exists(), "{url}");
    }
    for url in ["http://[::1]:9", "http://127.0.0.1:9", "http://localhost:9", "https://gateway.example"] {
        Bench::with_list(&list(1), &format!("\"{url}\"")).rowcast(&["check", "r.yaml"]).code(0);
    }
}

#[test]
fn a_proxy_is_named_first_and_is_asked_for_a_tunnel_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, seen) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = send.send(head(&mut stream));
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let bench = Bench::with_list(&list(1), "https://graph.facebook.com");
    let mut command = bench.command(&["run", "r.yaml", "-y", "--retries", "0"]);
    command.env("https_proxy", format!("http://proxy-user:hunter2@127.0.0.1:{port}")).stdout(Stdio::null());
    let mut child = Running(command.spawn().unwrap());
    let asked = seen.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(asked.starts_with("CONNECT graph.facebook.com:443 HTTP/1.1\r\n"), "{asked}");
    assert_no_token(asked.as_bytes(), "what the proxy sees");
    assert!(!asked.contains("+4915100000001") && !asked.contains("messages"), "{asked}");
    child.0.kill().unwrap();
    let mut stderr = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(stderr.starts_with(&format!("proxy       http://127.0.0.1:{port}\n")), "{stderr}");
    assert!(!stderr.contains("hunter2") && !stderr.contains("proxy-user"), "{stderr}");
}

#[test]
fn a_proxy_is_not_asked_for_this_machine() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(2), sandbox.url());
    let mut command = bench.command(&["run", "r.yaml", "-y"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, &proxy);
    }
    let done = outcome(&mut command).code(0);
    assert!(!done.stderr.contains("proxy"), "{}", done.stderr);
    assert!(listener.accept().is_err(), "the proxy was asked");
}

#[test]
fn nothing_that_is_shown_plays_with_the_terminal() {
    // A server whose every text is hostile.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", server.local_addr().unwrap());
    let text = HOSTILE.chars().fold(String::new(), |mut text, c| {
        write!(text, "\\u{:04x}", u32::from(c)).unwrap();
        text
    });
    let body = format!(
        r#"{{"error":{{"code":131026,"message":"{text}","error_user_title":"{text}","fbtrace_id":"{text}","error_data":{{"details":"{text}"}}}}}}"#
    );
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = server.accept() {
            head(&mut stream);
            let _ = write!(
                stream,
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let bench = Bench::with_list(&format!("phone,name\n+4915100000001,{HOSTILE}\n"), &base);
    for (args, code) in [
        (&["run", "r.yaml", "--dry-run"][..], 0),
        (&["run", "r.yaml", "--dry-run", "--curl"], 0),
        (&["check", "r.yaml"], 0),
        (&["run", "r.yaml", "-y"], 4),
        (&["show"], 0),
        (&["show", "latest", "1"], 0),
        (&["runs"], 0),
    ] {
        let Outcome { stdout, stderr, .. } = bench.rowcast(args).code(code);
        assert_harmless(&stdout, &format!("standard output of {args:?}"));
        assert_harmless(&stderr, &format!("standard error of {args:?}"));
    }

    // Files, recipes and lists of a hostile kind.
    let recipe = bench.read("r.yaml");
    let hostile_names = |name: &str| recipe.replace("list.csv", name);
    bench.file("no-data.yaml", hostile_names(&text_in_yaml("none.csv")));
    bench.file("no-key.yaml", recipe.replace("preview-url", &text_in_yaml("key")));
    bench.file("no-name.yaml", recipe.replace("{{ name }}", "{{ nme }}").replace("Hello", HOSTILE));
    bench.file("no-filter.yaml", recipe.replace("{{ name }}", "{{ name | \u{202e}x }}"));
    bench.file(&format!("{HOSTILE}.yaml"), "version: 2\n");
    bench.file("bad.csv", format!("phone,name\n{HOSTILE},Ann\n"));
    bench.file("ragged.csv", format!("phone,{HOSTILE}\n+49,x,{HOSTILE}\n"));
    bench.file("twice.csv", format!("{HOSTILE},{HOSTILE}\na,b\n"));
    let named = format!("{HOSTILE}.yaml");
    for args in [
        &["check", "no-data.yaml"][..],
        &["check", "no-key.yaml"],
        &["check", "no-name.yaml"],
        &["check", "no-filter.yaml"],
        &["check", &named],
        &["check", "r.yaml", "-d", "bad.csv"],
        &["check", "r.yaml", "-d", "ragged.csv"],
        &["check", "r.yaml", "-d", "twice.csv"],
        &["check", "r.yaml", "--connection", HOSTILE],
        &["show", HOSTILE],
    ] {
        let Outcome { stdout, stderr, .. } = bench.rowcast(args).code(3);
        assert_harmless(&stdout, &format!("standard output of {args:?}"));
        assert_harmless(&stderr, &format!("standard error of {args:?}"));
    }
}

/// A YAML text of the hostile characters, escaped so that YAML takes them.
fn text_in_yaml(end: &str) -> String {
    let escaped = HOSTILE.chars().fold(String::new(), |mut text, c| {
        write!(text, "\\u{:04x}", u32::from(c)).unwrap();
        text
    });
    format!("\"{escaped}{end}\"")
}

/// What a client says up to the empty line.
fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "no {what} came");
        std::thread::sleep(Duration::from_millis(10));
    }
}
