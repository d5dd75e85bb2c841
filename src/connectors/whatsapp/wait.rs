//! How long the Cloud API asks a sender to wait. Pure functions of an answer's headers.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::connectors::client;

/// The wait that an answer asks for: by `Retry-After`, which Meta documents for no message but may send, else by its own
/// header of usage.
pub(super) fn wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    client::retry_after(headers, now).or_else(|| regain(headers))
}

/// The longest `estimated_time_to_regain_access` of `X-Business-Use-Case-Usage`, in minutes (Meta, Graph API rate limits:
/// business use case limits). The header lists usage by account; zero means that nothing is exceeded.
fn regain(headers: &HeaderMap) -> Option<Duration> {
    let usage: Value = serde_json::from_slice(headers.get("x-business-use-case-usage")?.as_bytes()).ok()?;
    let entries = usage.as_object()?.values().filter_map(Value::as_array).flatten();
    let minutes = entries.filter_map(|entry| entry.get("estimated_time_to_regain_access")?.as_f64());
    let minutes = minutes.filter(|minutes| *minutes > 0.0).reduce(f64::max)?;
    let longest = client::LONGEST.as_secs_f64();
    Some(Duration::from_secs_f64((minutes * 60.0).min(longest)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wait(headers: &[(&'static str, &str)]) -> Option<u64> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        super::wait(&headers.collect(), SystemTime::UNIX_EPOCH).map(|wait| wait.as_secs())
    }

    const USAGE: &str = "x-business-use-case-usage";

    #[test]
    fn the_usage_header_counts_in_minutes() {
        for (usage, seconds) in [
            (r#"{"1":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":3}]}"#, Some(180)),
            (
                r#"{"1":[{"estimated_time_to_regain_access":2}],"2":[{},{"estimated_time_to_regain_access":5}]}"#,
                Some(300),
            ),
            (r#"{"1":[{"estimated_time_to_regain_access":1e300}]}"#, Some(900)),
            (r#"{"1":[{"estimated_time_to_regain_access":0}]}"#, None),
            (r#"{"1":[{"estimated_time_to_regain_access":-7}]}"#, None),
            (r#"{"1":[{"estimated_time_to_regain_access":"5"}]}"#, None),
            (r#"{"1":{"estimated_time_to_regain_access":5}}"#, None),
            ("[]", None),
            ("garbage", None),
            ("", None),
        ] {
            assert_eq!(wait(&[(USAGE, usage)]), seconds, "{usage}");
        }
    }

    #[test]
    fn retry_after_comes_first() {
        let usage = (USAGE, r#"{"1":[{"estimated_time_to_regain_access":3}]}"#);
        assert_eq!(wait(&[("retry-after", "7"), usage]), Some(7));
        assert_eq!(wait(&[("retry-after", "soon"), usage]), Some(180));
        assert_eq!(wait(&[]), None);
    }

    proptest! {
        #[test]
        fn any_time_is_ignored_or_within_bounds(minutes: f64) {
            let usage = format!(r#"{{"1":[{{"estimated_time_to_regain_access":{}}}]}}"#, serde_json::json!(minutes));
            prop_assert!(wait(&[(USAGE, &usage)]).is_none_or(|seconds| seconds <= 900));
        }
    }
}
