//! The executor's policy, from the settings of a recipe and a connection.

use std::time::SystemTime;

use crate::exec::{Concurrency, Policy};
use crate::model::Rate;
use crate::recipe::{SendSettings, defaults};

/// The rate of these settings, at most the connection's rate `most`.
pub fn allowed_rate(send: &SendSettings, most: Option<Rate>) -> Option<Rate> {
    match (send.rate, most) {
        (Some(wanted), Some(most)) if wanted.per_second() <= most.per_second() => Some(wanted),
        (_, Some(most)) => Some(most),
        (wanted, None) => wanted,
    }
}

/// The policy of these settings for one of `connections` connections, at most at the connection's rate `most`.
pub fn policy(send: &SendSettings, most: Option<Rate>, connections: usize) -> Policy {
    let rate = allowed_rate(send, most);
    Policy {
        concurrency: concurrency(send, rate.is_some(), connections.max(1)),
        rate,
        retries: send.retries.unwrap_or(defaults::RETRIES),
        max_failures: send.max_failures,
        not_after: send.not_after.map(SystemTime::from),
    }
}

/// The bound on rows in doubt after a crash is a promise about the run, so its connections share it.
fn concurrency(send: &SendSettings, paced: bool, connections: usize) -> Concurrency {
    let share = defaults::CONCURRENCY_OF_RUN / connections;
    match send.concurrency {
        Some(rows) => Concurrency::fixed((rows.get() as usize / connections).max(1)),
        None if paced => Concurrency {
            least: defaults::CONCURRENCY.min(share).max(1),
            most: defaults::CONCURRENCY_AT_RATE.min(share).max(1),
        },
        None => Concurrency::fixed(defaults::CONCURRENCY.min(share).max(1)),
    }
}
