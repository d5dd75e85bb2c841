//! Reads a phone number in any spelling.

use std::borrow::Cow;

use super::error::PhoneError;
use super::excerpt::excerpt;
use super::number::{Phone, is_international};
use super::plan::{self, Country};

/// Reads `text` as a phone number; digits without `+` also as a national number of `default_country`.
///
/// A number that is written with `+` or `00` is taken as it is, made-up ones included: see [`line()`](super::line). A
/// number with a 0 after its country code (`+49 0151 …`) is refused if the numbering plan knows it only without that 0.
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
    // Most numbers are in international form already.
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

/// Separates the values of one cell in exports of Google Contacts.
const SEVERAL: &str = ":::";

/// Removes format characters, which carry no information; numbers copied from a contacts app are wrapped in them. They
/// are zero-width spaces and joiners, directional marks, embeddings and isolates, the word joiner and the invisible
/// operators, the byte order mark and the soft hyphen (Unicode, general category Cf).
fn without_format_characters(text: &str) -> Cow<'_, str> {
    let carries_nothing = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if text.contains(carries_nothing) { Cow::Owned(text.replace(carries_nothing, "")) } else { Cow::Borrowed(text) }
}

/// True for `5.59E+12` and similar, which a spreadsheet makes of a long number.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once(['e', 'E']) else { return false };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    [whole, fraction, exponent].into_iter().all(|part| {
        let digits = part.strip_prefix(['+', '-']).unwrap_or(part);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// For `'+49151…` and `="+49151…"`: the mark that makes a spreadsheet keep a number as text, and the characters to
/// trim.
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

/// The `.0` at the end of `628123456789.0` and similar, which programs append to all numbers of a column with a blank
/// cell. If only zeros follow the last point or comma, they cannot be told from a fraction, even after other points.
fn decimal_ending(text: &str) -> Option<String> {
    let separates = |c: char| matches!(c, '+' | '.' | ',' | '(' | ')') || c.is_whitespace() || is_dash(c);
    // A point at the end does not begin a fraction.
    let text = text.trim_end_matches(separates);
    let at = text.rfind(['.', ','])?;
    let (number, fraction) = (&text[..at], &text[at + 1..]);
    let is_decimal = number.chars().all(|c| c.is_ascii_digit() || separates(c))
        && number.contains(|c: char| c.is_ascii_digit())
        && fraction.chars().all(|c| c == '0' || separates(c));
    is_decimal.then(|| text[at..].chars().filter(|c| matches!(c, '0' | '.' | ',')).collect())
}

/// True if `(0)` follows a digit, as in `+49 (0)30 1234`.
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

/// The characters with the Unicode property `Dash` (Unicode Character Database, `PropList.txt`).
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
