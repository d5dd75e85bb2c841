//! Circuit breakers: stop while most rows are still unsent if too many fail. The user's failure limit counts the whole
//! run; the patterns of a mistake are counted per connection.

use std::collections::VecDeque;

use crate::model::{FailureLimit, Reply, State, UnknownReason};

/// A percentage is not judged before this many rows.
const ENOUGH_FOR_A_SHARE: u64 = 20;

/// The user's failure limit, and the counts that it is compared with.
#[derive(Debug)]
pub(super) struct Limit {
    most: Option<FailureLimit>,
    tried: u64,
    missed: u64,
}

impl Limit {
    pub(super) fn new(most: Option<FailureLimit>) -> Self {
        Self { most, tried: 0, missed: 0 }
    }

    /// Counts the outcome of a row. `Some` is the reason to stop the run.
    pub(super) fn record(&mut self, state: State) -> Option<String> {
        self.tried += 1;
        if is_accepted(state) {
            return None;
        }
        self.missed += 1;
        let most = self.most?;
        let early = matches!(most, FailureLimit::Percent(_)) && self.tried < ENOUGH_FOR_A_SHARE;
        if early { None } else { most.exceeded(self.missed, self.tried) }
    }
}

/// Watches the outcomes of one connection and decides when to stop it.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Rows whose outcome is new information, and those of them that were not accepted.
    tried: u64,
    missed: u64,
    /// The latest of them, newest last: the code of each refused row.
    refused: VecDeque<Option<String>>,
    /// Whether each of the latest outcomes is in doubt, newest last.
    unknown: VecDeque<bool>,
    malformed: u32,
    wrong_row: u32,
}

/// How many outcomes are examined for refusals, and for doubt.
const REFUSED: usize = 25;
const UNKNOWN: usize = 100;

fn is_accepted(state: State) -> bool {
    matches!(state, State::Accepted | State::Held)
}

impl Breaker {
    pub(super) fn new() -> Self {
        let (refused, unknown) = (VecDeque::with_capacity(REFUSED), VecDeque::with_capacity(UNKNOWN));
        Self { tried: 0, missed: 0, refused, unknown, malformed: 0, wrong_row: 0 }
    }

    /// Counts the outcome of a row. `Some` is the reason to stop. `again`: the row was refused with the same code
    /// before, which is expected of a retry of refused rows and no sign of a new mistake.
    pub(super) fn record(&mut self, state: State, reply: &Reply, again: bool) -> Option<String> {
        push(&mut self.unknown, state == State::Unknown, UNKNOWN);
        if again {
            return None;
        }
        self.tried += 1;
        let rejected = matches!(reply, Reply::Rejected { .. });
        push(&mut self.refused, rejected.then(|| reply.code().to_owned()), REFUSED);
        if is_accepted(state) {
            return None;
        }
        self.missed += 1;
        match reply {
            Reply::Unknown { reason: UnknownReason::Malformed, .. } => self.malformed += 1,
            Reply::Unknown { reason: UnknownReason::WrongRow, .. } => self.wrong_row += 1,
            _ => {}
        }
        self.pattern(reply)
    }

    fn pattern(&self, reply: &Reply) -> Option<String> {
        let code = reply.code();
        let (missed, tried) = (self.missed, self.tried);
        if matches!(reply, Reply::Rejected { .. }) {
            let alike = self.refused.iter().flatten().filter(|other| *other == code).count();
            if tried == 10 && alike == 10 {
                return Some(format!("each of the first 10 rows was rejected with {code}: {}", reply.message()));
            }
            if alike >= 20 {
                return Some(format!("20 of the last 25 rows were rejected with {code}: {}", reply.message()));
            }
        }
        if self.wrong_row >= 3 {
            return Some("3 answers were those of other rows; check base-url, and any proxy on the way".to_owned());
        }
        if self.malformed >= 3 {
            return Some("3 answers reported success but did not come from the API; check base-url".to_owned());
        }
        let unknown = self.unknown.iter().filter(|unknown| **unknown).count();
        if unknown >= 10 {
            return Some(format!("{unknown} of the last {} rows have no trustworthy answer", self.unknown.len()));
        }
        if tried >= 1000 && missed * 2 > tried {
            return Some(format!("{missed} of {tried} rows tried were not accepted"));
        }
        None
    }
}

/// Adds the newest entry, and drops the oldest beyond `most`.
fn push<T>(to: &mut VecDeque<T>, newest: T, most: usize) {
    if to.len() == most {
        to.pop_front();
    }
    to.push_back(newest);
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

    fn unknown(reason: UnknownReason) -> (State, Reply) {
        (State::Unknown, Reply::Unknown { reason, message: String::new() })
    }

    /// The number of rows after which one of the two trips.
    fn trips(limit: Option<FailureLimit>, rows: impl IntoIterator<Item = (State, Reply)>) -> Option<usize> {
        let (mut limit, mut breaker) = (Limit::new(limit), Breaker::new());
        let mut trips = |state, reply: &Reply| limit.record(state).or(breaker.record(state, reply, false)).is_some();
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

    /// The number of rows after which the breaker trips; `true` for one that is refused as it was before.
    fn trips_in_retry(rows: impl IntoIterator<Item = ((State, Reply), bool)>) -> Option<usize> {
        let mut breaker = Breaker::new();
        let mut rows = rows.into_iter();
        rows.position(|((state, reply), again)| breaker.record(state, &reply, again).is_some()).map(|at| at + 1)
    }

    #[test]
    fn a_refusal_that_is_known_says_nothing_of_the_other_rows() {
        let again = |many| std::iter::repeat_n((rejected("131026"), true), many);
        let new = |many, code| std::iter::repeat_n((rejected(code), false), many);
        assert_eq!(trips_in_retry(again(5000)), None);
        assert_eq!(
            trips_in_retry(again(30).chain(new(50, "132012"))),
            Some(40),
            "the first 10 of which nothing was known"
        );
        let between = (0..60).flat_map(|_| again(40).chain(new(1, "132012")));
        assert_eq!(trips_in_retry(between), Some(41 * 10));
        let accepted = |many| std::iter::repeat_n((accepted(), false), many);
        assert_eq!(trips_in_retry(accepted(50).chain(again(50)).chain(new(50, "132012"))), Some(120));
        // Unknown rows are still counted among all rows.
        let doubt = |many| std::iter::repeat_n((unknown(UnknownReason::Timeout), false), many);
        assert_eq!(trips_in_retry(again(30).chain(doubt(10))), Some(40));
        let rare = (0..100).flat_map(|_| again(15).chain(doubt(1)));
        assert_eq!(trips_in_retry(rare), None);
    }

    #[test]
    fn doubt_stops_the_run() {
        assert_eq!(trips(None, repeat(50, &unknown(UnknownReason::Timeout))), Some(10));
        assert_eq!(trips(None, repeat(50, &unknown(UnknownReason::Malformed))), Some(3));
        assert_eq!(trips(None, repeat(50, &unknown(UnknownReason::WrongRow))), Some(3));
        let rare = (0..5000).map(|n| if n % 100 == 0 { unknown(UnknownReason::Timeout) } else { accepted() });
        assert_eq!(trips(None, rare), None);
    }

    #[test]
    fn the_users_limit_is_on_rows_tried() {
        assert_eq!(trips(Some(FailureLimit::Rows(0)), repeat(3, &rejected("1"))), Some(1));
        assert_eq!(trips(Some(FailureLimit::Rows(2)), repeat(9, &rejected("1"))), Some(3));
        let share =
            |every: usize| (0..1000).map(move |n| if n % every == every - 1 { rejected("1") } else { accepted() });
        assert_eq!(trips(Some(FailureLimit::Percent(5.0)), share(10)), Some(20));
        assert_eq!(trips(Some(FailureLimit::Percent(5.0)), share(25)), None);
    }

    #[test]
    fn more_than_half_of_a_thousand() {
        let rows = (0..3000).map(|n| if n % 5 < 2 { accepted() } else { rejected(&n.to_string()) });
        assert_eq!(trips(None, rows), Some(1000));
    }
}
