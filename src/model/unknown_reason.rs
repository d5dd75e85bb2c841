//! Why it is unknown whether a request arrived.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why it is unknown whether a request arrived. In ledger, results and events it is a word: `timeout`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum UnknownReason {
    /// No answer came in time.
    Timeout,
    /// The connection broke before an answer came.
    NoResponse,
    /// An answer of success was cut off.
    Truncated,
    /// An answer of success is not one of the API's: something else may be answering in its place.
    Malformed,
    /// The answer was that of another row.
    WrongRow,
    /// The process ended while the request was in flight.
    Crashed,
    /// The ledger was harmed and may lack the record of it.
    Lost,
    /// The user gave up waiting for the answer.
    Aborted,
    /// The API reported a fault of its own, by its code, or by a word for the HTTP status: `131000`, `http_5xx`.
    Code(String),
}

impl UnknownReason {
    /// The reasons that are no code.
    const NAMED: [Self; 8] = [
        Self::Timeout,
        Self::NoResponse,
        Self::Truncated,
        Self::Malformed,
        Self::WrongRow,
        Self::Crashed,
        Self::Lost,
        Self::Aborted,
    ];

    /// The word for programs.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Timeout => "timeout",
            Self::NoResponse => "no_response",
            Self::Truncated => "truncated_2xx",
            Self::Malformed => "malformed_200",
            Self::WrongRow => "wrong_row",
            Self::Crashed => "crash",
            Self::Lost => "lost",
            Self::Aborted => "aborted",
            Self::Code(code) => code,
        }
    }
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<String> for UnknownReason {
    fn from(word: String) -> Self {
        Self::NAMED.into_iter().find(|named| named.as_str() == word).unwrap_or(Self::Code(word))
    }
}

impl From<&str> for UnknownReason {
    fn from(word: &str) -> Self {
        word.to_owned().into()
    }
}

impl Serialize for UnknownReason {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_read_as_it_was_written() {
        let codes = ["131000", "http_5xx", "http_408", ""].map(|code| UnknownReason::Code(code.to_owned()));
        for reason in UnknownReason::NAMED.into_iter().chain(codes) {
            let text = serde_json::to_string(&reason).unwrap();
            assert_eq!(text, format!("\"{reason}\""));
            assert_eq!(serde_json::from_str::<UnknownReason>(&text).unwrap(), reason);
        }
    }
}
