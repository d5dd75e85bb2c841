//! The executor's policy, from the settings of a recipe and a connection.

use std::time::SystemTime;

use crate::exec::{Concurrency, Policy};
use crate::model::Rate;
use crate::recipe::Send;

/// Rows in flight, if nobody says otherwise; with a rate that needs more, up to the second number.
const DEFAULT_CONCURRENCY: Concurrency = Concurrency { least: 64, most: 1000 };
/// The most for all connections of a run together, if nobody says otherwise.
const MOST_OF_ALL: usize = 10_000;
/// Further attempts, if nobody says otherwise.
pub(super) const DEFAULT_RETRIES: u32 = 3;

/// The rate of these settings; `most` is what the connection allows, whatever a recipe says.
pub fn allowed_rate(send: &Send, most: Option<Rate>) -> Option<Rate> {
    match (send.rate, most) {
        (Some(wanted), Some(most)) if wanted.per_second() <= most.per_second() => Some(wanted),
        (_, Some(most)) => Some(most),
        (wanted, None) => wanted,
    }
}

/// The policy of these settings for one of so many connections; `most` is what the connection allows, whatever a recipe says.
pub fn policy(send: &Send, most: Option<Rate>, connections: usize) -> Policy {
    let rate = allowed_rate(send, most);
    Policy {
        concurrency: concurrency(send, rate.is_some(), connections.max(1)),
        rate,
        retries: send.retries.unwrap_or(DEFAULT_RETRIES),
        max_failures: send.max_failures,
        not_after: send.not_after.map(SystemTime::from),
    }
}

/// What may be in doubt after a crash is a promise about the run: its connections share it.
fn concurrency(send: &Send, paced: bool, connections: usize) -> Concurrency {
    let share = MOST_OF_ALL / connections;
    match send.concurrency {
        Some(rows) => Concurrency::fixed((rows.get() as usize / connections).max(1)),
        None if paced => Concurrency {
            least: DEFAULT_CONCURRENCY.least.min(share).max(1),
            most: DEFAULT_CONCURRENCY.most.min(share).max(1),
        },
        None => Concurrency::fixed(DEFAULT_CONCURRENCY.least.min(share).max(1)),
    }
}
