//! The stages of a recipe: parts in which the rows are sent, each with a failure limit.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::FailureLimit;
use crate::schedule::Share;

/// A stage: all rows up to a share of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StageSetting {
    /// Its end, including earlier stages.
    #[serde(with = "as_text")]
    pub upto: Share,
    /// The failures that the stage allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_failures: Option<FailureLimit>,
}

impl FromStr for StageSetting {
    type Err = String;

    /// A stage without a failure limit of its own.
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self { upto: text.parse()?, max_failures: None })
    }
}

/// The first stage that certainly adds no row to those before it, and why. Rows are compared with rows and percentages
/// with percentages: how many rows a percentage is depends on the list.
pub(super) fn shrinking(stages: &[StageSetting]) -> Option<(usize, String)> {
    let grows = |one: Share, next: Share| match (one, next) {
        (Share::Rows(one), Share::Rows(next)) => next > one,
        (Share::Percent(one), Share::Percent(next)) => next > one,
        (Share::Rows(_), Share::Percent(_)) => true,
        (Share::Percent(one), Share::Rows(_)) => one < 100.0,
    };
    stages.iter().enumerate().find_map(|(at, stage)| {
        let before = stages[..at].iter().find(|before| !grows(before.upto, stage.upto))?;
        Some((
            at,
            format!(
                "{} is not more than the {} before it; each stage must be larger, such as 20, 10%, 100%",
                stage.upto, before.upto
            ),
        ))
    })
}

/// Parses the value of a flag: `20,10%,100%`. The error is a sentence for people.
pub fn parse_stages(text: &str) -> Result<Vec<StageSetting>, String> {
    let stages = text.split(',').map(str::parse).collect::<Result<Vec<StageSetting>, String>>()?;
    shrinking(&stages).map_or(Ok(stages), |(_, message)| Err(message))
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Share;

    pub(super) fn serialize<S: Serializer>(share: &Share, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(share)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Share, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_grow() {
        for fine in ["20", "20,10%,100%", "1%, 200, 50%", "20,200,2000"] {
            assert!(parse_stages(fine).is_ok(), "{fine}");
        }
        for wrong in ["", "20,", "20,20", "10%,5%", "20,10%,19", "100%,5", "20;30", "0"] {
            assert!(parse_stages(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            parse_stages("20,5%,20").unwrap_err(),
            "20 is not more than the 20 before it; each stage must be larger, such as 20, 10%, 100%"
        );
    }

    #[test]
    fn run_json_keeps_them() {
        let stages = [
            StageSetting { max_failures: Some(FailureLimit::Percent(2.0)), .."10%".parse().unwrap() },
            "100%".parse().unwrap(),
        ];
        let text = serde_json::to_string(&stages).unwrap();
        assert_eq!(text, r#"[{"upto":"10%","max-failures":"2%"},{"upto":"100%"}]"#);
        assert_eq!(serde_json::from_str::<Vec<StageSetting>>(&text).unwrap(), stages);
    }
}
