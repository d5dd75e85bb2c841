//! The connections file: a mapping of names to connections. The connector defines the keys of each connection.

use crate::diag::{Problem, Problems, Source, Step, did_you_mean};

use super::{Key, Node, Reader};

/// A connection as text, with its place.
#[derive(Debug, Clone)]
pub struct ConnectionText {
    /// Its name, or `inline`.
    pub name: String,
    /// The text that contains it.
    pub source: Source,
    /// Its place in that text.
    pub path: Vec<Step>,
    /// Its keys.
    pub entries: Vec<(String, Node)>,
}

impl ConnectionText {
    /// A reader for its keys, with `table` as the known keys.
    pub fn reader<'a>(&'a self, table: &'static [Key], problems: &'a mut Problems) -> Reader<'a> {
        Reader::new(&self.source, self.path.clone(), &self.entries, table, problems)
    }
}

/// The connection `name` of a connections file. The error is a problem of the file's shape, or lists the names that it
/// has.
pub fn find_connection(source: &Source, name: &str) -> Result<ConnectionText, Problem> {
    find_among(&connections(source)?, source, name)
}

/// The named connections of a connections file, in that order, or all of them. The file is parsed once, also for a
/// thousand names.
pub fn find_connections(source: &Source, names: Option<&[String]>) -> Result<Vec<ConnectionText>, Problems> {
    let entries = connections(source)?;
    let all: Vec<&str> = match names {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => entries.iter().map(|(name, _)| name.as_str()).collect(),
    };
    let (mut found, mut problems) = (Vec::new(), Problems::default());
    for name in all {
        match find_among(&entries, source, name) {
            Ok(text) => found.push(text),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn find_among(entries: &[(String, Node)], source: &Source, name: &str) -> Result<ConnectionText, Problem> {
    let found = entries.iter().find(|(known, _)| known == name);
    match found {
        Some((_, Node::Map(keys))) => Ok(ConnectionText {
            name: name.to_owned(),
            source: source.clone(),
            path: vec![Step::Key(name.to_owned())],
            entries: keys.clone(),
        }),
        Some((_, other)) => {
            let message = format!("connection `{name}`: wanted a mapping, got {}", other.describe());
            Err(Problem::new(message).in_file(&source.path))
        }
        None => {
            let known: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!("no connection `{name}`{}", did_you_mean(name, known.iter().copied()));
            Err(Problem::new(message).help(format!("it has: {}", known.join(", "))).in_file(&source.path))
        }
    }
}

/// The names in a connections file. The error is a problem of the file's shape.
pub fn connection_names(source: &Source) -> Result<Vec<String>, Problem> {
    Ok(connections(source)?.into_iter().map(|(name, _)| name).collect())
}

fn connections(source: &Source) -> Result<Vec<(String, Node)>, Problem> {
    match Node::parse(source)? {
        Node::Map(entries) => Ok(entries),
        other => {
            let message = format!("a connections file is a mapping of names, this is {}", other.describe());
            Err(Problem::new(message).in_file(&source.path))
        }
    }
}
