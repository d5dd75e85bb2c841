//! Reads values of JSON objects leniently: a value of another type counts as missing.

use serde_json::Value;

/// A text of an object, unless it is empty.
pub(super) fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// The entries of an object's list; none if it has no such list.
pub(super) fn entries<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
