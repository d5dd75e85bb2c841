//! Protects the token in memory: no core dumps, and no secrets in panic messages.
//!
//! Rowcast never starts a child process, so none inherits an environment with the token. The HTTP libraries do not wipe their
//! copies of the header, which is why core dumps are disabled.

use std::panic::PanicHookInfo;

use crate::connectors::redacted;
use crate::diag::visible;

use crate::cli::terminal::console;

/// Disables core dumps and redacts panic messages.
pub(in crate::cli) fn harden() {
    no_core_dumps();
    std::panic::set_hook(Box::new(|info| console::tell(&last_words(info))));
}

/// A core dump would contain the token. A refusal by the system is ignored, because nothing depends on it.
#[cfg(unix)]
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // The limit does not apply if the system pipes dumps to a program. This also keeps other processes of the same user from
    // reading the memory.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(not(unix))]
fn no_core_dumps() {}

/// A panic message without secrets and control characters.
fn last_words(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    let payload = info.payload();
    let message = payload.downcast_ref::<String>().cloned();
    let message = message.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    let message = visible(&redacted(message.unwrap_or_else(|| "no message".to_owned())));
    format!("error: a bug in Rowcast{place}: {message}\n  help: the ledger records what was sent: see `rowcast show`\n")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::connectors::Environment;

    const CHILD: &str = "cli::process::harden::tests::child_that_panics";
    const ASKED: &str = "ROWCAST_TEST_PANIC";
    const OWN: &str = "own-token-of-a-gateway-0123456789";
    const META: &str = "EAAGcanary0123456789ABCDEFGHIJ";

    /// Panics only when the test below runs it in a separate process, because a panic hook applies to all threads.
    #[test]
    fn child_that_panics() {
        if std::env::var_os(ASKED).is_none() {
            return;
        }
        harden();
        let source = crate::diag::Source::new("c.yaml", format!("{{ type: whatsapp, token: {OWN} }}"));
        let crate::recipe::Node::Map(entries) = crate::recipe::Node::parse(&source).unwrap() else { unreachable!() };
        let text = crate::recipe::ConnectionText { name: "c".to_owned(), source, path: Vec::new(), entries };
        let environment = Environment::fixed([]);
        let mut problems = crate::diag::Problems::default();
        let connection = crate::connectors::read_connection(&text, &environment, &mut problems).unwrap();
        let opened = connection.open(&environment, std::time::Duration::from_secs(1));
        assert!(opened.is_err(), "opened {OWN} and {META}\u{1b}]0;pwn\u{7}");
    }

    #[test]
    fn a_panic_message_contains_no_secret() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([CHILD, "--exact", "--nocapture"])
            .envs([("RUST_BACKTRACE", "full"), (ASKED, "1")])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("a bug in Rowcast at src/cli/process/harden.rs:"), "{stderr}");
        assert!(stderr.contains("opened [redacted] and [redacted]"), "{stderr}");
        assert!(
            !stderr.contains(&OWN[..12]) && !stderr.contains(&META[..12]) && !stderr.contains('\u{1b}'),
            "{stderr}"
        );
    }
}
