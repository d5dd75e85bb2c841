use proptest::prelude::*;

use super::*;
use crate::schedule::zone;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn gate(window: &str, name: &str, now: &str) -> (bool, String) {
    match window.parse::<Window>().unwrap().at(at(now), &zone(name).unwrap()) {
        Gate::Open { until } => (true, until.to_string()),
        Gate::Closed { opens } => (false, opens.to_string()),
    }
}

fn open(until: &str) -> (bool, String) {
    (true, until.to_owned())
}

fn closed(opens: &str) -> (bool, String) {
    (false, opens.to_owned())
}

#[test]
fn office_hours() {
    let office = "Mon-Fri 09:00-18:00, Sat 10:00-14:00";
    // 2026-11-20 is a Friday; Berlin is an hour ahead of UTC.
    for (now, expected) in [
        ("2026-11-20T07:59:59.999Z", closed("2026-11-20T08:00:00Z")),
        ("2026-11-20T08:00:00Z", open("2026-11-20T17:00:00Z")),
        ("2026-11-20T16:59:59.999999999Z", open("2026-11-20T17:00:00Z")),
        ("2026-11-20T17:00:00Z", closed("2026-11-21T09:00:00Z")),
        ("2026-11-21T12:59:00Z", open("2026-11-21T13:00:00Z")),
        ("2026-11-21T13:00:00Z", closed("2026-11-23T08:00:00Z")),
    ] {
        assert_eq!(gate(office, "Europe/Berlin", now), expected, "{now}");
    }
}

#[test]
fn nights_and_weekends_go_over_midnight() {
    for (window, now, expected) in [
        ("22:00-02:00", "2026-11-22T23:00:00Z", open("2026-11-23T02:00:00Z")),
        ("Sun 22:00-02:00", "2026-11-22T23:00:00Z", open("2026-11-23T02:00:00Z")),
        ("Sun 22:00-02:00", "2026-11-23T02:00:00Z", closed("2026-11-29T22:00:00Z")),
        ("Sat-Mon 00:00-24:00", "2026-11-22T23:00:00Z", open("2026-11-24T00:00:00Z")),
        ("Sat-Mon 00:00-24:00", "2026-11-24T00:00:00Z", closed("2026-11-28T00:00:00Z")),
        ("Mon, Wed 9:00-12:00", "2026-11-23T12:00:00Z", closed("2026-11-25T09:00:00Z")),
        ("9:00-12:00, 12:00-13:00", "2026-11-23T10:00:00Z", open("2026-11-23T13:00:00Z")),
        ("00:00-24:00", "2026-11-23T10:00:00Z", (true, Timestamp::MAX.to_string())),
        ("12:00-00:00, 00:00-12:00", "2026-11-23T10:00:00Z", (true, Timestamp::MAX.to_string())),
    ] {
        assert_eq!(gate(window, "UTC", now), expected, "{window} at {now}");
    }
}

#[test]
fn an_hour_that_is_skipped_is_not_waited_for() {
    // Berlin, 2026-03-29: from 02:00 to 03:00, at 01:00 UTC.
    for (window, now, expected) in [
        ("02:30-04:00", "2026-03-29T00:00:00Z", closed("2026-03-29T01:00:00Z")),
        ("02:15-02:45", "2026-03-29T00:00:00Z", closed("2026-03-30T00:15:00Z")),
        ("01:00-02:30", "2026-03-29T00:30:00Z", open("2026-03-29T01:00:00Z")),
        ("01:00-09:00", "2026-03-29T00:30:00Z", open("2026-03-29T07:00:00Z")),
    ] {
        assert_eq!(gate(window, "Europe/Berlin", now), expected, "{window} at {now}");
    }
}

#[test]
fn an_hour_that_is_shown_twice_is_open_twice() {
    // Berlin, 2026-10-25: from 03:00 back to 02:00, at 01:00 UTC.
    for (window, now, expected) in [
        ("02:30-02:45", "2026-10-25T00:00:00Z", closed("2026-10-25T00:30:00Z")),
        ("02:30-02:45", "2026-10-25T00:45:00Z", closed("2026-10-25T01:30:00Z")),
        ("02:30-02:45", "2026-10-25T01:45:00Z", closed("2026-10-26T01:30:00Z")),
        ("02:30-09:00", "2026-10-25T00:30:00Z", open("2026-10-25T01:00:00Z")),
        ("01:00-09:00", "2026-10-24T23:30:00Z", open("2026-10-25T08:00:00Z")),
    ] {
        assert_eq!(gate(window, "Europe/Berlin", now), expected, "{window} at {now}");
    }
}

#[test]
fn the_ends_of_time_are_no_surprise() {
    let window: Window = "Mon-Fri 09:00-18:00".parse().unwrap();
    for name in ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"] {
        for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            window.at(now, &zone(name).unwrap());
        }
    }
}

#[test]
fn what_is_no_window_says_why() {
    for (text, part) in [
        ("", "is not a window"),
        ("Mon-Fri", "is not a window"),
        ("always", "names no days"),
        ("Mon-Fri 09:00", "is not a window"),
        ("Mo-Fr 09:00-18:00", "names no days"),
        ("Mon-Fri 9-18", "is no time of day"),
        ("25:00-26:00", "is no time of day"),
        ("09:60-10:00", "is no time of day"),
        ("09:00-24:01", "is no time of day"),
        ("+9:00-10:00", "is no time of day"),
        ("09:00-09:00", "never opens"),
        ("24:00-09:00", "24:00 is the end"),
        ("09:00-18:00,", "is not a window"),
        ("09:00-18:00, Sun", "is not a window"),
    ] {
        let error = text.parse::<Window>().unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Apia",
];

/// Interesting times: anywhere in some years, and close to their daylight saving changes.
fn moments() -> impl Strategy<Value = (&'static str, Timestamp)> {
    let anywhere = 1_730_000_000..1_830_000_000_i64;
    (proptest::sample::select(&ZONES[..]), anywhere, -10_000..10_000_i64, any::<bool>()).prop_map(
        |(name, second, near, by_change)| {
            let anywhere = Timestamp::from_second(second).unwrap();
            let tz = zone(name).unwrap();
            let change = tz.following(anywhere).next().filter(|_| by_change);
            (name, change.map_or(anywhere, |change| change.timestamp() + SignedDuration::from_secs(near)))
        },
    )
}

fn windows() -> impl Strategy<Value = String> {
    let time =
        || (0..24_u32, proptest::sample::select(vec![0, 1, 15, 30, 59])).prop_map(|(h, m)| format!("{h:02}:{m:02}"));
    let day = || proptest::sample::select(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][..]);
    let days = prop_oneof![
        Just(String::new()),
        day().prop_map(|day| format!("{day} ")),
        (day(), day()).prop_map(|(from, to)| format!("{from}-{to} ")),
    ];
    let entry = (days, time(), prop_oneof![time(), Just("24:00".to_owned())])
        .prop_map(|(days, from, to)| format!("{days}{from}-{to}"));
    proptest::collection::vec(entry, 1..4).prop_map(|entries| entries.join(", "))
}

proptest! {
    /// An open window is open until it closes, and a closed window is closed until it opens.
    #[test]
    fn a_gate_holds_until_it_says((name, now) in moments(), text in windows()) {
        let Ok(window) = text.parse::<Window>() else { return Ok(()) };
        let zone = zone(name).unwrap();
        let (is_open, until) = match window.at(now, &zone) {
            Gate::Open { until } => (true, until),
            Gate::Closed { opens } => (false, opens),
        };
        prop_assert!(until > now);
        prop_assert_eq!(window.is_open(now, &zone), is_open);
        if until == Timestamp::MAX {
            prop_assert!(is_open);
            return Ok(());
        }
        prop_assert!(until.duration_since(now).as_hours() <= 15 * 24, "{} h", until.duration_since(now).as_hours());
        prop_assert_eq!(window.is_open(until, &zone), !is_open);
        let last = until - SignedDuration::from_nanos(1);
        prop_assert_eq!(window.is_open(last, &zone), is_open);
        let mut minute = Timestamp::from_second(now.as_second().div_euclid(60) * 60 + 60).unwrap();
        while minute < until {
            prop_assert_eq!(window.is_open(minute, &zone), is_open, "{}", minute);
            minute += SignedDuration::from_secs(60);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        if let Ok(window) = text.parse::<Window>() {
            prop_assert!(!window.week.is_empty());
        }
    }
}
