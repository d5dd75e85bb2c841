//! Durations in short form.

use std::time::Duration;

/// A time left: `4:05`, from ten minutes on `12 min`, `3 h 20 min`, `2 days 3 h`.
pub(in crate::report) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let (minutes, hours) = (seconds.div_ceil(60), seconds.div_ceil(3600));
    match seconds {
        0..600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        600..7200 => format!("{minutes} min"),
        7200..172_800 if minutes % 60 == 0 => format!("{} h", minutes / 60),
        7200..172_800 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days {} h", hours / 24, hours % 24),
    }
}

/// An elapsed time: `1:02:03` or `4:05`.
pub(in crate::report) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_as_exact_as_it_can_be() {
        let said = [0, 5, 65, 599, 600, 3599, 7140, 7200, 12_000, 172_799, 172_800, 300_000]
            .map(|seconds| span(Duration::from_secs(seconds)));
        insta::assert_snapshot!(said.join(" | "), @"0:00 | 0:05 | 1:05 | 9:59 | 10 min | 60 min | 119 min | 2 h | 3 h 20 min | 48 h | 2 days 0 h | 3 days 12 h");
    }

    #[test]
    fn clocks_are_short() {
        assert_eq!(clock(Duration::from_secs(5)), "0:05");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
