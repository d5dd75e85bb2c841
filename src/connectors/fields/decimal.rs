//! A decimal number as JSON and people should see it.

use std::fmt;

use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A finite number that prints in the shortest decimal form that reads back to it: no exponent, no `.0`, no minus zero.
/// It serialises as a JSON number of that form; for a JSON string, take its text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Decimal(f64);

impl Decimal {
    /// The number of a text that is an optional sign, digits and a fraction behind a point, and nothing else.
    pub fn plain(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        // A fraction alone is fine, some databases export `.5`; a point with nothing behind it looks cut off.
        let (whole, fraction) = digits.split_once('.').unwrap_or(("", digits));
        let plain =
            !fraction.is_empty() && [whole, fraction].into_iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        if plain { Self::printed(text) } else { None }
    }

    /// The number that a template engine printed, which may have an exponent.
    pub fn printed(text: &str) -> Option<Self> {
        // Adding zero makes minus zero zero and leaves every other number alone.
        text.parse().ok().filter(|number: &f64| number.is_finite()).map(|number| Self(number + 0.0))
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // serde_json would write `1e-7` and `25.0`.
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_plain_form() {
        for (given, shown) in [
            ("25.1234567", "25.1234567"),
            ("-121.50", "-121.5"),
            ("25.0", "25"),
            ("007", "7"),
            ("+8", "8"),
            (".5", "0.5"),
            ("-0", "0"),
            ("-0.000", "0"),
            ("0.0000001", "0.0000001"),
            ("100000000000000000000000", "100000000000000000000000"),
        ] {
            let number = Decimal::plain(given).unwrap();
            assert_eq!(number.to_string(), shown);
            assert_eq!(serde_json::to_string(&number).unwrap(), shown);
        }
    }

    #[test]
    fn not_plain() {
        for text in
            ["", ".", "+", "-.", "5.", "25,12", "1e5", "1_000", "NaN", "inf", "-inf", "0x1F", "1.2.3", "--1", "٣"]
        {
            assert_eq!(Decimal::plain(text), None, "{text}");
        }
        assert_eq!(Decimal::printed("1e-7").unwrap().to_string(), "0.0000001");
        assert_eq!(Decimal::printed("NaN"), None);
        assert_eq!(Decimal::printed("1e999"), None);
    }

    proptest::proptest! {
        #[test]
        fn it_reads_back_to_the_same_number(number in -180.0f64..180.0) {
            let shown = Decimal::printed(&number.to_string()).unwrap().to_string();
            proptest::prop_assert_eq!(Decimal::plain(&shown).unwrap().value().to_bits(), (number + 0.0).to_bits());
        }
    }
}
