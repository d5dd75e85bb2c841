//! Breakers: stop where too much goes wrong, while most of it is still unsent. The user's own threshold counts the whole
//! run; what looks like a mistake counts one connection.

use std::collections::VecDeque;

use crate::model::{Reply, State};

/// The user's own threshold on rows that were tried and not accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Failures {
    /// Stop when there are more than this many.
    Rows(u64),
    /// Stop when they are more than this share of the rows tried, in percent.
    Percent(f64),
}

/// A share of fewer rows than this says nothing.
const ENOUGH_FOR_A_SHARE: u64 = 20;

/// The user's threshold, and what it is held against.
#[derive(Debug)]
pub(super) struct Limit {
    most: Option<Failures>,
    tried: u64,
    missed: u64,
}

impl Limit {
    pub(super) fn new(most: Option<Failures>) -> Self {
        Self { most, tried: 0, missed: 0 }
    }

    /// Notes the outcome of a row. `Some` is the reason to stop the run.
    pub(super) fn note(&mut self, state: State) -> Option<String> {
        self.tried += 1;
        if is_accepted(state) {
            return None;
        }
        self.missed += 1;
        let (missed, tried) = (self.missed, self.tried);
        match self.most? {
            Failures::Rows(rows) if missed > rows => {
                let were = if missed == 1 { "row was" } else { "rows were" };
                Some(format!("{missed} {were} not accepted, more than max-failures ({rows}) allows"))
            }
            #[expect(clippy::cast_precision_loss, reason = "a share in percent needs no 53 bits of row numbers")]
            Failures::Percent(percent)
                if tried >= ENOUGH_FOR_A_SHARE && missed as f64 * 100.0 > percent * tried as f64 =>
            {
                Some(format!(
                    "{missed} of {tried} rows tried were not accepted, more than max-failures ({percent}%) allows"
                ))
            }
            _ => None,
        }
    }
}

/// Watches the outcomes of one connection and says when to stop it.
#[derive(Debug)]
pub(super) struct Breaker {
    tried: u64,
    missed: u64,
    /// The last outcomes, newest last: `None` for an accepted row, else its state and code.
    recent: VecDeque<Option<(State, String)>>,
    malformed: u32,
}

const RECENT: usize = 100;

fn is_accepted(state: State) -> bool {
    matches!(state, State::Accepted | State::Held)
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { tried: 0, missed: 0, recent: VecDeque::with_capacity(RECENT), malformed: 0 }
    }

    /// Notes the outcome of a row. `Some` is the reason to stop.
    pub(super) fn note(&mut self, state: State, reply: &Reply) -> Option<String> {
        let accepted = is_accepted(state);
        self.tried += 1;
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((!accepted).then(|| (state, reply.code().to_owned())));
        if accepted {
            return None;
        }
        self.missed += 1;
        if matches!(reply, Reply::Unknown { reason, .. } if reason == "malformed_200") {
            self.malformed += 1;
        }
        self.pattern(reply)
    }

    fn pattern(&self, reply: &Reply) -> Option<String> {
        let code = reply.code();
        let (missed, tried) = (self.missed, self.tried);
        let rejected_alike = |last: usize| {
            let alike =
                |outcome: &&Option<(State, String)>| matches!(outcome, Some((State::Rejected, other)) if other == code);
            self.recent.iter().rev().take(last).filter(alike).count()
        };
        if matches!(reply, Reply::Rejected { .. }) {
            if tried == 10 && rejected_alike(10) == 10 {
                return Some(format!("each of the first 10 rows was rejected with {code}: {}", reply.message()));
            }
            if rejected_alike(25) >= 20 {
                return Some(format!("20 of the last 25 rows were rejected with {code}: {}", reply.message()));
            }
        }
        if self.malformed >= 3 {
            return Some(
                "3 answers said success but were not the API's: is something else answering at base-url?".to_owned(),
            );
        }
        let unknown = self.recent.iter().flatten().filter(|(state, _)| *state == State::Unknown).count();
        if unknown >= 10 {
            return Some(format!("{unknown} of the last {} rows have no trustworthy answer", self.recent.len()));
        }
        if tried >= 1000 && missed * 2 > tried {
            return Some(format!("{missed} of {tried} rows tried were not accepted"));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(code: &str) -> (State, Reply) {
        (State::Rejected, Reply::Rejected { code: code.to_owned(), message: String::new() })
    }

    fn accepted() -> (State, Reply) {
        (State::Accepted, Reply::Accepted { id: "x".to_owned(), recipient: None, status: None, held: false })
    }

    fn unknown(reason: &str) -> (State, Reply) {
        (State::Unknown, Reply::Unknown { reason: reason.to_owned(), message: String::new() })
    }

    /// The number of rows after which one of the two trips.
    fn trips(limit: Option<Failures>, rows: impl IntoIterator<Item = (State, Reply)>) -> Option<usize> {
        let (mut limit, mut breaker) = (Limit::new(limit), Breaker::new());
        let mut trips = |state, reply: &Reply| limit.note(state).or(breaker.note(state, reply)).is_some();
        rows.into_iter().position(|(state, reply)| trips(state, &reply)).map(|at| at + 1)
    }

    fn repeat(n: usize, row: &(State, Reply)) -> impl Iterator<Item = (State, Reply)> + '_ {
        std::iter::repeat_n(row.clone(), n)
    }

    #[test]
    fn a_campaign_wide_mistake_stops_early() {
        assert_eq!(trips(None, repeat(50, &rejected("132012"))), Some(10));
        let late = repeat(100, &accepted()).chain(repeat(50, &rejected("132012"))).collect::<Vec<_>>();
        assert_eq!(trips(None, late), Some(120));
        let mixed = (0..60).map(|n| rejected(if n % 2 == 0 { "131026" } else { "131047" }));
        assert_eq!(trips(None, mixed), None);
    }

    #[test]
    fn doubt_stops_the_run() {
        assert_eq!(trips(None, repeat(50, &unknown("timeout"))), Some(10));
        assert_eq!(trips(None, repeat(50, &unknown("malformed_200"))), Some(3));
        let rare = (0..5000).map(|n| if n % 100 == 0 { unknown("timeout") } else { accepted() });
        assert_eq!(trips(None, rare), None);
    }

    #[test]
    fn the_users_limit_is_on_rows_tried() {
        assert_eq!(trips(Some(Failures::Rows(0)), repeat(3, &rejected("1"))), Some(1));
        assert_eq!(trips(Some(Failures::Rows(2)), repeat(9, &rejected("1"))), Some(3));
        let share =
            |every: usize| (0..1000).map(move |n| if n % every == every - 1 { rejected("1") } else { accepted() });
        assert_eq!(trips(Some(Failures::Percent(5.0)), share(10)), Some(20));
        assert_eq!(trips(Some(Failures::Percent(5.0)), share(25)), None);
    }

    #[test]
    fn more_than_half_of_a_thousand() {
        let rows = (0..3000).map(|n| if n % 5 < 2 { accepted() } else { rejected(&n.to_string()) });
        assert_eq!(trips(None, rows), Some(1000));
    }
}
