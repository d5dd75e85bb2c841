//! The parts of schemas: one of several forms, text that matches a pattern, references and descriptions.

use serde_json::{Map, Value, json};

/// One of several forms.
pub(super) fn any_of(mut forms: Vec<Value>) -> Map<String, Value> {
    match forms.pop() {
        // Beside a reference all else is ignored in this draft.
        Some(Value::Object(form)) if forms.is_empty() && !form.contains_key("$ref") => form,
        last => {
            forms.extend(last);
            object(json!({ "anyOf": forms }))
        }
    }
}

/// Text that a pattern matches, with what to say of one that does not.
pub(super) fn matching(pattern: &str, wanted: &str) -> Value {
    json!({ "type": "string", "pattern": pattern, "patternErrorMessage": format!("write {wanted}") })
}

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// The words for people: plain, and for editors that show Markdown.
pub(super) fn described(doc: &str) -> Map<String, Value> {
    object(json!({ "description": doc.replace('`', ""), "markdownDescription": doc }))
}

/// A `json!({ … })` as the mapping that it is.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => unreachable!("{other} is no mapping"),
    }
}
