//! The layers of ARCHITECTURE.md, checked: a room imports only what is below it, files stay small, the binary stays thin.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The table of ARCHITECTURE.md: a room and the rooms of this crate that it may import.
const MAY_IMPORT: [(&str, &[&str]); 18] = [
    // 0 ground
    ("model", &[]),
    ("diag", &[]),
    ("phone", &[]),
    ("schedule", &[]),
    ("page", &[]),
    ("files", &[]),
    ("sandbox", &[]),
    // 1 pure core
    ("recipe", &["diag", "model", "schedule"]),
    ("template", &["diag", "model", "phone", "recipe", "schedule"]),
    ("exec", &["model"]),
    // 2 outside world: not each other
    ("connectors", &["diag", "exec", "model", "phone", "recipe", "template"]),
    ("rows", &["diag", "model"]),
    ("ledger", &["files", "model"]),
    ("run_folder", &["files", "model", "recipe"]),
    ("results", &["diag", "model"]),
    ("report", &["diag", "exec", "model", "page"]),
    ("plan", &["diag", "model", "recipe", "template"]),
    // 3 composition
    (
        "run",
        &[
            "diag",
            "exec",
            "files",
            "ledger",
            "model",
            "phone",
            "plan",
            "recipe",
            "report",
            "results",
            "rows",
            "run_folder",
            "schedule",
            "template",
        ],
    ),
    // 4 application: everything but cli
    // 5 edge: cli may import everything
];

/// Lines that a source file may have; tests in files of their own are not counted.
const MOST_LINES: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut sources = Vec::new();
    collect(Path::new("src"), &mut sources);
    sources
}

/// The rooms that a file names as `crate::room`, comments left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let group = group.split("};").next().unwrap_or(group);
                rooms.extend(group.split(',').map(|item| word(item.trim())).filter(|room| !room.is_empty()));
            }
            None => drop(rooms.insert(word(rest))),
        }
    }
    rooms
}

#[test]
fn each_room_imports_only_what_is_below_it() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            assert!(["app", "cli", "lib.rs", "main.rs"].contains(&room.as_str()), "{room} is not in the table");
            continue;
        };
        for import in imports(&text) {
            if import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports crate::{import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_small_and_the_binary_is_thin() {
    for (path, text) in sources() {
        if path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        let lines = text.lines().count();
        let most = if path.ends_with("main.rs") { 25 } else { MOST_LINES };
        assert!(lines <= most, "{} has {lines} lines, at most {most}", path.display());
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
    }
}

#[test]
fn the_layers_are_those_of_the_architecture() {
    let page = fs::read_to_string("ARCHITECTURE.md").unwrap();
    for (room, allowed) in MAY_IMPORT {
        let imports = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        let line = page.lines().find(|line| line.starts_with(&format!("| `{room}` |"))).unwrap_or_default();
        assert!(line.ends_with(&format!("| {imports} |")), "ARCHITECTURE.md says of {room}: {line}");
    }
}

/// Rooms that know an API by name: its connector, and the sandbox that plays it.
const KNOW_AN_API: [&str; 2] = ["connectors", "sandbox"];

/// The code of a file: without comments, and without the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_other_room_knows_an_api_by_name() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let shown = path.display().to_string();
        let room = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
        let is_test = path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests");
        if is_test || KNOW_AN_API.contains(&room.as_str()) {
            continue;
        }
        for line in code(&text).lines() {
            let lower = line.to_lowercase();
            let names_it = ["whatsapp", "graph.facebook", "waba"].iter().any(|name| lower.contains(name));
            if names_it {
                wrong.push(format!("{shown}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
