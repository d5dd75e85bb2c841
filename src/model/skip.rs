//! Why a row is left out on purpose before anything is sent.

use std::fmt;

use jiff::Timestamp;

use super::RowNumber;

/// Why a row is left out on purpose. Its `Display` is the reason that ledger, results and reports show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// The recipe's `when` is false.
    When,
    /// An earlier row of the list has the same recipient or key.
    Duplicate {
        /// The first such row; `None` if its number is too large to be remembered.
        of: Option<RowNumber>,
        /// Its message is another one: perhaps both were meant.
        other_message: bool,
    },
    /// A `suppress` list contains the recipient.
    Suppressed {
        /// The list, as the recipe names it.
        by: String,
    },
    /// The person has the message already, or may have it; with a `once` template, the same key was sent.
    Once {
        /// Where it was sent; `None` if an earlier row of this list has the same key.
        by: Option<SentBefore>,
    },
}

/// The row of another run that sent the same, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentBefore {
    /// The run's name.
    pub run: String,
    /// The row in its list.
    pub row: RowNumber,
    /// When it was sent.
    pub at: Timestamp,
    /// Nobody knows whether it arrived.
    pub doubt: bool,
}

impl Skip {
    /// The word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::When => "when",
            Self::Duplicate { .. } => "duplicate",
            Self::Suppressed { .. } => "suppressed",
            Self::Once { .. } => "once",
        }
    }

    /// The reason without the part that differs from row to row, such as the number of the duplicate.
    ///
    /// ```
    /// use rowcast::model::Skip;
    /// assert_eq!(Skip::kind("duplicate of row 7"), "duplicate");
    /// assert_eq!(Skip::kind("suppressed by opted-out.csv"), "suppressed by opted-out.csv");
    /// assert_eq!(Skip::kind("once in spring-1, row 7, on 2026-11-24"), "once in spring-1");
    /// ```
    pub fn kind(reason: &str) -> &str {
        let (until, word) = if reason.starts_with("once ") { (", row ", "once ") } else { (" of row ", "duplicate") };
        let of_a_row = reason.split_once(until).filter(|(kind, _)| kind.starts_with(word));
        of_a_row.map_or(reason, |(kind, _)| kind)
    }

    /// The details beside the word.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::When | Self::Duplicate { of: None, .. } => None,
            Self::Duplicate { of: Some(row), .. } => Some(format!("of row {row}")),
            Self::Suppressed { by } => Some(format!("by {by}")),
            Self::Once { by: Some(sent) } => Some(sent.to_string()),
            Self::Once { by: None } => Some("by a row before it".to_owned()),
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        self.detail().map_or(Ok(()), |detail| write!(f, " {detail}"))
    }
}

impl fmt::Display for SentBefore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, row, at, doubt } = self;
        let day = at.strftime("%Y-%m-%d");
        if *doubt {
            write!(f, "perhaps in {run}, row {row}, on {day}; `rowcast show {run} {row}` says how to settle it")
        } else {
            write!(f, "in {run}, row {row}, on {day}")
        }
    }
}
