//! Messages of one shape: what a message has that the first one of its shape has not.
//!
//! Two bodies have one shape if they have the same keys and lists in the same places. Their leaves, in the order of the
//! text, are then compared one by one.

use std::collections::HashMap;

use serde_json::{Value, json};

/// The shapes of a list, each with its first body.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: HashMap<String, usize>,
    firsts: Vec<Value>,
    leaves: Vec<Vec<Value>>,
    bytes: usize,
}

/// A message by its shape.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shaped {
    /// The place of the shape, or -1: then the differences are the body itself.
    pub(super) shape: i64,
    /// JSON: the number of a leaf and its value, for each leaf that differs.
    pub(super) differences: String,
}

/// Shapes that are kept. A recipe has a handful: one for each set of fields that a row leaves empty.
const SHAPES: usize = 256;
/// Bytes of their first bodies at most.
const BYTES: usize = 128 << 10;

impl Shapes {
    /// A body, which is JSON, as what differs from the first of its shape.
    pub(super) fn take(&mut self, body: &[u8]) -> Shaped {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Shaped { shape: -1, differences: "null".to_owned() };
        };
        let (mut skeleton, mut leaves) = (String::new(), Vec::new());
        walk(&value, &mut skeleton, &mut leaves);
        let shape = match self.known.get(&skeleton) {
            Some(shape) => *shape,
            None if self.firsts.len() >= SHAPES || self.bytes + body.len() > BYTES => {
                return Shaped { shape: -1, differences: value.to_string() };
            }
            None => {
                self.bytes += body.len();
                self.known.insert(skeleton, self.firsts.len());
                self.leaves.push(leaves.clone());
                self.firsts.push(value);
                self.firsts.len() - 1
            }
        };
        let mut differences = Vec::new();
        for (at, (first, leaf)) in self.leaves[shape].iter().zip(leaves).enumerate() {
            if *first != leaf {
                differences.extend([json!(at), difference(first, leaf)]);
            }
        }
        Shaped { shape: i64::try_from(shape).unwrap_or(-1), differences: Value::Array(differences).to_string() }
    }

    /// The first body of each shape.
    pub(super) fn firsts(&self) -> &[Value] {
        &self.firsts
    }
}

/// The keys and lists of a value, and its leaves.
fn walk(value: &Value, skeleton: &mut String, leaves: &mut Vec<Value>) {
    match value {
        Value::Array(items) => {
            skeleton.push('[');
            for item in items {
                walk(item, skeleton, leaves);
            }
            skeleton.push(']');
        }
        Value::Object(fields) => {
            skeleton.push('{');
            for (key, field) in fields {
                skeleton.push_str(&Value::from(key.as_str()).to_string());
                walk(field, skeleton, leaves);
            }
            skeleton.push('}');
        }
        leaf => {
            skeleton.push('.');
            leaves.push(leaf.clone());
        }
    }
}

/// A leaf as such, or a text as what differs from the first one, whichever is shortest.
fn difference(first: &Value, leaf: Value) -> Value {
    let (Value::String(first), Value::String(text)) = (first, &leaf) else { return leaf };
    let ways = [words(first, text), middle(first, text)];
    let shortest = ways.into_iter().flatten().min_by_key(|way| way.to_string().len());
    shortest.filter(|way| way.to_string().len() < leaf.to_string().len()).unwrap_or(leaf)
}

/// `[[at, word, at, word …]]`: the words that differ, if there are as many.
fn words(first: &str, text: &str) -> Option<Value> {
    if first.matches(' ').count() != text.matches(' ').count() {
        return None;
    }
    let mut changes = Vec::new();
    for (at, (old, new)) in first.split(' ').zip(text.split(' ')).enumerate() {
        if old != new {
            changes.extend([json!(at), json!(new)]);
        }
    }
    Some(json!([changes]))
}

/// `[start, text, rest]`: so many UTF-16 units of the first one's beginning, new text, so many of its end. JavaScript
/// counts texts in these units.
fn middle(first: &str, text: &str) -> Option<Value> {
    let start: usize =
        first.chars().zip(text.chars()).take_while(|(one, other)| one == other).map(|(c, _)| c.len_utf8()).sum();
    let (first_rest, text_rest) = (&first[start..], &text[start..]);
    let same_end = first_rest.chars().rev().zip(text_rest.chars().rev()).take_while(|(one, other)| one == other);
    let end: usize = same_end.map(|(c, _)| c.len_utf8()).sum();
    if start + end == 0 {
        return None;
    }
    let units = |text: &str| text.encode_utf16().count();
    let new = &text_rest[..text_rest.len() - end];
    Some(json!([units(&first[..start]), new, units(&first_rest[first_rest.len() - end..])]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the page's script does.
    fn patched(first: &str, change: &Value) -> String {
        let Value::Array(parts) = change else { return change.as_str().unwrap().to_owned() };
        if let [Value::Array(changes)] = parts.as_slice() {
            let mut words: Vec<&str> = first.split(' ').collect();
            for change in changes.chunks(2) {
                words[usize::try_from(change[0].as_u64().unwrap()).unwrap()] = change[1].as_str().unwrap();
            }
            return words.join(" ");
        }
        let units: Vec<u16> = first.encode_utf16().collect();
        let at = |n: usize| usize::try_from(parts[n].as_u64().unwrap()).unwrap();
        let begin = String::from_utf16(&units[..at(0)]).unwrap();
        let end = String::from_utf16(&units[units.len() - at(2)..]).unwrap();
        format!("{begin}{}{end}", parts[1].as_str().unwrap())
    }

    #[test]
    fn a_message_is_what_differs_from_the_first() {
        let mut shapes = Shapes::default();
        let body = |to: &str, text: &str| json!({ "to": to, "text": { "body": text, "n": 1.5 } }).to_string();
        let mut take = |to, text| shapes.take(body(to, text).as_bytes()).differences;
        assert_eq!(take("+1", "Hello Ann, your order is on its way"), "[]");
        assert_eq!(take("+2", "Hello 👍🏽, your order is on its way"), r#"[0,"+2",1,[[1,"👍🏽,"]]]"#);
        assert_eq!(shapes.take(b"{\"to\":1,\"text\":{\"body\":2}}").shape, 1);
        assert_eq!(shapes.take(b"no json"), Shaped { shape: -1, differences: "null".to_owned() });
        assert_eq!(shapes.firsts().len(), 2);
    }

    proptest! {
        #[test]
        fn a_text_is_put_together_again(first in "(ab|👍|é| ){0,30}", text in "(ab|👍|é| ){0,30}") {
            let change = difference(&Value::from(first.as_str()), Value::from(text.as_str()));
            prop_assert_eq!(patched(&first, &change), text);
        }
    }
}
