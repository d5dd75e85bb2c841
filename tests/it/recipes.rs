//! The recipes that come with Rowcast: people copy them, so all of them must work.

use serde_json::Value;

use crate::dry_run::{example, examples};
use crate::support::Bench;

#[test]
fn every_recipe_passes_its_check() {
    for name in examples() {
        let outcome = Bench::new().rowcast(&["check", &example(&name)]).code(0);
        assert!(!outcome.stderr.contains("warning") && outcome.stdout.is_empty(), "{name}: {}", outcome.stderr);
        let is_held = outcome.stderr.contains("templates   every message matches the saved copy, pulled");
        assert_eq!(is_held, name.contains("template") || name == "quickstart", "{name}: {}", outcome.stderr);
    }
}

#[test]
fn every_recipe_runs_in_the_sandbox_without_a_token() {
    for name in examples() {
        let bench = Bench::new();
        let args = ["run", &example(&name), "--sandbox", "-y", "--runs-dir", "runs", "--rate", "1000/s"];
        let output = bench.command(&args).env_remove("WHATSAPP_TOKEN").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {stderr}");
        let results = bench.rowcast(&["results", "--format", "jsonl"]).code(0).stdout;
        assert!(results.lines().count() >= 8, "{name}");
        for line in results.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let sent = row["_status"] == "accepted";
            assert!(sent || row["_status"] == "skipped" && row["_error"] == "when", "{name}: {line}");
            assert_eq!(row["_message_id"].as_str().unwrap_or("").starts_with("wamid."), sent, "{name}: {line}");
        }
    }
}
