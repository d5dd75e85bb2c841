//! Long functions, long files, and names that two types have.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Source, Tree};

/// Lines that a function may have, from its signature to its closing brace.
const MOST_LINES_OF_A_FUNCTION: usize = 70;
/// Lines that a source file may have; tests in files of their own are not counted.
const MOST_LINES_OF_A_FILE: usize = 400;
/// Lines that `main.rs` may have.
const MOST_LINES_OF_MAIN: usize = 25;

/// The functions that are too long, test code left out.
pub(super) fn long_functions(tree: &Tree) -> Vec<String> {
    let modules = tree.modules().filter(|module| !module.test);
    let functions = modules.flat_map(|module| module.functions.iter().map(move |function| (&module.file, function)));
    functions
        .filter(|(_, function)| function.lines > MOST_LINES_OF_A_FUNCTION)
        .map(|(file, function)| format!("{file}:{} {} has {} lines", function.line, function.name, function.lines))
        .collect()
}

/// The names of types that are defined in more than one file, with the files. Test code is left out.
pub(super) fn names_defined_twice(tree: &Tree) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut names = BTreeMap::<_, BTreeSet<_>>::new();
    for module in tree.modules().filter(|module| !module.test) {
        for name in &module.types {
            names.entry(name.as_str()).or_default().insert(module.file.as_str());
        }
    }
    names.retain(|_, files| files.len() > 1);
    names
}

/// Files that are too long, or do not say what they are for.
pub(super) fn misshapen_files(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, text) in sources.iter().filter(|(file, _)| !is_of_tests(file)) {
        let (lines, most) = (text.lines().count(), most_lines(file));
        if lines > most {
            wrong.push(format!("{file} has {lines} lines, at most {most}"));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{file} does not begin with `//!` and what it is for"));
        }
    }
    wrong
}

fn most_lines(file: &str) -> usize {
    if file == "main.rs" { MOST_LINES_OF_MAIN } else { MOST_LINES_OF_A_FILE }
}

fn is_of_tests(file: &str) -> bool {
    file.ends_with("tests.rs") || file.split('/').any(|part| part == "tests")
}
