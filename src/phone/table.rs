//! The number plan of libphonenumber as a table in the program: what the numbers of a country look like.
//!
//! Belongs here: the table and its patterns. Does not belong here: what is made of a number (`plan`, `country`).

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexBuilder};

// `PLANS`, in the order of their calling codes, and the `PATTERNS` that they refer to: written by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/number_plan.rs"));

/// The numbers of a country, or of a service that belongs to none.
#[derive(Debug)]
pub(super) struct Plan {
    /// Two letters of ISO 3166-1, or `001` for what belongs to no country.
    pub(super) id: &'static str,
    pub(super) code: u16,
    /// What is dialled before a number within the country.
    pub(super) national_prefix: Option<&'static str>,
    /// What its numbers begin with, where several countries share a calling code.
    pub(super) leading_digits: Option<&'static Pattern>,
    numbers: &'static [Numbers],
}

/// Numbers of one kind in a plan.
#[derive(Debug)]
pub(super) struct Numbers {
    kind: Kind,
    lengths: &'static [usize],
    /// One that is nobody's, without the calling code.
    pub(super) example: &'static str,
    pattern: &'static Pattern,
}

/// What a number can be. The names are those of libphonenumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Mobile,
    FixedLine,
    TollFree,
    PremiumRate,
    SharedCost,
    PersonalNumber,
    Voip,
    Pager,
    Uan,
    Voicemail,
}

/// What a number begins with, compiled when it is first asked for: few lists know more than some countries.
#[derive(Debug)]
pub(super) struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

/// Where the plans with a calling code stand, by that code: it is asked for several codes of every number of a list.
static BY_CODE: LazyLock<Vec<Range<usize>>> = LazyLock::new(|| {
    let begin = |code: u16| PLANS.partition_point(|plan| plan.code < code);
    (0..CODES).map(|code| begin(code)..begin(code + 1)).collect()
});

/// A calling code is below this: it has three digits at most.
const CODES: u16 = 1000;

/// The plans with this calling code.
pub(super) fn plans_of(code: u16) -> &'static [Plan] {
    BY_CODE.get(usize::from(code)).map_or(&[], |plans| &PLANS[plans.clone()])
}

/// The plan of a country.
pub(super) fn plan_of_country(id: &str) -> Option<&'static Plan> {
    PLANS.iter().find(|plan| plan.id == id)
}

impl Plan {
    pub(super) fn numbers(&self, kind: Kind) -> Option<&'static Numbers> {
        self.numbers.iter().find(|numbers| numbers.kind == kind)
    }

    /// True if it has numbers like `national`, which is what is dialled behind the calling code, of one of these kinds.
    pub(super) fn has(&self, national: &str, kinds: &[Kind]) -> bool {
        let like = |numbers: &Numbers| numbers.lengths.contains(&national.len()) || numbers.lengths.is_empty();
        kinds
            .iter()
            .filter_map(|kind| self.numbers(*kind))
            .any(|numbers| like(numbers) && numbers.pattern.begins(national))
    }
}

impl Pattern {
    const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// True if `digits` begin with it.
    pub(super) fn begins(&self, digits: &str) -> bool {
        self.compiled().is_some_and(|pattern| pattern.is_match(digits))
    }

    fn compiled(&self) -> Option<&Regex> {
        // ASCII digits are all there are: those of all scripts would cost ten times the time and the memory.
        let compile = || RegexBuilder::new(&format!("^(?:{})", self.text)).unicode(false).build().ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use phonenumber::Type;
    use phonenumber::metadata::DATABASE;
    use proptest::prelude::*;

    use super::*;

    const KINDS: [(Kind, Type); 10] = [
        (Kind::Mobile, Type::Mobile),
        (Kind::FixedLine, Type::FixedLine),
        (Kind::TollFree, Type::TollFree),
        (Kind::PremiumRate, Type::PremiumRate),
        (Kind::SharedCost, Type::SharedCost),
        (Kind::PersonalNumber, Type::PersonalNumber),
        (Kind::Voip, Type::Voip),
        (Kind::Pager, Type::Pager),
        (Kind::Uan, Type::Uan),
        (Kind::Voicemail, Type::Voicemail),
    ];

    #[test]
    fn every_pattern_can_be_compiled() {
        for pattern in &PATTERNS {
            assert!(pattern.compiled().is_some(), "{}", pattern.text);
        }
    }

    /// What table and crate say of the numbers of a calling code.
    fn agrees(code: u16, national: &str) {
        let (plans, theirs) = (plans_of(code), DATABASE.by_code(&code).unwrap_or_default());
        assert_eq!(plans.len(), theirs.len(), "+{code}");
        for (plan, their) in plans.iter().zip(theirs) {
            assert_eq!((plan.id, plan.code), (their.id(), their.country_code()));
            assert_eq!(plan.national_prefix, their.national_prefix());
            let begins = their.leading_digits().map(|digits| digits.find(national).is_some_and(|at| at.start() == 0));
            assert_eq!(plan.leading_digits.map(|digits| digits.begins(national)), begins, "{}", plan.id);
            for (kind, their_kind) in KINDS {
                let has = their.descriptors().get(their_kind).is_some_and(|kind| kind.is_match(national));
                assert_eq!(plan.has(national, &[kind]), has, "{kind:?} {} {national}", plan.id);
            }
        }
    }

    #[test]
    fn every_example_is_known_as_the_crate_knows_it() {
        for code in 1..1000 {
            agrees(code, "");
            for numbers in plans_of(code).iter().flat_map(|plan| plan.numbers) {
                agrees(code, numbers.example);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_number_is_known_as_the_crate_knows_it(
            code in prop::sample::select(vec![1_u16, 7, 39, 44, 49, 52, 54, 55, 61, 91, 212, 262, 358, 590, 599, 800, 870]),
            national in "[0-9]{4,13}",
        ) {
            agrees(code, &national);
        }
    }
}
