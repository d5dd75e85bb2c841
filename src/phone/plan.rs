//! Which numbers exist, and how a country writes its own. The only file that uses the crate `phonenumber`.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use phonenumber::metadata::{DATABASE, Database};
use phonenumber::{Mode, country};

use super::excerpt::excerpt;
use super::number::{Phone, is_international};
use super::numbering_plan::{NumberKind, NumberingPlan, plan_of_country, plans_of};

/// The crate's own numbering plan, for its parser. Loading it takes longer than checking a thousand rows.
///
/// By default it caches a hundred compiled patterns. Countries that share a calling code (+1 has 25) need more, and it
/// would compile some for every row, at a millisecond each.
static PARSER: LazyLock<&Database> = LazyLock::new(|| {
    if let Ok(mut patterns) = DATABASE.cache().lock() {
        patterns.set_capacity(400);
    }
    &DATABASE
});

/// A country whose national numbers can be read, by its two-letter ISO 3166-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(country::Id);

/// The error for an unknown country code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?} is not a country code; write {meant}")]
pub struct UnknownCountry {
    code: String,
    /// What to write.
    meant: String,
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        code.parse().map(Self).map_err(|_| UnknownCountry { code: excerpt(code), meant: meant(code.trim()) })
    }
}

/// What somebody meant who wrote no country code: another spelling of one, what a country is called, or a calling code.
fn meant(code: &str) -> String {
    let upper = code.to_uppercase();
    let known = match upper.as_str() {
        "UK" | "GBR" | "ENGLAND" | "EN" | "EN_GB" => "GB",
        "USA" | "EN_US" => "US",
        "DEU" | "GER" | "GERMANY" | "DEUTSCHLAND" => "DE",
        "AUT" | "AUSTRIA" => "AT",
        "CHE" | "SUI" | "SWITZERLAND" => "CH",
        "FRA" | "FRANCE" => "FR",
        "ESP" | "SPAIN" => "ES",
        "ITA" | "ITALY" => "IT",
        "BRA" | "BRAZIL" | "BRASIL" => "BR",
        "MEX" | "MEXICO" => "MX",
        "IND" | "INDIA" => "IN",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    if plan_of_country(&upper).is_some() {
        return upper;
    }
    let digits = code.trim_start_matches('+').trim_start_matches("00");
    let of_code = digits.parse().map_or(&[][..], plans_of);
    match of_code {
        [] => "the two letters of ISO 3166, for example DE".to_owned(),
        [one] => one.id.to_owned(),
        several => several.iter().take(4).map(|plan| plan.id).collect::<Vec<_>>().join(" or "),
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

/// The kind of line of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineType {
    /// A mobile line, or possibly one: in some countries (+1) mobile and fixed lines share numbers.
    Mobile,
    /// A fixed line, and certainly not a mobile one.
    Fixed,
    /// Anything else: toll-free, shared cost, a pager …
    Other,
}

/// The kind of line of `phone`, which is in international form. `None` if the numbering plan does not have the number:
/// it may be newer than the plan or invented, which is worth a warning only. Much slower than reading a number.
pub fn line(phone: &str) -> Option<LineType> {
    international_line(phone.strip_prefix('+')?)
}

/// The digits as an international number, if that number is valid.
pub(super) fn international(digits: &str) -> Option<Phone> {
    international_line(digits).map(|_| Phone(format!("+{digits}")))
}

/// The number without the 0 after its calling code, if that number is valid and the one with the 0 is not. The zero is
/// then the country's trunk prefix. In some countries numbers do begin with 0 (Italy, Gabon …).
pub(super) fn without_zero(digits: &str) -> Option<Phone> {
    let is_code = |code: &str| code.parse().is_ok_and(|code| !plans_of(code).is_empty());
    let code = (1..=3).find_map(|end| digits.get(..end).filter(|code| is_code(code)))?;
    // Most numbers have no such zero and need no lookup.
    let without = [code, digits[code.len()..].strip_prefix('0')?].concat();
    if international_line(digits).is_some() { None } else { international(&without) }
}

/// [`without_zero`] for digits without `+` that begin with the calling code of `country`; they may also look like a
/// national number.
pub(super) fn without_own_zero(digits: &str, country: Country) -> Option<Phone> {
    let code = plan_of_country(country.0.as_ref())?.code;
    if digits.starts_with(&code.to_string()) { without_zero(digits) } else { None }
}

/// No calling code is a prefix of another, so at most one split is right. The crate's parser is not used: it drops
/// digits after the code that look like a trunk prefix, which makes another number (the 8 of +7 812 … belongs to it).
fn international_line(digits: &str) -> Option<LineType> {
    if !is_international(digits) {
        return None;
    }
    (1..=3).find_map(|end| national_line(digits[..end].parse().ok()?, &digits[end..]))
}

/// The digits as a national number of `country`, if it is valid.
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
        // The parser handles carrier codes and rewriting rules. It also follows the international prefix, whose result
        // is not a national number.
        if parsed.code().value() != code || !phonenumber::is_valid_with(&PARSER, &parsed) {
            return None;
        }
        parsed.format().mode(Mode::E164).to_string()
    } else {
        return None;
    };
    is_international(phone.strip_prefix('+')?).then_some(Phone(phone))
}

/// True for a valid number of the country that begins with its calling code and lacks only the `+`.
fn has_own_code(code: u16, digits: &str) -> bool {
    digits.strip_prefix(&code.to_string()).is_some_and(|rest| is_valid(code, rest))
}

/// The usual length of a country's numbers. Some plans allow many more digits, by which every German mobile number with
/// its 49 (`4915123456789`) could also be a line in the area 0491.
fn usual_length(plan: &NumberingPlan) -> usize {
    let kinds = [NumberKind::Mobile, NumberKind::FixedLine]
        .map(|kind| plan.numbers(kind).map_or(0, |numbers| numbers.example.len()));
    kinds.into_iter().max().unwrap_or(0)
}

/// Maximum digits passed to the parser: those of a number and the prefixes dialled before it.
const LONGEST: usize = 24;

/// True if a country with this calling code has the number `national`, which follows the code.
fn is_valid(code: u16, national: &str) -> bool {
    national_line(code, national).is_some()
}

/// The kind of line of `national` in countries with this calling code. If several are possible, the one most likely to
/// have `WhatsApp`.
fn national_line(code: u16, national: &str) -> Option<LineType> {
    const OTHERS: [NumberKind; 8] = [
        NumberKind::TollFree,
        NumberKind::PremiumRate,
        NumberKind::SharedCost,
        NumberKind::PersonalNumber,
        NumberKind::Voip,
        NumberKind::Pager,
        NumberKind::Uan,
        NumberKind::Voicemail,
    ];
    let plans = plans_of(code);
    let any = |kinds: &[NumberKind]| plans.iter().any(|plan| plan.has(national, kinds));
    if any(&[NumberKind::Mobile]) {
        Some(LineType::Mobile)
    } else if any(&[NumberKind::FixedLine]) {
        Some(LineType::Fixed)
    } else {
        any(&OTHERS).then_some(LineType::Other)
    }
}
