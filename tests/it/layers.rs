//! The layers of ARCHITECTURE.md and the shape of the sources, checked: a room imports only what is below it, no files import
//! each other in a circle, functions and files stay short, the binary stays thin, one name is one thing.

mod circles;
mod planted;
mod reading;
mod sizes;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use circles::{circles, room};
use sizes::{long_functions, misshapen_files, names_defined_twice};
use tree::{Source, Tree};

/// The table of ARCHITECTURE.md: a room and the rooms of this crate that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
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
    ("connectors", &["diag", "exec", "files", "model", "phone", "recipe", "template"]),
    ("rows", &["diag", "model"]),
    ("ledger", &["files", "model"]),
    ("memory", &["files", "model"]),
    ("run_folder", &["files", "model", "recipe"]),
    ("results", &["model"]),
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
            "memory",
            "model",
            "phone",
            "plan",
            "recipe",
            "report",
            "rows",
            "run_folder",
            "schedule",
            "template",
        ],
    ),
    // 4 application
    ("app", &["everything but cli"]),
    // 5 edge
    ("cli", &["everything"]),
];

/// The names of types that two files define, each with the reason. A name that is defined once has to go from the list.
const NAMES_DEFINED_TWICE: &[(&str, &str)] = &[];

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

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let name = |path: &Path| path.strip_prefix("src").unwrap().to_str().unwrap().replace('\\', "/");
    sources().into_iter().map(|(path, text)| (name(&path), text)).collect()
});
static TREE: LazyLock<Tree> = LazyLock::new(|| Tree::of(&SOURCES));

/// The imports that `table` does not allow. Tests must keep to it too.
fn breaches(tree: &Tree, table: &[(&str, &[&str])]) -> Vec<String> {
    let mut wrong = BTreeSet::new();
    for module in tree.modules().filter(|module| module.file != "lib.rs") {
        let room = room(&module.file);
        let Some((_, allowed)) = table.iter().find(|(name, _)| *name == room) else {
            wrong.insert(format!("{room} is not in the table"));
            continue;
        };
        let allows = |import: &str| match allowed {
            ["everything"] => true,
            ["everything but cli"] => import != "cli",
            rooms => rooms.contains(&import),
        };
        for mention in &module.mentions {
            if let Some(import) = tree.absolute(module, mention).and_then(|path| path.into_iter().next())
                && import != room
                && !allows(&import)
            {
                wrong.insert(format!("{}:{} imports crate::{import}", module.file, mention.line));
            }
        }
    }
    wrong.into_iter().collect()
}

#[test]
fn each_room_imports_only_what_is_below_it() {
    let wrong = breaches(&TREE, MAY_IMPORT);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The imports that `table` allows and no file needs.
fn unneeded(tree: &Tree, table: &[(&str, &[&str])]) -> Vec<String> {
    let needed: BTreeSet<(String, String)> = tree
        .modules()
        .flat_map(|module| module.mentions.iter().map(move |mention| (module, mention)))
        .filter_map(|(module, mention)| {
            let import = tree.absolute(module, mention)?.into_iter().next()?;
            Some((room(&module.file).to_owned(), import))
        })
        .collect();
    let entries = table.iter().flat_map(|(room, allowed)| allowed.iter().map(move |import| (*room, *import)));
    entries
        .filter(|(_, import)| !import.starts_with("everything"))
        .filter(|(room, import)| !needed.contains(&((*room).to_owned(), (*import).to_owned())))
        .map(|(room, import)| format!("{room} may import {import}, but does not"))
        .collect()
}

#[test]
fn the_table_allows_no_more_than_is_needed() {
    let wrong = unneeded(&TREE, MAY_IMPORT);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_room_is_below_those_that_import_it() {
    for (at, (room, allowed)) in MAY_IMPORT.iter().enumerate().filter(|(_, (room, _))| !["app", "cli"].contains(room)) {
        let below: Vec<_> = MAY_IMPORT[..at].iter().map(|(room, _)| room).collect();
        for import in *allowed {
            assert!(below.contains(&import), "{room} may import {import}, which the table does not have above it");
        }
    }
}

#[test]
fn no_files_of_a_room_import_each_other_in_a_circle() {
    let wrong = circles(&TREE, &[]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn functions_are_short() {
    let wrong = long_functions(&TREE);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_name_is_one_type() {
    let names = names_defined_twice(&TREE);
    let listed = |name: &str| NAMES_DEFINED_TWICE.iter().any(|(known, _)| *known == name);
    let new = names.iter().filter(|(name, _)| !listed(name)).map(|(name, files)| format!("{name}: {files:?}"));
    let gone = NAMES_DEFINED_TWICE.iter().filter(|(name, _)| !names.contains_key(name));
    let gone = gone.map(|(name, reason)| format!("{name} ({reason}) is defined once: remove it from the list"));
    let wrong: Vec<_> = new.chain(gone).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_small_and_the_binary_is_thin() {
    let wrong = misshapen_files(&SOURCES);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_is_part_of_the_crate() {
    assert!(TREE.strays.is_empty(), "no `mod` leads to {:?}", TREE.strays);
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

/// The tests that CONTRIBUTING.md names for each promise are there.
#[test]
fn what_holds_each_promise_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let table = text.split("### What holds each promise").nth(1).unwrap().split("###").next().unwrap();
    let lines: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && line.contains(". ")).collect();
    assert_eq!(lines.len(), 11, "{table}");
    for named in lines.iter().flat_map(|line| line.split('`').skip(1).step_by(2)) {
        let file = if named.contains('/') { named.to_owned() } else { format!("tests/it/{named}.rs") };
        assert!(root.join(&file).exists(), "{file}");
    }
}
