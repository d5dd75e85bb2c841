//! Reading a row's rendered input, field by field, against the table that describes it.
//!
//! Belongs here: the kinds of values and what is said about a value that is none. Does not belong here: rules that only
//! one task has; a task adds its problems with [`Fields::problem`].
//!
//! Reading continues after a problem, so that all problems of a row are reported. A required field that cannot be read gives
//! an empty value; [`Fields::finish`] then returns the problems instead of the request built from it.

mod decimal;

use std::fmt;

use crate::diag::did_you_mean;
use crate::model::{Field, FieldError, InputField, Kind, Number, Origin, Value};

pub use decimal::Decimal;

/// The message for a required field that is empty.
pub const REQUIRED: &str = "required, but empty";

/// A field that must be given.
pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, required: true, max: None, secret: false, example: None, doc }
}

/// A field that may be left out.
pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { required: false, ..required(name, kind, doc) }
}

/// Reads the fields of one row's input and collects everything that is wrong with them.
#[derive(Debug)]
pub struct Fields<'a> {
    input: &'a [InputField<'a>],
    table: &'static [Field],
    problems: Vec<FieldError>,
    warnings: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// Starts reading `input`, whose fields `table` describes.
    pub fn new(input: &'a [InputField<'a>], table: &'static [Field]) -> Self {
        let mut fields = Self { input, table, problems: Vec::new(), warnings: Vec::new() };
        for (name, _) in input {
            if !table.iter().any(|field| field.name == *name) {
                let hint = did_you_mean(name, table.iter().map(|field| field.name));
                fields.problem("input", format!("unknown field {}{hint}", quoted(name)));
            }
        }
        fields
    }

    /// Notes something that is wrong with a field, or with an entry of it.
    pub fn problem(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.problems.push(FieldError::new(field, message));
    }

    /// Notes something that is legal, but probably not meant.
    pub fn warn(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.warnings.push(FieldError::new(field, message));
    }

    /// True if nothing is wrong with a field so far.
    pub fn is_sound(&self, name: &str) -> bool {
        self.problems.iter().all(|problem| problem.field != name)
    }

    /// The warnings of a sound input, or all its problems.
    pub fn finish(self) -> Result<Vec<FieldError>, Vec<FieldError>> {
        if self.problems.is_empty() { Ok(self.warnings) } else { Err(self.problems) }
    }

    /// A required text.
    pub fn text(&mut self, name: &str) -> &'a str {
        self.optional_text(name).unwrap_or_default()
    }

    /// A text, if it is given.
    pub fn optional_text(&mut self, name: &str) -> Option<&'a str> {
        self.read(name, |field, value| {
            let text = text_of(field, value)?;
            within(text, field.max)?;
            Ok(Some(text))
        })
    }

    /// A required word.
    pub fn word(&mut self, name: &str) -> &'a str {
        self.optional_word(name).unwrap_or_default()
    }

    /// A word, if it is given.
    pub fn optional_word(&mut self, name: &str) -> Option<&'a str> {
        self.read(name, |field, value| {
            let Some(word) = trimmed(field, value)? else { return Ok(None) };
            if word.contains(char::is_whitespace) {
                return Err(about(field, word, "no spaces allowed"));
            }
            within(word, field.max)?;
            Ok(Some(word))
        })
    }

    /// A required value of an enum.
    pub fn choice(&mut self, name: &str) -> &'static str {
        self.optional_choice(name).unwrap_or_default()
    }

    /// A value of an enum, if it is given.
    pub fn optional_choice(&mut self, name: &str) -> Option<&'static str> {
        self.read(name, |field, value| {
            let Kind::Enum(known) = field.kind else { unreachable!("{name} is no enum") };
            let Some(word) = trimmed(field, value)? else { return Ok(None) };
            if let Some(choice) = known.iter().find(|choice| **choice == word) {
                return Ok(Some(*choice));
            }
            let hint = did_you_mean(word, known.iter().copied());
            Err(about(field, word, &format!("one of {}{hint}", known.join(", "))))
        })
    }

    /// A required number within the bounds of its field. A number out of bounds is reported with `hint`.
    pub fn number(&mut self, name: &str, hint: &str) -> Decimal {
        self.read(name, |field, value| {
            let Kind::Number { min, max } = field.kind else { unreachable!("{name} is no number") };
            let (text, number) = match value {
                Value::Text(text) if text.trim().is_empty() => return Ok(None),
                Value::Text(text) => (text.trim(), Decimal::plain(text.trim())),
                Value::Number(Number { text, origin: Origin::Recipe }) => (text.as_str(), Decimal::plain(text)),
                Value::Number(Number { text, origin: Origin::Expression }) => (text.as_str(), Decimal::printed(text)),
                other => return Err(format!("wanted a number, got {}", other.describe())),
            };
            let number = number.ok_or_else(|| about(field, text, "write a decimal number with a point"))?;
            if !(min..=max).contains(&number.value()) {
                return Err(format!("{} is not between {min} and {max}{hint}", excerpt(text)));
            }
            Ok(Some(number))
        })
        .unwrap_or_default()
    }

    /// A required boolean. A text that is one but for its case is reported with `hint`.
    pub fn boolean(&mut self, name: &str, hint: &str) -> bool {
        self.read(name, |field, value| match value {
            Value::Bool(value) => Ok(Some(*value)),
            Value::Text(text) => match text.as_str() {
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                text if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => {
                    Err(about(field, text, &format!("true or false{hint}")))
                }
                text => Err(about(field, text, "true or false")),
            },
            other => Err(format!("wanted true or false, got {}", other.describe())),
        })
        .unwrap_or_default()
    }

    /// A day of the calendar, if it is given.
    pub fn optional_date(&mut self, name: &str) -> Option<&'a str> {
        self.read(name, |field, value| {
            let Some(date) = trimmed(field, value)? else { return Ok(None) };
            if is_day(date) { Ok(Some(date)) } else { Err(about(field, date, "write a date as YYYY-MM-DD")) }
        })
    }

    /// The entries of a list; none if it is not given.
    pub fn list(&mut self, name: &str) -> &'a [Value] {
        self.read(name, |_, value| match value {
            Value::List(entries) => Ok(Some(entries.as_slice())),
            Value::Text(text) => Err(format!("wanted a list, got text. Write [{}]", quoted(text))),
            other => Err(format!("wanted a list, got {}", other.describe())),
        })
        .unwrap_or_default()
    }

    /// Reads one field. `Ok(None)` means that the value turned out to be empty.
    fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'static Field, &'a Value) -> Result<Option<T>, String>,
    ) -> Option<T> {
        let Some(field) = self.table.iter().find(|field| field.name == name) else {
            unreachable!("{name} is not in the task's table of fields")
        };
        let given = self.input.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_ref());
        match given.filter(|value| !value.is_empty()).map(|value| read(field, value)) {
            Some(Ok(Some(value))) => return Some(value),
            Some(Err(message)) => self.problem(name, message),
            Some(Ok(None)) | None if field.required => self.problem(name, REQUIRED),
            Some(Ok(None)) | None => {}
        }
        None
    }
}

/// Why a value is not taken as text. Displayed, it names the value where that helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotText<'a>(&'a Value);

impl NotText<'_> {
    /// The message for a value that must not be printed.
    fn brief(self) -> String {
        let hint = if matches!(self.0, Value::Number(_) | Value::Bool(_)) { "; put it in quotes" } else { "" };
        format!("wanted text, got {}{hint}", self.0.describe())
    }
}

impl fmt::Display for NotText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.brief())?;
        match self.0 {
            Value::Number(number) => write!(f, ": {}", quoted(&number.text)),
            _ => Ok(()),
        }
    }
}

/// A value as text: a text, a whole number by its digits, or any number that an expression printed. A decimal in a recipe is
/// refused: YAML does not say whether `1.10` was a price or a version.
pub fn text(value: &Value) -> Result<&str, NotText<'_>> {
    match value {
        Value::Null => Ok(""),
        Value::Text(text) => Ok(text),
        Value::Number(number) if number.origin == Origin::Expression || number.is_whole() => Ok(&number.text),
        other => Err(NotText(other)),
    }
}

/// How many characters a text has, if they are more than `most`. Characters are Unicode scalar values; how the API counts
/// is not documented.
pub fn longer_than(text: &str, most: usize) -> Option<usize> {
    // A text has at most as many characters as bytes, so most texts need no counting.
    (text.len() > most).then(|| text.chars().count()).filter(|count| *count > most)
}

/// A value in a message: in quotes, unprintable characters escaped, cut where it is long.
pub fn quoted(text: &str) -> String {
    format!("{:?}", excerpt(text))
}

fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value as text, or what is wrong with it.
fn text_of<'a>(field: &Field, value: &'a Value) -> Result<&'a str, String> {
    text(value).map_err(|wrong| if field.secret { wrong.brief() } else { wrong.to_string() })
}

/// A text without the white space around it, if anything is left.
fn trimmed<'a>(field: &Field, value: &'a Value) -> Result<Option<&'a str>, String> {
    let word = text_of(field, value)?.trim();
    Ok((!word.is_empty()).then_some(word))
}

fn within(text: &str, most: Option<usize>) -> Result<(), String> {
    match most.and_then(|most| Some((longer_than(text, most)?, most))) {
        Some((count, most)) => Err(format!("{count} characters, at most {most}")),
        None => Ok(()),
    }
}

/// A message about a value, which is named unless it is secret.
fn about(field: &Field, value: &str, message: &str) -> String {
    if field.secret { message.to_owned() } else { format!("{}: {message}", quoted(value)) }
}

/// True for a day of the calendar, written `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    let pattern = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    pattern && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests;
