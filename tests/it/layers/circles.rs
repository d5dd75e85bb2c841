//! Circles of files: within a room, no file may import itself by way of others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::reading::Kind;
use super::tree::Tree;

/// An import that a circle may keep for now.
pub(super) struct Exception {
    /// The importing file, or a common prefix of several.
    pub(super) from: &'static str,
    /// The file that it imports.
    pub(super) to: &'static str,
    /// The day on which it was found.
    pub(super) since: &'static str,
    /// Why it is still there.
    pub(super) reason: &'static str,
}

/// The imports between files, and their places.
type Imports<'t> = BTreeMap<&'t str, BTreeMap<&'t str, String>>;

/// The errors: the circles that remain without the excepted imports, and the exceptions that no circle needs.
pub(super) fn circles(tree: &Tree, exceptions: &[Exception]) -> Vec<String> {
    let all = imports(tree);
    let mut wrong = Vec::new();
    let mut rest = all.clone();
    for Exception { from, to, since, reason } in exceptions {
        let mut is_needed = false;
        for (file, targets) in rest.iter_mut().filter(|(file, _)| file.starts_with(from)) {
            is_needed |= targets.remove(to).is_some() && shortest(&all, to, file).is_some();
        }
        if !is_needed {
            wrong.push(format!("{from} -> {to} ({since}: {reason}) is part of no circle: remove the exception"));
        }
    }
    let mut seen = BTreeSet::new();
    for file in rest.keys() {
        let Some(circle) = rest[file].keys().filter_map(|next| shortest(&rest, next, file)).min_by_key(Vec::len) else {
            continue;
        };
        // The circle begins with its first file, so that it is reported once.
        let first = circle.iter().enumerate().min_by_key(|(_, file)| **file).map_or(0, |(at, _)| at);
        let circle: Vec<_> = circle[first..].iter().chain(&circle[..=first]).copied().collect();
        if seen.insert(circle.clone()) {
            let steps =
                circle.windows(2).map(|step| format!("  {} -> {} ({})", step[0], step[1], rest[step[0]][step[1]]));
            wrong.push(format!("circle {}\n{}", circle.join(" -> "), steps.collect::<Vec<_>>().join("\n")));
        }
    }
    wrong
}

/// What each file imports of its own room, test code left out.
fn imports(tree: &Tree) -> Imports<'_> {
    let mut imports = Imports::new();
    for module in tree.modules().filter(|module| !module.test) {
        for mention in module.mentions.iter().filter(|mention| !mention.test && mention.kind != Kind::ReExport) {
            let Some(path) = tree.absolute(module, mention) else { continue };
            // A module alone is a name: what is taken from it counts where it is taken.
            if mention.kind == Kind::Use && tree.is_module(&path) {
                continue;
            }
            let Some(file) = tree.file(&path) else { continue };
            if file != module.file && room(file) == room(&module.file) {
                let place = || format!("line {}: {}", mention.line, mention.path.join("::"));
                imports.entry(module.file.as_str()).or_default().entry(file).or_insert_with(place);
            }
        }
    }
    imports
}

/// The room that a file is in.
pub(super) fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file)
}

/// The shortest way along imports, both ends included. A file leads to itself.
fn shortest<'t>(imports: &Imports<'t>, from: &'t str, to: &str) -> Option<Vec<&'t str>> {
    let mut before: BTreeMap<&str, Option<&'t str>> = BTreeMap::from([(from, None)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(file) = waiting.pop_front() {
        if file == to {
            let mut way: Vec<_> = std::iter::successors(Some(file), |file| before[file]).collect();
            way.reverse();
            return Some(way);
        }
        for &next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if !before.contains_key(next) {
                before.insert(next, Some(file));
                waiting.push_back(next);
            }
        }
    }
    None
}
