//! How many rows may fail before a run stops: the one rule for a whole run and for a stage, with its message.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most rows that may be tried and not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FailureLimit {
    /// A number of rows.
    Rows(u64),
    /// A percentage of the rows tried.
    Percent(f64),
}

impl FailureLimit {
    /// The message that stops a run or a stage, if `failed` of the `tried` rows exceed the limit.
    ///
    /// ```
    /// # use rowcast::model::FailureLimit;
    /// assert_eq!(FailureLimit::Percent(10.0).exceeded(2, 20), None);
    /// let message = FailureLimit::Percent(10.0).exceeded(3, 20).unwrap();
    /// assert_eq!(message, "3 of 20 rows were not accepted, more than max-failures (10%) allows");
    /// ```
    pub fn exceeded(self, failed: u64, tried: u64) -> Option<String> {
        let exceeds = match self {
            Self::Rows(rows) => failed > rows,
            #[expect(clippy::cast_precision_loss, reason = "a percentage does not need 53 bits of row numbers")]
            Self::Percent(percent) => failed as f64 * 100.0 > percent * tried as f64,
        };
        let rows = if tried == 1 {
            "row was"
        } else if failed == 1 {
            "rows was"
        } else {
            "rows were"
        };
        exceeds.then(|| format!("{failed} of {tried} {rows} not accepted, more than max-failures ({self}) allows"))
    }
}

impl FromStr for FailureLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is neither a whole number of rows nor a percentage such as 5%");
        match text.strip_suffix('%') {
            Some(percent) => {
                let percent: f64 = percent.trim().parse().map_err(|_| wrong())?;
                if (0.0..=100.0).contains(&percent) { Ok(Self::Percent(percent)) } else { Err(wrong()) }
            }
            None => text.trim().parse().map(Self::Rows).map_err(|_| wrong()),
        }
    }
}

impl fmt::Display for FailureLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl TryFrom<String> for FailureLimit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<FailureLimit> for String {
    fn from(limit: FailureLimit) -> Self {
        limit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_rows_or_a_share() {
        assert_eq!("5%".parse(), Ok(FailureLimit::Percent(5.0)));
        assert_eq!("20".parse(), Ok(FailureLimit::Rows(20)));
        for wrong in ["-1", "101%", "5 percent", "%", "NaN%"] {
            assert!(wrong.parse::<FailureLimit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(FailureLimit::Rows(2).exceeded(2, 2), None);
        assert_eq!(FailureLimit::Percent(5.0).exceeded(1, 20), None);
        let messages = [
            (FailureLimit::Rows(2).exceeded(3, 9), "3 of 9 rows were not accepted, more than max-failures (2) allows"),
            (FailureLimit::Rows(0).exceeded(1, 20), "1 of 20 rows was not accepted, more than max-failures (0) allows"),
            (
                FailureLimit::Percent(5.0).exceeded(1, 1),
                "1 of 1 row was not accepted, more than max-failures (5%) allows",
            ),
        ];
        for (message, expected) in messages {
            assert_eq!(message.as_deref(), Some(expected));
        }
    }
}
