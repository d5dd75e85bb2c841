//! A part of a payload that knows its place.
//!
//! Belongs here: reading JSON values of a wanted kind, and naming the place where they are not. Does not belong here:
//! the rules of any message type.

use serde_json::{Map, Value};

use super::refusal::{Check, Refusal};

/// A JSON value and the path to it, such as `template.components[0].parameters`.
pub(super) struct JsonNode<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> JsonNode<'a> {
    /// The whole payload.
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// Code 100 at this place.
    pub(super) fn invalid(&self, why: &str) -> Refusal {
        Refusal::invalid(self.say(why))
    }

    /// Code 131009 at this place.
    pub(super) fn not_valid(&self, why: &str) -> Refusal {
        Refusal::new(131_009, self.say(why))
    }

    /// A refusal with another code at this place.
    pub(super) fn refuse(&self, code: u32, why: &str) -> Refusal {
        Refusal::new(code, self.say(why))
    }

    /// Refuses keys other than these.
    pub(super) fn only(&self, known: &[&str]) -> Check {
        match self.object()?.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(self.invalid(&format!("unexpected key {key:?}; known are {}", known.join(", ")))),
        }
    }

    /// The value of a key that has to be there.
    pub(super) fn required(&self, key: &str) -> Result<JsonNode<'a>, Refusal> {
        self.optional(key)?.ok_or_else(|| self.refuse(131_008, &format!("{key} is required")))
    }

    /// The value of a key, if it is there. `null` is a value: no place in a message takes it.
    pub(super) fn optional(&self, key: &str) -> Result<Option<JsonNode<'a>>, Refusal> {
        let dot = if self.path.is_empty() { "" } else { "." };
        let value = self.object()?.get(key);
        Ok(value.map(|value| JsonNode { value, path: format!("{}{dot}{key}", self.path) }))
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Result<Vec<JsonNode<'a>>, Refusal> {
        let items = self.value.as_array().ok_or_else(|| self.invalid("wanted an array"))?;
        Ok(items.iter().enumerate().map(|(n, value)| JsonNode { value, path: format!("{}[{n}]", self.path) }).collect())
    }

    /// A string, which may be empty.
    pub(super) fn text(&self) -> Result<&'a str, Refusal> {
        self.value.as_str().ok_or_else(|| self.invalid("wanted a string"))
    }

    /// A string of one to `most` characters.
    pub(super) fn text_up_to(&self, most: usize) -> Result<&'a str, Refusal> {
        let text = self.text()?;
        if text.is_empty() {
            return Err(self.refuse(131_008, "is required, but empty"));
        }
        // No text has more characters than bytes, so most need no count.
        let characters = if text.len() > most { text.chars().count() } else { 0 };
        if characters > most {
            return Err(self.invalid(&format!("must be at most {most} characters long, has {characters}")));
        }
        Ok(text)
    }

    /// A string that is one of these.
    pub(super) fn one_of(&self, values: &[&str]) -> Result<&'a str, Refusal> {
        let text = self.text()?;
        if values.contains(&text) {
            return Ok(text);
        }
        Err(self.invalid(&format!("must be one of {}", values.join(", "))))
    }

    /// An address on the web: http or https, and a host.
    pub(super) fn web_address(&self) -> Check {
        let text = self.text_up_to(2_000)?;
        let scheme = text.find("://").and_then(|end| text.get(..end)).unwrap_or_default();
        let host = text.get(scheme.len() + 3..).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        if web && !host.is_empty() && !text.contains(char::is_whitespace) {
            return Ok(());
        }
        Err(self.not_valid("wanted a URL with http:// or https:// and a host"))
    }

    /// A JSON boolean.
    pub(super) fn boolean(&self) -> Result<bool, Refusal> {
        self.value.as_bool().ok_or_else(|| self.invalid("wanted true or false"))
    }

    /// A JSON number.
    pub(super) fn number(&self) -> Result<f64, Refusal> {
        self.value.as_f64().ok_or_else(|| self.invalid("wanted a number"))
    }

    /// An integer, as a JSON number or as its digits in a string.
    pub(super) fn whole(&self) -> Result<u64, Refusal> {
        let digits = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let whole = self.value.as_u64().or_else(|| self.value.as_str().and_then(digits));
        whole.ok_or_else(|| self.invalid("wanted a whole number"))
    }

    fn object(&self) -> Result<&'a Map<String, Value>, Refusal> {
        self.value.as_object().ok_or_else(|| self.invalid("wanted an object"))
    }

    fn say(&self, why: &str) -> String {
        if self.path.is_empty() { why.to_owned() } else { format!("{}: {why}", self.path) }
    }
}
