//! Why a row is left out on purpose before anything is sent.

use std::fmt;

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
    },
    /// A `suppress` list contains the recipient.
    Suppressed {
        /// The list, as the recipe names it.
        by: String,
    },
    /// A row with the same `once` key was sent, or may have been.
    Once {
        /// The run that sent it; `None` if an earlier row of this list has the same key.
        by: Option<String>,
    },
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
    /// ```
    pub fn kind(reason: &str) -> &str {
        let of_a_row = reason.split_once(" of row ").filter(|(word, _)| *word == "duplicate");
        of_a_row.map_or(reason, |(word, _)| word)
    }

    /// The details beside the word.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::When | Self::Duplicate { of: None } => None,
            Self::Duplicate { of: Some(row) } => Some(format!("of row {row}")),
            Self::Suppressed { by } => Some(format!("by {by}")),
            Self::Once { by: Some(run) } => Some(format!("in {run}")),
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
