//! The limits of an execution, as data, and the pure decision on retries.

use std::time::{Duration, SystemTime};

use crate::model::{FailureLimit, Rate, Reply, Scope};

use super::Concurrency;

/// The limits of one execution.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Rows in flight.
    pub concurrency: Concurrency,
    /// Requests per unit of time; `None` means unlimited.
    pub rate: Option<Rate>,
    /// Further attempts per row and session after a fault that proves that nothing was sent. What the API turns away for
    /// now is tried until it is taken.
    pub retries: u32,
    /// When to stop because too many rows fail.
    pub max_failures: Option<FailureLimit>,
    /// No attempt begins after this time of the wall clock, which runs on while the machine sleeps.
    pub not_after: Option<SystemTime>,
}

/// The first and the longest bound of the wait after a fault.
const FAULT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// The same after a refusal for now. Short, because the pace of the connection holds the rows back.
const TURNED_AWAY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(400));

/// The longest wait for a recipient. Meta lends a pair 45 messages at most, which are paid back in four and a half
/// minutes (About the platform, pair rate limits).
const LONGEST_FOR_A_PAIR: Duration = Duration::from_secs(256);

impl Policy {
    /// True once no attempt may begin any more.
    pub fn is_late(&self, now: SystemTime) -> bool {
        self.not_after.is_some_and(|end| now > end)
    }

    /// How long to wait before the next attempt, or `None` if there is none: the reply does not prove that nothing was
    /// sent, or it may be a fault and the tries are used up. `tried` counts from 1 the attempts that ended in this way
    /// in this session; `roll` is a random number in 0..1.
    ///
    /// Full jitter over an exponential bound, at least what the API asked for. A recipient who is written to too often
    /// waits 4^n seconds, n from 0 (Meta, "About the platform", pair rate limits).
    ///
    /// ```
    /// # use rowcast::{exec::{Concurrency, Policy}, model::{Reply, Scope}};
    /// # use std::time::Duration;
    /// # let policy = Policy { concurrency: Concurrency::fixed(1), rate: None, retries: 3, max_failures: None, not_after: None };
    /// let busy = |scope| Reply::Throttled { scope, after: None, code: "130429".into(), message: String::new() };
    /// assert_eq!(policy.next_wait(&busy(Scope::Connection), 99, 0.5), Some(Duration::from_millis(200)));
    /// assert_eq!(policy.next_wait(&busy(Scope::Lane), 3, 0.5), Some(Duration::from_secs(16)));
    /// let unreachable = Reply::Unreachable { message: String::new() };
    /// assert_eq!(policy.next_wait(&unreachable, 2, 0.5), Some(Duration::from_millis(500)));
    /// assert_eq!(policy.next_wait(&unreachable, 4, 0.5), None);
    /// let timeout = Reply::Unknown { reason: "timeout".into(), message: String::new() };
    /// assert_eq!(policy.next_wait(&timeout, 1, 0.5), None);
    /// ```
    pub fn next_wait(&self, reply: &Reply, tried: u32, roll: f64) -> Option<Duration> {
        let exponent = tried.saturating_sub(1).min(16);
        let jitter = |(first, longest): (Duration, Duration)| {
            first.saturating_mul(1 << exponent).min(longest).mul_f64(roll.clamp(0.0, 1.0))
        };
        match reply {
            Reply::Throttled { scope: Scope::Lane, after, .. } => {
                let pair = Duration::from_secs(4_u64.saturating_pow(exponent)).min(LONGEST_FOR_A_PAIR);
                Some(pair.max(after.unwrap_or_default()))
            }
            Reply::Throttled { scope: Scope::Connection, after, .. } => {
                Some(jitter(TURNED_AWAY).max(after.unwrap_or_default()))
            }
            _ if reply.proves_not_sent() && tried <= self.retries => Some(jitter(FAULT)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(retries: u32) -> Policy {
        Policy { concurrency: Concurrency::fixed(1), rate: None, retries, max_failures: None, not_after: None }
    }

    fn reply() -> impl Strategy<Value = Reply> {
        let text = || "[a-z]{0,3}";
        let after = proptest::option::of((0..2_000_000_u64).prop_map(Duration::from_millis));
        let scope = prop_oneof![Just(Scope::Lane), Just(Scope::Connection)];
        prop_oneof![
            text().prop_map(|id| Reply::Accepted { id, recipient: None, status: None, held: false }),
            text().prop_map(|code| Reply::Rejected { code, message: String::new() }),
            (scope, after, text()).prop_map(|(scope, after, code)| Reply::Throttled {
                scope,
                after,
                code,
                message: String::new()
            }),
            text().prop_map(|message| Reply::Unreachable { message }),
            text().prop_map(|reason| Reply::Unknown { reason: reason.into(), message: String::new() }),
            text().prop_map(|code| Reply::Fatal { code, message: String::new() }),
        ]
    }

    proptest! {
        #[test]
        fn only_what_was_certainly_not_sent_is_tried_again(reply in reply(), retries in 0..9_u32, tried in 1..12_u32, roll in 0.0..1.0) {
            let wait = policy(retries).next_wait(&reply, tried, roll);
            let again = match reply {
                Reply::Throttled { .. } => true,
                Reply::Unreachable { .. } => tried <= retries,
                _ => false,
            };
            prop_assert_eq!(wait.is_some(), again);
            if let (Some(wait), Reply::Throttled { after: Some(after), .. }) = (wait, &reply) {
                prop_assert!(wait >= *after);
            }
            if let (Some(wait), Reply::Unreachable { .. }) = (wait, &reply) {
                prop_assert!(wait <= FAULT.1);
            }
        }
    }
}
