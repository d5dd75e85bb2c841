//! A new recipe for an existing run: checks that it can replace the recipe before it.
//!
//! A new recipe changes the messages and their recipients. The run keeps its own connection and send settings.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::app::Observer;
use crate::diag::Problem;
use crate::recipe::{ConnectionRef, Node, Recipe};

/// Checks that a new recipe can replace the one before it, and reports which of its settings are ignored.
///
/// # Errors
/// It uses another connection.
pub(super) fn check_compatible(before: &Recipe, new: &Recipe, observer: &mut dyn Observer) -> Result<(), Problem> {
    if !sends_alike(&before.connection, &new.connection) {
        let message = "the new recipe has another `connection`; a run always keeps its connection";
        let help = "use the connection of the earlier recipe, or run the remaining rows as a new list";
        return Err(Problem::new(message).help(help).in_file(&new.source.path));
    }
    let settings = |recipe: &Recipe| serde_json::to_value(&recipe.send).unwrap_or_default();
    let (kept, given) = (settings(before), settings(new));
    let keys: BTreeSet<&String> =
        [&given, &kept].into_iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let ignored = keys.into_iter().filter(|key| kept.get(key.as_str()) != given.get(key.as_str()));
    let keys = ignored.map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    if !keys.is_empty() {
        let message =
            format!("the run keeps its own `send` settings; the new recipe's differ in {keys} and are ignored");
        observer.problem(&Problem::new(message).help("override them with flags: `rowcast retry --help`").warning());
    }
    Ok(())
}

/// True if both recipes use the same connections. Tokens may differ. If each row names its connection, the rows are checked
/// later.
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
