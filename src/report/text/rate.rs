//! A rate that was found, in words.

use crate::diag::visible;
use crate::model::FoundRate;

/// `the API takes about 80/s; 100,000/s are allowed`.
///
/// ```
/// use rowcast::model::FoundRate;
/// let found = FoundRate { connection: None, takes: Some(79.6), allowed: Some(100_000.0) };
/// assert_eq!(rowcast::report::rate_line(&found), "the API takes about 80/s; 100,000/s are allowed");
/// ```
pub fn rate_line(found: &FoundRate) -> String {
    let whose = found.connection.as_ref().map_or(String::new(), |name| format!("connection `{}`: ", visible(name)));
    let allowed = match found.allowed {
        Some(allowed) => format!("{} are allowed", rate(allowed)),
        None => "no `rate` is set".to_owned(),
    };
    match found.takes {
        Some(takes) => format!("{whose}the API takes about {}; {allowed}", rate(takes)),
        None => format!("{whose}the API takes what is allowed again"),
    }
}

/// A rate in whole requests where it has at least ten in its unit, else with one decimal.
fn rate(per_second: f64) -> String {
    let (rate, unit) = [(1.0, "s"), (60.0, "min"), (3600.0, "h")]
        .into_iter()
        .map(|(seconds, unit)| (per_second * seconds, unit))
        .find(|(rate, _)| *rate >= 0.95)
        .unwrap_or((per_second * 3600.0, "h"));
    let figure = if rate < 9.95 { format!("{rate:.1}") } else { format!("{rate:.0}") };
    let figure = figure.strip_suffix(".0").unwrap_or(&figure);
    let from_the_right = figure.len().min(figure.find('.').unwrap_or(figure.len()));
    let mut text = String::new();
    for (at, digit) in figure.char_indices() {
        if at > 0 && at < from_the_right && (from_the_right - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text}/{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_the_unit_in_which_it_is_a_number() {
        for (per_second, text) in [
            (100_000.0, "100,000/s"),
            (999.6, "1,000/s"),
            (80.2, "80/s"),
            (2.04, "2/s"),
            (2.5, "2.5/s"),
            (0.5, "30/min"),
        ] {
            assert_eq!(rate(per_second), text);
        }
        let found = |connection: Option<&str>, takes, allowed| {
            rate_line(&FoundRate { connection: connection.map(str::to_owned), takes, allowed })
        };
        assert_eq!(
            found(Some("acme"), Some(80.0), None),
            "connection `acme`: the API takes about 80/s; no `rate` is set"
        );
        assert_eq!(found(None, None, Some(80.0)), "the API takes what is allowed again");
    }
}
