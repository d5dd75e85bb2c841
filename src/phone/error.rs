//! Why a text is not accepted as a phone number, and how to fix it.

use super::number::Phone;
use super::plan::Country;

/// Why a text is not accepted as a phone number. The message names the value and a fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing was given.
    #[error("required, but empty")]
    Empty,
    /// A spreadsheet has turned the number into a power of ten.
    #[error(
        "{0:?} is a number that Excel has shortened; its digits are lost. Format the column as text and export again"
    )]
    Shortened(String),
    /// A program has turned the number into a decimal. Reading its fraction as digits would make another number.
    #[error("{text:?} ends in {ending}: {}", hint(text, ending))]
    Decimal {
        /// What was given.
        text: String,
        /// The fraction: a point or a comma, and zeros.
        ending: String,
    },
    /// A trunk zero in parentheses. Keeping it would make another number.
    #[error("{0:?}: leave out the (0)")]
    TrunkZero(String),
    /// A trunk zero after the country code: the numbering plan has only the number without it.
    #[error("{text:?}: leave out the 0 after the country code; the number is probably {probably}")]
    ZeroAfterCode {
        /// What was given.
        text: String,
        /// The number without the zero.
        probably: Phone,
    },
    /// Several numbers in one cell, as Google Contacts exports them.
    #[error(
        "{0:?} contains several numbers; use one of them, for example the first: \
         {{{{ row['COLUMN'] | split(' ::: ') | first }}}}"
    )]
    Several(String),
    /// A number with a mark that makes spreadsheets keep it as text.
    #[error(
        "{text:?} is a number with {what}, which marks it as text in spreadsheets. Export plain values, or remove it: \
         \"{{{{ row['COLUMN'] | trim({ends}) }}}}\""
    )]
    KeptAsText {
        /// What was given.
        text: String,
        /// The mark.
        what: &'static str,
        /// The characters to remove, as written within double quotes in YAML.
        ends: &'static str,
    },
    /// A character that is neither a digit nor a separator.
    #[error("{text:?} is not a phone number: {} does not belong in one", shown(*stray))]
    Stray {
        /// What was given.
        text: String,
        /// The first character that does not belong.
        stray: char,
    },
    /// An international number of impossible form.
    #[error("{0:?}: a phone number has 7 to 15 digits after the + and does not begin with 0")]
    Form(String),
    /// A number without country code, and no default country.
    #[error("{0:?} has no country code. Write +<country code>…, or set default-country in the connection")]
    National(String),
    /// Valid as two different numbers.
    #[error("{text:?} may be {international} or, in {country}, {national}. Write it with +")]
    Ambiguous {
        /// What was given.
        text: String,
        /// The number if its digits begin with a country code.
        international: Phone,
        /// The number if it is one of the default country.
        national: Phone,
        /// The default country.
        country: Country,
    },
    /// Valid neither as an international nor as a national number.
    #[error("{text:?} is not a valid number, neither international nor in {country}")]
    Invalid {
        /// What was given.
        text: String,
        /// The default country.
        country: Country,
    },
}

/// How to fix a decimal. The expression cuts at the end of the cell only, because the same characters may occur within
/// another number.
fn hint(text: &str, ending: &str) -> String {
    let cut = ending.len();
    let grouped = text.matches(['.', ',']).count() > 1;
    let digits = if grouped { ". If the zeros are digits of the number, write it without points" } else { "" };
    format!(
        "a spreadsheet or a program has made a decimal of the number. Format the column as text and export again, or cut it \
         off: {{% set n = row['COLUMN'] | trim %}}{{{{ n[:-{cut}] if n is endingwith('{ending}') else n }}}}{digits}"
    )
}

/// A character in quotes, or its code point if it is invisible.
fn shown(char: char) -> String {
    // `escape_debug` escapes characters that are not printable, and quotes and backslashes, which are.
    let visible = matches!(char, '\'' | '"' | '\\') || char.escape_debug().len() == 1;
    if visible { format!("'{char}'") } else { format!("U+{:04X}", u32::from(char)) }
}
