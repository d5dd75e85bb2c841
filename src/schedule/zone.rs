//! Time zones by name, and times and durations as people write them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time zone of an IANA name such as `Europe/Berlin`. The error is a sentence for people.
///
/// # Errors
/// A sentence for people, if there is none of that name.
///
/// ```
/// use rowcast::schedule::zone;
/// assert!(zone("America/New_York").is_ok());
/// assert!(zone("Berlin").unwrap_err().contains("Europe/Berlin"));
/// ```
pub fn zone(name: &str) -> Result<TimeZone, String> {
    let given = name.trim();
    if given.is_empty() {
        return Err("no time zone was given; write an IANA name such as Europe/Berlin".to_owned());
    }
    // Names only: a rule such as `EST5EDT,M3.2.0` is not a zone that people mean.
    TimeZone::get(given).map_err(|_| {
        format!("{given:?} is not a time zone; write an IANA name such as Europe/Berlin or America/New_York")
    })
}

/// A local time: `Mon 09:00 Europe/Berlin`, with its date if it is six or more days away.
pub fn moment(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let far = at.duration_since(now).as_hours() >= 6 * 24;
    let form = if far { "%a %Y-%m-%d %H:%M" } else { "%a %H:%M" };
    let name = zone.iana_name().unwrap_or("UTC");
    format!("{} {name}", at.to_zoned(zone.clone()).strftime(form))
}

/// A duration in its largest unit: `45 s`, `30 min`, `14 h`, `3 days`.
///
/// ```
/// use std::time::Duration;
/// use rowcast::schedule::distance;
/// assert_eq!(distance(Duration::from_secs(14 * 3600 + 200)), "14 h");
/// assert_eq!(distance(Duration::from_secs(89)), "89 s");
/// ```
pub fn distance(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", (seconds + 30) / 60),
        7200..172_800 => format!("{} h", (seconds + 1800) / 3600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_in_their_zone() {
        let berlin = zone("Europe/Berlin").unwrap();
        let at: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let before = |days: i64| at - jiff::SignedDuration::from_hours(days * 24);
        assert_eq!(moment(at, &berlin, before(0)), "Mon 09:00 Europe/Berlin");
        assert_eq!(moment(at, &berlin, before(6)), "Mon 2026-11-23 09:00 Europe/Berlin");
        assert_eq!(moment(at, &zone("utc").unwrap(), before(1)), "Mon 08:00 UTC");
    }

    #[test]
    fn distances_have_one_unit() {
        for (seconds, text) in
            [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (172_800, "2 days")]
        {
            assert_eq!(distance(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_zone_is_an_iana_name() {
        for wrong in [
            "",
            " ",
            "Berlin",
            "CEST",
            "+02:00",
            "Europe/",
            "../etc/passwd",
            "/etc/localtime",
            "EST5EDT,M3.2.0,M11.1.0",
        ] {
            assert!(zone(wrong).is_err(), "{wrong}");
        }
        assert_eq!(zone(" Europe/Berlin ").unwrap().iana_name(), Some("Europe/Berlin"));
    }
}
