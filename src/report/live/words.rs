//! Short wording for rates and waits.

use std::time::Duration;

use crate::exec::Cause;
use crate::report::text::duration;

use super::progress::{ProgressSnapshot, Wait};

/// Why nothing is sent and how long, in long or short form.
pub(super) fn wait((wait, left): (Wait, Duration), short: bool) -> String {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let left = if seconds < 120 { format!("{seconds} s") } else { duration::span(left) };
    match (wait, short) {
        (Wait::For(Cause::Throttled), _) => format!("throttled, {left}"),
        (Wait::For(Cause::Unreachable), false) => format!("the API cannot be reached, next attempt in {left}"),
        (Wait::For(Cause::Unreachable), true) => format!("unreachable, {left}"),
        (Wait::For(Cause::Retry), false) => format!("waiting to retry, {left}"),
        (Wait::For(Cause::Retry), true) => format!("retry in {left}"),
        (Wait::For(Cause::Pace), _) => format!("next row in {left}"),
        (Wait::Window, false) => format!("outside the window for {left}"),
        (Wait::Window, true) => format!("closed, {left}"),
        (Wait::Stage, _) => format!("next stage in {left}"),
    }
}

/// The live rate and the allowed one: `79.8 of 80/s`, `8.0 of 10/min`, `20.0 of 56/s, slowed`. `at most 80/s` before
/// there is a live rate; `None` if the rate is unlimited, too.
pub(super) fn rate(snapshot: &ProgressSnapshot, short: bool) -> Option<String> {
    let unit = snapshot.allowed.filter(|allowed| *allowed > 0.0).or(snapshot.rate)?;
    let (times, unit) = match unit {
        rate if rate >= 0.99 || rate == 0.0 => (1.0, "s"),
        rate if rate >= 0.99 / 60.0 => (60.0, "min"),
        _ => (3600.0, "h"),
    };
    let slowed = if snapshot.slowed { ", slowed" } else { "" };
    let allowed = snapshot.allowed.map(|allowed| {
        let allowed = allowed * times;
        // A lowered rate rises steadily; its decimal would flicker.
        let allowed = if snapshot.slowed && allowed >= 10.0 { format!("{allowed:.0}") } else { figure(allowed) };
        allowed.trim_end_matches(".0").to_owned()
    });
    Some(match (snapshot.rate.map(|live| figure(live * times)), allowed) {
        (Some(live), Some(allowed)) if !short => format!("{live} of {allowed}/{unit}{slowed}"),
        (Some(live), _) => format!("{live}/{unit}"),
        (None, allowed) => format!("at most {}/{unit}", allowed?),
    })
}

/// One decimal below 100.
fn figure(rate: f64) -> String {
    if rate < 99.95 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Counts;

    #[test]
    fn a_rate_has_the_unit_in_which_it_is_a_number() {
        let text = [
            (79.84, Some(80.0), false),
            (f64::NAN, Some(80.0), false),
            (f64::NAN, None, false),
            (18.0, Some(56.0), true),
            (1012.4, None, false),
            (0.0, Some(80.0), false),
            (1.0, Some(1.0), false),
            (0.16, Some(10.0 / 60.0), false),
            (0.0083, Some(30.0 / 3600.0), false),
            (0.5, None, false),
            (2.5, Some(2.5), false),
        ]
        .map(|(live, allowed, slowed)| {
            let snapshot = ProgressSnapshot {
                counts: Counts::default(),
                rate: Some(live).filter(|live| !live.is_nan()),
                allowed,
                slowed,
                left: None,
                in_parts: false,
                wait: None,
            };
            [false, true].map(|short| rate(&snapshot, short).unwrap_or("nothing".to_owned())).join(" / ")
        });
        insta::assert_snapshot!(text.join("\n"), @r"
        79.8 of 80/s / 79.8/s
        at most 80/s / at most 80/s
        nothing / nothing
        18.0 of 56/s, slowed / 18.0/s
        1012/s / 1012/s
        0.0 of 80/s / 0.0/s
        1.0 of 1/s / 1.0/s
        9.6 of 10/min / 9.6/min
        29.9 of 30/h / 29.9/h
        30.0/min / 30.0/min
        2.5 of 2.5/s / 2.5/s
        ");
    }
}
