//! `rowcast check`: every problem of recipe, connection and data at once. Nothing is sent.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::Timestamp;

use crate::connectors::Connection;
use crate::diag::{Place, Problem, Problems};
use crate::model::{Request, Row, State, Via};
use crate::plan::Plan;
use crate::recipe::Send;
use crate::rows::{Damage, Digest};
use crate::run::{Approver, Checks, Finding, Take, Tally, Walk, check_rows};
use crate::template::Condition;

use crate::cli::approval;
use crate::cli::args::CheckArgs;
use crate::cli::data::{broken, tell_damage};
use crate::cli::earlier::{foretell, intended};
use crate::cli::exit::{Exit, Failure};
use crate::cli::forecast::Outlook;
use crate::cli::grouped::Grouped;
use crate::cli::inputs::Inputs;
use crate::cli::knowledge::{Knowledge, Reach, all_pinned};
use crate::cli::nobody::Nobody;
use crate::cli::screen::screen;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    let inputs = Inputs::read(&args.source)?;
    let reach = if args.source.offline { Reach::Offline } else { Reach::Api };
    let knowledge = Knowledge::gather(&inputs, all_pinned(&inputs.connections)?, reach)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    console::problems(&problems);
    let in_recipe = problems.has_errors();
    let only = inputs.only(&plan)?;
    let mut checks = Checks {
        contracts: knowledge.contracts(),
        screen: screen(&inputs, &args.runs_dir, false)?,
        ..Checks::default()
    };
    let mut approver = Approver::new(inputs.connections.iter().map(|(_, connection)| &connection.endpoint));
    let checked = check_all(&inputs, &plan, only.as_ref(), &mut checks, |finding, _| {
        if args.approve.is_some() {
            approver.add(finding);
        }
        Some(finding)
    })?;
    problems = Problems::default();
    problems.extend(too_late(&inputs.recipe.send).into_iter().chain(one_number_twice(&inputs, &checked)));
    console::problems(&problems);
    let fine = checked.tally.allows(args.skip_invalid) && !in_recipe && !problems.has_errors();
    if fine {
        let mut outlook = Outlook::of(&inputs, &checks, &checked, &knowledge, reach);
        outlook.cautions.extend(obstacles(&inputs, &checked, &args.runs_dir)?);
        console::tell(&outlook.text());
    }
    console::tell(&format!("{}\n", sentence(&checked.tally)));
    if let Some(path) = args.approve.as_deref().filter(|_| fine) {
        approval::write(&approval::approval_of(&inputs, approver, &checked), path)?;
    }
    Ok(if fine { Exit::Done } else { Exit::Invalid })
}

/// What keeps `run` from sending, or will if nothing is done about it. A check is good without a token, and on another machine.
fn obstacles(inputs: &Inputs, checked: &Checked, runs_dir: &Path) -> Result<Vec<String>, Problem> {
    let used = inputs.connections.iter().filter(|(via, _)| checked.uses(*via)).map(|(_, connection)| connection);
    let token = |connection: &Connection| connection.find_token(&inputs.surroundings).err();
    let missing = used.filter_map(token).map(|problem| format!("`run` needs a token: {}", problem.message));
    let intended = intended(inputs, checked, false)?;
    let sent = intended.and_then(|intended| foretell(runs_dir, &intended));
    Ok(missing.chain(sent).collect())
}

/// That nothing may be sent any more.
pub(in crate::cli) fn too_late(send: &Send) -> Option<Problem> {
    let late = send.not_after.is_some_and(|end| end < Timestamp::now());
    late.then(|| Problem::new("not-after has passed; nothing can be sent"))
}

/// What a pass over all rows found.
pub(in crate::cli) struct Checked {
    pub(in crate::cli) tally: Tally,
    pub(in crate::cli) first: Option<Request>,
    pub(in crate::cli) digest: Digest,
    /// What goes by each connection that something goes by.
    shares: BTreeMap<Via, Share>,
}

/// What goes by one connection.
struct Share {
    ready: u64,
    /// Where the first of it goes.
    url: String,
}

impl Checked {
    /// How many rows are ready to go by a connection.
    pub(in crate::cli) fn ready(&self, via: Via) -> u64 {
        self.shares.get(&via).map_or(0, |share| share.ready)
    }

    /// True if some row goes by a connection.
    pub(in crate::cli) fn uses(&self, via: Via) -> bool {
        self.ready(via) > 0
    }
}

/// Two connections that send from one number would send at twice the rate that it may, each keeping to its own.
pub(in crate::cli) fn one_number_twice(inputs: &Inputs, checked: &Checked) -> Option<Problem> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (via, connection) in inputs.connections.iter() {
        let Some(share) = checked.shares.get(&via) else { continue };
        if let Some(other) = seen.insert(&share.url, &connection.name) {
            let message = format!("the connections `{other}` and `{}` send from the same number", connection.name);
            let help =
                "each would keep to its own rate, and both together send faster than the number may: use one of them";
            return Some(Problem::new(message).help(help).in_file(&inputs.recipe.source.path));
        }
    }
    None
}

/// Checks every row. What `look` gives back of a finding is printed; it sees each of them first, with its row. The digest is
/// that of the bytes that were checked.
pub(in crate::cli) fn check_all(
    inputs: &Inputs,
    plan: &Plan<'_>,
    only: Option<&Condition<'_>>,
    checks: &mut Checks<'_>,
    mut look: impl for<'f> FnMut(&'f Finding<'f>, Option<&Row>) -> Option<&'f Finding<'f>>,
) -> Result<Checked, Failure> {
    let shown = inputs.data.label();
    let mut rows = inputs.data.rows()?;
    let mut damage = Damage::default();
    let walk = Walk::new(rows.by_ref(), plan, only, inputs.range(), None);
    let (mut first, mut shares) = (None, BTreeMap::<Via, Share>::new());
    let (mut warnings, mut breaches) = (Grouped::default(), Grouped::default());
    let mut nobody = Nobody::default();
    let tally = check_rows(walk, plan, Take::default().with(State::Pending), checks, |finding, row| {
        if let Some(row) = row {
            damage.note(row);
        }
        if let Finding::Ready(request, about) = &finding {
            first.get_or_insert_with(|| (*request).clone());
            let share = shares.entry(request.via).or_insert_with(|| Share { ready: 0, url: request.draft.url.clone() });
            share.ready += 1;
            warnings.note(request, about);
        }
        breaches.note_breaches(&finding);
        nobody.note(&finding);
        if matches!(finding, Finding::Invalid { .. }) {
            damage.refused();
        }
        if let Some(finding) = look(&finding, row) {
            tell(finding, shown);
        }
    })?;
    breaches.refuse(plan);
    warnings.warn(shown);
    tell_damage(&mut damage, &rows, shown);
    nobody.warn(&tally, shown);
    let digest = rows.into_inner().finish().map_err(|error| Problem::new(error.to_string()).in_file(shown))?;
    Ok(Checked { tally, first, digest, shares })
}

/// Prints what is wrong.
pub(in crate::cli) fn tell(finding: &Finding<'_>, shown: &Path) {
    match finding {
        Finding::Ready(..) | Finding::Skipped { .. } => {}
        Finding::Invalid { row, line, own, blame, .. } => {
            for error in *own {
                let cells = blame.lines(error).into();
                let place = Place::Row { path: shown.into(), line: *line, row: Some(row.0), cells };
                console::problem(&Problem::new(error.to_string()).at(place));
            }
        }
        Finding::Broken(error) => console::problem(&broken(error, shown)),
        Finding::Recipe(problem) => console::problem(problem),
    }
}

/// `12 rows checked: 8 ready to send, 4 skipped (2 duplicates, 1 suppressed)`.
pub(in crate::cli) fn sentence(tally: &Tally) -> String {
    let noun = if tally.rows == 1 { "row" } else { "rows" };
    let mut parts = vec![format!("{} ready to send", tally.ready)];
    if tally.skipped > 0 {
        parts.push(format!("{} skipped{}", tally.skipped, of_skipped(tally)));
    }
    for (count, what) in [(tally.invalid, "invalid"), (tally.broken, "not readable")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    format!("{} {noun} checked: {}", tally.rows, parts.join(", "))
}

/// What the screen has left out, of all that is skipped.
fn of_skipped(tally: &Tally) -> String {
    let duplicates = if tally.duplicates == 1 { "duplicate" } else { "duplicates" };
    let parts = [(tally.duplicates, duplicates), (tally.suppressed, "suppressed"), (tally.sent_before, "sent before")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}
