//! The committer: every row's events pass through it. It writes the ledger, acknowledges, then informs the reporters,
//! in this order, on one thread, without async.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::exec::{Ack, CommittedAcks, ExecEvent, Halt, Stop, Throughput};
use crate::ledger::{Committed, Fact, Ledger, LedgerError, LedgerWriter, Recorded};
use crate::model::{ConnectionIndex, Counts, Event, Exclusion, FoundRate, Reply, RowNumber, State};
use crate::report::Reporter;

use super::claims::SessionClaims;
use super::found_rates::FoundRates;
use super::retry_set::RetrySet;
use super::sender_lines::LineStop;

/// Facts per commit, at most. The next group gathers while a commit runs.
const GROUP: usize = 1024;

/// The committer of a session.
pub(super) struct Committer<'a> {
    pub(super) ledger: Ledger,
    pub(super) reporter: &'a mut dyn Reporter,
    /// The run's rows per state. Rows that this session takes count as pending until they are started.
    pub(super) counts: Counts,
    pub(super) stop: Stop,
    pub(super) retry_set: Option<Arc<Mutex<RetrySet>>>,
    /// The claims of the session, unless nothing of it counts for other runs.
    pub(super) claims: Option<SessionClaims>,
    /// The rates that the APIs take.
    pub(super) rates: FoundRates,
    stopping_reported: bool,
    /// Connections that may stop on their own and have not done so yet.
    parts: Vec<LineStop>,
    /// The throughput of each execution.
    throughputs: BTreeMap<ConnectionIndex, Throughput>,
    summary: CommitSummary,
}

/// The committer's final report.
#[derive(Debug, Default)]
pub struct CommitSummary {
    /// Why the ledger could not be written, if it could not.
    pub error: Option<LedgerError>,
    /// Rows that the API accepted and that could not be recorded: row and message id.
    pub unrecorded: Vec<(RowNumber, String)>,
    /// The outcomes of this session.
    pub outcomes: Counts,
    /// The rates that the APIs take, where those are less than allowed.
    pub rates: Vec<FoundRate>,
}

impl<'a> Committer<'a> {
    /// The committer of a new session.
    pub(super) fn new(
        ledger: Ledger,
        reporter: &'a mut dyn Reporter,
        counts: Counts,
        stop: Stop,
        parts: Vec<LineStop>,
    ) -> Self {
        let (throughputs, summary) = (BTreeMap::new(), CommitSummary::default());
        Self {
            ledger,
            reporter,
            counts,
            stop,
            retry_set: None,
            claims: None,
            rates: FoundRates::default(),
            stopping_reported: false,
            parts,
            throughputs,
            summary,
        }
    }

    /// The outcomes of this session so far.
    pub(super) fn outcomes(&self) -> &Counts {
        &self.summary.outcomes
    }

    /// Informs the reporters between two passes.
    pub(super) fn report(&mut self, event: &Event) {
        self.reporter.event(event, &self.counts);
    }

    /// Works until every sender of `events` is gone. `send_acks` gets the acknowledgements of a whole commit: waking
    /// another thread per row would cost more than the row does in the ledger.
    pub(super) fn work(&mut self, mut events: mpsc::Receiver<ExecEvent>, mut send_acks: impl FnMut(CommittedAcks)) {
        let mut group = Vec::with_capacity(GROUP);
        while events.blocking_recv_many(&mut group, GROUP) > 0 {
            self.claim(&mut group, &mut send_acks);
            let facts = facts(&group);
            match if facts.is_empty() { Ok(Committed::default()) } else { self.ledger.commit(&facts) } {
                Ok(Committed { refused }) => {
                    // Dropping an event drops its acknowledgement, so a refused row is not sent.
                    if !refused.is_empty() {
                        group
                            .retain(|event| !matches!(event, ExecEvent::Starting { row, .. } if refused.contains(row)));
                    }
                    self.settle_claims(&group);
                    self.settle_group(&mut group, &mut send_acks);
                }
                Err(error) => {
                    self.stop.drain(Halt::Stopped(error.to_string()));
                    self.summary.error.get_or_insert(error);
                    self.rescue(&mut group, &mut send_acks);
                }
            }
            self.report_stopping();
        }
    }

    /// Ends the session. The claims are kept until the run was taken up by the memory.
    pub(super) fn close(mut self) -> (CommitSummary, Option<SessionClaims>) {
        self.report_stopping();
        self.reporter.finish(&self.counts);
        self.summary.rates = self.rates.kept();
        (self.summary, self.claims)
    }

    /// Claims the messages of the group before its intents are stored. A row whose message another run has sent, or is sending, is
    /// told so and leaves the group.
    fn claim(&mut self, group: &mut Vec<ExecEvent>, send_acks: &mut impl FnMut(CommittedAcks)) {
        let Some(claims) = &mut self.claims else { return };
        let mut taken = match claims.take(group) {
            Ok(taken) if taken.is_empty() => return,
            Ok(taken) => taken,
            Err(error) => {
                // Dropping an event drops its acknowledgement, so nothing of these rows is sent.
                self.stop.drain(Halt::Stopped(error));
                group.retain(|event| !matches!(event, ExecEvent::Starting { .. }));
                return;
            }
        };
        let mut acks = CommittedAcks::new();
        group.retain_mut(|event| {
            let ExecEvent::Starting { row, go, .. } = event else { return true };
            let Some(reason) = taken.remove(row) else { return true };
            acks.extend(go.take().map(|to| (to, Ack::LeftOut(reason))));
            false
        });
        send_acks(acks);
    }

    /// Gives back the claims of rows that were certainly not sent. Their outcomes are stored.
    fn settle_claims(&mut self, group: &[ExecEvent]) {
        if let Some(claims) = &mut self.claims
            && let Err(error) = claims.settle(group)
        {
            self.stop.drain(Halt::Stopped(error.to_string()));
        }
    }

    /// After a failed commit, outcomes may still fit into the reserved space. Dropping an event drops its
    /// acknowledgement: its intent is not sent, its outcome is not confirmed.
    fn rescue(&mut self, group: &mut Vec<ExecEvent>, send_acks: &mut impl FnMut(CommittedAcks)) {
        group.retain(|event| {
            matches!(event, ExecEvent::Waiting { .. } | ExecEvent::Withdrawn { .. } | ExecEvent::Finished { .. })
        });
        let facts = facts(group);
        if !facts.is_empty() && self.ledger.rescue(&facts).is_ok() {
            self.settle_group(group, send_acks);
        } else {
            group.drain(..).for_each(|event| self.summary.unrecorded.extend(accepted(&event)));
        }
    }

    /// After a commit, acknowledges the events and then informs the reporters.
    fn settle_group(&mut self, group: &mut Vec<ExecEvent>, send_acks: &mut impl FnMut(CommittedAcks)) {
        let acks: CommittedAcks =
            group.iter_mut().filter_map(ExecEvent::take_ack).map(|to| (to, Ack::Stored)).collect();
        if !acks.is_empty() {
            send_acks(acks);
        }
        group.drain(..).for_each(|event| self.apply(event));
    }

    fn apply(&mut self, event: ExecEvent) {
        match event {
            ExecEvent::Starting { row, attempt, .. } => {
                self.counts.shift(State::Pending, State::Sending);
                self.reporter.event(&Event::Sending { row, attempt }, &self.counts);
            }
            ExecEvent::Waiting { row, attempt, wait, answer, .. } => {
                self.counts.shift(State::Sending, State::Pending);
                if let Some(wait) = wait {
                    self.reporter.event(&Event::Waiting { row, attempt, wait, answer }, &self.counts);
                }
            }
            ExecEvent::Withdrawn { .. } => self.counts.shift(State::Sending, State::Pending),
            ExecEvent::Finished { row, line, attempt, state, answer, took, .. } => {
                self.counts.shift(State::Sending, state);
                self.settle(row, state);
                self.reporter.event(&Event::Finished { row, line, attempt, state, answer, took }, &self.counts);
            }
            ExecEvent::Excluded { row, line, exclusion, .. } => {
                self.counts.shift(State::Pending, exclusion.state);
                self.settle(row, exclusion.state);
                self.reporter.event(&Event::Excluded { row, line, exclusion }, &self.counts);
            }
            ExecEvent::Kept { row, line, state, reason } => {
                self.counts.shift(State::Pending, state);
                self.settle(row, state);
                let exclusion = Exclusion { state, reason };
                self.reporter.event(&Event::Excluded { row, line, exclusion }, &self.counts);
            }
            ExecEvent::Tick { connection, throughput } => {
                if let Some(throughput) = &throughput {
                    self.keep_rate(connection, throughput.found);
                }
                match throughput {
                    Some(throughput) => self.throughputs.insert(connection, throughput),
                    None => self.throughputs.remove(&connection),
                };
                if let Some(throughput) = Throughput::of(self.throughputs.values().copied()) {
                    self.reporter.tick(&self.counts, &throughput);
                }
            }
        }
    }

    /// Keeps the rate that an API takes, so that the next session begins with it, and tells it.
    fn keep_rate(&mut self, connection: ConnectionIndex, found: Option<f64>) {
        let Some(rate) = self.rates.tick(connection, found) else { return };
        if let Err(error) = self.ledger.keep_rate(connection, rate.takes) {
            self.stop.drain(Halt::Stopped(error.to_string()));
            self.summary.error.get_or_insert(error);
            return;
        }
        self.reporter.event(&Event::RateFound(rate), &self.counts);
    }

    fn settle(&mut self, row: RowNumber, state: State) {
        self.summary.outcomes.add(state);
        if let Some(retry_set) = &self.retry_set {
            retry_set.lock().unwrap_or_else(PoisonError::into_inner).settle(row);
        }
    }

    fn report_stopping(&mut self) {
        let stopped: Vec<LineStop> = self.parts.extract_if(.., |part| part.stopped().is_some()).collect();
        for (name, reason) in stopped.iter().filter_map(LineStop::stopped) {
            let event = Event::Stopping { connection: Some(name.to_owned()), reason: reason.to_owned() };
            self.reporter.event(&event, &self.counts);
        }
        if self.stopping_reported {
            return;
        }
        let Some(halt) = self.stop.reason() else { return };
        self.stopping_reported = true;
        let reason = match halt {
            Halt::Interrupted => {
                let rows = self.counts.get(State::Sending);
                match rows {
                    0 => "interrupted".to_owned(),
                    1 => "interrupted; waiting for 1 row in flight (interrupt again to stop waiting)".to_owned(),
                    _ => format!("interrupted; waiting for {rows} rows in flight (interrupt again to stop waiting)"),
                }
            }
            Halt::Stopped(reason) | Halt::Paused(reason) => reason.clone(),
        };
        self.reporter.event(&Event::Stopping { connection: None, reason }, &self.counts);
    }
}

/// The facts of a group, which one commit stores with one timestamp.
fn facts(group: &[ExecEvent]) -> Vec<Fact> {
    let at_ms = Timestamp::now().as_millisecond();
    group.iter().filter_map(|event| fact(event, at_ms)).collect()
}

fn fact(event: &ExecEvent, at_ms: i64) -> Option<Fact> {
    Some(match event {
        ExecEvent::Starting { row, attempt, asked, to, .. } => {
            Fact::Intent { row: *row, attempt: *attempt, asked: *asked, to: to.clone(), at_ms }
        }
        ExecEvent::Waiting { row, attempt, answer, took, .. } => {
            let recorded = Box::new(Recorded::new(Arc::clone(answer), false, *took));
            Fact::Reply { row: *row, attempt: *attempt, at_ms, recorded }
        }
        ExecEvent::Withdrawn { row, attempt, reason, .. } => {
            let recorded = Box::new(Recorded::withdrawn(reason));
            Fact::Reply { row: *row, attempt: *attempt, at_ms, recorded }
        }
        ExecEvent::Finished { row, attempt, answer, took, .. } => {
            let recorded = Box::new(Recorded::new(Arc::clone(answer), true, *took));
            Fact::Reply { row: *row, attempt: *attempt, at_ms, recorded }
        }
        ExecEvent::Excluded { row, attempts, exclusion, .. } => {
            Fact::Excluded { row: *row, attempt: *attempts, exclusion: exclusion.clone() }
        }
        ExecEvent::Kept { .. } | ExecEvent::Tick { .. } => return None,
    })
}

fn accepted(event: &ExecEvent) -> Option<(RowNumber, String)> {
    match event {
        ExecEvent::Finished { row, answer, .. } => match &answer.reply {
            Reply::Accepted { id, .. } => Some((*row, id.clone())),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
