//! Finds the place of a value or a key in a YAML text.
//!
//! The YAML crate tells the place of an error, never of a good value. So the text is read again with a seed that walks to
//! the wanted path and fails there on purpose: the error carries the position. No second parser, no wrapper types.
//! One of the two files that know the YAML crate.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One step of a path into a YAML document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into the value of this key.
    Key(String),
    /// Into this entry of a list, counted from 0.
    Item(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

/// Line and column (from 1) of the value at `path`, if the text has one.
pub fn locate(text: &str, path: &[Step]) -> Option<(usize, usize)> {
    position(text, PathWalk { path, goal: Goal::Value })
}

/// Line and column (from 1) of the key `key` in the mapping at `path`.
pub fn locate_key(text: &str, path: &[Step], key: &str) -> Option<(usize, usize)> {
    position(text, PathWalk { path, goal: Goal::Key(key) })
}

/// The scalar at `path` as it is written (quotes and block markers resolved): a number keeps its `+` and its zeros.
pub fn scalar_text(text: &str, path: &[Step]) -> Option<String> {
    let mut found = None;
    let walk = PathWalk { path, goal: Goal::Scalar(&mut found) };
    // The walk never fails on a scalar; an error means that the path leads elsewhere.
    walk.deserialize(serde_yaml::Deserializer::from_str(text)).ok()?;
    found
}

fn position(text: &str, walk: PathWalk<'_, '_>) -> Option<(usize, usize)> {
    let at = walk.deserialize(serde_yaml::Deserializer::from_str(text)).err()?.location()?;
    Some((at.line(), at.column()))
}

enum Goal<'g> {
    Value,
    Key(&'g str),
    Scalar(&'g mut Option<String>),
}

struct PathWalk<'p, 'g> {
    path: &'p [Step],
    goal: Goal<'g>,
}

const HERE: &str = "here";

impl<'de> DeserializeSeed<'de> for PathWalk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        match self {
            Self { path: [], goal: Goal::Scalar(found) } => {
                *found = Some(<String as serde::Deserialize>::deserialize(from)?);
                Ok(())
            }
            walk => from.deserialize_any(walk),
        }
    }
}

impl<'de> Visitor<'de> for PathWalk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HERE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match (self.path, self.goal) {
            ([], Goal::Key(key)) => {
                while map.next_key_seed(FailAt(key))?.is_some() {
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(())
            }
            ([Step::Key(wanted), path @ ..], goal) => {
                let mut goal = Some(goal);
                while let Some(key) = map.next_key::<String>()? {
                    match goal.take() {
                        Some(goal) if key == *wanted => map.next_value_seed(PathWalk { path, goal })?,
                        other => {
                            goal = other;
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(())
            }
            _ => Err(A::Error::custom(HERE)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((Step::Item(at), path)) = self.path.split_first() else { return Err(A::Error::custom(HERE)) };
        for _ in 0..*at {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(PathWalk { path, goal: self.goal })?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Reads a key and fails if it is the one that is looked for.
struct FailAt<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for FailAt<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for FailAt<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        if key == self.0 { Err(E::custom(HERE)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# hi\nversion: 1\ninput:\n  to: \"{{ phone }}\"\n  list: [\"a\",\n    \"b\"]\n  none:\n  block: |\n    abc\n  phone: +4915123\nsend:\n  reties: 4\n";

    fn path(steps: &[&str]) -> Vec<Step> {
        steps.iter().map(|s| s.parse().map_or_else(|_| Step::from(*s), Step::Item)).collect()
    }

    #[test]
    fn values_are_found() {
        for (steps, at) in [
            (&["version"][..], (2, 10)),
            (&["input", "to"], (4, 7)),
            (&["input", "list", "1"], (6, 5)),
            (&["input", "none"], (7, 8)),
            (&["input", "block"], (8, 10)),
            (&["send"], (12, 3)),
        ] {
            assert_eq!(locate(TEXT, &path(steps)), Some(at), "{steps:?}");
        }
        assert_eq!(locate(TEXT, &path(&["nowhere"])), None);
        assert_eq!(locate(TEXT, &path(&["input", "list", "7"])), None);
    }

    #[test]
    fn keys_are_found() {
        assert_eq!(locate_key(TEXT, &[], "send"), Some((11, 1)));
        assert_eq!(locate_key(TEXT, &path(&["send"]), "reties"), Some((12, 3)));
        assert_eq!(locate_key(TEXT, &path(&["send"]), "retries"), None);
    }

    #[test]
    fn scalars_keep_what_a_number_loses() {
        assert_eq!(scalar_text(TEXT, &path(&["input", "phone"])).as_deref(), Some("+4915123"));
        assert_eq!(scalar_text("a: [0.10]", &path(&["a", "0"])).as_deref(), Some("0.10"));
        assert_eq!(scalar_text(TEXT, &path(&["input"])), None);
    }
}
