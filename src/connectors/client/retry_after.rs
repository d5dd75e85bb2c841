//! How long a server asks us to wait. A pure function of the answer's headers.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

/// The maximum wait that one answer can ask for. A longer one is a fault, or a pause of the whole run, which is decided
/// elsewhere.
pub(in crate::connectors) const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The wait that `Retry-After` asks for, in seconds or as a date (RFC 9110 §10.2.3), at most a quarter of an hour.
///
/// A date is compared with the answer's own `Date`, because both come from the server's clock; `now` replaces a missing `Date`.
/// A time in the past means no wait. Values that cannot be read are ignored, and the longest of several counts.
pub(in crate::connectors) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let sent = headers.get(DATE).and_then(date).unwrap_or(now);
    let wait = |value| seconds(value).or_else(|| Some(date(value)?.duration_since(sent).unwrap_or_default()));
    Some(headers.get_all(RETRY_AFTER).iter().filter_map(wait).max()?.min(LONGEST))
}

/// A whole number of seconds. A negative one is no wait, one of any size is a long wait.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = if negative { 0 } else { digits.parse().unwrap_or(u64::MAX) };
    Some(Duration::from_secs(seconds))
}

/// A date in one of the three forms of RFC 9110 §5.6.7.
fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: &str = "Sun, 22 Nov 2026 12:00:00 GMT";

    fn wait(retry_after: &[&str], date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for value in retry_after {
            headers.append(RETRY_AFTER, value.parse().unwrap());
        }
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        super::retry_after(&headers, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn seconds_are_taken_within_bounds() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("900", Some(900)),
            ("901", Some(900)),
            ("1000000000", Some(900)),
            ("99999999999999999999999999", Some(900)),
            ("-5", Some(0)),
            ("", None),
            ("-", None),
            ("1.5", None),
            ("1e3", None),
            ("+5", None),
            ("soon", None),
        ] {
            assert_eq!(wait(&[text], None), seconds.map(Duration::from_secs), "{text:?}");
        }
        assert_eq!(wait(&[], None), None);
    }

    #[test]
    fn a_date_is_measured_against_the_servers_clock() {
        for (text, seconds) in [
            ("Sun, 22 Nov 2026 12:00:30 GMT", Some(30)),
            ("Sunday, 22-Nov-26 12:00:30 GMT", Some(30)),
            ("Sun Nov 22 12:00:30 2026", Some(30)),
            ("Sun, 22 Nov 2026 11:00:00 GMT", Some(0)),
            ("Sun, 22 Nov 2099 12:00:00 GMT", Some(900)),
            ("Sun, 99 Nov 2026 12:00:00 GMT", None),
        ] {
            assert_eq!(wait(&[text], Some(NOON)), seconds.map(Duration::from_secs), "{text:?}");
        }
        // Without a date of the server's, ours has to do; it is 1970 here.
        assert_eq!(wait(&["Thu, 01 Jan 1970 00:00:09 GMT"], None), Some(Duration::from_secs(9)));
        assert_eq!(wait(&["Thu, 01 Jan 1970 00:00:09 GMT"], Some("garbage")), Some(Duration::from_secs(9)));
    }

    #[test]
    fn of_several_the_longest_counts() {
        assert_eq!(wait(&["3", "garbage", "8"], None), Some(Duration::from_secs(8)));
    }

    proptest! {
        #[test]
        fn any_value_is_ignored_or_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..40), seconds: i64) {
            for value in [HeaderValue::from_bytes(&bytes).ok(), seconds.to_string().parse().ok()].into_iter().flatten() {
                let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
                let wait = super::retry_after(&headers, SystemTime::UNIX_EPOCH);
                prop_assert!(wait.is_none_or(|wait| wait <= LONGEST));
            }
        }
    }
}
