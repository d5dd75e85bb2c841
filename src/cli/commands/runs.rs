//! `rowcast runs`: lists the runs of a folder, oldest first.

use crate::diag::{Problem, utc};
use crate::model::{Counts, State};
use crate::report::counts_line;
use crate::run::standing_counts;
use crate::run_folder::{Runs, list_runs};

use crate::app::{Error, runs_dir};
use crate::cli::args::RunsArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn runs(args: &RunsArgs) -> Result<Exit, Error> {
    let runs_dir = runs_dir(args.runs_dir.as_deref());
    let Runs { readable, unreadable } = list_runs(&runs_dir)?;
    if readable.is_empty() && unreadable.is_empty() {
        console::tell(&format!("no runs in {}\n", runs_dir.display()));
    }
    for (_, error) in unreadable {
        let problem = Problem::new(error.to_string());
        console::problem(
            &problem.warning().help("this run may have sent messages: keep its folder until you know which"),
        );
    }
    for (folder, run) in readable {
        let (counts, at_work) = standing_counts(&folder, &run);
        let line = if args.json {
            serde_json::json!({
                "run": run.run, "created": run.created, "recipe": run.recipes.last().map(|recipe| &recipe.path),
                "data": run.data.path, "connection": run.connection_names(), "sandbox": run.sandbox, "test": run.test, "live": at_work,
                "rows": run.rows, "counts": counts_of(&counts, at_work),
            })
            .to_string()
        } else {
            let created = utc(run.created);
            let sandbox = if run.sandbox { "  (sandbox)" } else { "" };
            let test = if run.test.is_some() { "  (test)" } else { "" };
            let note = if at_work { "  (in progress)" } else { "" };
            format!("{}  {created}  {}{sandbox}{test}{note}", run.run, counts_line(&counts))
        };
        if !console::data(&format!("{line}\n"))? {
            break;
        }
    }
    Ok(Exit::Done)
}

/// The states of the rows. The state `sending` appears only while a process is working on the run.
fn counts_of(counts: &Counts, at_work: bool) -> serde_json::Value {
    let mut told = serde_json::json!(counts);
    if at_work {
        told[State::Sending.word()] = counts.get(State::Sending).into();
    }
    told
}
