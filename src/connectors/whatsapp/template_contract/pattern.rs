//! A template's text with its variables: `Hello {{1}}`, or `Hello {{first_name}}`.
//!
//! Belongs here: finding the variables, counting them and putting values in. Does not belong here: what a variable is for.

use std::collections::HashMap;

/// A text with variables. A variable is `{{`, letters, digits and `_`, `}}`, with or without spaces inside; all else is text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplatePattern {
    text: String,
    pieces: Vec<PatternPiece>,
    variables: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PatternPiece {
    Text(String),
    /// The variable at this place in the list.
    Variable(usize),
}

impl TemplatePattern {
    /// Reads a text. Each variable counts once, however often it is used. Numbers are in their order, and if one is no
    /// number, all are in the order of the text.
    pub fn parse(text: &str) -> Self {
        let (mut pieces, mut names): (_, Vec<&str>) = (Vec::new(), Vec::new());
        let mut places: HashMap<&str, usize> = HashMap::new();
        let (mut literal, mut rest) = (String::new(), text);
        while let Some(open) = rest.find("{{") {
            let inside = &rest[open + 2..];
            let Some((name, after)) = variable(inside) else {
                // One brace is text; the other may still begin a variable.
                literal.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
                continue;
            };
            literal.push_str(&rest[..open]);
            if !literal.is_empty() {
                pieces.push(PatternPiece::Text(std::mem::take(&mut literal)));
            }
            let place = *places.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            });
            pieces.push(PatternPiece::Variable(place));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(PatternPiece::Text(literal));
        }
        let (variables, order) = ordered(&names);
        for piece in &mut pieces {
            if let PatternPiece::Variable(place) = piece {
                *place = order[*place];
            }
        }
        Self { text: text.to_owned(), pieces, variables }
    }

    /// The text as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The variables without their braces, each once.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The variables as they are written: `{{1}}, {{2}}`.
    pub fn listed(&self) -> String {
        self.variables.iter().map(|name| format!("{{{{{name}}}}}")).collect::<Vec<_>>().join(", ")
    }

    /// True if all its variables are numbers.
    pub fn is_positional(&self) -> bool {
        self.variables.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The text with values in place of variables. A variable without a value stays as it is.
    pub fn filled<'a>(&self, value: impl Fn(usize) -> Option<&'a str>) -> String {
        let mut filled = String::with_capacity(self.text.len());
        for piece in &self.pieces {
            match piece {
                PatternPiece::Text(text) => filled.push_str(text),
                PatternPiece::Variable(place) => match value(*place) {
                    Some(value) => filled.push_str(value),
                    None => filled.extend(["{{", &self.variables[*place], "}}"]),
                },
            }
        }
        filled
    }

    /// How many characters the filled text has, if they are more than `most`.
    pub fn longer_than<'a>(&self, most: usize, value: impl Fn(usize) -> &'a str) -> Option<usize> {
        let parts = || {
            self.pieces.iter().map(|piece| match piece {
                PatternPiece::Text(text) => text.as_str(),
                PatternPiece::Variable(place) => value(*place),
            })
        };
        // No text has more characters than bytes, which spares most texts the counting.
        if parts().map(str::len).sum::<usize>() <= most {
            return None;
        }
        Some(parts().map(|part| part.chars().count()).sum()).filter(|count| *count > most)
    }
}

/// The variable whose braces have just been opened, and what follows it.
fn variable(inside: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ' ';
    let (name, after) = inside.split_at(inside.find(|c| !is_part(c))?);
    let name = name.trim();
    let after = after.strip_prefix("}}")?;
    (!name.is_empty() && !name.contains(' ')).then_some((name, after))
}

/// The names in their order, and where each of the given ones is in it.
fn ordered(names: &[&str]) -> (Vec<String>, Vec<usize>) {
    let mut order: Vec<usize> = (0..names.len()).collect();
    let numbers: Option<Vec<u64>> = names.iter().map(|name| name.parse().ok()).collect();
    if let Some(numbers) = numbers {
        order.sort_by_key(|at| numbers[*at]);
    }
    let mut places = vec![0; names.len()];
    for (place, at) in order.iter().enumerate() {
        places[*at] = place;
    }
    (order.iter().map(|at| names[*at].to_owned()).collect(), places)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variables(text: &str) -> Vec<String> {
        TemplatePattern::parse(text).variables
    }

    #[test]
    fn each_variable_counts_once() {
        for (text, wanted) in [
            ("", &[][..]),
            ("Hello", &[]),
            ("Hello {{1}}", &["1"]),
            ("{{1}}{{2}}", &["1", "2"]),
            ("{{2}} before {{1}}, {{2}} again", &["1", "2"]),
            ("{{10}} {{9}}", &["9", "10"]),
            ("{{ first_name }}, {{day}}", &["first_name", "day"]),
            ("{{name}} {{1}}", &["name", "1"]),
            ("{{{1}}}", &["1"]),
            ("{{}} {{ }} {{a b}} {1} {{1} {{é}} {{", &[]),
            ("{{1{{2}}", &["2"]),
        ] {
            assert_eq!(variables(text), wanted, "{text}");
        }
    }

    #[test]
    fn values_take_the_place_of_variables() {
        let pattern = TemplatePattern::parse("{{2}}, {{1}} und {{ 2 }}: {{3}}");
        let filled = pattern.filled(|place| ["a", "b"].get(place).copied());
        assert_eq!(filled, "b, a und b: {{3}}");
        assert_eq!(pattern.listed(), "{{1}}, {{2}}, {{3}}");
        assert_eq!(TemplatePattern::parse("{{{1}}}").filled(|_| Some("x")), "{x}");
    }

    #[test]
    fn length_is_that_of_the_filled_text() {
        let pattern = TemplatePattern::parse("é{{1}}é{{1}}");
        assert_eq!(pattern.longer_than(4, |_| "ü"), None);
        assert_eq!(pattern.longer_than(3, |_| "ü"), Some(4));
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_loses_nothing(text in "([a-z{} 1-9_é]|\\{\\{[a-z1-9]{1,2}\\}\\}){0,40}") {
            let pattern = TemplatePattern::parse(&text);
            let squeezed = |text: &str| text.replace(' ', "");
            prop_assert_eq!(squeezed(&pattern.filled(|_| None)), squeezed(&text));
            let filled = pattern.filled(|_| Some("ab"));
            prop_assert_eq!(pattern.longer_than(0, |_| "ab").unwrap_or(0), filled.chars().count());
        }

        #[test]
        fn variables_are_counted_as_they_were_written(names in prop::collection::vec("[a-z_]{1,5}", 0..20)) {
            let text: String = names.iter().map(|name| ["x {{", name, "}} y"].concat()).collect();
            let mut wanted = Vec::new();
            for name in names {
                if !wanted.contains(&name) {
                    wanted.push(name);
                }
            }
            prop_assert_eq!(variables(&text), wanted);
        }

        #[test]
        fn numbers_are_in_their_order(numbers in prop::collection::btree_set(1_u32..500, 0..20)) {
            let text: String = numbers.iter().rev().map(|number| ["{{", &number.to_string(), "}}"].concat()).collect();
            prop_assert_eq!(variables(&text), numbers.iter().map(u32::to_string).collect::<Vec<_>>());
        }
    }
}
