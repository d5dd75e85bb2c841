//! The connections of a session at work: one execution each, with its own pace and its own stop, under one threshold.
//!
//! Belongs here: what they share and what not. Does not belong here: which row goes by which.

use std::sync::Arc;

use crate::exec::{ConnectionState, Connector, Halt, Link, Policy, Stop};
use crate::model::{RunToken, Via};

/// One connection of a session.
pub struct Sender {
    /// Its name.
    pub name: String,
    /// The way out.
    pub connector: Arc<dyn Connector>,
    /// The rules. Connections differ in how fast they are, and in nothing else.
    pub policy: Policy,
}

/// One connection at work.
pub(super) struct SenderLine {
    pub(super) name: String,
    pub(super) link: Link,
    /// Asks for the end of what goes by it: that of the session, if there is no other.
    pub(super) stop: Stop,
}

/// Lines for all senders, by the places of their connections.
///
/// Of several, each is stopped for itself when its token is dead, say: the others have their own, and the hour that the user has
/// is theirs too.
pub(super) fn lines(senders: Vec<Option<Sender>>, run: RunToken, stop: &Stop) -> Vec<Option<SenderLine>> {
    let several = senders.len() > 1;
    let mut first: Option<ConnectionState> = None;
    let mut line = |(sender, via): (Option<Sender>, u16)| {
        let Sender { name, connector, policy } = sender?;
        let state = first.as_ref().map_or_else(|| ConnectionState::new(&policy), |first| first.beside(&policy));
        first.get_or_insert_with(|| state.clone());
        let stop = if several { stop.part() } else { stop.clone() };
        Some(SenderLine { name, link: Link { run, via: Via(via), connector, policy, state }, stop })
    };
    senders.into_iter().zip(0..).map(&mut line).collect()
}

/// What a line says of its end, before that of the session.
#[derive(Debug, Clone)]
pub(super) struct Part {
    name: String,
    stop: Stop,
}

impl Part {
    /// One for each line, where there are several.
    pub(super) fn of(lines: &[Option<SenderLine>]) -> Vec<Self> {
        let parts = lines.iter().flatten().map(|line| Self { name: line.name.clone(), stop: line.stop.clone() });
        if lines.len() > 1 { parts.collect() } else { Vec::new() }
    }

    /// The connection's name, and why it was stopped while the others were not.
    pub(super) fn stopped(&self) -> Option<(&str, &str)> {
        match self.stop.own_reason()? {
            Halt::Stopped(reason) | Halt::Paused(reason) => Some((&self.name, reason)),
            Halt::Interrupted => None,
        }
    }
}

/// Why a session was stopped in parts, if it was.
pub(super) fn stopped_in_part(parts: &[Part]) -> Option<Halt> {
    let reasons: Vec<String> =
        parts.iter().filter_map(Part::stopped).map(|(name, reason)| format!("connection `{name}`: {reason}")).collect();
    (!reasons.is_empty()).then(|| Halt::Stopped(reasons.join("; ")))
}
