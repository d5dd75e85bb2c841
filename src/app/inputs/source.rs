//! Reading a recipe's text. A token in it is never shown or stored.

use std::fs;
use std::io;
use std::path::Path;

use crate::connectors::{mask, without_token};
use crate::diag::{Problem, Problems, Source, Step, locate, scalar_text};

use crate::files::{refuse_named_pipe, text_of};
use crate::recipe::{ConnectionRef, ConnectionText, Node, Recipe, parse};
use crate::rows::Digest;
use crate::run::RunError;

/// Reads a text file.
pub(crate) fn read_source(path: &Path) -> Result<Source, Problem> {
    let bytes = refuse_named_pipe(path).and_then(|()| fs::read(path)).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::NotFound => "does not exist".to_owned(),
            _ => error.to_string(),
        };
        Problem::new(message).in_file(path)
    })?;
    let text = text_of(bytes).map_err(|error| Problem::new(error.to_string()).in_file(path))?;
    Ok(Source::new(path, text))
}

/// Parses a recipe. Problems show its lines with the token masked.
pub(super) fn read_recipe(source: &Source) -> Result<Recipe, Problems> {
    let Some(masked) = masked(source) else { return parse(source) };
    match parse(source) {
        Ok(recipe) => Ok(Recipe { source: masked, ..recipe }),
        Err(problems) => Err(parse(&masked).err().unwrap_or(problems)),
    }
}

/// The text of a recipe with an inline connection, with the token masked.
fn masked(source: &Source) -> Option<Source> {
    let Node::Map(keys) = Node::parse(source).ok()? else { return None };
    let (_, connection) = keys.into_iter().find(|(key, _)| key == "connection")?;
    let Node::Map(entries) = connection else { return None };
    let (name, path) = (String::new(), vec![Step::from("connection")]);
    Some(mask(&ConnectionText { name, source: source.clone(), path, entries }).source)
}

/// Reads a file and checks its digest.
pub(super) fn untouched<T>(
    path: &Path,
    digest: &str,
    read: impl FnOnce(&Path) -> io::Result<(Digest, T)>,
) -> Result<T, Problem> {
    let problem = |error: RunError| Problem::new(error.to_string());
    let (found, read) = read(path).map_err(|source| problem(RunError::Io { path: path.to_owned(), source }))?;
    if found.as_str() == digest { Ok(read) } else { Err(problem(RunError::Tampered(path.to_owned()))) }
}

/// Places a problem at the value of a recipe key.
pub(super) fn at_key(problem: Problem, source: &Source, key: &str) -> Problem {
    let path = [Step::from(key)];
    let len = scalar_text(&source.text, &path).map_or(1, |text| text.chars().count());
    problem.at_text(source, locate(&source.text, &path).unwrap_or((1, 1)), len)
}

/// The recipe's text for the run folder: a token in it is replaced by a reference, even if its connection is not used.
pub(super) fn without_secret(source: &Source, recipe: &Recipe) -> String {
    let ConnectionRef::Inline(entries) = &recipe.connection else { return source.text.to_string() };
    let connection = ConnectionText { source: source.clone(), ..inline(recipe, entries) };
    without_token(&connection).unwrap_or_else(|| source.text.to_string())
}

/// The text of a connection that is written in the recipe.
pub(super) fn inline(recipe: &Recipe, entries: &[(String, Node)]) -> ConnectionText {
    ConnectionText {
        name: "inline".to_owned(),
        source: recipe.source.clone(),
        path: vec!["connection".into()],
        entries: entries.to_vec(),
    }
}
