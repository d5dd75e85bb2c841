//! A YAML document as a lossless tree: numbers keep their digits, keys keep their order.
//!
//! Apart from `diag::locate`, only this file uses the YAML crate.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::diag::{Problem, Source, Step, scalar_text};

/// A value of a YAML document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// `null`, `~` or an empty value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A bare number, as written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Vec<(String, Node)>),
}

/// The limit keeps a wrong file from filling the memory. A recipe or a connections file is about a page long.
const MAX_BYTES: usize = 1024 * 1024;

impl Node {
    /// Parses a YAML document. The error is a syntax error, a duplicate key or an exceeded limit, at its place.
    pub fn parse(source: &Source) -> Result<Self, Problem> {
        if source.text.len() > MAX_BYTES {
            return Err(Problem::new("larger than 1 MiB; is this the data file?").in_file(&source.path));
        }
        let mut node = Tree.deserialize(serde_yaml::Deserializer::from_str(&source.text)).map_err(|error| {
            let message = in_our_words(&error.to_string());
            match error.location() {
                Some(at) => {
                    let shown = Source::new(&source.path, without_tokens(&source.text));
                    let problem = Problem::new(message).at_text(&shown, (at.line(), at.column()), 1);
                    let line = source.text.lines().nth(at.line().saturating_sub(1)).unwrap_or("");
                    let tab = line.chars().nth(at.column().saturating_sub(1)) == Some('\t');
                    if tab { problem.help("YAML is indented with spaces; this is a tab") } else { problem }
                }
                None => Problem::new(message).in_file(&source.path),
            }
        })?;
        node.restore_digits(&source.text, &mut Vec::new());
        Ok(node)
    }

    /// Names the kind of the value in messages.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }

    /// The parser converts `+49…` and `0.10` to numbers. Reads the original digits from the text.
    fn restore_digits(&mut self, text: &str, path: &mut Vec<Step>) {
        match self {
            Self::Number(digits) => {
                if let Some(written) = scalar_text(text, path) {
                    *digits = written;
                }
            }
            Self::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    path.push(Step::Item(at));
                    item.restore_digits(text, path);
                    path.pop();
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    path.push(Step::Key(key.clone()));
                    value.restore_digits(text, path);
                    path.pop();
                }
            }
            Self::Null | Self::Bool(_) | Self::Text(_) => {}
        }
    }
}

/// Removes the place that the crate appends, which is shown in another way, and the context that it sometimes adds.
fn in_our_words(message: &str) -> String {
    let Some((what, rest)) = message.split_once(" at line ") else { return message.to_owned() };
    match rest.split_once(", while ").and_then(|(_, doing)| doing.split_once(" at line ")) {
        Some((doing, begun)) => {
            let line: String = begun.chars().take_while(char::is_ascii_digit).collect();
            format!("{what}, while {doing} that begins on line {line}")
        }
        None => what.to_owned(),
    }
}

/// Replaces what looks like a token with crosses, character by character: an invalid document cannot tell which of its
/// values are secret. A value may be on the line below its key.
fn without_tokens(text: &str) -> String {
    let mut open = false;
    let cross_out = |line: &str| {
        let key = ["token:", "token :", "token\":", "token':"].iter().find_map(|key| Some(line.find(key)? + key.len()));
        let from = match key {
            Some(end) if !line[end..].contains("{{") => end,
            None if open && !line.contains("{{") => 0,
            _ => line.len(),
        };
        let (before, value) = line.split_at(from);
        open = from < line.len() && value.trim_matches([' ', '\t', '\r', '\n', '|', '>', '-', '"', '\'']).is_empty();
        let crossed = value.chars().map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c });
        before.chars().chain(crossed).collect::<String>()
    };
    text.split_inclusive('\n').map(cross_out).collect()
}

struct Tree;

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a boolean, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    /// An empty document.
    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Tree)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        while let Some(key) = map.next_key_seed(NewKey(&entries))? {
            entries.push((key, map.next_value_seed(Tree)?));
        }
        Ok(Node::Map(entries))
    }
}

/// Reads a key and refuses a duplicate: YAML forbids duplicates, and one of the values would be lost.
struct NewKey<'a>(&'a [(String, Node)]);

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for NewKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        if self.0.iter().any(|(known, _)| known == key) {
            return Err(E::custom(format_args!("`{key}` is given twice")));
        }
        Ok(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Node, String> {
        Node::parse(&Source::new("r.yaml", text)).map_err(|problem| crate::diag::render(&problem, false))
    }

    #[test]
    fn digits_survive() {
        let Ok(Node::Map(entries)) = parse("a: +4915\nb: 0.10\nc: 1e5\nd: 12345678901234567890123\ne: 0091\nf: no\n")
        else {
            panic!("not a mapping")
        };
        let values: Vec<_> = entries.into_iter().map(|(_, value)| value).collect();
        let number = |digits: &str| Node::Number(digits.into());
        assert_eq!(values[..4], [number("+4915"), number("0.10"), number("1e5"), number("12345678901234567890123")]);
        assert_eq!(values[4..], [Node::Text("0091".into()), Node::Text("no".into())]);
    }

    #[test]
    fn a_key_given_twice_is_refused_at_its_place() {
        insta::assert_snapshot!(parse("a: 1\nb:\n  x: 1\n  x: 2\n").unwrap_err(), @"
        error: b: `x` is given twice
         --> r.yaml:4:3
          |
        4 |   x: 2
          |   ^
        ");
    }

    #[test]
    fn syntax_errors_have_a_place() {
        insta::assert_snapshot!(parse("a: [1\nb: 2\n").unwrap_err(), @"
        error: did not find expected ',' or ']', while parsing a flow sequence that begins on line 1
         --> r.yaml:2:2
          |
        2 | b: 2
          |  ^
        ");
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..9 {
            let before = format!("*a{}", n - 1);
            let line = format!("a{n}: &a{n} [{}]\n", [before.as_str(); 10].join(","));
            bomb.push_str(&line);
        }
        assert!(parse(&bomb).unwrap_err().contains("repetition limit"));
        assert!(parse(&"[".repeat(10_000)).is_err());
        assert!(parse(&"x".repeat(MAX_BYTES + 1)).unwrap_err().contains("1 MiB"));
    }
}
