//! The sending window: the hours of the week, in local time, in which messages may leave.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Hours of the week, such as `Mon-Fri 09:00-18:00, Sat 10:00-14:00`.
///
/// Hours are local time. An hour that is skipped in spring is not made up for; an hour that occurs twice in autumn is
/// in the window twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    text: String,
    /// Intervals of the week in minutes from Monday 00:00, disjoint and in order, end exclusive.
    week: Vec<(i64, i64)>,
}

/// Whether a window is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Open until `until`, exclusive. [`Timestamp::MAX`] if it never closes.
    Open {
        /// The first time at which it is closed.
        until: Timestamp,
    },
    /// Closed until `opens`.
    Closed {
        /// The first time at which it is open.
        opens: Timestamp,
    },
}

const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Clock changes that are examined at most. A week has one or two, and every week keeps an open hour.
const CHANGES: usize = 64;

impl Window {
    /// Whether the window is open at `now` in `zone`, and when that changes.
    ///
    /// ```
    /// use rowcast::schedule::{Gate, Window, zone};
    /// let window: Window = "Mon-Fri 09:00-18:00".parse()?;
    /// let berlin = zone("Europe/Berlin")?;
    /// let monday = "2026-11-23T08:00:00Z".parse().unwrap();
    /// assert_eq!(window.at("2026-11-21T12:00:00Z".parse().unwrap(), &berlin), Gate::Closed { opens: monday });
    /// let evening = "2026-11-23T17:00:00Z".parse().unwrap();
    /// assert_eq!(window.at(monday, &berlin), Gate::Open { until: evening });
    /// # Ok::<(), String>(())
    /// ```
    pub fn at(&self, now: Timestamp, zone: &TimeZone) -> Gate {
        let open = self.is_open(now, zone);
        let changed = |at| if open { Gate::Open { until: at } } else { Gate::Closed { opens: at } };
        if self.week == [(0, WEEK)] {
            return changed(Timestamp::MAX);
        }
        // Between two clock changes a week has its usual length.
        let mut from = now;
        for _ in 0..CHANGES {
            let change = zone.following(from).next().map_or(Timestamp::MAX, |change| change.timestamp());
            let edge = self.edge(from, zone, open);
            if edge < change {
                return changed(edge);
            }
            if change == Timestamp::MAX || self.is_open(change, zone) != open {
                return changed(change);
            }
            from = change;
        }
        changed(from)
    }

    fn is_open(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let minute = second_of_week(at, zone).div_euclid(60);
        self.week.iter().any(|(begin, end)| (*begin..*end).contains(&minute))
    }

    /// When the window would change if the clocks were never changed.
    fn edge(&self, from: Timestamp, zone: &TimeZone, open: bool) -> Timestamp {
        let second = second_of_week(from, zone);
        let edges = self.week.iter().map(|(begin, end)| if open { *end } else { *begin } * 60);
        // An interval that ends on Sunday 24:00 continues if one begins on Monday 00:00.
        let goes_on = |edge: i64| open && edge == WEEK * 60 && self.week.first().is_some_and(|(begin, _)| *begin == 0);
        let next = edges
            .filter(|edge| !goes_on(*edge))
            .map(|edge| (edge - second - 1).rem_euclid(WEEK * 60) + 1)
            .min()
            .unwrap_or(WEEK * 60);
        let whole = from - SignedDuration::from_nanos(i64::from(subsecond(from)));
        whole.saturating_add(SignedDuration::from_secs(next)).unwrap_or(Timestamp::MAX)
    }
}

/// Seconds since Monday 00:00, local time.
fn second_of_week(at: Timestamp, zone: &TimeZone) -> i64 {
    let shown = zone.to_datetime(at);
    let day = i64::from(shown.date().weekday().to_monday_zero_offset());
    let (hour, minute, second) = (i64::from(shown.hour()), i64::from(shown.minute()), i64::from(shown.second()));
    ((day * 24 + hour) * 60 + minute) * 60 + second
}

/// Nanoseconds since the last whole second.
fn subsecond(at: Timestamp) -> i32 {
    at.subsec_nanosecond().rem_euclid(1_000_000_000)
}

impl FromStr for Window {
    type Err = String;

    /// Entries separated by commas, each `[days] HH:MM-HH:MM`. Days without hours belong to the following entry: `Mon,
    /// Wed 9:00-12:00`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (mut week, mut days) = (Vec::new(), Vec::new());
        for entry in text.split(',') {
            let entry = entry.trim();
            let (names, hours) = match entry.rsplit_once(char::is_whitespace) {
                Some((names, hours)) => (names.trim(), hours),
                None if entry.contains(':') => ("", entry),
                None => (entry, ""),
            };
            if !names.is_empty() {
                days.extend(parse_days(names)?);
            }
            if hours.is_empty() {
                if entry.is_empty() {
                    return Err(wrong(text));
                }
                continue;
            }
            let (begin, end) = parse_hours(hours)?;
            let of = if days.is_empty() { (0..7).collect() } else { std::mem::take(&mut days) };
            week.extend(of.into_iter().map(|day| (day * DAY + begin, day * DAY + end)));
        }
        if week.is_empty() || !days.is_empty() {
            return Err(wrong(text));
        }
        Ok(Self { text: text.trim().to_owned(), week: merged(week) })
    }
}

fn wrong(text: &str) -> String {
    format!("\"{text}\" is not a window: write days and hours, such as Mon-Fri 09:00-18:00")
}

/// `Mon-Fri`, `Sat-Mon` or `Sun`, as days since Monday.
fn parse_days(text: &str) -> Result<Vec<i64>, String> {
    let day = |name: &str| {
        let name = name.trim().to_lowercase();
        let found = DAYS.iter().position(|day| name == *day).and_then(|day| i64::try_from(day).ok());
        found.ok_or_else(|| {
            format!("\"{text}\" names no days: write Mon, Tue, Wed, Thu, Fri, Sat or Sun, or two with a dash")
        })
    };
    let (first, last) = match text.split_once(['-', '–']) {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(text)?, day(text)?),
    };
    Ok((0..=(last - first).rem_euclid(7)).map(|after| (first + after) % 7).collect())
}

/// `09:00-18:00` in minutes of a day. An end that is not after the begin is on the next day.
fn parse_hours(text: &str) -> Result<(i64, i64), String> {
    let (begin, end) = text.split_once(['-', '–']).ok_or_else(|| wrong(text))?;
    let (begin, end) = (parse_time(begin)?, parse_time(end)?);
    match (begin, end) {
        (DAY, _) => Err(format!("\"{text}\": 24:00 is the end of a day, write 00:00 for its beginning")),
        (begin, end) if begin == end => Err(format!("\"{text}\" never opens: write 00:00-24:00 for the whole day")),
        (begin, end) if begin < end => Ok((begin, end)),
        (begin, end) => Ok((begin, end + DAY)),
    }
}

fn parse_time(text: &str) -> Result<i64, String> {
    let wrong = || format!("\"{text}\" is no time of day: write hours and minutes, such as 09:00 or 24:00");
    let digits = |part: &str, wanted: std::ops::RangeInclusive<usize>| {
        let fine = wanted.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| fine).ok_or_else(wrong)
    };
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let (hour, minute) = (digits(hour, 1..=2)?, digits(minute, 2..=2)?);
    let time = hour * 60 + minute;
    if minute < 60 && time <= DAY { Ok(time) } else { Err(wrong()) }
}

/// Disjoint intervals in order. Time after Sunday wraps to Monday.
fn merged(week: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut parts: Vec<(i64, i64)> = week
        .into_iter()
        .flat_map(|(begin, end)| [(begin, end.min(WEEK)), (0, end - WEEK)])
        .filter(|(begin, end)| begin < end)
        .collect();
    parts.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (begin, end) in parts {
        match merged.last_mut() {
            Some(last) if begin <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((begin, end)),
        }
    }
    merged
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
