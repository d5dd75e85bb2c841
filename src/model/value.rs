//! A rendered value: what a recipe's `input` becomes for a row, before a task reads it.

/// A value of a task's input after its templates were rendered.
///
/// It keeps what JSON loses: whether a number was written in the recipe or computed by an expression, and its digits as
/// written (`0.10`, `+49…`, ids longer than 64 bits).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// YAML null or an expression that returned `none`: the field is *not given*.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number with its digits.
    Number(Number),
    /// Text, never trimmed.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping, in the order of the recipe.
    Map(Vec<(String, Value)>),
}

/// A number as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The digits as written in the recipe, or as the template engine prints them.
    pub text: String,
    /// Its origin.
    pub origin: Origin,
}

/// Where a number comes from. A decimal written in a recipe is not accepted as text; one from an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A bare YAML scalar in the recipe.
    Recipe,
    /// The result of a lone `{{ expression }}`.
    Expression,
}

impl Number {
    /// True for an optional sign and digits only.
    pub fn is_whole(&self) -> bool {
        let digits = self.text.strip_prefix(['+', '-']).unwrap_or(&self.text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl Value {
    /// Names the kind of the value in messages: "wanted text, got a list".
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(number) if number.is_whole() => "a whole number",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }

    /// True if the value counts as *not given*: null or the empty string.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }
}
