//! Routing: which of several connections sends a row. It depends only on the row and the run's connections, so that
//! every pass, `resume` and `retry` gives the same answer.

use std::collections::{BTreeSet, HashMap};

use crate::diag::{Problem, Problems, did_you_mean};
use crate::model::{ConnectionIndex, FieldError, Header, KeyDigest, Routing, TaskEntry};
use crate::recipe::{ConnectionRef, Node, Recipe};
use crate::template::{Constants, Engine, Text};

use super::target::Target;

/// The field name in errors of a row.
const FIELD: &str = "connection";

/// A compiled routing.
#[derive(Debug)]
pub(super) enum Route<'e> {
    /// The first connection sends all rows.
    First,
    /// The row names its connection.
    Named { name: Text<'e>, by_name: HashMap<&'e str, ConnectionIndex> },
    /// The recipient decides: each connection has a range of digests, which ends at its entry in `ends`.
    Dealt { recipient: Text<'e>, engine: &'e Engine, ends: Vec<u64> },
}

impl<'e> Route<'e> {
    /// Compiles a routing. Adds problems of the recipe to `problems`.
    pub(super) fn compile(
        recipe: &'e Recipe,
        (vars, header, task): (&[(String, Node)], &Header, &'static TaskEntry),
        targets: &[Target<'e>],
        routing: Routing,
        problems: &mut Problems,
    ) -> Self {
        let Some(first) = targets.first() else { return Self::First };
        let (source, engine) = (&recipe.source, first.engine);
        match routing {
            Routing::One => Self::First,
            Routing::ByRow => {
                let ConnectionRef::OfRow(node) = &recipe.connection else {
                    let problem = Problem::new("`connection`: each row of this run names its own connection")
                        .help("keep the template that says which, for example `connection: \"{{ brand }}\"`");
                    problems.push(problem.in_file(&source.path));
                    return Self::First;
                };
                // The connection's settings are known only once it is chosen.
                let constants = Constants::new(header.clone(), vars, &crate::model::Endpoint::default()).into();
                let name = Text::compile(engine, (FIELD, node), source, &constants, problems);
                let by_name =
                    targets.iter().zip(0..).map(|(target, index)| (target.name, ConnectionIndex(index))).collect();
                Self::Named { name, by_name }
            }
            Routing::ByRecipient => {
                let Some((_, node)) = recipe.input.iter().find(|(field, _)| field == task.recipient) else {
                    return Self::First;
                };
                let constants = Constants::new(header.clone(), vars, &first.endpoint).into();
                // Its problems are reported when the input is compiled.
                let mut told = Problems::default();
                let recipient = Text::compile(engine, (task.recipient, node), source, &constants, &mut told);
                let ends = targets.iter().scan(0, |end: &mut u64, target| {
                    *end = end.saturating_add(target.share.max(1));
                    Some(*end)
                });
                Self::Dealt { recipient, engine, ends: ends.collect() }
            }
        }
    }

    /// The connection of a row.
    ///
    /// # Errors
    /// The row names none of the run's connections.
    pub(super) fn of(&self, scope: &minijinja::Value) -> Result<ConnectionIndex, FieldError> {
        match self {
            Self::First => Ok(ConnectionIndex::default()),
            Self::Named { name, by_name } => {
                let name = name.of(scope)?;
                by_name.get(name.as_str()).copied().ok_or_else(|| unknown(&name, by_name))
            }
            Self::Dealt { recipient, engine, ends } => {
                // A row without a recipient is not sent by any connection.
                let person = recipient.of(scope).map(|text| engine.person(&text)).unwrap_or_default();
                Ok(dealt(&person, ends))
            }
        }
    }

    /// The positions of the columns that decide the connection of a row.
    pub(super) fn reads(&self, scope: &minijinja::Value) -> BTreeSet<usize> {
        match self {
            Self::First => BTreeSet::new(),
            Self::Named { name: text, .. } | Self::Dealt { recipient: text, .. } => text.reads(scope),
        }
    }
}

fn unknown(name: &str, known: &HashMap<&str, ConnectionIndex>) -> FieldError {
    if name.is_empty() {
        return FieldError::new(FIELD, "names no connection for this row");
    }
    let names: BTreeSet<&str> = known.keys().copied().collect();
    let meant = did_you_mean(name, names.iter().copied());
    FieldError::new(FIELD, format!("there is no connection \"{name}\"{meant}"))
}

/// The connection for a person. A digest spreads any numbers evenly and is the same on every machine.
fn dealt(person: &str, ends: &[u64]) -> ConnectionIndex {
    let KeyDigest(bytes) = KeyDigest::of(person);
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    let at = u64::from_be_bytes(first) % ends.last().copied().unwrap_or(1).max(1);
    let index = ends.iter().take_while(|end| **end <= at).count();
    ConnectionIndex(u16::try_from(index).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_dealt_out_by_shares_and_stay_where_they_are() {
        let ends = [80, 160, 1160];
        let dealt_to: Vec<ConnectionIndex> = (0..20_000).map(|n| dealt(&format!("+1555010{n:05}"), &ends)).collect();
        let count = |wanted| dealt_to.iter().filter(|index| **index == ConnectionIndex(wanted)).count();
        for (number, share) in [(0, 80), (1, 80), (2, 1000)] {
            let expected = 20_000 * share / 1160;
            assert!(count(number).abs_diff(expected) < expected / 5 + 100, "{number}: {} of {expected}", count(number));
        }
        // Every later version must give the same result, so that a resumed run continues as it began.
        let said: Vec<u16> = (0..12).map(|n| dealt(&format!("+1555010{n:05}"), &[1, 2, 3]).0).collect();
        insta::assert_compact_debug_snapshot!(said, @"[1, 2, 1, 1, 1, 1, 1, 1, 2, 2, 1, 1]");
    }

    #[test]
    fn one_connection_gets_everything() {
        assert!((0..100).all(|n| dealt(&n.to_string(), &[1]) == ConnectionIndex(0)));
        assert_eq!(dealt("", &[]), ConnectionIndex(0));
    }
}
