//! The oracle: the rules that must hold after every scenario.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use rowcast::sandbox::Inbox;

use super::bench::TOKEN;
use super::draw::{AMBIGUOUS, Drawn, HASTY};

/// One row of the results.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) phone: String,
    pub(super) state: String,
    pub(super) code: String,
    id: String,
}

/// Reads `results.csv`.
pub(super) fn read_results(path: &Path) -> Result<Vec<Outcome>, String> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let names = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut rows = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|error| error.to_string())?;
        let get = |column: &str| {
            let at = names.iter().position(|name| name == column);
            at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()
        };
        if get("_row") != (at + 1).to_string() {
            return Err(format!("results row {} says it is row {}", at + 1, get("_row")));
        }
        let (phone, state) = (get("phone"), get("_status"));
        rows.push(Outcome { phone, state, code: get("_error_code"), id: get("_message_id") });
    }
    Ok(rows)
}

/// Figures of the results.
pub(super) fn states(rows: &[Outcome]) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for row in rows {
        *states.entry(row.state.clone()).or_default() += 1;
    }
    states
}

/// Compares results with list and deliveries. `asked` has the rows that the user allowed to be sent twice.
pub(super) fn judge(
    drawn: &Drawn,
    rows: &[Outcome],
    inbox: &Inbox,
    asked: &HashMap<String, usize>,
    errors_injected: bool,
) -> Vec<String> {
    let mut said = Vec::new();
    if rows.len() != drawn.rows.len() {
        said.push(format!("{} rows became {} results", drawn.rows.len(), rows.len()));
    }
    for (number, (row, wanted)) in rows.iter().zip(&drawn.rows).enumerate() {
        let number = number + 1;
        let expected = match (wanted.go, wanted.valid) {
            (false, _) => "skipped",
            (true, false) => "invalid",
            (true, true) => "",
        };
        let tried = ["accepted", "held", "rejected", "failed", "unknown"].contains(&row.state.as_str());
        let fits = if expected.is_empty() { tried } else { row.state == expected };
        let excluded = wanted.again && row.state == "skipped";
        if !fits && !excluded {
            said.push(format!("row {number} is {}, not {expected}", row.state));
        }
    }
    let mut of: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for row in rows {
        of.entry(&row.phone).or_default().push(row);
    }
    for (phone, rows) in of {
        said.extend(judge_recipient(phone, &rows, inbox, asked.get(phone).copied().unwrap_or(0)));
    }
    if !errors_injected {
        // On a busy machine a short timeout may expire.
        let excused: &[&str] =
            if drawn.timeout == HASTY { &["crash", "aborted", "timeout"] } else { &["crash", "aborted"] };
        said.extend(unexplained(rows, inbox, excused));
    }
    let known: HashSet<&str> = drawn.rows.iter().map(|row| row.phone.as_str()).collect();
    for phone in inbox.recipients().keys().filter(|phone| !known.contains(phone.as_str())) {
        said.push(format!("{phone} got a message and is not on the list"));
    }
    said
}

/// A message for each accepted row, with its id; at most one for each row in doubt; none for any other.
fn judge_recipient(phone: &str, rows: &[&Outcome], inbox: &Inbox, asked: usize) -> Vec<String> {
    let delivered = inbox.message_ids(phone);
    let count = |states: &[&str]| rows.iter().filter(|row| states.contains(&row.state.as_str())).count();
    let (accepted, unknown) = (count(&["accepted", "held"]), count(&["unknown"]));
    let ids: HashSet<&str> = rows.iter().filter(|row| !row.id.is_empty()).map(|row| row.id.as_str()).collect();
    let mut said = Vec::new();
    if ids.len() != accepted || !ids.iter().all(|id| delivered.iter().any(|known| known == id)) {
        said.push(format!("{phone}: the ids of the {accepted} accepted rows are not those delivered: {ids:?}"));
    }
    if delivered.len() > accepted + unknown + asked {
        let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
        said.push(format!("{phone}: delivered {} times, its rows are {states:?}, asked {asked}", delivered.len()));
    }
    if delivered.len() > rows.len() + asked {
        said.push(format!("{phone}: delivered {} times for {} rows, asked {asked}", delivered.len(), rows.len()));
    }
    said
}

/// A row in doubt has a cause: its process was killed or abandoned it, or the sandbox injected a fault for this recipient.
fn unexplained(rows: &[Outcome], inbox: &Inbox, excused: &[&str]) -> Vec<String> {
    let hit: HashSet<String> = inbox
        .recent()
        .into_iter()
        .filter(|record| record.fault.as_deref().is_some_and(|fault| AMBIGUOUS.contains(&fault)))
        .map(|record| record.to)
        .collect();
    let doubtful = rows.iter().filter(|row| row.state == "unknown" && !excused.contains(&row.code.as_str()));
    doubtful
        .filter(|row| !hit.contains(&row.phone))
        .map(|row| format!("{} is in doubt ({}) and nothing happened to it", row.phone, row.code))
        .collect()
}

/// Files under a folder that contain the token or a usable part of it.
pub(super) fn find_token(folder: &Path) -> Vec<String> {
    let needles: [&[u8]; 2] = [&TOKEN.as_bytes()[..12], b"RUFBQ2FuYXJ5T2ZUaGVD"];
    let mut said = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap_or_default();
            if needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == *needle)) {
                said.push(format!("the token is in {}", path.display()));
            }
            if path.extension().is_some_and(|extension| extension == "err")
                && bytes.windows(8).any(|window| window == b"panicked")
            {
                said.push(format!("a panic: {}", path.display()));
            }
        }
    }
    said
}
