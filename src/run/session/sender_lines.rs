//! The sender lines of a session: one execution per connection, each with its own pacer and stop, under one failure
//! limit.
//!
//! Belongs here: what the connections share. Does not belong here: which row uses which connection.

use std::sync::Arc;

use crate::exec::{ConnectionState, Connector, Halt, Link, Policy, Stop};
use crate::model::{ConnectionIndex, RunToken};

/// A connection of a session.
pub struct Sender {
    /// Its name.
    pub name: String,
    /// Sends its requests.
    pub connector: Arc<dyn Connector>,
    /// Its policy. The policies of a session differ only in rate and concurrency.
    pub policy: Policy,
    /// The requests per second that its API was last seen to take, if they were fewer than allowed.
    pub found: Option<f64>,
}

/// A connection in use.
pub(super) struct SenderLine {
    pub(super) name: String,
    pub(super) link: Link,
    /// The requests per second that its API was last seen to take, if they were fewer than allowed.
    pub(super) found: Option<f64>,
    /// Stops this line; the session's own stop if it is the only line.
    pub(super) stop: Stop,
}

/// The lines of all senders, by connection index.
///
/// If there are several, each can stop on its own, for example because its token is dead, while the others continue.
pub(super) fn lines(senders: Vec<Option<Sender>>, run: RunToken, stop: &Stop) -> Vec<Option<SenderLine>> {
    let several = senders.len() > 1;
    let mut first: Option<ConnectionState> = None;
    let mut line = |(sender, index): (Option<Sender>, u16)| {
        let Sender { name, connector, policy, found } = sender?;
        let state =
            first.as_ref().map_or_else(|| ConnectionState::new(&policy, found), |first| first.beside(&policy, found));
        first.get_or_insert_with(|| state.clone());
        let stop = if several { stop.part() } else { stop.clone() };
        Some(SenderLine {
            name,
            link: Link { run, connection: ConnectionIndex(index), connector, policy, state },
            found,
            stop,
        })
    };
    senders.into_iter().zip(0..).map(&mut line).collect()
}

/// Why a line ended, apart from the session.
#[derive(Debug, Clone)]
pub(super) struct LineStop {
    name: String,
    stop: Stop,
}

impl LineStop {
    /// One per line, if there are several.
    pub(super) fn of(lines: &[Option<SenderLine>]) -> Vec<Self> {
        let parts = lines.iter().flatten().map(|line| Self { name: line.name.clone(), stop: line.stop.clone() });
        if lines.len() > 1 { parts.collect() } else { Vec::new() }
    }

    /// The connection's name, and why it stopped while the others continued.
    pub(super) fn stopped(&self) -> Option<(&str, &str)> {
        match self.stop.own_reason()? {
            Halt::Stopped(reason) | Halt::Paused(reason) => Some((&self.name, reason)),
            Halt::Interrupted => None,
        }
    }
}

/// Why some lines of a session stopped, if they did.
pub(super) fn stopped_in_part(parts: &[LineStop]) -> Option<Halt> {
    let reasons: Vec<String> = parts
        .iter()
        .filter_map(LineStop::stopped)
        .map(|(name, reason)| format!("connection `{name}`: {reason}"))
        .collect();
    (!reasons.is_empty()).then(|| Halt::Stopped(reasons.join("; ")))
}
