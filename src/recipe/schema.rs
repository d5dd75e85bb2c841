//! The editor's schema of recipes and of connections files: JSON Schema, draft 7, which the YAML language server knows best.
//!
//! Belongs here: what a shape of a key, or a kind of a field, looks like in that language. Does not belong here: which keys,
//! connections and tasks there are; it is handed their tables.
//!
//! The schema accepts what a check accepts, and refuses what a check refuses for its shape, with two exceptions. A check
//! treats a key without a value as absent; the schema marks it, because in an editor it is half a line. A constant setting,
//! such as `type`, may not be a template in the schema. Only a check finds errors in column names, files and templates.

mod forms;
mod input;

use serde_json::{Map, Value, json};

use super::{Key, RECIPE_KEYS, Shape};
use crate::model::{Rate, TaskEntry};
use forms::{any_of, described, matching, object, reference};

/// A kind of connection, as the schema needs it.
#[derive(Debug)]
pub struct ConnectionKind {
    /// The value of its `type`.
    pub kind: &'static str,
    /// Its keys in addition to those of every connection.
    pub keys: &'static [Key],
    /// The default of its `rate`.
    pub rate: Rate,
    /// Its tasks.
    pub tasks: &'static [TaskEntry],
}

/// The schema of a recipe. `common` has the keys of every connection.
pub fn recipe_schema(common: &'static [Key], kinds: &[ConnectionKind]) -> Value {
    let tasks = || kinds.iter().flat_map(|kind| kind.tasks);
    let mut schema = head("A Rowcast recipe", "A message, its connection and the list of its recipients.");
    schema.extend(mapping(RECIPE_KEYS, |key| match key.shape {
        Shape::Task => Some(task_names(&tasks().collect::<Vec<_>>())),
        _ => None,
    }));
    let chosen = tasks().map(|task| {
        json!({
            "if": { "properties": { "task": { "enum": [task.short(), task.id] } }, "required": ["task"] },
            "then": { "properties": { "input": { "$ref": format!("#/definitions/{}", task.short()) } } },
        })
    });
    schema.insert("allOf".into(), chosen.collect());
    let mut definitions = definitions(common, kinds);
    definitions.extend(tasks().map(|task| (task.short(), input::fields(task))));
    schema.insert("definitions".into(), definitions.into());
    schema.into()
}

/// The schema of a connections file. `common` has the keys of every connection.
pub fn connections_schema(common: &'static [Key], kinds: &[ConnectionKind]) -> Value {
    let mut schema = head("Rowcast connections", "Credentials and endpoints of APIs, by the names that recipes use.");
    schema.insert("additionalProperties".into(), reference("connection"));
    schema.insert("definitions".into(), definitions(common, kinds).into());
    schema.into()
}

fn head(title: &str, description: &str) -> Map<String, Value> {
    object(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "description": description,
        "type": "object",
    }))
}

/// Definitions: a template, any connection, and one connection of each kind.
fn definitions(common: &'static [Key], kinds: &[ConnectionKind]) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert(
        "template".into(),
        json!({ "description": "A template, filled in from the row.", "type": "string", "pattern": r"\{[{%#]" }),
    );
    let named = |kind: &ConnectionKind| format!("connection-{}", kind.kind);
    let types: Vec<&str> = kinds.iter().map(|kind| kind.kind).collect();
    let chosen = kinds.iter().map(|kind| {
        json!({
            "if": { "properties": { "type": { "const": kind.kind } }, "required": ["type"] },
            "then": reference(&named(kind)),
        })
    });
    all.insert(
        "connection".into(),
        json!({
            "description": "Credentials and endpoint of an API.",
            "type": "object",
            "required": ["type"],
            "properties": { "type": { "enum": types } },
            "not": { "required": ["token", "token-file"], "errorMessage": "`token` and `token-file` are both given: keep one of them" },
            "allOf": chosen.collect::<Vec<_>>(),
        }),
    );
    for kind in kinds {
        let keys: Vec<Key> = common.iter().chain(kind.keys).copied().collect();
        let mut connection = mapping(&keys, |key| match key.shape {
            Shape::Kind => Some(vec![json!({ "const": kind.kind })]),
            // A value that is not secret may also come from the environment.
            shape => Some([shaped(shape), vec![reference("template")]].concat()),
        });
        if let Some(rate) = connection.get_mut("properties").and_then(|keys| keys.get_mut("rate")) {
            rate["default"] = kind.rate.to_string().into();
        }
        connection.insert("type".into(), "object".into());
        all.insert(named(kind), connection.into());
    }
    all
}

/// The names of tasks with their descriptions. Short names come first, because editors propose them first.
fn task_names(tasks: &[&TaskEntry]) -> Vec<Value> {
    let short = tasks.iter().map(|task| task.short());
    let names: Vec<String> = short.chain(tasks.iter().map(|task| task.id.to_owned())).collect();
    let summaries: Vec<&str> = tasks.iter().chain(tasks).map(|task| task.summary).collect();
    vec![json!({ "enum": names, "enumDescriptions": summaries })]
}

/// A mapping of keys. `known` returns the forms of a key that its shape does not tell.
fn mapping(keys: &[Key], known: impl Fn(&Key) -> Option<Vec<Value>>) -> Map<String, Value> {
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let property = |key: &Key| {
        let mut property = described(key.doc);
        property.extend(any_of(known(key).unwrap_or_else(|| shaped(key.shape))));
        if let Some(default) = key.default {
            property.insert("default".into(), written(key.shape, default));
        }
        if !key.examples.is_empty() {
            let examples = key.examples.iter().map(|example| written(key.shape, example));
            property.insert("examples".into(), examples.collect());
        }
        (key.name.to_owned(), property.into())
    };
    let properties: Map<String, Value> = keys.iter().map(property).collect();
    let mut mapping = Map::new();
    if !required.is_empty() {
        mapping.insert("required".into(), required.into());
    }
    mapping.insert("properties".into(), properties.into());
    mapping.insert("additionalProperties".into(), false.into());
    mapping
}

/// The forms that a shape allows: a value must match one of them.
fn shaped(shape: Shape) -> Vec<Value> {
    match shape {
        Shape::Version => vec![json!({ "const": 1 })],
        Shape::Text => vec![json!({ "type": ["string", "number"] })],
        Shape::Template | Shape::Task | Shape::Kind => vec![json!({ "type": "string" })],
        Shape::Name => vec![
            // All ASCII that a name must not contain; other letters are left to the check.
            matching(
                r"^[^\s!-/:-@\[-^`{-~][^\s!-,/:-@\[-^`{-~]{0,63}$",
                "1 to 64 letters, digits, `-`, `_` or `.`, not beginning with a dot or a dash",
            ),
            json!({ "type": "number" }),
        ],
        Shape::Digits => vec![matching(r"^\s*[0-9]+\s*$", "only digits"), json!({ "type": "integer", "minimum": 0 })],
        Shape::Pattern(pattern) => vec![json!({ "type": "string", "pattern": pattern })],
        Shape::Whole { min } => {
            let digits = if min == 0 { r"^\+?[0-9]+$" } else { r"^\+?0*[1-9][0-9]*$" };
            let whole = json!({ "type": "integer", "minimum": min, "maximum": u32::MAX });
            vec![whole, matching(digits, &format!("a whole number of at least {min}"))]
        }
        Shape::Rate => vec![matching(
            r"^\s*\+?0*[1-9][0-9]*\s*/\s*[smhd]\s*$",
            "a whole number and a unit (s, m, h or d), such as 80/s",
        )],
        Shape::RateOrUnlimited => [shaped(Shape::Rate), vec![json!({ "const": "unlimited" })]].concat(),
        Shape::Duration => {
            vec![matching(r"^\s*\+?(P|[0-9]).*[A-Za-zµ].*$", "a number and a unit, such as 30s, 500ms or 2m")]
        }
        Shape::Span => {
            vec![matching(r"^\s*\+?(P|[0-9]).*[A-Za-zµ].*$", "a number and a unit, such as 20h, 7d or 2w")]
        }
        Shape::RowsOrShare => vec![
            json!({ "type": "integer", "minimum": 0 }),
            matching(
                r"^\s*\+?[0-9]+\s*$|^\s*\+?(100(\.0*)?|[0-9]?[0-9](\.[0-9]*)?)\s*%$",
                "a whole number of rows, or a percentage such as 5%",
            ),
        ],
        Shape::Moment => vec![matching(
            r"^[+-]?[0-9]{4,6}-?[0-9]{2}-?[0-9]{2}[Tt ][0-9]{2}.*([Zz]|[+-][0-9]{2}(:?[0-9]{2}){0,2})(\[.*\])?$",
            "a time with its UTC offset, such as 2026-12-01T18:00:00Z",
        )],
        Shape::Condition => vec![reference("template"), json!({ "type": "boolean" })],
        Shape::Constants => vec![json!({
            "type": ["object", "null"],
            "additionalProperties": {
                "not": { "type": "string", "pattern": r"\{[{%]", "errorMessage": "vars are constants; templates belong in `input` and `when`" },
            },
        })],
        Shape::Connection => {
            let names = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1, "uniqueItems": true });
            vec![json!({ "type": "string" }), names, reference("connection")]
        }
        Shape::Input => vec![json!({ "type": "object" })],
        Shape::Boolean => vec![json!({ "type": "boolean" })],
        Shape::Either(one, other) => [shaped(*one), shaped(*other)].concat(),
        Shape::List(entries) => vec![json!({ "type": "array", "items": any_of(shaped(*entries)), "minItems": 1 })],
        Shape::OneOrMore(entry) => [shaped(*entry), vec![list_of(*entry)]].concat(),
        Shape::Mapping(keys) => {
            // A mapping whose keys are all commented out is null, which is valid.
            let mut mapping = mapping(keys, |_| None);
            mapping.insert("type".into(), json!(["object", "null"]));
            vec![mapping.into()]
        }
    }
}

fn list_of(entry: Shape) -> Value {
    json!({ "type": "array", "items": any_of(shaped(entry)) })
}

/// A value as YAML reads it: a number if the shape has numbers.
fn written(shape: Shape, text: &str) -> Value {
    match (shape, text.parse::<u64>()) {
        (Shape::Version | Shape::Whole { .. } | Shape::RowsOrShare, Ok(number)) => number.into(),
        _ => text.into(),
    }
}
