//! The description of a task as plain data with a function pointer: what check, help and schema read.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Draft, Endpoint, Value};

/// One thing a connection can do. Tables of entries are the only place that lists the tasks.
#[derive(Debug, Clone, Copy)]
pub struct TaskEntry {
    /// The id, `TASK_SEND_TEXT_MESSAGE`.
    pub id: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// Its input fields, in the order of the documentation.
    pub fields: &'static [Field],
    /// The field that names the recipient.
    pub recipient: &'static str,
    /// What has to exist at the API before its messages can be sent.
    pub needs: &'static [Need],
    /// Its outputs, by their ids.
    pub outputs: &'static [&'static str],
    /// Builds the request of a rendered input, or reports everything that is wrong with it.
    pub build: Build,
    /// Looks for a likely mistake in a valid request. Only the check calls it: it may cost more than building the request.
    pub doubt: fn(&Draft) -> Option<FieldError>,
}

/// What a task uses that its API holds, so that a check can look it up before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A message template of the account. Its name and language are the fields `name` and `language-code`.
    Template,
}

/// A field of a row's rendered input: name and value. A value that is the same for every row is borrowed from the recipe.
pub type InputField<'a> = (&'a str, Cow<'a, Value>);

/// Builds the request of a rendered input, or reports everything that is wrong with it. Pure.
pub type Build = fn(input: &[InputField<'_>], endpoint: &Endpoint) -> Result<Built, Vec<FieldError>>;

impl TaskEntry {
    /// The short name, `send-text-message`.
    pub fn short(&self) -> String {
        short_name(self.id)
    }

    /// True if its messages use a template of the account.
    pub fn sends_template(&self) -> bool {
        self.needs.contains(&Need::Template)
    }
}

/// The short name of a task id: without `TASK_`, in lower case, with dashes.
///
/// ```
/// assert_eq!(rowcast::model::short_name("TASK_SEND_TEXT_MESSAGE"), "send-text-message");
/// ```
pub fn short_name(id: &str) -> String {
    id.strip_prefix("TASK_").unwrap_or(id).to_lowercase().replace('_', "-")
}

/// A request and its warnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The request.
    pub draft: Draft,
    /// Things that are legal but probably not meant: a caption on an audio file, say.
    pub warnings: Vec<FieldError>,
}

/// One input field of a task: the single source for checks, `rowcast tasks` and the editor's schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// The id, in kebab case.
    pub name: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// At most this many characters (Unicode scalar values).
    pub max: Option<usize>,
    /// Whether messages may print the value: not for one-time passwords.
    pub secret: bool,
    /// A value to show, as one writes it in a recipe; one that suits name and kind if there is none.
    pub example: Option<&'static str>,
    /// One line for people.
    pub doc: &'static str,
}

impl Field {
    /// The same field with a value to show.
    #[must_use]
    pub const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    /// A value to show, as one writes it in a recipe: a constant, or a column that has the field's name.
    pub fn shown(&self) -> String {
        match (self.example, self.kind) {
            (Some(example), _) => example.to_owned(),
            // The first value may be `none`, which makes a poor example.
            (None, Kind::Enum(values)) => {
                values.iter().find(|value| **value != "none").copied().unwrap_or_default().to_owned()
            }
            (None, Kind::Boolean) => "false".to_owned(),
            (None, _) => format!("\"{{{{ {} }}}}\"", self.name.replace('-', "_")),
        }
    }
}

/// The kinds of values that a field accepts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text, never trimmed.
    Text,
    /// Text without white space inside; white space around it is removed.
    Word,
    /// A word that is exactly one of these.
    Enum(&'static [&'static str]),
    /// A plain decimal number within bounds.
    Number {
        /// The least value allowed.
        min: f64,
        /// The greatest value allowed.
        max: f64,
    },
    /// `true` or `false`.
    Boolean,
    /// A day of the calendar, `YYYY-MM-DD`.
    Date,
    /// A list.
    List(Entries),
}

/// What the entries of a list are: texts, or mappings that say the same in more words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entries {
    /// The maximum number of entries.
    pub max: Option<usize>,
    /// What a text looks like, as a regular expression in the common ground of Rust's and JavaScript's; any, if none.
    pub form: Option<&'static str>,
    /// The keys of a mapping.
    pub keys: &'static [Field],
}

/// Something wrong with one field of a row's input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldError {
    /// The field, with the entry where there is one: `body-parameters[1].name`. Entries are counted from 0.
    pub field: String,
    /// What is wrong, with the value and a hint.
    pub message: String,
}

impl FieldError {
    /// A problem of `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
