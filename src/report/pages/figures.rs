//! The figures of a run that its page shows: counted row by row and fact by fact, in constant memory.

use std::collections::BTreeMap;

use crate::model::{Counts, Reply, Skip, Standing, State};

/// Everything that is counted of a run.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// How the rows stand.
    pub counts: Counts,
    /// Rejected rows that the API wants never tried again.
    pub never_again: u64,
    /// Rows by the number of their attempts, from none.
    pub attempts: BTreeMap<u32, u64>,
    /// How long answers took.
    pub latency: Latency,
    /// What each session did, in order.
    pub sessions: Vec<SessionFigures>,
    /// Refusals after which the row was tried again, by code.
    pub again: BTreeMap<String, u64>,
    /// Why rows were left out on purpose.
    pub skipped: BTreeMap<String, u64>,
    errors: BTreeMap<(usize, String), ErrorFigures>,
    /// Rows whose code had no more place.
    pub other_errors: u64,
    /// Rejected rows of which an earlier attempt may have arrived.
    pub doubtful: u64,
}

/// What went wrong with one code.
#[derive(Debug, Clone)]
pub struct ErrorFigures {
    /// What it made of the rows.
    pub state: State,
    /// The code, or the field of an invalid row.
    pub code: String,
    /// The API's title of it, if it gave one.
    pub title: String,
    /// What to do.
    pub advice: String,
    /// How many rows.
    pub rows: u64,
    /// The first of them.
    pub first: Vec<ErrorRow>,
}

/// A row with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRow {
    /// Its number.
    pub row: u64,
    /// Its physical line.
    pub line: u64,
    /// Who it is for, if that is known.
    pub recipient: String,
    /// What happened.
    pub message: String,
}

/// One session.
#[derive(Debug, Clone)]
pub struct SessionFigures {
    /// Its number.
    pub id: i64,
    /// `run`, `resume` or `retry`.
    pub mode: String,
    /// The recipe revision it used, from 1.
    pub revision: u32,
    /// When what was finished.
    pub timeline: Timeline,
    /// Attempts.
    pub attempts: u64,
    /// Outcomes: accepted, and all others.
    pub outcomes: [u64; 2],
}

/// Outcomes over time. The steps grow with the time: there are never more than 240.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// When it begins, in Unix milliseconds.
    pub begin_ms: i64,
    /// When its last fact was recorded.
    pub end_ms: i64,
    /// How long a step is.
    pub step_ms: i64,
    /// Accepted and other outcomes in each step.
    pub steps: Vec<[u64; 2]>,
}

/// How long answers took: exact counts in narrow classes, each 9 % wider than the one before.
#[derive(Debug, Clone, Default)]
pub struct Latency {
    classes: BTreeMap<u32, u64>,
    total: u64,
    /// The longest, in milliseconds.
    pub longest_ms: u64,
}

/// Codes that are told apart, and rows that are shown of each.
const CODES: usize = 100;
const ROWS: usize = 10;
/// Reasons and codes of refusals that are told apart.
const REASONS: usize = 30;
const STEPS: usize = 240;
/// Classes in which the time doubles.
const CLASSES: f64 = 8.0;

impl Figures {
    /// Counts a row. `recipient` is asked for where the row is shown.
    pub fn row(&mut self, (row, line): (u64, u64), standing: &Standing, recipient: impl FnOnce() -> String) {
        self.counts.add(standing.state);
        self.never_again += u64::from(standing.state == State::Rejected && standing.is_never_again());
        self.doubtful += u64::from(standing.hides_doubt());
        *self.attempts.entry(standing.attempts).or_default() += 1;
        let (code, title, advice, message) = match (standing.state, &standing.left, &standing.answer) {
            (State::Skipped, Some(left), _) => return count(&mut self.skipped, Skip::kind(&left.reason)),
            (State::Invalid, Some(left), _) => {
                let field = left.reason.split(": ").next().unwrap_or_default();
                (field, "", "Mend the data or the recipe; then run the mended rows.", left.reason.as_str())
            }
            (State::Rejected | State::Failed | State::Unknown, _, Some(answer)) => {
                let (reply, note) = (&answer.reply, &answer.note);
                let text = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
                let known = (reply.code(), text(&note.title), text(&note.advice), reply.message());
                return self.error((row, line), standing.state, (known.0, &known.1, &known.2, known.3), recipient);
            }
            _ => return,
        };
        self.error((row, line), standing.state, (code, title, advice, message), recipient);
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

    /// What went wrong, the most frequent first.
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

    /// The attempt of a session that was counted last was withdrawn, and not made.
    pub fn withdrawn(&mut self, session: i64) {
        if let Some(session) = self.session(session) {
            session.attempts = session.attempts.saturating_sub(1);
        }
    }

    /// Counts an answer, after `ms`; after the `last` one of a session the row was not tried again.
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
    /// A session that has done nothing yet.
    pub fn new(id: i64, mode: String, revision: u32, at_ms: i64) -> Self {
        Self { id, mode, revision, timeline: Timeline::new(at_ms), attempts: 0, outcomes: [0; 2] }
    }
}

impl Timeline {
    fn new(begin_ms: i64) -> Self {
        Self { begin_ms, end_ms: begin_ms, step_ms: 1000, steps: Vec::new() }
    }

    /// Counts what was finished at a moment; moments come in any order.
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

    /// How many answers were timed.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The time within which such a part of the answers came, in milliseconds, up to a twelfth too long.
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

    /// How many answers took longer than `from` and up to `to` milliseconds, to the next class.
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
    use crate::model::{Left, RowNumber};

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
            let standing = Standing { state: State::Rejected, answer: Some(rejected.into()), ..Standing::UNTOUCHED };
            figures.row((row, row), &standing, String::new);
            let left = Left { state: State::Skipped, reason: row.to_string() };
            figures.row(
                (row, row),
                &Standing { state: State::Skipped, left: Some(left), ..Standing::UNTOUCHED },
                String::new,
            );
        }
        assert_eq!((figures.errors().len(), figures.other_errors), (CODES, 200));
        assert_eq!((figures.skipped.len(), figures.skipped.values().sum()), (REASONS + 1, 300));
        assert_eq!(figures.counts.total(), 600);
        let mut figures = Figures::default();
        for row in 1..100 {
            let reason = Skip::Duplicate { of: Some(RowNumber(row)) }.to_string();
            let left = Left { state: State::Skipped, reason };
            let standing = Standing { state: State::Skipped, left: Some(left), ..Standing::UNTOUCHED };
            figures.row((row, row), &standing, String::new);
        }
        assert_eq!(figures.skipped.get("duplicate"), Some(&99));
    }
}
