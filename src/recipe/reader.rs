//! Reads the keys of a mapping and collects every problem at its place instead of stopping at the first.

use crate::diag::{Problem, Problems, Source, Step, did_you_mean, locate, locate_key};

use super::{Key, Node, Shape};

/// A mapping that is being read. It reads only the keys of its tables.
pub struct Reader<'a> {
    source: &'a Source,
    path: Vec<Step>,
    entries: &'a [(String, Node)],
    tables: Vec<&'static [Key]>,
    problems: &'a mut Problems,
}

impl<'a> Reader<'a> {
    /// Reads the mapping `entries` at `path` in `source`, which may have the keys of `table`.
    pub fn new(
        source: &'a Source,
        path: Vec<Step>,
        entries: &'a [(String, Node)],
        table: &'static [Key],
        problems: &'a mut Problems,
    ) -> Self {
        Self { source, path, entries, tables: vec![table], problems }
    }

    /// Adds the keys of another table, for example those of one kind of connection to those of all.
    pub fn know(&mut self, table: &'static [Key]) {
        self.tables.push(table);
    }

    /// The value of `key`, unless it is absent or null.
    ///
    /// # Panics
    ///
    /// In debug builds, if no table has the key: it would be read, and yet refused as unknown.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.key(key).is_some(), "`{key}` is read, but it is in no table of keys");
        self.value(key)
    }

    /// The value of a required key.
    ///
    /// # Panics
    ///
    /// In debug builds, if the table says that the key is optional.
    pub fn required(&mut self, key: &str, help: &str) -> Option<&'a Node> {
        debug_assert!(self.key(key).is_some_and(|key| key.required), "`{key}` is required, its table says otherwise");
        let node = self.get(key);
        if node.is_none() {
            let at = locate(&self.source.text, &self.path).unwrap_or((1, 1));
            let problem = Problem::new(format!("`{key}` is missing")).help(help).at_text(self.source, at, 1);
            self.problems.push(problem);
        }
        node
    }

    /// The text of `key`. A number counts as its digits.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let node = self.get(key)?;
        self.scalar(key, node)
    }

    /// The text of a required key.
    pub fn required_text(&mut self, key: &str, help: &str) -> Option<String> {
        let node = self.required(key, help)?;
        self.scalar(key, node)
    }

    /// The scalar at `key`, parsed by `parse`. Its error becomes the message at the value.
    pub fn parsed<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(key)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problem(key, format!("`{key}`: {message}"));
                None
            }
        }
    }

    /// The mapping at `key`, as a reader for the keys that the table lists.
    pub fn mapping(&mut self, key: &str) -> Option<Reader<'_>> {
        let tables = match self.key(key)?.shape {
            Shape::Mapping(table) => vec![table],
            _ => Vec::new(),
        };
        match self.get(key)? {
            Node::Map(entries) => {
                let mut path = self.path.clone();
                path.push(Step::Key(key.to_owned()));
                Some(Reader { source: self.source, path, entries, tables, problems: self.problems })
            }
            other => {
                self.problem(key, format!("`{key}`: wanted a mapping, got {}", other.describe()));
                None
            }
        }
    }

    /// All keys and values.
    pub fn entries(&self) -> &'a [(String, Node)] {
        self.entries
    }

    /// Reports every key that is in no table. `what` names the mapping: "a recipe", "`send`".
    pub fn refuse_unknown(&mut self, what: &str) {
        let known: Vec<&str> = self.tables.iter().copied().flatten().map(|key| key.name).collect();
        for (key, _) in self.entries {
            if known.contains(&key.as_str()) {
                continue;
            }
            let message = format!("unknown key `{key}` in {what}{}", did_you_mean(key, known.iter().copied()));
            let at = locate_key(&self.source.text, &self.path, key).unwrap_or((1, 1));
            let problem = Problem::new(message).help(format!("known keys: {}", known.join(", "))).at_text(
                self.source,
                at,
                key.chars().count(),
            );
            self.problems.push(problem);
        }
    }

    /// Reports a problem at the value of `key`.
    pub fn problem(&mut self, key: &str, message: impl Into<String>) {
        self.report(key, Problem::new(message));
    }

    /// Reports a prepared problem at the value of `key`.
    pub fn report(&mut self, key: &str, problem: Problem) {
        let mut path = self.path.clone();
        path.push(Step::Key(key.to_owned()));
        let at = locate(&self.source.text, &path).unwrap_or((1, 1));
        let len = match self.value(key) {
            Some(Node::Text(text) | Node::Number(text)) if !text.contains('\n') => text.chars().count(),
            _ => 1,
        };
        self.problems.push(problem.at_text(self.source, at, len));
    }

    fn key(&self, name: &str) -> Option<&'static Key> {
        self.tables.iter().copied().flatten().find(|key| key.name == name)
    }

    fn value(&self, key: &str) -> Option<&'a Node> {
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        (*node != Node::Null).then_some(node)
    }

    /// Reports a prepared problem at a part of the value of `key`.
    pub fn report_within(&mut self, key: &str, part: &[Step], problem: Problem) {
        let mut path = self.path.clone();
        path.push(Step::Key(key.to_owned()));
        path.extend_from_slice(part);
        let at = locate(&self.source.text, &path).unwrap_or((1, 1));
        self.problems.push(problem.at_text(self.source, at, 1));
    }

    fn scalar(&mut self, key: &str, node: &Node) -> Option<String> {
        match node {
            Node::Text(text) | Node::Number(text) => Some(text.clone()),
            Node::Bool(value) => Some(value.to_string()),
            other => {
                self.problem(key, format!("`{key}`: wanted text, got {}", other.describe()));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: &[Key] =
        &[Key::optional("rate", Shape::Rate, "A rate."), Key::required("name", Shape::Text, "A name.")];

    static SECOND: &[Key] = &[Key::optional("base-url", Shape::Text, "An address.")];

    fn read<T>(read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        read(&mut Reader::new(&Source::new("r.yaml", ""), Vec::new(), &[], TABLE, &mut Problems::default()))
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "`rat` is read, but it is in no table of keys")]
    fn no_key_is_read_that_no_table_has() {
        read(|keys| keys.text("rat"));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "`rate` is required, its table says otherwise")]
    fn no_key_is_required_that_may_be_left_out() {
        read(|keys| keys.required_text("rate", "write one"));
    }

    #[test]
    fn a_second_table_is_known_as_the_first_is() {
        read(|keys| {
            keys.know(SECOND);
            assert_eq!((keys.text("base-url"), keys.text("rate")), (None, None));
        });
    }
}
