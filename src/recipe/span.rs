//! Spans of time, as people write them.

use std::time::Duration;

use jiff::SignedDuration;

/// Parses a duration such as `30s`, `500ms` or `1m30s`. The error is a sentence for people.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a duration: write a number and a unit, such as 30s, 500ms or 2m");
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

/// Parses a span of time such as `20h`, `7d` or `2w`. A day has 24 hours. The error is a sentence for people.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a span of time: write a number and a unit, such as 20h, 7d or 2w");
    let hours = |number: &str, hours: u64| {
        let number: u64 = number.trim().parse().map_err(|_| wrong())?;
        number.checked_mul(hours * 3600).map(Duration::from_secs).ok_or_else(wrong)
    };
    let text = text.trim();
    let span = match (text.strip_suffix('d'), text.strip_suffix('w')) {
        (Some(days), _) => hours(days, 24)?,
        (_, Some(weeks)) => hours(weeks, 7 * 24)?,
        _ => parse_duration(text).map_err(|_| wrong())?,
    };
    if span.is_zero() { Err("must be longer than 0".to_owned()) } else { Ok(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_days_and_weeks() {
        let hours = |hours: u64| Ok(Duration::from_secs(hours * 3600));
        assert_eq!((parse_span("20h"), parse_span("7d"), parse_span(" 2w ")), (hours(20), hours(168), hours(336)));
        for wrong in ["20", "-3d", "d", "0d", "0s", "1.5d", "99999999999999999999d", "9999999999999999d", ""] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(parse_duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["30", "-3s", "soon", ""] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
