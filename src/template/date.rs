//! The filter `date`: reformats a date or time of a cell.

use jiff::Zoned;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;

/// Formats `text` with the `strftime` pattern `to`. Reads it as ISO 8601 (`2026-12-01`, with or without a time), or
/// with the `strptime` pattern `from`. Month and weekday names are English.
pub(super) fn reformat(text: &str, to: &str, from: Option<&str>) -> Result<String, String> {
    let text = text.trim();
    let read = match from {
        Some(form) => strtime::parse(form, text)
            .map_err(|_| format!("\"{text}\" does not have the format {form}"))
            .and_then(|parts| moment(&parts).ok_or_else(|| format!("\"{text}\" is not a complete date"))),
        None => iso(text).ok_or_else(|| {
            format!("\"{text}\" is not a date such as 2026-12-01; give its format: date('{to}', '%d/%m/%Y')")
        }),
    }?;
    strtime::format(to, read).map_err(|error| format!("\"{to}\" is not a date format: {error}"))
}

fn moment(parts: &strtime::BrokenDownTime) -> Option<DateTime> {
    parts.to_datetime().ok().or_else(|| parts.to_date().ok().map(|date| date.at(0, 0, 0, 0)))
}

fn iso(text: &str) -> Option<DateTime> {
    let zoned = |text: &str| text.parse::<Zoned>().ok().map(|moment| moment.datetime());
    let offset = |text: &str| strtime::parse("%Y-%m-%dT%H:%M:%S%:z", text).ok().and_then(|parts| moment(&parts));
    let day = |text: &str| text.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0));
    text.parse::<DateTime>().ok().or_else(|| zoned(text)).or_else(|| offset(text)).or_else(|| day(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_ways() {
        for (text, to, from, result) in [
            ("2026-12-01", "%d.%m.%Y", None, "01.12.2026"),
            ("2026-12-01T18:30:00", "%H:%M", None, "18:30"),
            ("2026-12-01 18:30", "%H:%M", None, "18:30"),
            ("2026-12-01T18:30:00+01:00", "%H:%M", None, "18:30"),
            ("1.12.2026", "%Y-%m-%d", Some("%d.%m.%Y"), "2026-12-01"),
        ] {
            assert_eq!(reformat(text, to, from).as_deref(), Ok(result), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for (text, from) in [("", None), ("02/01/1990", None), ("2026-02-30", None), ("31.02.2026", Some("%d.%m.%Y"))] {
            assert!(reformat(text, "%d", from).is_err(), "{text}");
        }
    }
}
