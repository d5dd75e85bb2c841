//! The template engine of recipes: strict, bounded, with filters in addition to minijinja's.

use minijinja::{AutoEscape, Environment, Error, ErrorKind, Expression, Template, UndefinedBehavior, Value};

use crate::phone::{self, Country, PhoneError};
use crate::schedule::zone_of_country;

use super::bounds::{refuse_boundless, refuse_boundless_expression};
use super::{date, filters, money};

/// Maximum instructions of one template for one row. A page of template needs a few hundred.
const FUEL: u64 = 50_000;

/// The environment in which a recipe's templates are compiled. It must outlive them.
#[derive(Debug)]
pub struct Engine {
    pub(super) env: Environment<'static>,
    default_country: Option<Country>,
}

impl Engine {
    /// An engine; the filter `e164` reads national numbers in `default_country`.
    pub fn new(default_country: Option<Country>) -> Self {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        env.set_fuel(Some(FUEL));
        env.set_recursion_limit(50);
        filters::bound(&mut env);
        env.add_filter("e164", move |text: &Value, given: Option<String>| {
            let given = given.map(|code| code.parse::<Country>()).transpose();
            let country = given.map_err(|error| failure(format!("e164: {error}")))?.or(default_country);
            match phone::e164(&text.to_string(), country) {
                Ok(number) => Ok(number.as_str().to_owned()),
                Err(error) => Err(failure(format!("e164: {error}"))),
            }
        });
        env.add_filter("timezone", move |text: &Value| match phone::e164(&text.to_string(), default_country) {
            Ok(number) => {
                let country = phone::country_of(&number).map(|country| country.to_string());
                Ok(country.and_then(|country| zone_of_country(&country)).unwrap_or_default())
            }
            Err(PhoneError::Empty) => Ok(""),
            Err(error) => Err(failure(format!("timezone: {error}"))),
        });
        env.add_filter("date", |day: &Value, to: &str, from: Option<String>| {
            date::reformat(&day.to_string(), to, from.as_deref()).map_err(|error| failure(format!("date: {error}")))
        });
        env.add_filter("money", |amount: &Value, currency: &str, language: Option<String>| {
            money::format(&amount.to_string(), currency, language.as_deref().unwrap_or("en"))
                .map_err(|error| failure(format!("money: {error}")))
        });
        env.add_filter("truncate", |text: &Value, length: usize, end: Option<String>| {
            truncate(&text.to_string(), length, end.as_deref().unwrap_or("…"))
        });
        env.add_filter("slug", |text: &Value| slug::slugify(text.to_string()));
        Self { env, default_country }
    }

    /// The key of the person behind a phone number in any spelling. Any other text is returned unchanged.
    pub fn person(&self, text: &str) -> String {
        phone::e164(text, self.default_country).map_or_else(|_| text.to_owned(), |number| number.as_str().to_owned())
    }

    /// Compiles a text that contains templates.
    pub(super) fn template<'e>(&'e self, text: &'e str) -> Result<Template<'e, 'e>, Error> {
        refuse_boundless(text)?;
        self.env.template_from_str(text)
    }

    /// Compiles an expression.
    pub(super) fn expression<'e>(&'e self, text: &'e str) -> Result<Expression<'e, 'e>, Error> {
        refuse_boundless_expression(text)?;
        self.env.compile_expression(text)
    }
}

fn failure(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// `text` cut to at most `length` characters, the `end` that marks the cut included.
fn truncate(text: &str, length: usize, end: &str) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let keep = length.saturating_sub(end.chars().count());
    text.chars().take(keep).chain(end.chars()).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eval(expression: &str) -> String {
        let engine = Engine::new("DE".parse().ok());
        let result = engine.env.compile_expression(expression).unwrap().eval(());
        result.map_or_else(|error| format!("error: {}", error.detail().unwrap_or("?")), |value| value.to_string())
    }

    #[test]
    fn filters_do_what_the_reference_says() {
        for (expression, result) in [
            ("'0151 23456789' | e164", "+4915123456789"),
            ("'020 7946 0123' | e164('GB')", "+442079460123"),
            ("'2026-12-01' | date('%d.%m.%Y')", "01.12.2026"),
            ("'12/01/2026' | date('%-d %B', '%m/%d/%Y')", "1 December"),
            ("'1234.5' | money('EUR')", "€1,234.50"),
            ("'1234.5' | money('EUR', 'de')", "1.234,50\u{a0}€"),
            ("'Grüße aus Köln' | truncate(8)", "Grüße a…"),
            ("'short' | truncate(5)", "short"),
            ("'abcdef' | truncate(1, '...')", "."),
            ("'Zürich & Ðakovo: 5 %' | slug", "zurich-dakovo-5"),
            ("['a', 'b'] | join('+')", "a+b"),
            ("'0151 23456789' | timezone", "Europe/Berlin"),
            ("'+33 1 99 00 12 34' | timezone", "Europe/Paris"),
            ("('+1 202-555-0143' | timezone) or 'America/New_York'", "America/New_York"),
            ("'' | timezone", ""),
        ] {
            assert_eq!(eval(expression), result, "{expression}");
        }
    }

    #[test]
    fn filters_refuse_in_words() {
        for (expression, part) in [
            ("'12' | e164", "e164: "),
            ("'12' | timezone", "timezone: "),
            ("'soon' | date('%d')", "date: \"soon\""),
            ("'x' | money('EUR')", "money: \"x\""),
            ("'1' | money('euro')", "money: "),
        ] {
            assert!(eval(expression).contains(part), "{expression}: {}", eval(expression));
        }
    }

    #[test]
    fn endless_templates_end() {
        assert!(Engine::new(None).env.render_str("{% for i in range(100000) %}x{% endfor %}", ()).is_err());
    }

    #[test]
    fn filters_make_no_more_than_a_message_needs() {
        for (expression, result) in [
            ("'%05.2f|%-5s|%%|%d' | format(3.14159, 'ab', 7)", "03.14|ab   |%|7"),
            ("'call +1650555%s' | format('1234')", "call +16505551234"),
            ("'a-b' | replace('-', '+')", "a+b"),
            ("[1, 'b'] | join(', ')", "1, b"),
            ("[{'n': {'m': 1}}, {'n': {'m': 2}}] | join('/', attribute='n.m')", "1/2"),
            ("12 | string", "12"),
            ("range(3) | join", "012"),
        ] {
            assert_eq!(eval(expression), result, "{expression}");
        }
        for (expression, part) in [
            ("'%0999999999d' | format(1)", "at most 100 wide"),
            ("'%.999999999f' | format(1)", "at most 100 wide"),
            ("'%*d' | format(999999999, 1)", "at most 100 wide"),
            ("range(99999) | list", "more than 10000"),
            ("range(10000) | join('xxxxxxxxxx')", "more than 64 KiB"),
            ("range(9999) | join | replace('1', range(9999) | join)", "more than 64 KiB"),
            ("range(9999) | map('string') | map('replace', '1', range(9999) | join) | list", "more than 64 KiB"),
            ("[[1]] | join", "wanted text, got sequence"),
            ("'x' | indent(10)", "filter indent is unknown"),
            ("namespace()", "namespace is unknown"),
        ] {
            assert!(eval(expression).contains(part), "{expression}: {}", eval(expression));
        }
    }
}
