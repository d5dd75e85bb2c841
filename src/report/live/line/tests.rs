use std::time::Duration;

use super::*;
use crate::exec::Cause;
use crate::model::Counts;
use crate::report::live::progress::Wait;

fn snapshot(states: &[(State, u64)]) -> ProgressSnapshot {
    let mut counts = Counts::default();
    for (state, rows) in states {
        counts.add_many(*state, *rows);
    }
    let (rate, allowed, left) = (Some(79.84), Some(80.0), Some(Duration::from_secs(250)));
    ProgressSnapshot { counts, rate, allowed, slowed: false, left, in_parts: false, wait: None }
}

/// Snapshots of typical runs.
fn snapshots() -> Vec<ProgressSnapshot> {
    let half = [
        (State::Pending, 19_936),
        (State::Sending, 64),
        (State::Accepted, 19_951),
        (State::Rejected, 12),
        (State::Unknown, 3),
        (State::Skipped, 34),
    ];
    let wait = |cause, seconds| Some((Wait::For(cause), Duration::from_secs(seconds)));
    vec![
        ProgressSnapshot { rate: None, ..snapshot(&[(State::Pending, 40_000)]) },
        snapshot(&half),
        ProgressSnapshot {
            rate: Some(21.04),
            allowed: Some(56.2),
            slowed: true,
            wait: wait(Cause::Throttled, 14),
            ..snapshot(&half)
        },
        ProgressSnapshot { rate: Some(0.4), left: None, wait: wait(Cause::Unreachable, 8), ..snapshot(&half) },
        ProgressSnapshot {
            rate: Some(0.0),
            left: None,
            wait: Some((Wait::Window, Duration::from_secs(50_400))),
            ..snapshot(&half)
        },
        ProgressSnapshot { in_parts: true, ..snapshot(&half) },
        ProgressSnapshot { rate: Some(1012.3), allowed: None, ..snapshot(&half) },
        ProgressSnapshot { left: None, ..snapshot(&[(State::Accepted, 39_988), (State::Rejected, 12)]) },
    ]
}

#[test]
fn the_line_says_what_fits_and_the_most_urgent_first() {
    for width in [120, 80, 60, 40, 20] {
        let lines: Vec<String> = snapshots().iter().map(|snapshot| line(snapshot, width, false)).collect();
        insta::assert_snapshot!(format!("line_of_{width}"), lines.join("\n"));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal_whatever_that_is() {
    for width in 1..200 {
        for snapshot in snapshots() {
            for color in [false, true] {
                let columns = measure_text_width(&line(&snapshot, width, color));
                assert!(columns <= width.saturating_sub(FREE).max(4), "{columns} of {width}");
            }
        }
    }
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    assert!(!line(&snapshots()[1], 120, false).contains('\u{1b}'));
    assert!(line(&snapshots()[1], 120, true).contains("\u{1b}[32m"));
    assert_eq!(console::strip_ansi_codes(&line(&snapshots()[1], 120, true)), line(&snapshots()[1], 120, false));
}
