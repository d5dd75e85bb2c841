//! The figures on a run's page, counted row by row and fact by fact in constant memory.

use std::collections::BTreeMap;

use crate::model::{Counts, Reply, RowStatus, Skip, State};

/// All figures of a run.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Rows by state.
    pub counts: Counts,
    /// Rejected rows that the API does not want retried.
    pub never_again: u64,
    /// Rows by number of attempts, 0 included.
    pub attempts: BTreeMap<u32, u64>,
    /// Response times.
    pub latency: Latency,
    /// The sessions, in order.
    pub sessions: Vec<SessionFigures>,
    /// Refusals that were retried, by code.
    pub again: BTreeMap<String, u64>,
    /// Skipped rows by reason.
    pub skipped: BTreeMap<String, u64>,
    errors: BTreeMap<(usize, String), ErrorFigures>,
    /// Rows with further codes, once 100 codes are counted.
    pub other_errors: u64,
    /// Rejected rows with an earlier attempt that may have arrived.
    pub doubtful: u64,
}

/// The rows with one error code.
#[derive(Debug, Clone)]
pub struct ErrorFigures {
    /// The state of the rows.
    pub state: State,
    /// The code, or the field of an invalid row.
    pub code: String,
    /// The API's title for the code, if it gave one.
    pub title: String,
    /// What to do.
    pub advice: String,
    /// Number of rows.
    pub rows: u64,
    /// The first rows.
    pub first: Vec<ErrorRow>,
}

/// A row with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRow {
    /// Its number.
    pub row: u64,
    /// Its physical line.
    pub line: u64,
    /// The recipient, if known.
    pub recipient: String,
    /// The error message.
    pub message: String,
}

/// One session.
#[derive(Debug, Clone)]
pub struct SessionFigures {
    /// Its number.
    pub id: i64,
    /// `run`, `resume` or `retry`.
    pub mode: String,
    /// The recipe revision of the session, from 1.
    pub revision: u32,
    /// Outcomes over time.
    pub timeline: Timeline,
    /// Number of attempts.
    pub attempts: u64,
    /// Number of outcomes: accepted, and all others.
    pub outcomes: [u64; 2],
}

/// Outcomes over time, in at most 240 steps. Steps grow with the duration.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Start in Unix milliseconds.
    pub begin_ms: i64,
    /// Time of the last fact in Unix milliseconds.
    pub end_ms: i64,
    /// Length of a step in milliseconds.
    pub step_ms: i64,
    /// Accepted and other outcomes in each step.
    pub steps: Vec<[u64; 2]>,
}

/// Response times as a histogram with exact counts. Each class is 9 % wider than the one before.
#[derive(Debug, Clone, Default)]
pub struct Latency {
    classes: BTreeMap<u32, u64>,
    total: u64,
    /// The longest response time in milliseconds.
    pub longest_ms: u64,
}

/// Maximum number of codes, and of rows shown per code.
const CODES: usize = 100;
const ROWS: usize = 10;
/// Maximum number of skip reasons, and of retried codes.
const REASONS: usize = 30;
const STEPS: usize = 240;
/// Number of classes per doubling of the time.
const CLASSES: f64 = 8.0;

impl Figures {
    /// Counts a row. `recipient` is called only if the row is shown.
    pub fn row(&mut self, (row, line): (u64, u64), status: &RowStatus, recipient: impl FnOnce() -> String) {
        self.counts.add(status.state);
        self.never_again += u64::from(status.state == State::Rejected && status.is_never_again());
        self.doubtful += u64::from(status.hides_doubt());
        *self.attempts.entry(status.attempts).or_default() += 1;
        let (code, title, advice, message) = match (status.state, &status.exclusion, &status.answer) {
            (State::Skipped, Some(exclusion), _) => return count(&mut self.skipped, Skip::kind(&exclusion.reason)),
            (State::Invalid, Some(exclusion), _) => {
                let field = exclusion.reason.split(": ").next().unwrap_or_default();
                (field, "", "Fix the data or the recipe, then run the fixed rows.", exclusion.reason.as_str())
            }
            (State::Rejected | State::Failed | State::Unknown, _, Some(answer)) => {
                let (reply, note) = (&answer.reply, &answer.note);
                let text = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
                let known = (reply.code(), text(&note.title), text(&note.advice), reply.message());
                return self.error((row, line), status.state, (known.0, &known.1, &known.2, known.3), recipient);
            }
            _ => return,
        };
        self.error((row, line), status.state, (code, title, advice, message), recipient);
    }

    fn error(
        &mut self,
        (row, line): (u64, u64),
        state: State,
        (code, title, advice, message): (&str, &str, &str, &str),
        recipient: impl FnOnce() -> String,
    ) {
        let key = (State::ALL.iter().position(|known| *known == state).unwrap_or_default(), code.to_owned());
        if self.errors.len() >= CODES && !self.errors.contains_key(&key) {
            self.other_errors += 1;
            return;
        }
        let known = self.errors.entry(key).or_insert_with(|| ErrorFigures {
            state,
            code: code.to_owned(),
            title: title.to_owned(),
            advice: advice.to_owned(),
            rows: 0,
            first: Vec::new(),
        });
        known.rows += 1;
        if known.first.len() < ROWS {
            known.first.push(ErrorRow { row, line, recipient: recipient(), message: message.to_owned() });
        }
    }

    /// The errors, most frequent first.
    pub fn errors(&self) -> Vec<&ErrorFigures> {
        let mut errors: Vec<_> = self.errors.values().collect();
        errors.sort_by_key(|error| std::cmp::Reverse(error.rows));
        errors
    }

    /// Counts an attempt of a session.
    pub fn attempt(&mut self, session: i64, at_ms: i64) {
        if let Some(session) = self.session(session) {
            session.attempts += 1;
            session.timeline.end_ms = session.timeline.end_ms.max(at_ms);
        }
    }

    /// Uncounts the last attempt of a session, because it was withdrawn.
    pub fn withdrawn(&mut self, session: i64) {
        if let Some(session) = self.session(session) {
            session.attempts = session.attempts.saturating_sub(1);
        }
    }

    /// Counts a reply that took `ms`. `last` says that the session did not retry the row after it.
    pub fn reply(&mut self, session: i64, at_ms: i64, reply: &Reply, ms: u64, last: bool) {
        if ms > 0 {
            self.latency.add(ms);
        }
        if !last && reply.proves_not_sent() {
            return count(&mut self.again, reply.code());
        }
        let kind = usize::from(!matches!(reply, Reply::Accepted { .. }));
        if let Some(session) = self.session(session) {
            session.outcomes[kind] += 1;
            session.timeline.add(at_ms, kind);
        }
    }

    fn session(&mut self, id: i64) -> Option<&mut SessionFigures> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }
}

fn count(counts: &mut BTreeMap<String, u64>, of: &str) {
    let of = if counts.len() < REASONS || counts.contains_key(of) { of } else { "others" };
    *counts.entry(of.to_owned()).or_default() += 1;
}

impl SessionFigures {
    /// A session without attempts.
    pub fn new(id: i64, mode: String, revision: u32, at_ms: i64) -> Self {
        Self { id, mode, revision, timeline: Timeline::new(at_ms), attempts: 0, outcomes: [0; 2] }
    }
}

impl Timeline {
    fn new(begin_ms: i64) -> Self {
        Self { begin_ms, end_ms: begin_ms, step_ms: 1000, steps: Vec::new() }
    }

    /// Counts an outcome at a time; times may come in any order.
    fn add(&mut self, at_ms: i64, kind: usize) {
        self.end_ms = self.end_ms.max(at_ms);
        let since = at_ms.saturating_sub(self.begin_ms).max(0);
        while since / self.step_ms >= i64::try_from(STEPS).unwrap_or(i64::MAX) {
            self.step_ms *= 2;
            self.steps = self
                .steps
                .chunks(2)
                .map(|pair| pair.iter().fold([0; 2], |sum, step| [sum[0] + step[0], sum[1] + step[1]]))
                .collect();
        }
        let at = usize::try_from(since / self.step_ms).unwrap_or_default();
        if self.steps.len() <= at {
            self.steps.resize(at + 1, [0; 2]);
        }
        self.steps[at][kind] += 1;
    }
}

impl Latency {
    fn add(&mut self, ms: u64) {
        *self.classes.entry(class(ms)).or_default() += 1;
        self.total += 1;
        self.longest_ms = self.longest_ms.max(ms);
    }

    /// Number of timed replies.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The response time in milliseconds within which this share of the replies came, at most a twelfth too high.
    pub fn within(&self, part: f64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a figure for people"
        )]
        let wanted = (self.total as f64 * part).ceil() as u64;
        let mut seen = 0;
        let found = self.classes.iter().find(|(_, answers)| {
            seen += **answers;
            seen >= wanted
        });
        found.map_or(0, |(class, _)| upper(*class).min(self.longest_ms))
    }

    /// Number of replies that took more than `from` and at most `to` milliseconds, rounded to classes.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        let inside = |class: &u32| upper(*class) > from && upper(*class) <= to;
        self.classes.iter().filter(|(class, _)| inside(class)).map(|(_, answers)| answers).sum()
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are small and not negative"
)]
fn class(ms: u64) -> u32 {
    ((ms.max(1) as f64).log2() * CLASSES).ceil() as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are small and not negative")]
fn upper(class: u32) -> u64 {
    (f64::from(class) / CLASSES).exp2().round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Exclusion, RowNumber};

    #[test]
    fn steps_grow_with_the_time_and_lose_nothing() {
        let mut timeline = Timeline::new(1_000);
        for n in [0, 239_999, 5, 240_000, 7_000_000, 3] {
            timeline.add(1_000 + n, usize::from(n == 5));
        }
        timeline.add(-5, 0);
        assert!(timeline.steps.len() <= STEPS && timeline.step_ms == 32_000, "{timeline:?}");
        let sum = timeline.steps.iter().fold([0; 2], |sum, step| [sum[0] + step[0], sum[1] + step[1]]);
        assert_eq!((sum, timeline.end_ms), ([6, 1], 7_001_000));
    }

    #[test]
    fn times_are_told_to_a_twelfth() {
        let mut latency = Latency::default();
        (1..=1000).for_each(|ms| latency.add(ms));
        for (part, exact) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1000.0)] {
            #[expect(clippy::cast_precision_loss, reason = "a test")]
            let off = latency.within(part) as f64 / exact;
            assert!((0.999..1.1).contains(&off), "{part}: {off}");
        }
        assert_eq!(latency.between(0, u64::MAX), 1000);
        assert_eq!(Latency::default().within(0.5), 0);
    }

    #[test]
    fn codes_and_reasons_are_bounded() {
        let mut figures = Figures::default();
        for row in 0..300 {
            let rejected = Reply::Rejected { code: row.to_string(), message: String::new() };
            let status = RowStatus { state: State::Rejected, answer: Some(rejected.into()), ..RowStatus::UNTOUCHED };
            figures.row((row, row), &status, String::new);
            let exclusion = Exclusion { state: State::Skipped, reason: row.to_string() };
            figures.row(
                (row, row),
                &RowStatus { state: State::Skipped, exclusion: Some(exclusion), ..RowStatus::UNTOUCHED },
                String::new,
            );
        }
        assert_eq!((figures.errors().len(), figures.other_errors), (CODES, 200));
        assert_eq!((figures.skipped.len(), figures.skipped.values().sum()), (REASONS + 1, 300));
        assert_eq!(figures.counts.total(), 600);
        let mut figures = Figures::default();
        for row in 1..100 {
            let reason = Skip::Duplicate { of: Some(RowNumber(row)), other_message: false }.to_string();
            let exclusion = Exclusion { state: State::Skipped, reason };
            let status = RowStatus { state: State::Skipped, exclusion: Some(exclusion), ..RowStatus::UNTOUCHED };
            figures.row((row, row), &status, String::new);
        }
        assert_eq!(figures.skipped.get("duplicate"), Some(&99));
    }
}
