//! Which numbers exist, and how people of a country write theirs: the file that knows the crate of libphonenumber.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use phonenumber::metadata::{DATABASE, Database};
use phonenumber::{Mode, country};

use super::excerpt::excerpt;
use super::number::{Phone, is_international};
use super::table::{Kind, Plan, plan_of_country, plans_of};

/// The crate's own reading of the number plan, for its parser: reading it in takes longer than checking a thousand rows.
///
/// It keeps a hundred compiled patterns. Countries that share a calling code (+1 has 25) have more together, and it would
/// compile some for every row, a millisecond each.
static PARSER: LazyLock<&Database> = LazyLock::new(|| {
    if let Ok(mut patterns) = DATABASE.cache().lock() {
        patterns.set_capacity(400);
    }
    &DATABASE
});

/// A country, by its ISO 3166-1 code of two letters, whose national numbers can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(country::Id);

/// A country code that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a country code; write the two letters of ISO 3166, for example DE")]
pub struct UnknownCountry(String);

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        code.parse().map(Self).map_err(|_| UnknownCountry(excerpt(code)))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

/// What kind of line a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A mobile line, or one that may be: in some countries (+1) mobile and fixed lines have the same numbers.
    Mobile,
    /// A fixed line and certainly no mobile one.
    Fixed,
    /// Anything else: toll-free, shared cost, a pager …
    Other,
}

/// What the number plan knows of `phone`, in international form; `None` if it knows no such number. Such a number may be
/// newer than the plan, or made up: worth a warning, no more. Costs far more than reading a number does.
pub fn line(phone: &str) -> Option<Line> {
    international_line(phone.strip_prefix('+')?)
}

/// The digits as an international number, if that number is valid.
pub(super) fn international(digits: &str) -> Option<Phone> {
    international_line(digits).map(|_| Phone(format!("+{digits}")))
}

/// The number without the 0 behind its calling code, if that number is valid and the one with it is not: the zero is then the
/// one that people of the country dial before it. There are countries whose numbers do begin with 0 (Italy, Gabon …).
pub(super) fn without_zero(digits: &str) -> Option<Phone> {
    let is_code = |code: &str| code.parse().is_ok_and(|code| !plans_of(code).is_empty());
    let code = (1..=3).find_map(|end| digits.get(..end).filter(|code| is_code(code)))?;
    // Most numbers have no such zero, and are not looked up.
    let without = [code, digits[code.len()..].strip_prefix('0')?].concat();
    if international_line(digits).is_some() { None } else { international(&without) }
}

/// The same of digits without a `+` that begin with the calling code of `country`: they may look like a national number, too.
pub(super) fn without_own_zero(digits: &str, country: Country) -> Option<Phone> {
    let code = plan_of_country(country.0.as_ref())?.code;
    if digits.starts_with(&code.to_string()) { without_zero(digits) } else { None }
}

/// No calling code begins with another one, so at most one split is right. The crate's parser is not asked: it drops what
/// looks like a trunk prefix behind the code, which makes another number (+7 812 … has an 8 that belongs there).
fn international_line(digits: &str) -> Option<Line> {
    if !is_international(digits) {
        return None;
    }
    (1..=3).find_map(|end| national_line(digits[..end].parse().ok()?, &digits[end..]))
}

/// The digits as a number that people of `country` would know, if that number is valid.
pub(super) fn national(digits: &str, country: Country) -> Option<Phone> {
    let plan = plan_of_country(country.0.as_ref())?;
    let code = plan.code;
    let phone = if is_valid(code, digits) && !(has_own_code(code, digits) && digits.len() > usual_length(plan)) {
        format!("+{code}{digits}")
    } else if has_own_code(code, digits) {
        format!("+{digits}")
    } else if let Some(rest) = plan.national_prefix.and_then(|prefix| digits.strip_prefix(prefix))
        && is_valid(code, rest)
    {
        format!("+{code}{rest}")
    } else if digits.len() <= LONGEST {
        let parsed = phonenumber::parse_with(&PARSER, Some(country.0), digits).ok()?;
        // The parser knows carrier codes and rewriting rules. It also follows the prefix that leads out of the country,
        // and what that makes is no national number.
        if parsed.code().value() != code || !phonenumber::is_valid_with(&PARSER, &parsed) {
            return None;
        }
        parsed.format().mode(Mode::E164).to_string()
    } else {
        return None;
    };
    is_international(phone.strip_prefix('+')?).then_some(Phone(phone))
}

/// True for a valid number of the country with its calling code before it, only the `+` missing.
fn has_own_code(code: u16, digits: &str) -> bool {
    digits.strip_prefix(&code.to_string()).is_some_and(|rest| is_valid(code, rest))
}

/// How long the numbers of a country get in practice. Some plans allow far more, which would make every German mobile
/// number with its 49 (`4915123456789`) a possible line in the area 0491 as well.
fn usual_length(plan: &Plan) -> usize {
    let kinds =
        [Kind::Mobile, Kind::FixedLine].map(|kind| plan.numbers(kind).map_or(0, |numbers| numbers.example.len()));
    kinds.into_iter().max().unwrap_or(0)
}

/// The most digits that the parser is given: those of a number, with the prefixes that may be dialled before it.
const LONGEST: usize = 24;

/// True if a country with this calling code has numbers like `national`, which is what is dialled behind the code.
fn is_valid(code: u16, national: &str) -> bool {
    national_line(code, national).is_some()
}

/// What kind of line `national` is in a country with this calling code: of all that it may be, the likeliest to have
/// `WhatsApp`.
fn national_line(code: u16, national: &str) -> Option<Line> {
    const OTHERS: [Kind; 8] = [
        Kind::TollFree,
        Kind::PremiumRate,
        Kind::SharedCost,
        Kind::PersonalNumber,
        Kind::Voip,
        Kind::Pager,
        Kind::Uan,
        Kind::Voicemail,
    ];
    let plans = plans_of(code);
    let any = |kinds: &[Kind]| plans.iter().any(|plan| plan.has(national, kinds));
    if any(&[Kind::Mobile]) {
        Some(Line::Mobile)
    } else if any(&[Kind::FixedLine]) {
        Some(Line::Fixed)
    } else {
        any(&OTHERS).then_some(Line::Other)
    }
}
