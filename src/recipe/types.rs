//! What a recipe says, typed.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::diag::Source;
use crate::schedule::Window;

use super::{Audience, Node, Stage};

/// A parsed recipe. Templates are still text; nothing is checked against data or task yet.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Its text, for problems that point into it.
    pub source: Source,
    /// The run's name: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Which connection it uses.
    pub connection: ConnectionRef,
    /// The task, as written: an id or a short name.
    pub task: String,
    /// The data file, as written.
    pub data: Option<String>,
    /// Constants for templates.
    pub vars: Vec<(String, Node)>,
    /// Rows for which this is false are skipped.
    pub when: Option<Node>,
    /// Who of the list is left out.
    pub audience: Audience,
    /// The task's input: a mapping whose leaf strings may be templates.
    pub input: Vec<(String, Node)>,
    /// How to send.
    pub send: Send,
}

/// The connection of a recipe.
#[derive(Debug, Clone)]
pub enum ConnectionRef {
    /// A name from the connections file.
    Named(String),
    /// The same mapping, written in the recipe.
    Inline(Vec<(String, Node)>),
    /// A template: each row names its own.
    OfRow(Node),
    /// Several names, at least two, that share the rows.
    Several(Vec<String>),
}

/// How to send. Every setting is optional, has a flag and a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Send {
    /// Rows in flight at most; also the bound on rows in doubt after a crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<NonZeroU32>,
    /// Requests per unit of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Further attempts after a refusal that proves that nothing was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// How long one request may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// When to stop because too much goes wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_failures: Option<MaxFailures>,
    /// No row is sent after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// The parts in which the rows are sent; empty for all at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// How long is waited between two stages instead of asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_wait: Option<Duration>,
    /// The hours in which rows are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Whose hours: the IANA name of a time zone, or a template that gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

impl Send {
    /// These settings, with those of `flags` where a flag was given.
    #[must_use]
    pub fn overridden_by(&self, flags: &Self) -> Self {
        Self {
            concurrency: flags.concurrency.or(self.concurrency),
            rate: flags.rate.or(self.rate),
            retries: flags.retries.or(self.retries),
            timeout: flags.timeout.or(self.timeout),
            max_failures: flags.max_failures.or(self.max_failures),
            not_after: flags.not_after.or(self.not_after),
            stages: if flags.stages.is_empty() { &self.stages } else { &flags.stages }.clone(),
            stage_wait: flags.stage_wait.or(self.stage_wait),
            window: flags.window.as_ref().or(self.window.as_ref()).cloned(),
            timezone: flags.timezone.as_ref().or(self.timezone.as_ref()).cloned(),
        }
    }
}

/// So many requests per unit of time; the unit is required, for `80` alone has meant an hour elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many, at least 1.
    pub count: NonZeroU32,
    /// Per how long: a second, a minute, an hour or a day.
    pub per: Duration,
}

const UNITS: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

impl Rate {
    /// Requests a second.
    pub fn per_second(self) -> f64 {
        f64::from(self.count.get()) / self.per.as_secs_f64()
    }
}

impl FromStr for Rate {
    type Err = String;

    /// ```
    /// use rowcast::recipe::Rate;
    /// assert_eq!("80/s".parse::<Rate>().unwrap().per_second(), 80.0);
    /// assert!("80".parse::<Rate>().unwrap_err().contains("80/s"));
    /// ```
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("\"{text}\" is not a rate: write a whole number and a unit (s, m, h or d), such as 80/s");
        let (count, unit) = text.split_once('/').ok_or_else(wrong)?;
        let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        let count = count.trim().parse().map_err(|_| wrong())?;
        Ok(Self { count, per: Duration::from_secs(seconds) })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.into_iter().find(|(_, seconds)| *seconds == self.per.as_secs()).map_or("s", |(name, _)| name);
        write!(f, "{}/{unit}", self.count)
    }
}

/// When to stop because too much goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxFailures {
    /// When more than this many rows were not accepted.
    Rows(u64),
    /// When more than this share of the rows *tried* was not accepted.
    Percent(f64),
}

impl FromStr for MaxFailures {
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

impl fmt::Display for MaxFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// A duration such as `30s`, `500ms` or `1m30s`.
///
/// # Errors
/// A sentence for people, if it is not one.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a duration: write a number and a unit, such as 30s, 500ms or 2m");
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

macro_rules! serde_as_text {
    ($($kind:ty),*) => {$(
        impl Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
serde_as_text!(Rate, MaxFailures);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_need_a_unit() {
        for (text, shown) in [("80/s", "80/s"), (" 5 / m", "5/m"), ("2000/h", "2000/h"), ("1/d", "1/d")] {
            assert_eq!(text.parse::<Rate>().map(|rate| rate.to_string()), Ok(shown.to_owned()));
        }
        for wrong in ["80", "0/s", "80/sec", "-1/s", "1.5/s", "/s", "", "80/s/s"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn failures_are_rows_or_a_share() {
        assert_eq!("5%".parse(), Ok(MaxFailures::Percent(5.0)));
        assert_eq!("20".parse(), Ok(MaxFailures::Rows(20)));
        for wrong in ["-1", "101%", "5 percent", "%", "NaN%"] {
            assert!(wrong.parse::<MaxFailures>().is_err(), "{wrong}");
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
