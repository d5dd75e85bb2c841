//! The country of a phone number.

use super::number::Phone;
use super::numbering_plan::{NumberKind, NumberingPlan, plans_of};
use super::plan::Country;

/// The kinds of numbers that people have.
const KINDS: [NumberKind; 6] = [
    NumberKind::Mobile,
    NumberKind::FixedLine,
    NumberKind::Voip,
    NumberKind::PersonalNumber,
    NumberKind::Uan,
    NumberKind::TollFree,
];

/// The country of a number. `None` if the numbering plan does not have the number, or if several countries with one
/// calling code have it.
///
/// ```
/// use rowcast::phone::{country_of, e164};
/// let country = |text| country_of(&e164(text, None).unwrap()).map(|country| country.to_string());
/// assert_eq!(country("+49 30 901820").as_deref(), Some("DE"));
/// assert_eq!(country("+1 416 555 0123").as_deref(), Some("CA"));
/// assert_eq!(country("+1 800 555 0123"), None);
/// ```
pub fn country_of(phone: &Phone) -> Option<Country> {
    let digits = phone.as_str().strip_prefix('+')?;
    let plan = (1..=3).find_map(|end| plan_of(digits[..end].parse().ok()?, &digits[end..]))?;
    plan.id.parse().ok()
}

/// The only plan of a calling code that has `national`. A plan with leading digits takes precedence, because the other
/// plans still contain its numbers.
fn plan_of(code: u16, national: &str) -> Option<&'static NumberingPlan> {
    let begins = |plan: &NumberingPlan| plan.leading_digits.map(|digits| digits.begins(national));
    let valid: Vec<&NumberingPlan> =
        plans_of(code).iter().filter(|plan| begins(plan) != Some(false) && plan.has(national, &KINDS)).collect();
    let own: Vec<&NumberingPlan> = valid.iter().copied().filter(|plan| begins(plan) == Some(true)).collect();
    match (own.as_slice(), valid.as_slice()) {
        ([one], _) | ([], [one]) => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::e164;

    #[test]
    fn countries_that_share_a_code_are_told_apart() {
        for (number, country) in [
            ("+49 1512 3456789", "DE"),
            ("+44 7400 123456", "GB"),
            ("+44 7781 123456", "GG"),
            ("+44 7797 712345", "JE"),
            ("+44 7624 123456", "IM"),
            ("+1 650 253 0000", "US"),
            ("+1 416 555 0123", "CA"),
            ("+1 242 365 1234", "BS"),
            ("+7 912 345 67 89", "RU"),
            ("+7 701 234 56 78", "KZ"),
            ("+39 347 123 4567", "IT"),
            ("+47 406 12 345", "NO"),
            ("+212 650 123456", "MA"),
            ("+262 692 12 34 56", "RE"),
            ("+262 639 01 23 45", "YT"),
            ("+358 41 2345678", "FI"),
            ("+599 9 518 1234", "CW"),
            ("+55 11 96123 4567", "BR"),
            // Shared by several countries.
            ("+1 800 234 5678", ""),
            ("+61 412 345 678", ""),
            ("+590 690 00 12 34", ""),
            // No number of any country, or none at all.
            ("+870 301 234 567", ""),
            ("+49 1", ""),
            ("+999 123 4567", ""),
        ] {
            let found = e164(number, None).ok().and_then(|phone| country_of(&phone));
            assert_eq!(found.map_or(String::new(), |country| country.to_string()), country, "{number}");
        }
    }
}
