//! The oracle: compares a run's outcomes with the messages that the sandbox received.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rowcast::sandbox::Inbox;

use super::{Bench, Record};

/// Faults after which only the API knows whether the message arrived.
const AMBIGUOUS: [&str; 15] = [
    "timeout",
    "timeout-after-accept",
    "drop-before-accept",
    "drop-after-accept",
    "reset",
    "html-200",
    "empty-200",
    "truncated-200",
    "http-500",
    "http-502",
    "1",
    "2",
    "131000",
    "131016",
    "133004",
];

/// The allowed number of unknown rows, and the rows that were named for a retry.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    /// Rows that may be unknown beyond those that met an ambiguous fault: concurrency times kills.
    pub(crate) doubt: u64,
    /// Recipients whose row the user asked for by name to be sent again: these may have got two messages.
    pub(crate) asked: BTreeSet<String>,
}

/// The number of rows in each state.
pub(crate) type States = BTreeMap<String, u64>;

impl Bench {
    /// Compares the only run with the sandbox; no state was named for a retry.
    #[track_caller]
    pub(crate) fn judge(&self, inbox: &Inbox) -> States {
        self.judge_allowing(inbox, &Allowed::default())
    }

    /// Compares the only run with the sandbox. The list is `list.csv` with its recipients under `phone`.
    #[track_caller]
    pub(crate) fn judge_allowing(&self, inbox: &Inbox, allowed: &Allowed) -> States {
        let results = self.rowcast(&["results"]).code(0).stdout;
        let records = super::records(&results);
        self.in_input_order(&records);

        let seen = inbox.recent();
        assert_eq!(seen.len() as u64, inbox.total_requests(), "the inbox has forgotten requests");
        let mut by_recipient: HashMap<&str, Vec<&rowcast::sandbox::Record>> = HashMap::new();
        for request in &seen {
            by_recipient.entry(&request.to).or_default().push(request);
        }
        let mut states = States::new();
        let mut injected = 0;
        for record in &records {
            let (to, state) = (record.get("phone"), record.get("_status"));
            let requests = by_recipient.get(to).map_or(&[][..], Vec::as_slice);
            *states.entry(state.to_owned()).or_default() += 1;
            injected += u64::from(requests.iter().any(|request| is_ambiguous(request)));
            row_is_true(record, inbox, requests, allowed);
        }
        let unknown = states.get("unknown").copied().unwrap_or(0);
        let most = allowed.doubt + injected;
        assert!(unknown <= most, "{unknown} rows are unknown, at most {most} may be: {states:?}");
        self.counts_agree(&states);
        states
    }

    /// Input order, input cells unchanged.
    #[track_caller]
    fn in_input_order(&self, records: &[Record]) {
        let list = self.read("list.csv");
        let rows = super::records(&list);
        assert_eq!(records.len(), rows.len(), "rows are lost");
        for (at, (record, row)) in records.iter().zip(&rows).enumerate() {
            assert_eq!(record.get("_row"), (at + 1).to_string());
            for (name, cell) in &row.cells {
                assert_eq!(record.get(name), cell, "row {}: the cell of {name} changed", at + 1);
            }
        }
    }

    /// `runs --json` and the results say the same.
    #[track_caller]
    fn counts_agree(&self, states: &States) {
        let runs = self.rowcast(&["runs", "--json"]).code(0).stdout;
        let run: serde_json::Value = serde_json::from_str(runs.lines().last().unwrap()).unwrap();
        let counts = run["counts"].as_object().unwrap();
        let listed: States = counts
            .iter()
            .map(|(state, rows)| (state.clone(), rows.as_u64().unwrap()))
            .filter(|(_, rows)| *rows > 0)
            .collect();
        assert_eq!(&listed, states, "`runs` and `results` differ");
        assert_eq!(listed.values().sum::<u64>(), run["rows"].as_u64().unwrap(), "the states do not add up");
    }
}

#[track_caller]
fn row_is_true(record: &Record, inbox: &Inbox, requests: &[&rowcast::sandbox::Record], allowed: &Allowed) {
    let (to, state) = (record.get("phone"), record.get("_status"));
    let ids = inbox.message_ids(to);
    let asked = allowed.asked.contains(to);
    assert!(ids.len() <= 1 || asked && ids.len() <= 2, "{to} got {} messages: {record:?} {requests:?}", ids.len());
    match state {
        "accepted" | "held" if asked => assert!(ids.iter().any(|id| id == record.get("_message_id")), "{record:?}"),
        "accepted" | "held" => assert_eq!(ids, [record.get("_message_id")], "{record:?}"),
        "unknown" => assert!(!requests.is_empty() || record.get("_error_code") == "crash", "{record:?}"),
        "rejected" | "failed" | "pending" | "skipped" | "invalid" if !asked => {
            let taken = requests.iter().find(|request| request.status.is_some_and(|status| status < 300));
            assert!(taken.is_none(), "{record:?} was answered {taken:?}");
            assert!(ids.is_empty(), "{record:?} was delivered as {ids:?}");
        }
        _ => {}
    }
    if matches!(state, "rejected" | "failed" | "unknown") {
        assert!(!record.get("_advice").is_empty(), "no advice: {record:?}");
    }
}

fn is_ambiguous(request: &rowcast::sandbox::Record) -> bool {
    request.fault.as_deref().is_some_and(|fault| AMBIGUOUS.contains(&fault))
}
