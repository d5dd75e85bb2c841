//! The defaults of `send`: what a run uses where neither recipe nor flag says otherwise. The default rate is the
//! connection's, because it depends on the API.

use std::time::Duration;

use crate::model::FailureLimit;

/// Time limit of one request.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Further attempts of a row.
pub const RETRIES: u32 = 3;

/// Rows in flight.
pub const CONCURRENCY: usize = 64;

/// Rows in flight, at most, if the allowed rate needs more than [`CONCURRENCY`].
pub const CONCURRENCY_AT_RATE: usize = 1000;

/// Rows in flight, at most, over all connections of a run.
pub const CONCURRENCY_OF_RUN: usize = 10_000;

/// Failures that a stage allows.
pub const STAGE_FAILURES: FailureLimit = FailureLimit::Percent(10.0);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{SEND_KEYS, parse_duration};

    #[test]
    fn the_reference_names_the_same_defaults() {
        let key = |name: &str| SEND_KEYS.iter().find(|key| key.name == name).unwrap();
        assert_eq!(key("retries").default.unwrap().parse(), Ok(RETRIES));
        assert_eq!(parse_duration(key("timeout").default.unwrap()), Ok(TIMEOUT));
        let concurrency = key("concurrency").doc;
        for rows in [CONCURRENCY, CONCURRENCY_AT_RATE] {
            assert!(concurrency.contains(&rows.to_string()), "{concurrency}");
        }
    }
}
