//! What is done to the process before anything else: memory that holds a token is not to be found on a disk or a screen.
//!
//! No child process is ever started, so that there is nobody to inherit the environment with its token. The copies that
//! the HTTP libraries make of the header are not wiped; that is why a dump of the memory is not to be had.

use std::panic::PanicHookInfo;

use crate::connectors::redacted;
use crate::diag::visible;

use crate::cli::terminal::console;

/// Switches core dumps off and sees to what a panic says.
pub(in crate::cli) fn harden() {
    no_core_dumps();
    std::panic::set_hook(Box::new(|info| console::tell(&last_words(info))));
}

/// A dump would hold the token. What the system does not grant is left as it is: nothing depends on it.
#[cfg(unix)]
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // A system that pipes dumps into a program does not ask for the limit. This also keeps other processes of the same
    // user from looking into the memory.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(not(unix))]
fn no_core_dumps() {}

/// What a panic says, without secrets and without control characters.
fn last_words(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    let payload = info.payload();
    let message = payload.downcast_ref::<String>().cloned();
    let message = message.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    let message = visible(&redacted(message.unwrap_or_else(|| "no message".to_owned())));
    format!("error: a bug in Rowcast{place}: {message}\n  help: what was sent is in the ledger: `rowcast show` tells\n")
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

    /// Does something only where the test below runs it, in a process of its own: a panic hook is for all threads.
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
    fn a_panic_tells_no_secret() {
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
