//! `rowcast runs`: the runs of a folder, the oldest first.

use crate::ledger::{Lock, list_runs};
use crate::report::counts_line;
use crate::run::standing_counts;

use super::args::RunsArgs;
use super::console;
use super::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn runs(args: &RunsArgs) -> Result<Exit, Failure> {
    let runs = list_runs(&args.runs_dir)?;
    if runs.is_empty() {
        console::tell(&format!("no runs in {}\n", args.runs_dir.display()));
    }
    for (folder, run) in runs {
        let counts = standing_counts(&folder, &run);
        let at_work = Lock::is_held(&folder.lock());
        let line = if args.json {
            serde_json::json!({
                "run": run.run, "created": run.created, "recipe": run.recipes.last().map(|recipe| &recipe.path),
                "data": run.data.path, "connection": run.connection_names(), "sandbox": run.sandbox, "test": run.test, "live": at_work,
                "rows": run.rows, "counts": counts,
            })
            .to_string()
        } else {
            let created = run.created.strftime("%Y-%m-%d %H:%M:%S UTC");
            let sandbox = if run.sandbox { "  (sandbox)" } else { "" };
            let test = if run.test.is_some() { "  (test)" } else { "" };
            let note = if at_work { "  (at work)" } else { "" };
            format!("{}  {created}  {}{sandbox}{test}{note}", run.run, counts_line(&counts))
        };
        if console::data(&format!("{line}\n")).is_err() {
            break;
        }
    }
    Ok(Exit::Done)
}
