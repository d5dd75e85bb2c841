//! Compiles the leaf strings of a recipe and renders them for a row.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use minijinja::{Error, ErrorKind, Expression, Template};

use crate::diag::{Problem, Problems, Source, Step, locate};
use crate::model::{FieldError, FieldVariation, InputField, Number, Origin, Row, RowNumber, Value};
use crate::recipe::{Node, is_template};

use super::filled::Filled;
use super::output::{hint, plain, reason, render_capped};
use super::{Constants, Engine, RowScope, names, placeholders};

/// Placeholder for a value that a template has not given yet, so that the values around it can be checked.
const STAND_IN: &str = "1";

/// The row's message for a field with a faulty template. The problem itself was reported at its place in the recipe.
pub const BROKEN: &str = "its template in the recipe is wrong";

/// The compiled input of a recipe.
#[derive(Debug)]
pub struct CompiledTemplates<'e> {
    fields: Vec<(String, Leaf<'e>)>,
}

/// A compiled value of a recipe.
#[derive(Debug)]
pub(super) enum Leaf<'e> {
    /// Not a template.
    Constant(Value),
    /// A text with cells of the row, which needs no engine.
    Filled(Filled<'e>),
    /// Exactly one `{{ expression }}`, whose value keeps its type.
    Expression(Expression<'e, 'e>),
    /// Any other template; its value is text.
    Text(Template<'e, 'e>),
    /// A faulty template, which was reported.
    Broken,
    List(Vec<Leaf<'e>>),
    Map(Vec<(String, Leaf<'e>)>),
}

/// The context of compiling.
pub(super) struct Compiler<'a, 'e> {
    engine: &'e Engine,
    source: &'a Source,
    constants: &'a Constants,
    /// A sample row, to find errors that a template has for every row.
    pub(super) sample: minijinja::Value,
    globals: Vec<String>,
    problems: &'a mut Problems,
}

impl<'e> CompiledTemplates<'e> {
    /// Compiles every leaf of `input` and checks every name that it reads. Adds problems to `problems`, each with its
    /// place.
    pub fn compile(
        engine: &'e Engine,
        input: &'e [(String, Node)],
        source: &Source,
        constants: &Arc<Constants>,
        problems: &mut Problems,
    ) -> Self {
        let mut compiler = Compiler::new(engine, source, constants, problems);
        let fields = input
            .iter()
            .map(|(name, node)| {
                let mut path = vec![Step::from("input"), Step::Key(name.clone())];
                (name.clone(), compiler.leaf(node, &mut path))
            })
            .collect();
        Self { fields }
    }

    /// The input of one row, and the fields that do not render with their reasons. A placeholder takes the place of
    /// such fields, so that the others can be checked.
    pub fn render(&self, scope: &minijinja::Value) -> (Vec<InputField<'_>>, Vec<FieldError>) {
        let mut errors = Vec::new();
        let mut input = Vec::with_capacity(self.fields.len());
        for (name, leaf) in &self.fields {
            let value = match leaf {
                Leaf::Constant(value) => Cow::Borrowed(value),
                leaf => Cow::Owned(leaf.render(scope, name, &mut errors)),
            };
            input.push((name.as_str(), value));
        }
        (input, errors)
    }

    /// The input with `text` as the value of every template, to find errors that every row has.
    pub fn probe(&self, text: &str) -> Vec<InputField<'_>> {
        self.fields.iter().map(|(name, leaf)| (name.as_str(), Cow::Owned(leaf.filled_with(text)))).collect()
    }

    /// Which fields are the same for every row.
    pub fn variation(&self) -> FieldVariation {
        let names = |varies: fn(&Leaf<'_>) -> bool| {
            self.fields.iter().filter(|(_, leaf)| varies(leaf)).map(|(name, _)| name.clone()).collect()
        };
        FieldVariation {
            varying_values: names(|leaf| !leaf.is_constant()),
            varying_lengths: names(|leaf| !leaf.is_constant() && !matches!(leaf, Leaf::List(_))),
        }
    }

    /// The positions of the columns that the template at `path` reads for this row. For a list entry that reads none,
    /// those of the whole list. Renders the template again, so use it only for rows with a problem.
    pub fn reads(&self, scope: &minijinja::Value, path: &[Step]) -> BTreeSet<usize> {
        let Some((Step::Key(name), path)) = path.split_first() else { return BTreeSet::new() };
        let Some((_, leaf)) = self.fields.iter().find(|(known, _)| known == name) else { return BTreeSet::new() };
        let around = (0..=path.len()).rev().map(|length| leaf.at(&path[..length]).reads(scope));
        around.into_iter().find(|read| !read.is_empty()).unwrap_or_default()
    }

    /// True if the top-level field of `field` (`body-parameters[1].name`) has no template.
    pub fn is_constant(&self, field: &str) -> bool {
        let name = field.split(['[', '.']).next().unwrap_or(field);
        self.fields.iter().find(|(known, _)| known == name).is_none_or(|(_, leaf)| leaf.is_constant())
    }
}

impl<'a, 'e> Compiler<'a, 'e> {
    pub(super) fn new(
        engine: &'e Engine,
        source: &'a Source,
        constants: &'a Arc<Constants>,
        problems: &'a mut Problems,
    ) -> Self {
        let globals = engine.env.globals().map(|(name, _)| name.to_owned()).collect();
        Self { engine, source, constants, sample: sample(constants), globals, problems }
    }

    pub(super) fn leaf(&mut self, node: &'e Node, path: &mut Vec<Step>) -> Leaf<'e> {
        match node {
            Node::Null => Leaf::Constant(Value::Null),
            Node::Bool(value) => Leaf::Constant(Value::Bool(*value)),
            Node::Number(digits) => {
                Leaf::Constant(Value::Number(Number { text: digits.clone(), origin: Origin::Recipe }))
            }
            Node::Text(text) => self.text(text, path),
            Node::List(items) => {
                let mut compile = |(at, item)| self.within(Step::Item(at), item, path);
                Leaf::List(items.iter().enumerate().map(&mut compile).collect())
            }
            Node::Map(entries) => {
                let mut compile =
                    |(key, value): &'e (String, Node)| (key.clone(), self.within(Step::Key(key.clone()), value, path));
                Leaf::Map(entries.iter().map(&mut compile).collect())
            }
        }
    }

    fn within(&mut self, step: Step, node: &'e Node, path: &mut Vec<Step>) -> Leaf<'e> {
        path.push(step);
        let leaf = self.leaf(node, path);
        path.pop();
        leaf
    }

    pub(super) fn text(&mut self, text: &'e str, path: &[Step]) -> Leaf<'e> {
        let mut certain = false;
        for found in placeholders::find(text, self.constants.header()) {
            let problem = Problem::new(found.message).help(found.help);
            let problem = if found.certain { problem } else { problem.warning() };
            self.problems.push(at_leaf(problem, self.source, path, &found.written));
            certain |= found.certain;
        }
        if certain {
            return Leaf::Broken;
        }
        if !is_template(text) {
            return Leaf::Constant(Value::Text(text.to_owned()));
        }
        let lone = lone_expression(text).and_then(|inner| self.engine.expression(inner).ok());
        let (leaf, read) = match lone {
            Some(expression) => {
                let read = expression.undeclared_variables(true);
                (Leaf::Expression(expression), read)
            }
            None => match self.engine.template(text) {
                Ok(template) => {
                    let read = template.undeclared_variables(true);
                    (Leaf::Text(template), read)
                }
                Err(error) => return self.broken(&error, text, path),
            },
        };
        let unknown = names::unknown(read, text, self.constants, &self.globals);
        if !unknown.is_empty() {
            for unknown in unknown {
                let problem = Problem::new(unknown.message).help(unknown.help);
                self.problems.push(at_leaf(problem, self.source, path, &unknown.written));
            }
            return Leaf::Broken;
        }
        // The engine resolves filters only when it runs them.
        let code = if matches!(leaf, Leaf::Expression(_)) { lone_expression(text).unwrap_or(text) } else { text };
        match leaf.value(&self.sample) {
            Err(error) if is_of_the_template(error.kind()) => self.broken(&error, code, path),
            given => self.filled(text, given.ok().as_ref()).unwrap_or(leaf),
        }
    }

    /// `text` as a template without engine, if both give the same for the sample row.
    fn filled(&self, text: &'e str, given: Option<&Value>) -> Option<Leaf<'e>> {
        let filled = Filled::of(text, self.constants.header())?;
        let same = given == filled.fill(&self.sample).ok().map(Value::Text).as_ref();
        same.then_some(Leaf::Filled(filled))
    }

    fn broken(&mut self, error: &Error, text: &str, path: &[Step]) -> Leaf<'e> {
        let near = error.range().and_then(|range| text.get(range)).unwrap_or("");
        let of = match error.kind() {
            ErrorKind::MissingArgument | ErrorKind::TooManyArguments if !near.is_empty() => format!(" of `{near}`"),
            _ => String::new(),
        };
        let message = format!("template: {}{of}", reason(error));
        let problem = Problem { help: hint(error).map(str::to_owned), ..Problem::new(message) };
        self.problems.push(at_leaf(problem, self.source, path, near));
        Leaf::Broken
    }
}

/// The scope of a sample row.
pub(super) fn sample(constants: &Arc<Constants>) -> minijinja::Value {
    let cells = constants.header().names().iter().map(|_| STAND_IN).collect();
    RowScope::of(Arc::clone(constants), Row { number: RowNumber(1), line: 2, cells })
}

/// True for errors of the template itself, not of its values.
pub(super) fn is_of_the_template(kind: ErrorKind) -> bool {
    use ErrorKind::{MissingArgument, TooManyArguments, UnknownFilter, UnknownFunction, UnknownMethod, UnknownTest};
    let unknown = matches!(kind, UnknownFilter | UnknownTest | UnknownFunction | UnknownMethod);
    unknown || matches!(kind, MissingArgument | TooManyArguments)
}

impl Leaf<'_> {
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Constant(_) => true,
            Self::Filled(_) | Self::Expression(_) | Self::Text(_) | Self::Broken => false,
            Self::List(items) => items.iter().all(Self::is_constant),
            Self::Map(entries) => entries.iter().all(|(_, leaf)| leaf.is_constant()),
        }
    }

    fn filled_with(&self, text: &str) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Filled(_) | Self::Expression(_) | Self::Text(_) | Self::Broken => Value::Text(text.to_owned()),
            Self::List(items) => Value::List(items.iter().map(|leaf| leaf.filled_with(text)).collect()),
            Self::Map(entries) => {
                Value::Map(entries.iter().map(|(key, leaf)| (key.clone(), leaf.filled_with(text))).collect())
            }
        }
    }

    /// The value of a leaf for a row, or why it has none.
    pub(super) fn value(&self, scope: &minijinja::Value) -> Result<Value, Error> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Filled(filled) => filled.fill(scope).map(Value::Text),
            Self::Expression(expression) => expression.eval(scope.clone()).and_then(|value| plain(&value, 0)),
            Self::Text(template) => render_capped(template, scope),
            Self::List(_) | Self::Map(_) | Self::Broken => Ok(Value::Null),
        }
    }

    /// The leaf at `path`, or the nearest enclosing one.
    fn at(&self, path: &[Step]) -> &Self {
        let Some((step, rest)) = path.split_first() else { return self };
        let within = match (self, step) {
            (Self::List(items), Step::Item(at)) => items.get(*at),
            (Self::Map(entries), Step::Key(key)) => {
                entries.iter().find(|(known, _)| known == key).map(|(_, leaf)| leaf)
            }
            _ => None,
        };
        within.map_or(self, |leaf| leaf.at(rest))
    }

    /// The positions of the columns that it reads for a row.
    pub(super) fn reads(&self, scope: &minijinja::Value) -> BTreeSet<usize> {
        match self {
            Self::Constant(_) | Self::Broken => BTreeSet::new(),
            Self::Filled(filled) => filled.columns().collect(),
            // The result is known already.
            Self::Expression(_) | Self::Text(_) => RowScope::reads(scope, |traced| drop(self.value(traced))),
            Self::List(items) => items.iter().flat_map(|leaf| leaf.reads(scope)).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(_, leaf)| leaf.reads(scope)).collect(),
        }
    }

    pub(super) fn render(&self, scope: &minijinja::Value, field: &str, errors: &mut Vec<FieldError>) -> Value {
        self.render_at(scope, LeafPath::Field(field), errors)
    }

    fn render_at(&self, scope: &minijinja::Value, place: LeafPath<'_>, errors: &mut Vec<FieldError>) -> Value {
        let rendered = match self {
            Self::Constant(value) => return value.clone(),
            Self::List(items) => {
                let render = |(at, leaf): (usize, &Leaf<'_>)| leaf.render_at(scope, LeafPath::Item(&place, at), errors);
                return Value::List(items.iter().enumerate().map(render).collect());
            }
            Self::Map(entries) => {
                let render = |(key, leaf): &(String, Leaf<'_>)| {
                    (key.clone(), leaf.render_at(scope, LeafPath::Key(&place, key), errors))
                };
                return Value::Map(entries.iter().map(render).collect());
            }
            Self::Broken => Err(BROKEN.to_owned()),
            Self::Filled(_) | Self::Expression(_) | Self::Text(_) => self.value(scope).map_err(|error| reason(&error)),
        };
        rendered.unwrap_or_else(|reason| {
            errors.push(FieldError::new(place.to_string(), reason));
            Value::Text(STAND_IN.to_owned())
        })
    }
}

/// The path of a leaf within the input, formatted only for errors: `body-parameters[1].name`.
#[derive(Clone, Copy)]
enum LeafPath<'a> {
    Field(&'a str),
    Item(&'a LeafPath<'a>, usize),
    Key(&'a LeafPath<'a>, &'a str),
}

impl fmt::Display for LeafPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Item(of, at) => write!(f, "{of}[{at}]"),
            Self::Key(of, key) => write!(f, "{of}.{key}"),
        }
    }
}

/// The text between the braces, if the text starts and ends with a pair. `{{ a }} and {{ b }}` does so, too; it is told
/// apart because its inside does not compile as an expression.
pub(super) fn lone_expression(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.starts_with('-') && !inner.ends_with('-')).then_some(inner)
}

/// Places a problem at a leaf; at the word `near` if one of the leaf's templates contains it.
pub(super) fn at_leaf(problem: Problem, source: &Source, path: &[Step], near: &str) -> Problem {
    let Some((line, column)) = locate(&source.text, path) else { return problem.in_file(&source.path) };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = source.text.lines().skip(line - 1);
    let first = lines.next().unwrap_or("");
    let start = first.char_indices().nth(column - 1).map_or(first.len(), |(at, _)| at);
    // The content of a block scalar is on the lines below its key, indented further.
    let block = first[start..].starts_with(['|', '>']);
    let below = lines.take_while(|line| block && (line.trim().is_empty() || indent(line) > indent(first)));
    for (at, text) in [first].into_iter().chain(below).enumerate() {
        let from = if at == 0 { start } else { 0 };
        let template = ["{{", "{%"].iter().filter_map(|mark| text[from..].find(mark)).min().map(|mark| from + mark);
        let found = template.filter(|_| !near.is_empty()).and_then(|from| Some(from + text[from..].find(near)?));
        if let Some(found) = found {
            let column = text[..found].chars().count() + 1;
            return problem.at_text(source, (line + at, column), near.chars().count());
        }
    }
    problem.at_text(source, (line, column), 1)
}

#[cfg(test)]
mod tests;
