//! Phone numbers: from what stands in a list to the `+` and digits that a recipient is addressed by.
//!
//! Belongs here: reading a number and saying why it cannot be read. Does not belong here: anything that knows a
//! connector, a row or a file.
//!
//! A number is never guessed. Meta puts the *sender's* country code before a number without `+` (Meta, Send Messages),
//! which reaches a stranger, so a number leaves here with its `+` or not at all.

mod country;
mod person;
mod plan;
mod table;

use std::borrow::Cow;
use std::fmt;

pub use country::country_of;
pub use person::person;
pub use plan::{Country, Line, UnknownCountry, line};

/// The fewest and the most digits after the `+`. ITU-T E.164 names the most; fewer than seven reach nobody.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A phone number as ITU-T E.164 writes it: `+`, then 7 to 15 digits of which the first is not 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

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

/// Why a text is not taken as a phone number. Its text names the value and a way out.
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
    /// A program has turned the number into a decimal; read as digits, its fraction would make another number.
    #[error("{text:?} ends in {ending}: {}", way_out(text, ending))]
    Decimal {
        /// What was given.
        text: String,
        /// What was taken for the fraction: a point or a comma, and zeros.
        ending: String,
    },
    /// The trunk zero in parentheses; kept, it would make another number.
    #[error("{0:?}: leave out the (0)")]
    TrunkZero(String),
    /// The trunk zero behind the country code: the number plan knows the number without it alone.
    #[error("{text:?}: leave out the 0 after the country code; the number is probably {probably}")]
    ZeroAfterCode {
        /// What was given.
        text: String,
        /// The number without the zero.
        probably: Phone,
    },
    /// Several numbers in one cell, as Google Contacts exports them.
    #[error(
        "{0:?} holds several numbers; take one of them, for example the first: \
         {{{{ row['COLUMN'] | split(' ::: ') | first }}}}"
    )]
    Several(String),
    /// A number that a spreadsheet was told to keep as text.
    #[error(
        "{text:?} is a number with {what}, by which spreadsheets keep it as text. Export the values alone, or take it off: \
         \"{{{{ row['COLUMN'] | trim({ends}) }}}}\""
    )]
    KeptAsText {
        /// What was given.
        text: String,
        /// What was put to the number.
        what: &'static str,
        /// The characters to be taken off, as they are written within double quotes in YAML.
        ends: &'static str,
    },
    /// Something that is neither a digit nor a separator.
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
    /// A number without country code and no country to read it in.
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
    /// Valid in no reading.
    #[error("{text:?} is not a valid number, neither international nor in {country}")]
    Invalid {
        /// What was given.
        text: String,
        /// The default country.
        country: Country,
    },
}

/// Reads `text` as a phone number; digits without `+` also as a national number of `default_country`.
///
/// A number that is written with `+` or `00` is taken as it is, made-up ones included: see [`line()`]. But one with a 0 behind
/// its country code has to be known with it, if it is known without.
///
/// ```
/// use rowcast::phone::{Country, e164};
///
/// let germany: Country = "DE".parse()?;
/// assert_eq!(e164("+1 (650) 555-1234", None)?.as_str(), "+16505551234");
/// assert_eq!(e164("0151 23456789", Some(germany))?.as_str(), "+4915123456789");
/// assert!(e164("0151 23456789", None).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn e164(text: &str, default_country: Option<Country>) -> Result<Phone, PhoneError> {
    // Most numbers are written as they are sent.
    if text.strip_prefix('+').is_some_and(|digits| is_international(digits) && plan::without_zero(digits).is_none()) {
        return Ok(Phone(text.to_owned()));
    }
    let text: &str = &without_format_characters(text);
    if text.trim().is_empty() {
        return Err(PhoneError::Empty);
    }
    if text.contains(SEVERAL) {
        return Err(PhoneError::Several(excerpt(text)));
    }
    if is_shortened(text) {
        return Err(PhoneError::Shortened(excerpt(text)));
    }
    if let Some(ending) = decimal_ending(text) {
        return Err(PhoneError::Decimal { text: excerpt(text), ending: excerpt(&ending) });
    }
    if has_trunk_zero(text) {
        return Err(PhoneError::TrunkZero(excerpt(text)));
    }
    if let Some((what, ends)) = kept_as_text(text) {
        return Err(PhoneError::KeptAsText { text: excerpt(text), what, ends });
    }
    let number = bare(text)?;
    if let Some(digits) = number.strip_prefix('+') {
        if let Some(probably) = plan::without_zero(digits) {
            return Err(PhoneError::ZeroAfterCode { text: excerpt(text), probably });
        }
        return if is_international(digits) { Ok(Phone(number)) } else { Err(PhoneError::Form(excerpt(text))) };
    }
    let international = plan::international(&number);
    if international.is_none()
        && let Some(probably) = default_country.and_then(|country| plan::without_own_zero(&number, country))
    {
        return Err(PhoneError::ZeroAfterCode { text: excerpt(text), probably });
    }
    let national = default_country.and_then(|country| Some((plan::national(&number, country)?, country)));
    match (international, national, default_country) {
        (Some(international), Some((national, country)), _) if international != national => {
            Err(PhoneError::Ambiguous { text: excerpt(text), international, national, country })
        }
        (Some(phone), _, _) | (None, Some((phone, _)), _) => Ok(phone),
        (None, None, Some(country)) => Err(PhoneError::Invalid { text: excerpt(text), country }),
        (None, None, None) => Err(PhoneError::National(excerpt(text))),
    }
}

/// What stands between the values of one cell in an export of Google Contacts.
const SEVERAL: &str = ":::";

/// The text without the characters that steer how it is shown and carry nothing: a number that was copied from a contacts
/// app comes wrapped in them. Which they are: zero-width spaces and joiners, directional marks, embeddings and isolates,
/// the word joiner and the invisible operators, the byte order mark and the soft hyphen (Unicode, general category Cf).
fn without_format_characters(text: &str) -> Cow<'_, str> {
    let carries_nothing = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if text.contains(carries_nothing) { Cow::Owned(text.replace(carries_nothing, "")) } else { Cow::Borrowed(text) }
}

/// True for `5.59E+12` and its like: what a spreadsheet makes of a long number.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once(['e', 'E']) else { return false };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    [whole, fraction, exponent].into_iter().all(|part| {
        let digits = part.strip_prefix(['+', '-']).unwrap_or(part);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// What a spreadsheet keeps a number as text with, if there is nothing else that does not belong: `'+49151…` and `="+49151…"`.
/// Then the characters that take it off.
fn kept_as_text(text: &str) -> Option<(&'static str, &'static str)> {
    let text = text.trim();
    let apostrophe = || Some((text.strip_prefix('\'')?, "an apostrophe before it", "\\\" '\\\""));
    let formula = || {
        let inside = text.strip_prefix('=')?.trim_start().strip_prefix('"')?.strip_suffix('"')?;
        Some((inside, "a formula around it", "' =\\\"'"))
    };
    let (number, what, ends) = apostrophe().or_else(formula)?;
    let is_number = number.contains(|c: char| c.is_ascii_digit()) && bare(number).is_ok();
    is_number.then_some((what, ends))
}

/// The `.0` at the end of `628123456789.0` and its like: what a program makes of a column of numbers as soon as one cell of it
/// is blank. Nothing but zeros behind the last point or comma is no group of digits that anybody can tell from a fraction,
/// not even where there are other points before it.
fn decimal_ending(text: &str) -> Option<String> {
    let separates = |c: char| matches!(c, '+' | '.' | ',' | '(' | ')') || c.is_whitespace() || is_dash(c);
    // A point that nothing follows ends a sentence, and begins no fraction.
    let text = text.trim_end_matches(separates);
    let at = text.rfind(['.', ','])?;
    let (number, fraction) = (&text[..at], &text[at + 1..]);
    let is_decimal = number.chars().all(|c| c.is_ascii_digit() || separates(c))
        && number.contains(|c: char| c.is_ascii_digit())
        && fraction.chars().all(|c| c == '0' || separates(c));
    is_decimal.then(|| text[at..].chars().filter(|c| matches!(c, '0' | '.' | ',')).collect())
}

/// What to do about a decimal: anchored to the end of the cell, because the same may stand in the middle of another number.
fn way_out(text: &str, ending: &str) -> String {
    let cut = ending.len();
    let grouped = text.matches(['.', ',']).count() > 1;
    let digits = if grouped { ". If the zeros are digits of the number, write it without points" } else { "" };
    format!(
        "a spreadsheet or a program has made a decimal of the number. Format the column as text and export again, or cut it \
         off: {{% set n = row['COLUMN'] | trim %}}{{{{ n[:-{cut}] if n is endingwith('{ending}') else n }}}}{digits}"
    )
}

/// True if `(0)` stands behind a digit, as in `+49 (0)30 1234`.
fn has_trunk_zero(text: &str) -> bool {
    text.match_indices('(').any(|(at, _)| {
        let inside = text[at + 1..].trim_start().strip_prefix('0').map(str::trim_start);
        inside.is_some_and(|rest| rest.starts_with(')')) && text[..at].bytes().any(|byte| byte.is_ascii_digit())
    })
}

/// The digits of `text`, with a `+` before them if it began with `+` or `00`.
fn bare(text: &str) -> Result<String, PhoneError> {
    let mut number = String::with_capacity(text.len().min(24));
    for char in text.chars() {
        match char {
            '0'..='9' => number.push(char),
            '+' if number.is_empty() => number.push(char),
            '.' | '(' | ')' => {}
            _ if char.is_whitespace() || is_dash(char) => {}
            stray => return Err(PhoneError::Stray { text: excerpt(text), stray }),
        }
    }
    if number.starts_with("00") {
        number.replace_range(..2, "+");
    }
    Ok(number)
}

/// The characters that Unicode gives the property `Dash` (Unicode Character Database, `PropList.txt`).
fn is_dash(char: char) -> bool {
    matches!(
        char,
        '-' | '\u{58A}'
            | '\u{5BE}'
            | '\u{1400}'
            | '\u{1806}'
            | '\u{2010}'..='\u{2015}'
            | '\u{2053}'
            | '\u{207B}'
            | '\u{208B}'
            | '\u{2212}'
            | '\u{2E17}'
            | '\u{2E1A}'
            | '\u{2E3A}'..='\u{2E3B}'
            | '\u{2E40}'
            | '\u{2E5D}'
            | '\u{301C}'
            | '\u{3030}'
            | '\u{30A0}'
            | '\u{FE31}'..='\u{FE32}'
            | '\u{FE58}'
            | '\u{FE63}'
            | '\u{FF0D}'
            | '\u{10D6E}'
            | '\u{10EAD}'
    )
}

/// True for digits that may follow a `+`.
fn is_international(digits: &str) -> bool {
    DIGITS.contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A character for people: in quotes, or by its code point where it could not be seen.
fn shown(char: char) -> String {
    // `escape_debug` knows which characters are printable; a quote is the one printable character it escapes as well.
    let visible = matches!(char, '\'' | '"' | '\\') || char.escape_debug().len() == 1;
    if visible { format!("'{char}'") } else { format!("U+{:04X}", u32::from(char)) }
}

/// As much of a text as a message can hold: a cell may be far longer than any number.
fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
