//! What earlier runs mean for one that is to begin: refused if it was sent before, told if it was nearly sent before.

use std::path::Path;

use crate::diag::{Problem, thousands};
use crate::report::counts_line;
use crate::run::{Earlier, Intended, Likeness, find_earlier};

use crate::app::Error;
use crate::app::inputs::Inputs;

use super::checked::Checked;

/// What is to be sent, to be compared with what was. `None` where nothing that was sent can be sent twice: an empty list may come
/// as often as it likes, a test reaches nobody, and with `once` nothing that was sent is ready to be sent again.
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

/// Looks for an earlier run of the same. What to know of one that is nearly the same is given back.
///
/// # Errors
/// It was sent before, or nobody can say whether it was.
pub(crate) fn refuse_again(runs_dir: &Path, intended: &Intended<'_>) -> Result<Option<String>, Error> {
    match find_earlier(runs_dir, intended)? {
        Some(earlier) if earlier.likeness.is_the_same() => Err(sent_before(&earlier).into()),
        earlier => Ok(earlier.map(|earlier| sent_nearly(&earlier))),
    }
}

/// What [`refuse_again`] would say, in a line.
pub(crate) fn foretell(runs_dir: &Path, intended: &Intended<'_>) -> Option<String> {
    match refuse_again(runs_dir, intended) {
        Ok(sent_nearly) => sent_nearly,
        Err(refusal) => {
            let why = refusal.problems.into_iter().next()?.message;
            Some(format!("`run` will refuse it without --again: {why}"))
        }
    }
}

/// What to know of an earlier run that has reached some of the same people, or may have.
fn sent_nearly(earlier: &Earlier) -> String {
    let what = match earlier.likeness {
        Likeness::List => "another recipe was run over this list",
        Likeness::Same | Likeness::Edited | Likeness::Recipe => "this recipe was run over another list",
    };
    let reached = earlier.reached();
    let people = if reached == 1 { "1 row".to_owned() } else { format!("{} rows", thousands(reached)) };
    format!("{what} {}: {people} reached by {}", when(earlier), earlier.folder.name())
}

fn when(earlier: &Earlier) -> String {
    earlier.run.created.strftime("on %Y-%m-%d %H:%M:%S UTC").to_string()
}

fn sent_before(earlier: &Earlier) -> Problem {
    use crate::model::State::{Failed, Pending};

    let name = earlier.folder.name();
    let what = match earlier.likeness {
        Likeness::Edited => "an earlier state of this recipe was already run over this list",
        Likeness::Same | Likeness::List | Likeness::Recipe => "this recipe and list were already run",
    };
    let message = format!("{what} {}: {name}, {}", when(earlier), counts_line(&earlier.counts));
    let mut help = Vec::new();
    if earlier.live {
        help.push(format!("a process works on it now: `rowcast show {name}` says how far it is"));
    } else {
        if earlier.counts.get(Pending) > 0 {
            help.push(format!("`rowcast resume {name}` goes on with its pending rows"));
        }
        if earlier.counts.get(Failed) > 0 {
            help.push(format!("`rowcast retry {name}` reruns its failed rows"));
        }
    }
    help.push("--again sends all of it once more".to_owned());
    Problem::new(message).help(help.join("\n"))
}
