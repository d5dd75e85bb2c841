//! A new recipe for a run that has one: what of it counts, and keeping it.
//!
//! A run goes on with what it was started with. What a new recipe changes is what is sent, and to whom; from where and how
//! fast is the run's own.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::app::Observer;
use crate::diag::Problem;
use crate::recipe::{ConnectionRef, Node, Recipe};

/// Checks that a new recipe can take the place of the one before it, and reports what of it is ignored.
///
/// # Errors
/// It sends from somewhere else.
pub(super) fn check_compatible(before: &Recipe, new: &Recipe, observer: &mut dyn Observer) -> Result<(), Problem> {
    if !sends_alike(&before.connection, &new.connection) {
        let message = "the new recipe has another `connection`: a run goes on with the one that it was begun with";
        let help = "write the connection of before, or run the rows that are left as a list of their own";
        return Err(Problem::new(message).help(help).in_file(&new.source.path));
    }
    let settings = |recipe: &Recipe| serde_json::to_value(&recipe.send).unwrap_or_default();
    let (kept, given) = (settings(before), settings(new));
    let keys: BTreeSet<&String> =
        [&given, &kept].into_iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let ignored = keys.into_iter().filter(|key| kept.get(key.as_str()) != given.get(key.as_str()));
    let keys = ignored.map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    if !keys.is_empty() {
        let message = format!("`send` of the new recipe is not taken, and it differs in {keys}: the run keeps its own");
        observer.problem(&Problem::new(message).help("flags change it: `rowcast retry --help`").warning());
    }
    Ok(())
}

/// True if rows go by the same connections. Where each row names its own, that is checked row by row; and a token is no part of it.
fn sends_alike(before: &ConnectionRef, new: &ConnectionRef) -> bool {
    let settings = |entries: &[(String, Node)]| {
        let is_token = |key: &str| key == "token" || key == "token-file";
        entries.iter().filter(|(key, _)| !is_token(key)).cloned().collect::<Vec<_>>()
    };
    match (before, new) {
        (ConnectionRef::Named(one), ConnectionRef::Named(other)) => one == other,
        (ConnectionRef::Several(one), ConnectionRef::Several(other)) => one == other,
        (ConnectionRef::Inline(one), ConnectionRef::Inline(other)) => settings(one) == settings(other),
        (ConnectionRef::OfRow(_), ConnectionRef::OfRow(_)) => true,
        _ => false,
    }
}
