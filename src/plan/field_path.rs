//! Paths of fields within the input, such as `body-parameters[1].name`.

use crate::diag::{Problem, Source, Step, locate};

/// True if two fields are equal or one contains the other, as `body-parameters` contains `body-parameters[1].name`.
pub(super) fn about(one: &str, other: &str) -> bool {
    let part = |whole: &str, part: &str| {
        part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
    };
    part(one, other) || part(other, one)
}

/// The path to a field such as `body-parameters[1].name` within the input.
pub(super) fn path_of(field: &str) -> Vec<Step> {
    let mut path = Vec::new();
    for part in field.split('.') {
        let mut pieces = part.split('[');
        path.push(Step::from(pieces.next().unwrap_or(part)));
        path.extend(pieces.filter_map(|index| index.trim_end_matches(']').parse().ok().map(Step::Item)));
    }
    path
}

/// Places a problem at a field such as `body-parameters[1].name`, or at the nearest enclosing value that exists.
pub(super) fn at_field(problem: Problem, source: &Source, field: &str) -> Problem {
    let mut path = vec![Step::from("input")];
    path.extend(path_of(field));
    while !path.is_empty() {
        if let Some(at) = locate(&source.text, &path) {
            return problem.at_text(source, at, 1);
        }
        path.pop();
    }
    problem.in_file(&source.path)
}
