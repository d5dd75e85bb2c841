//! Stages: a run continues only if a first part of it went well.

use std::fmt;
use std::str::FromStr;

/// A part of the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    /// A number of rows.
    Rows(u64),
    /// A percentage of them.
    Percent(f64),
}

impl Share {
    /// The number of rows in this share of `rows`, rounded up.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share in percent needs no 53 bits of row numbers, and is neither negative nor more than all"
    )]
    fn of(self, rows: u64) -> u64 {
        match self {
            Self::Rows(count) => count.min(rows),
            // Rounded first: 7 % of 100 is 7, not 7.000000000000001.
            Self::Percent(percent) => ((rows as f64 * percent / 100.0 * 1e6).round() / 1e6).ceil() as u64,
        }
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is neither a whole number of rows from 1 on nor a percentage such as 10%");
        match text.trim().strip_suffix('%') {
            Some(percent) => {
                let percent: f64 = percent.trim().parse().map_err(|_| wrong())?;
                if percent > 0.0 && percent <= 100.0 { Ok(Self::Percent(percent)) } else { Err(wrong()) }
            }
            None => text.trim().parse().ok().filter(|rows| *rows > 0).map(Self::Rows).ok_or_else(wrong),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// A stage of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Its number, from 1.
    pub number: usize,
    /// Index of its share among the given ones; `None` for the remaining rows.
    pub given: Option<usize>,
    /// Rows with an outcome at its end, including earlier stages.
    pub upto: u64,
}

/// The stages of a run, in order. The last one ends with the last row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages(Vec<Stage>);

impl Stages {
    /// The stages that `shares` of `rows` make. A share without further rows makes no stage; rows after the last share
    /// are a stage of their own.
    ///
    /// ```
    /// use rowcast::schedule::{Share, Stages};
    /// let stages = Stages::new(&[Share::Rows(20), Share::Percent(10.0), Share::Percent(100.0)], 400);
    /// assert_eq!(stages.after(0).map(|stage| stage.upto), Some(20));
    /// assert_eq!(stages.after(20).map(|stage| (stage.number, stage.upto)), Some((2, 40)));
    /// assert_eq!((stages.after(40).map(|stage| stage.upto), stages.count()), (Some(400), 3));
    /// ```
    pub fn new(shares: &[Share], rows: u64) -> Self {
        let mut stages: Vec<Stage> = Vec::new();
        let given = shares.iter().enumerate().map(|(at, share)| (Some(at), share.of(rows)));
        for (given, upto) in given.chain([(None, rows)]) {
            if upto > stages.last().map_or(0, |stage| stage.upto) {
                stages.push(Stage { number: stages.len() + 1, given, upto });
            }
        }
        Self(stages)
    }

    /// The stage that continues once `done` rows have an outcome; `None` after the last.
    pub fn after(&self, done: u64) -> Option<&Stage> {
        self.0.iter().find(|stage| stage.upto > done)
    }

    /// Rows in the stages before this one.
    pub fn before(&self, stage: &Stage) -> u64 {
        self.0.iter().rev().find(|earlier| earlier.number < stage.number).map_or(0, |earlier| earlier.upto)
    }

    /// True for the last stage.
    pub fn is_last(&self, stage: &Stage) -> bool {
        stage.number == self.0.len()
    }

    /// The number of stages.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ends(shares: &[Share], rows: u64) -> Vec<u64> {
        Stages::new(shares, rows).0.iter().map(|stage| stage.upto).collect()
    }

    #[test]
    fn shares_are_rows_or_percent() {
        assert_eq!("20".parse(), Ok(Share::Rows(20)));
        assert_eq!(" 2.5 % ".parse(), Ok(Share::Percent(2.5)));
        for wrong in ["", "0", "-1", "0%", "101%", "NaN%", "ten", "1.5"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn stages_grow_and_end_with_the_last_row() {
        let tens = [Share::Rows(20), Share::Percent(10.0), Share::Percent(100.0)];
        assert_eq!(ends(&tens, 40_000), [20, 4000, 40_000]);
        assert_eq!(ends(&tens, 100), [20, 100]);
        assert_eq!(ends(&tens, 5), [5]);
        assert_eq!(ends(&tens, 0), [0; 0]);
        assert_eq!(ends(&[Share::Percent(7.0)], 100), [7, 100]);
        assert_eq!(ends(&[Share::Percent(0.1)], 400), [1, 400]);
        let stages = Stages::new(&tens, 400);
        let second = *stages.after(25).unwrap();
        assert_eq!((second.number, second.given, stages.before(&second)), (2, Some(1), 20));
        assert!(!stages.is_last(&second) && stages.is_last(stages.after(399).unwrap()));
        assert_eq!(stages.after(400), None);
    }

    proptest! {
        #[test]
        fn every_row_is_in_a_stage(given in proptest::collection::vec((1..500_u64, any::<bool>()), 0..6), rows in 0..1000_u64) {
            let share = |(n, percent): &(u64, bool)| {
                if *percent { Share::Percent(f64::from(u32::try_from(*n % 100).unwrap() + 1)) } else { Share::Rows(*n) }
            };
            let shares: Vec<Share> = given.iter().map(share).collect();
            let ends = ends(&shares, rows);
            prop_assert!(ends.is_sorted_by(|one, other| one < other));
            prop_assert_eq!(ends.last().copied().unwrap_or(0), rows);
            prop_assert!(ends.iter().all(|end| *end <= rows));
        }
    }
}
