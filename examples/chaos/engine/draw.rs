//! The scenario: everything that is drawn from the seed before a process starts.

use std::fmt::Write as _;
use std::time::Duration;

use fastrand::Rng;

use super::Setup;

/// Faults and the largest share, in percent, in which they are drawn.
const FAULTS: [(&str, f64); 20] = [
    ("130429", 4.0),
    ("131026", 4.0),
    ("131047", 2.0),
    ("131056", 0.3),
    ("131000", 0.5),
    ("131016", 0.5),
    ("190", 0.2),
    ("redirect", 0.2),
    ("http-429", 0.2),
    ("http-500", 0.5),
    ("http-502", 0.5),
    ("html-200", 0.2),
    ("empty-200", 0.2),
    ("truncated-200", 1.0),
    ("drop-before-accept", 1.0),
    ("drop-after-accept", 1.0),
    ("reset", 1.0),
    ("timeout", 0.3),
    ("timeout-after-accept", 0.3),
    ("held", 3.0),
];

/// After these faults the client cannot know whether the message was delivered.
pub(super) const AMBIGUOUS: [&str; 12] = [
    "131000",
    "131016",
    "http-500",
    "http-502",
    "html-200",
    "empty-200",
    "truncated-200",
    "drop-before-accept",
    "drop-after-accept",
    "reset",
    "timeout",
    "timeout-after-accept",
];

/// Short, so that a row can time out in a process that is killed early.
pub(super) const HASTY: Duration = Duration::from_millis(120);
/// Longer than a busy machine needs.
const PATIENT: Duration = Duration::from_millis(2500);

/// One row of the list.
#[derive(Debug, Clone)]
pub(super) struct Recipient {
    pub(super) phone: String,
    /// The phone number is valid.
    pub(super) valid: bool,
    /// `when` is true for this row.
    pub(super) go: bool,
    /// An earlier row has the same phone.
    pub(super) again: bool,
}

/// A scenario.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) rows: Vec<Recipient>,
    pub(super) template: bool,
    pub(super) faults: Vec<String>,
    pub(super) latency: Duration,
    /// How long the program waits for an answer.
    pub(super) timeout: Duration,
    pub(super) skip_invalid: bool,
    pub(super) sandbox_seed: u64,
}

impl Drawn {
    /// The scenario of a seed.
    pub(super) fn new(setup: &Setup, rng: &mut Rng) -> Self {
        let skip_invalid = rng.u8(..4) == 0;
        let chosen = rng.usize(0..7);
        let mut faults = FAULTS.to_vec();
        rng.shuffle(&mut faults);
        let faults = faults.into_iter().take(chosen).map(|(name, most)| format!("{name}={:.3}%", most * rng.f64()));
        let mut faults: Vec<String> = faults.collect();
        let hasty = rng.u8(..3) == 0;
        if hasty {
            faults.retain(|fault| !fault.starts_with("timeout"));
            faults.extend(["timeout=0.5%", "timeout-after-accept=1.5%"].map(str::to_owned));
        }
        let timeout = if hasty { HASTY } else { PATIENT };
        let mut rows: Vec<Recipient> = Vec::with_capacity(setup.rows);
        for at in 0..setup.rows {
            let earlier = (at > 0 && rng.u8(..32) == 0).then(|| rng.usize(..at)).filter(|at| rows[*at].valid);
            let valid = !skip_invalid || rng.u8(..32) > 0;
            let own = if valid { format!("+4915100{at:06}") } else { format!("nobody {at}") };
            let phone = earlier.map_or(own, |at| rows[at].phone.clone());
            let go = rng.u8(..24) > 0;
            rows.push(Recipient { phone, valid: valid || earlier.is_some(), go, again: earlier.is_some() });
        }
        let latency = Duration::from_micros(rng.u64(0..25_000));
        Self { rows, template: rng.bool(), faults, latency, timeout, skip_invalid, sandbox_seed: rng.u64(..) }
    }

    /// A short list, and an API that behaves.
    pub(super) fn calm(rows: usize) -> Self {
        let rows = (0..rows)
            .map(|at| Recipient { phone: format!("+4915100{at:06}"), valid: true, go: at % 10 != 9, again: false })
            .collect();
        let (faults, latency, timeout) = (Vec::new(), Duration::ZERO, PATIENT);
        Self { rows, template: false, faults, latency, timeout, skip_invalid: false, sandbox_seed: 1 }
    }

    /// The list as CSV.
    pub(super) fn list(&self) -> String {
        let mut list = "phone,name,go\n".to_owned();
        for (at, Recipient { phone, go, .. }) in self.rows.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(list, "{phone},Ann {at},{}", if *go { "yes" } else { "no" });
        }
        list
    }

    /// A description for people, to run the scenario again by hand.
    pub(super) fn describe(&self) -> String {
        let Self { rows, template, faults, latency, timeout, skip_invalid, sandbox_seed } = self;
        let task = if *template { "template" } else { "text" };
        let (count, invalid) = (rows.len(), if *skip_invalid { ", some rows invalid" } else { "" });
        format!(
            "{count} rows, {task}, latency {latency:?}, timeout {timeout:?}, sandbox seed {sandbox_seed}{invalid}, faults {faults:?}"
        )
    }
}

/// An exponentially distributed time.
pub(super) fn exponential(rng: &mut Rng, mean: Duration) -> Duration {
    mean.mul_f64(-(1.0 - rng.f64()).ln())
}
