//! The query of a lookup.
//!
//! Belongs here: its parameters, and the fields that it asks for. Does not belong here: what any of them mean.

use std::borrow::Cow;

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::rules::Refusal;

/// The parameters of a query, each known and given once.
#[derive(Debug)]
pub(super) struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Query<'a> {
    /// Reads a query. As in messages a name that no page of Meta's has is refused, so that a misspelt one is noticed.
    pub(super) fn read(query: &'a str, known: &[&str]) -> Result<Self, Refusal> {
        let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let known = known.join(", ");
                return Err(Refusal::invalid(format!("unexpected parameter {name:?}; known are {known}")));
            }
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(Refusal::invalid(format!("the parameter {name} is given twice")));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter. An empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, value)| given == name && !value.is_empty()).map(|(_, value)| value.as_ref())
    }

    /// All that is given, but for these.
    pub(super) fn without(&self, names: &[&str]) -> form_urlencoded::Serializer<'static, String> {
        let mut rest = form_urlencoded::Serializer::new(String::new());
        rest.extend_pairs(self.pairs.iter().filter(|(name, _)| !names.contains(&name.as_ref())));
        rest
    }

    /// The fields that are asked for under `fields`, or these. One that the kind of object does not have is refused; one
    /// that this object does not have is left out. The `id` is always there.
    pub(super) fn fields<'f>(
        &'f self,
        kind: &str,
        known: &[&str],
        default: &[&'f str],
    ) -> Result<Vec<&'f str>, Refusal> {
        let Some(fields) = self.get("fields") else { return Ok(default.to_vec()) };
        let fields: Vec<_> = fields.split(',').map(str::trim).filter(|field| !field.is_empty()).collect();
        match fields.iter().find(|field| !known.contains(*field)) {
            None => Ok(fields),
            Some(field) => Err(Refusal {
                message: format!("(#100) Tried accessing nonexisting field ({field}) on node type ({kind})"),
                ..Refusal::invalid(format!("fields: known are {}", known.join(", ")))
            }),
        }
    }
}

/// An object cut down to these fields and its id, which comes last.
pub(super) fn only(object: &Map<String, Value>, fields: &[&str]) -> Value {
    let fields = fields.iter().filter(|field| **field != "id").chain([&"id"]);
    let kept = fields.filter_map(|field| Some(((*field).to_owned(), object.get(*field)?.clone())));
    Value::Object(kept.collect())
}
