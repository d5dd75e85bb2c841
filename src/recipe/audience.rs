//! Which recipients of the list are left out: the keys `unique`, `suppress`, `once` and `repeat-after`.

use std::time::Duration;

use super::{Node, Reader, parse_span};

/// Which recipients of a list are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// When two rows are duplicates.
    pub unique: Unique,
    /// Lists of people who must not get a message.
    pub suppress: Vec<Suppress>,
    /// What is sent once, over all runs of the project.
    pub once: Once,
    /// After this time the same may be sent again.
    pub repeat_after: Option<Duration>,
}

/// What all runs of a project together send once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// The message: nobody gets the same text twice. The default.
    Message,
    /// A key that a template renders.
    By(Node),
    /// Nothing: every run sends its whole list.
    Off,
}

/// When a row is a duplicate of an earlier one and is skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unique {
    /// Same recipient. The default.
    Recipient,
    /// A template renders to the same text.
    By(Node),
    /// Never.
    Off,
}

/// A list of people who must not get a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppress {
    /// The file as written, relative to the recipe.
    pub file: String,
    /// The column with the phone numbers, if named.
    pub column: Option<String>,
}

impl Default for Audience {
    fn default() -> Self {
        Self { unique: Unique::Recipient, suppress: Vec::new(), once: Once::Message, repeat_after: None }
    }
}

impl Audience {
    /// Reads the keys and reports each problem at its place.
    pub(super) fn read(keys: &mut Reader<'_>) -> Self {
        let once = once(keys);
        let repeat_after = keys.parsed("repeat-after", parse_span);
        if once == Once::Off && repeat_after.is_some() {
            keys.problem(
                "repeat-after",
                "`repeat-after`: has no effect with `once: false`, which sends to all every time",
            );
        }
        Self { unique: unique(keys), suppress: suppress(keys), once, repeat_after }
    }
}

fn unique(keys: &mut Reader<'_>) -> Unique {
    match keys.get("unique") {
        None | Some(Node::Bool(true)) => Unique::Recipient,
        Some(Node::Bool(false)) => Unique::Off,
        Some(text @ Node::Text(_)) => Unique::By(text.clone()),
        Some(other) => {
            let message = format!("`unique`: wanted a template or false, got {}", other.describe());
            keys.problem("unique", message);
            Unique::Recipient
        }
    }
}

fn once(keys: &mut Reader<'_>) -> Once {
    match keys.get("once") {
        None | Some(Node::Bool(true)) => Once::Message,
        Some(Node::Bool(false)) => Once::Off,
        Some(text @ Node::Text(_)) => Once::By(text.clone()),
        Some(other) => {
            let message = format!(
                "`once`: wanted a template such as \"spring/{{{{ phone }}}}\" or false, got {}",
                other.describe()
            );
            keys.problem("once", message);
            Once::Message
        }
    }
}

fn suppress(keys: &mut Reader<'_>) -> Vec<Suppress> {
    let entries: &[Node] = match keys.get("suppress") {
        None => return Vec::new(),
        Some(Node::List(entries)) => entries,
        Some(one) => std::slice::from_ref(one),
    };
    entries.iter().filter_map(|entry| one_list(keys, entry)).collect()
}

fn one_list(keys: &mut Reader<'_>, entry: &Node) -> Option<Suppress> {
    let known = |key: &str| matches!(key, "file" | "column");
    match entry {
        Node::Text(file) if !file.is_empty() => return Some(Suppress { file: file.clone(), column: None }),
        Node::Map(entries) if entries.iter().all(|(key, _)| known(key)) => {
            let text = |wanted: &str| match entries.iter().find(|(key, _)| key == wanted) {
                Some((_, Node::Text(text))) if !text.is_empty() => Some(text.clone()),
                _ => None,
            };
            if let Some(file) = text("file") {
                return Some(Suppress { file, column: text("column") });
            }
        }
        _ => {}
    }
    keys.problem(
        "suppress",
        "`suppress`: wanted files, such as [opted-out.csv] or [{ file: crm.csv, column: Mobile }]",
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Problems, Source};
    use crate::recipe::RECIPE_KEYS;

    fn read(text: &str) -> (Audience, Vec<String>) {
        let source = Source::new("r.yaml", text);
        let Ok(Node::Map(entries)) = Node::parse(&source) else { panic!("{text}") };
        let mut problems = Problems::default();
        let audience = Audience::read(&mut Reader::new(&source, Vec::new(), &entries, RECIPE_KEYS, &mut problems));
        (audience, problems.iter().map(|problem| problem.message.clone()).collect())
    }

    #[test]
    fn nothing_said_is_the_recipient() {
        assert_eq!(read("x: 1"), (Audience::default(), Vec::new()));
        assert_eq!(read("unique: true").0, Audience::default());
    }

    #[test]
    fn each_key_has_its_forms() {
        let (audience, problems) = read(
            "unique: false\nonce: 'spring/{{ phone }}'\nsuppress: [out.csv, { file: crm.csv, column: Mobile }, { file: x.csv }]",
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(audience.unique, Unique::Off);
        assert_eq!(audience.once, Once::By(Node::Text("spring/{{ phone }}".to_owned())));
        assert_eq!((read("once: false").0.once, read("once: true").0.once), (Once::Off, Once::Message));
        assert_eq!(read("repeat-after: 20h").0.repeat_after, Some(Duration::from_secs(20 * 3600)));
        let columns: Vec<_> =
            audience.suppress.iter().map(|list| (list.file.as_str(), list.column.as_deref())).collect();
        assert_eq!(columns, [("out.csv", None), ("crm.csv", Some("Mobile")), ("x.csv", None)]);
        assert_eq!(read("suppress: out.csv").0.suppress[0].file, "out.csv");
    }

    #[test]
    fn what_is_none_of_them_is_said() {
        for wrong in [
            "unique: [a]",
            "once: 7",
            "repeat-after: 20",
            "once: false\nrepeat-after: 20h",
            "suppress: [[a]]",
            "suppress: { colum: a, file: b }",
            "suppress: ['']",
        ] {
            assert_eq!(read(wrong).1.len(), 1, "{wrong}");
        }
    }
}
