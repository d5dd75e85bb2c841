//! The token appears only in the header to the connection's own server.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::support::raw::{Raw, answer};
use crate::support::{Bench, Outcome, TOKEN, list, sandbox};

/// A server's answer, made from the token that it received.
type Echo = fn(&str) -> String;

/// The forms in which a token may appear: as it is, its beginning, and inside of base64 at any offset.
fn forms() -> Vec<String> {
    let mut forms = vec![TOKEN[..12].to_owned(), TOKEN[12..].to_owned()];
    for before in 0..3 {
        let padded = [&b"xxx"[..before], TOKEN.as_bytes()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push(encoded[8..encoded.len() - 8].to_owned());
        }
    }
    forms
}

#[track_caller]
fn clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms() {
        assert!(!text.contains(&form), "{what} holds {form}");
    }
}

/// Asserts that no file below the bench's folder contains the token, except the named files.
#[track_caller]
fn clean_below(folder: &Path, but: &[&str]) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += clean_below(&path, but);
        } else if !but.iter().any(|name| path.ends_with(name)) {
            files += 1;
            clean(&path.display().to_string(), &fs::read(&path).unwrap());
        }
    }
    files
}

#[track_caller]
fn clean_outcome(outcome: &Outcome) {
    clean("standard output", outcome.stdout.as_bytes());
    clean("standard error", outcome.stderr.as_bytes());
}

/// Every command that shows a run.
fn look_at_everything(bench: &Bench) {
    for args in [
        &["runs"][..],
        &["runs", "--json"],
        &["show"],
        &["show", "latest", "1"],
        &["results"],
        &["results", "--format", "jsonl"],
        &["run", "r.yaml", "--dry-run"],
        &["run", "r.yaml", "--dry-run", "--curl"],
        &["run", "r.yaml", "--dry-run", "--json"],
        &["run", "r.yaml", "-y"],
        &["check", "r.yaml"],
    ] {
        clean_outcome(&bench.rowcast(args));
    }
}

#[test]
fn after_every_fault_the_token_is_nowhere() {
    for fault in
        ["190=100%", "http-500=50%", "redirect=100%", "html-200=30%", "131026=50%", "reset=20%", "truncated-200=30%"]
    {
        let sandbox = sandbox(&[fault]);
        let bench = Bench::with_list(&list(12), sandbox.url());
        let mut command = bench.command(&["run", "r.yaml", "-y", "--json", "--retries", "1"]);
        command.env("RUST_LOG", "trace").env("SSLKEYLOGFILE", bench.path().join("keys"));
        let output = command.output().unwrap();
        clean("standard output", &output.stdout);
        clean("standard error", &output.stderr);
        clean_outcome(&bench.rowcast(&["retry", "-y", "--unknown", "--rejected"]));
        look_at_everything(&bench);
        assert!(clean_below(bench.path(), &[]) > 6);
        assert!(!bench.path().join("keys").exists(), "no key log");
    }
}

#[test]
fn a_server_that_sends_the_header_back_is_not_believed_to_be_discreet() {
    let header = |head: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with("authorization")).unwrap_or_default();
        line.split_once(' ').map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let echoes: [Echo; 6] = [
        |token| {
            answer(
                "400 Bad Request",
                &format!(
                    "{{\"error\":{{\"code\":131009,\"message\":\"you sent {token}\",\"fbtrace_id\":\"{token}\",\"error_data\":{{\"details\":\"{token}\"}}}}}}"
                ),
            )
        },
        |token| answer(&format!("400 {token}"), &format!("<html>{token}</html>")),
        |token| answer("500 Oops", token),
        |token| {
            answer(
                "200 OK",
                &format!(
                    "{{\"messages\":[{{\"id\":\"wamid.{token}\",\"message_status\":\"{token}\"}}],\"contacts\":[{{\"wa_id\":\"{token}\"}}]}}"
                ),
            )
        },
        |token| format!("HTTP/1.1 302 {token}\r\nLocation: http://127.0.0.1:9/{token}\r\nContent-Length: 0\r\n\r\n"),
        |token| format!("HTTP/1.1 {token}\r\n{token}\r\n\r\n"),
    ];
    for echo in echoes {
        let server = Raw::start(move |request| echo(&header(&request.head)));
        let bench = Bench::with_list(&list(2), server.url());
        let mut command = bench.command(&["run", "r.yaml", "-y", "--json"]);
        let output = command.env("RUST_LOG", "trace").output().unwrap();
        assert!(server.requests()[0].head.contains(TOKEN), "it was sent where it belongs");
        clean("standard output", &output.stdout);
        clean("standard error", &output.stderr);
        look_at_everything(&bench);
        clean_below(bench.path(), &[]);
    }
}

#[test]
fn help_shows_no_secret_of_the_environment() {
    let bench = Bench::new();
    for command in ["run", "check", "resume", "retry", "sandbox", "results", "show", "runs", "tasks"] {
        let mut with = bench.command(&[command, "-h"]);
        let output = with.env("ROWCAST_SANDBOX_TOKEN", TOKEN).output().unwrap();
        clean(command, &output.stdout);
        clean(command, &output.stderr);
    }
}

#[test]
fn a_literal_token_is_warned_about_and_kept_out_of_the_run() {
    let sandbox = sandbox(&["190=100%"]);
    let inline = |quote: &str| {
        format!(
            "version: 1\nconnection:\n  type: whatsapp\n  token: {quote}{TOKEN}{quote}\n  phone-number-id: \"106540352242922\"\n  \
             base-url: {}\ntask: send-text-message\ndata: list.csv\ninput: {{ to: \"{{{{ phone }}}}\", body: hello, preview-url: false }}\n",
            sandbox.url()
        )
    };
    for quote in ["", "'", "\""] {
        let bench = Bench::with_list(&list(3), sandbox.url());
        bench.file("r.yaml", inline(quote));
        let outcome = bench.rowcast(&["run", "r.yaml", "-y"]).code(6);
        assert!(outcome.stderr.contains("a secret that stands in a file"), "{}", outcome.stderr);
        let not_kept = "the recipe copy in a run folder never contains a token";
        let note = format!("note: {not_kept}; `resume` and `retry` read it from WHATSAPP_TOKEN\n");
        assert_eq!(outcome.stderr.matches(&note).count(), 1, "{}", outcome.stderr);
        clean_outcome(&outcome);
        let copy = fs::read_to_string(bench.run_folder().join("recipe.yaml")).unwrap();
        look_at_everything(&bench);
        clean_below(bench.path(), &["r.yaml"]);
        assert!(copy.contains("token: \"{{ env.WHATSAPP_TOKEN }}\"\n"), "{copy}");
        // A user who has never needed the variable does not know it.
        let output = bench.command(&["resume", "-y"]).env_remove("WHATSAPP_TOKEN").output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(
            told.contains("the environment variable `WHATSAPP_TOKEN` is not set\n") && told.contains(not_kept),
            "{told}"
        );
        bench.rowcast(&["resume", "-y"]).code(6);
    }
}

#[test]
fn a_literal_token_of_a_connection_that_is_not_used_is_kept_out_as_well() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let recipe = bench.read("r.yaml").replace(
        "connection: acme",
        &format!("connection: {{ type: whatsapp, token: {TOKEN}, phone-number-id: \"1\" }}"),
    );
    bench.file("r.yaml", recipe);
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "--connection", "acme"]).code(0);
    assert!(!outcome.stderr.contains("never holds a token"), "{}", outcome.stderr);
    clean_below(bench.path(), &["r.yaml"]);
    bench.rowcast(&["resume", "-y"]).code(0);
}

#[test]
fn a_token_that_is_a_common_word_does_not_damage_the_copy() {
    let sandbox = rowcast::sandbox::Sandbox::start(rowcast::sandbox::Config::default()).unwrap();
    let bench = Bench::with_list(&list(3), sandbox.url());
    let recipe = bench.read("r.yaml").replace(
        "connection: acme",
        &format!(
            "connection: {{ type: whatsapp, base-url: \"{}\", token: text, phone-number-id: \"1\" }}",
            sandbox.url()
        ),
    );
    bench.file("r.yaml", recipe);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    bench.rowcast(&["resume", "-y"]).code(0);
}

#[test]
fn a_token_file_is_for_its_owner_alone() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(3), sandbox.url());
    let connections =
        bench.read("connections.yaml").replace("token: \"{{ env.WHATSAPP_TOKEN }}\"", "token-file: token");
    bench.file("connections.yaml", &connections);
    let path = bench.file("token", format!("{TOKEN}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    clean_outcome(&refused);
    assert_eq!(sandbox.inbox().total_requests(), 0);
    assert!(!bench.path().join("runs").exists(), "no run was made");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&path, bench.path().join("link")).unwrap();
    bench.file("connections.yaml", connections.replace("token-file: token", "token-file: link"));
    let refused = bench.rowcast(&["run", "r.yaml", "-y"]).code(3);
    assert!(refused.stderr.contains("symbolic link"), "{}", refused.stderr);

    bench.file("connections.yaml", connections);
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    clean_below(bench.path(), &["token", "link"]);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
}

#[test]
fn the_token_is_not_on_the_command_line() {
    let bench = Bench::with_list(&list(1), "http://127.0.0.1:9");
    bench.rowcast(&["run", "r.yaml", "-y", "--token", "x"]).code(2);
}

/// A token goes where its connection points: never the new token to the old address, or under the old number.
#[test]
fn a_run_is_not_gone_on_with_when_its_connection_points_elsewhere() {
    let (first, other) = (sandbox(&["190=100%"]), sandbox(&[]));
    let bench = Bench::with_list(&list(3), first.url());
    bench.rowcast(&["run", "r.yaml", "-y"]).code(6);
    let (before, connections) = (first.inbox().total_requests(), bench.read("connections.yaml"));
    for (moved, told) in [
        (
            connections.replace(first.url(), other.url()),
            format!("the address of connection `acme` was {} when", first.url()),
        ),
        (
            connections.replace("106540352242922", "206540352242922"),
            "the number of connection `acme` was 106540352242922".to_owned(),
        ),
    ] {
        bench.file("connections.yaml", &moved);
        for command in ["resume", "retry"] {
            let refused = bench.rowcast(&[command, "-y"]).code(3);
            assert!(refused.stderr.contains(&told) && refused.stderr.contains("--connections"), "{}", refused.stderr);
        }
    }
    assert_eq!((first.inbox().total_requests(), other.inbox().total_requests()), (before, 0));
    // Its ways out: a file that has the connection as it was; another path or version of the same address is no move.
    bench.file("as-it-was.yaml", &connections);
    bench.rowcast(&["resume", "-y", "--connections", "as-it-was.yaml"]).code(6);
    bench.file("connections.yaml", connections.replace(first.url(), &format!("{}/", first.url())));
    bench.rowcast(&["retry", "-y"]).code(6);
    // Or a new run, which sends what is missing.
    bench.file("connections.yaml", connections.replace(first.url(), other.url()));
    bench.rowcast(&["run", "r.yaml", "-y"]).code(0);
    assert_eq!(other.inbox().total_delivered(), 3);
}
