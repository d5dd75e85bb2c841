//! Compares a new run with earlier runs: refuses a repetition, warns about a similar run.

use std::path::Path;

use crate::diag::{Problem, plural, thousands, utc};
use crate::report::counts_line;
use crate::run::{Earlier, Intended, Likeness, find_earlier};

use crate::app::Error;
use crate::app::inputs::Inputs;
use crate::app::inputs::project::run_address;

use super::checked::Checked;

/// The identity of a new run, to compare with earlier runs. `None` if a repetition cannot send twice: the list is empty, the run
/// is a test, or `once` excludes rows that were sent.
pub(crate) fn intended<'i>(
    inputs: &'i Inputs,
    checked: &'i Checked,
    sandbox: bool,
) -> Result<Option<Intended<'i>>, Problem> {
    if checked.tally.ready == 0 || inputs.test.is_some() || inputs.recipe.audience.once.is_some() {
        return Ok(None);
    }
    Ok(Some(Intended {
        recipe: inputs.recipe_facts()?,
        data: checked.digest.as_str(),
        selection: &inputs.selection,
        connections: inputs.connections.facts(|index| checked.uses(index))?,
        sandbox,
    }))
}

/// Looks for an earlier run with the same inputs. Returns a caution if a similar run exists.
///
/// # Errors
/// The same inputs were sent before, or an earlier run cannot be read.
pub(crate) fn refuse_again(runs_dir: &Path, intended: &Intended<'_>) -> Result<Option<String>, Error> {
    match find_earlier(runs_dir, intended)? {
        Some(earlier) if earlier.likeness.is_the_same() => Err(sent_before(runs_dir, &earlier).into()),
        earlier => Ok(earlier.map(|earlier| sent_nearly(&earlier))),
    }
}

/// The message of [`refuse_again`], in one line.
pub(crate) fn foretell(runs_dir: &Path, intended: &Intended<'_>) -> Option<String> {
    match refuse_again(runs_dir, intended) {
        Ok(sent_nearly) => sent_nearly,
        Err(refusal) => {
            let why = refusal.problems.into_iter().next()?.message;
            Some(format!("`run` will refuse this without --again: {why}"))
        }
    }
}

/// A caution about an earlier run that may have reached some of the same recipients.
fn sent_nearly(earlier: &Earlier) -> String {
    let what = match earlier.likeness {
        Likeness::List => "another recipe already ran over this list",
        Likeness::Same | Likeness::Edited | Likeness::Recipe => "this recipe already ran over another list",
    };
    let reached = earlier.reached();
    let (rows, noun) = (thousands(reached), plural(reached, "row"));
    format!("{what} {}: {rows} {noun} reached by {}", when(earlier), earlier.folder.name())
}

fn when(earlier: &Earlier) -> String {
    format!("on {}", utc(earlier.run.created))
}

fn sent_before(runs_dir: &Path, earlier: &Earlier) -> Problem {
    use crate::model::State::{Failed, Pending};

    let name = earlier.folder.name();
    let what = match earlier.likeness {
        Likeness::Edited => "an earlier version of this recipe already ran over this list",
        Likeness::Same | Likeness::List | Likeness::Recipe => "this recipe already ran over this list",
    };
    let message = format!("{what} {}: {name}, {}", when(earlier), counts_line(&earlier.counts));
    let mut help = Vec::new();
    let address = run_address(&name, runs_dir);
    if earlier.live {
        help.push(format!("the run is still in progress: `rowcast show {address}` shows its state"));
    } else {
        if earlier.counts.get(Pending) > 0 {
            help.push(format!("`rowcast resume {address}` sends its pending rows"));
        }
        if earlier.counts.get(Failed) > 0 {
            help.push(format!("`rowcast retry {address}` sends its failed rows again"));
        }
    }
    help.push("use --again to send to all rows again".to_owned());
    Problem::new(message).help(help.join("\n"))
}
