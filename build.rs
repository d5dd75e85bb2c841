//! Writes the number plan of libphonenumber down as a table that the program has at hand from its first instruction. The crate
//! that knows the plan reads all of it when it is first asked: some 65 ms, most of them for patterns that no list ever needs.
//!
//! Belongs here: extracting the plan from the crate. Does not belong here: its use (`src/phone/numbering_plan.rs`).

use std::error::Error;
use std::fmt::Write;
use std::{env, fs, path::Path};

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Type};

/// What a number can be, by the names that the table has for it.
const KINDS: [(Type, &str); 10] = [
    (Type::Mobile, "Mobile"),
    (Type::FixedLine, "FixedLine"),
    (Type::TollFree, "TollFree"),
    (Type::PremiumRate, "PremiumRate"),
    (Type::SharedCost, "SharedCost"),
    (Type::PersonalNumber, "PersonalNumber"),
    (Type::Voip, "Voip"),
    (Type::Pager, "Pager"),
    (Type::Uan, "Uan"),
    (Type::Voicemail, "Voicemail"),
];

/// Calling codes have one to three digits (ITU-T E.164).
const CODES: std::ops::RangeInclusive<u16> = 1..=999;

#[expect(clippy::disallowed_methods, reason = "cargo's own folder, and not a run's")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let (mut plans, mut patterns) = (String::new(), Patterns::default());
    // By code and not by id: those that belong to no country all have the id 001.
    for code in CODES {
        for plan in DATABASE.by_code(&code).unwrap_or_default() {
            write_plan(&mut plans, plan, &mut patterns)?;
        }
    }
    let patterns = patterns.0;
    let mut table = format!("static PATTERNS: [PrefixPattern; {}] = [\n", patterns.len());
    for text in patterns {
        writeln!(table, "PrefixPattern::new({text:?}),")?;
    }
    write!(table, "];\nstatic PLANS: &[NumberingPlan] = &[\n{plans}];\n")?;
    let folder = env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?;
    fs::write(Path::new(&folder).join("number_plan.rs"), table)?;
    Ok(())
}

fn write_plan(plans: &mut String, plan: &Metadata, patterns: &mut Patterns) -> Result<(), Box<dyn Error>> {
    let leading = plan.leading_digits().map(|digits| patterns.refer(digits.as_str()));
    let leading = leading.map_or("None".to_owned(), |pattern| format!("Some({pattern})"));
    let (id, code, prefix) = (plan.id(), plan.country_code(), plan.national_prefix());
    write!(
        plans,
        "NumberingPlan {{ id: {id:?}, code: {code}, national_prefix: {prefix:?}, leading_digits: {leading}, numbers: &["
    )?;
    for (kind, name) in KINDS {
        let Some(numbers) = plan.descriptors().get(kind) else { continue };
        let (lengths, example) = (numbers.possible_length(), numbers.example().unwrap_or_default());
        let pattern = patterns.refer(numbers.national_number().as_str());
        write!(
            plans,
            "Numbers {{ kind: NumberKind::{name}, lengths: &{lengths:?}, example: {example:?}, pattern: {pattern} }},"
        )?;
    }
    plans.push_str("] },\n");
    Ok(())
}

/// The patterns, each once: many plans have the same for their service numbers.
#[derive(Default)]
struct Patterns(Vec<String>);

impl Patterns {
    /// What stands for a pattern in the table.
    fn refer(&mut self, text: &str) -> String {
        // They are laid out for people, over several lines.
        let text: String = text.split_whitespace().collect();
        let at = self.0.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        });
        format!("&PATTERNS[{at}]")
    }
}
