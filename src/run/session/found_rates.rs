//! The rates that the APIs of a session were found to take.
//!
//! Belongs here: which of them is worth keeping and telling. Does not belong here: how they are found (`exec`).

use std::collections::BTreeMap;

use crate::model::{ConnectionIndex, FoundRate, Rate};

use super::sender_lines::SenderLine;

/// Two rates that differ by less than this share are the same.
const SAME: f64 = 0.1;

/// The rates of a session by connection.
#[derive(Debug, Default)]
pub(super) struct FoundRates {
    lines: BTreeMap<ConnectionIndex, LineRate>,
}

#[derive(Debug)]
struct LineRate {
    /// The connection's name, if there are several.
    name: Option<String>,
    allowed: Option<f64>,
    /// The rate at the last tick. A rate counts once it has stayed for a tick: the first estimates are too high.
    last: Option<f64>,
    kept: Option<f64>,
}

impl FoundRates {
    /// The rates with which the lines of a session begin.
    pub(super) fn of(lines: &[Option<SenderLine>]) -> Self {
        let several = lines.len() > 1;
        let line = |line: &SenderLine| {
            let name = several.then(|| line.name.clone());
            let allowed = line.link.policy.rate.map(Rate::per_second);
            (line.link.connection, LineRate { name, allowed, last: line.found, kept: line.found })
        };
        Self { lines: lines.iter().flatten().map(line).collect() }
    }

    /// What is known at the end of the session.
    pub(super) fn kept(&self) -> Vec<FoundRate> {
        let found = |line: &LineRate| {
            let (connection, takes, allowed) = (line.name.clone(), line.kept, line.allowed);
            takes.map(|_| FoundRate { connection, takes, allowed })
        };
        self.lines.values().filter_map(found).collect()
    }

    /// Takes what a connection found at a tick; `None` if its API takes what is allowed. `Some` if that is worth keeping.
    pub(super) fn tick(&mut self, connection: ConnectionIndex, found: Option<f64>) -> Option<FoundRate> {
        let line = self.lines.get_mut(&connection)?;
        let stays = is_same(line.last, found);
        line.last = found;
        if !stays || is_same(line.kept, found) {
            return None;
        }
        line.kept = found;
        Some(FoundRate { connection: line.name.clone(), takes: found, allowed: line.allowed })
    }
}

fn is_same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => (one - other).abs() <= SAME * one,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_once_it_stays_and_again_when_it_has_moved() {
        let line = LineRate { name: None, allowed: Some(1000.0), last: None, kept: None };
        let mut rates = FoundRates { lines: BTreeMap::from([(ConnectionIndex(0), line)]) };
        let ticks = [
            (None, None),
            (Some(1600.0), None),
            (Some(320.0), None),
            (Some(82.0), None),
            (Some(80.0), Some(Some(80.0))),
            (Some(84.0), None),
            (Some(77.0), None),
            (Some(200.0), None),
            (Some(201.0), Some(Some(201.0))),
            (None, None),
            (None, Some(None)),
            (None, None),
        ];
        for (found, told) in ticks {
            let told_now = rates.tick(ConnectionIndex(0), found).map(|rate| rate.takes);
            assert_eq!(told_now, told, "{found:?}");
        }
        assert_eq!(rates.tick(ConnectionIndex(7), Some(80.0)), None);
    }
}
