//! A phone number in international form.

use std::fmt;

/// Number of digits after the `+`. ITU-T E.164 sets the maximum; no number has fewer than seven.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A phone number in the form of ITU-T E.164: `+`, then 7 to 15 digits, the first not 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone(pub(super) String);

impl Phone {
    /// The number with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// True for digits that may follow a `+`.
pub(super) fn is_international(digits: &str) -> bool {
    DIGITS.contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}
