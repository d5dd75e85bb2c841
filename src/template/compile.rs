//! Compiles the leaves of a recipe and renders them for a row.

use std::io;
use std::sync::Arc;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Expression, Template};

use crate::diag::{Problem, Problems, Source, Step, locate};
use crate::model::{FieldError, Number, Origin, Row, Uniform, Value};
use crate::recipe::Node;

use super::{Constants, Engine, Scope, names};

/// A field's text may be this long; a message has at most some thousand characters.
const MAX_OUTPUT: usize = 64 * 1024;

/// The compiled input of a recipe.
#[derive(Debug)]
pub struct Templates<'e> {
    fields: Vec<(String, Leaf<'e>)>,
    /// Fields whose templates have problems, which are reported already.
    broken: Vec<String>,
    constants: Arc<Constants>,
}

/// A compiled condition: `when`, or `--only`.
#[derive(Debug)]
pub struct Condition<'e> {
    leaf: Leaf<'e>,
    name: &'static str,
}

#[derive(Debug)]
enum Leaf<'e> {
    /// No template in it.
    Constant(Value),
    /// Exactly one `{{ expression }}`: keeps its type.
    Expression(Expression<'e, 'e>),
    /// Anything else with a template in it: text.
    Text(Template<'e, 'e>),
    List(Vec<Leaf<'e>>),
    Map(Vec<(String, Leaf<'e>)>),
}

/// What compiling needs to know of its surroundings.
struct Compiler<'a, 'e> {
    engine: &'e Engine,
    source: &'a Source,
    constants: &'a Constants,
    globals: Vec<String>,
    problems: &'a mut Problems,
}

impl<'e> Templates<'e> {
    /// Compiles every leaf of `input` and checks every name that it reads. Problems go to `problems`, each at its place.
    pub fn compile(
        engine: &'e Engine,
        input: &'e [(String, Node)],
        source: &Source,
        constants: &Arc<Constants>,
        problems: &mut Problems,
    ) -> Self {
        let mut compiler = Compiler::new(engine, source, constants, problems);
        let mut broken = Vec::new();
        let fields = input
            .iter()
            .map(|(name, node)| {
                let mut path = vec![Step::from("input"), Step::Key(name.clone())];
                let before = compiler.problems.errors();
                let leaf = compiler.leaf(node, &mut path);
                if compiler.problems.errors() > before {
                    broken.push(name.clone());
                }
                (name.clone(), leaf)
            })
            .collect();
        Self { fields, broken, constants: Arc::clone(constants) }
    }

    /// The root that a row's templates see.
    pub fn scope(&self, row: Row) -> minijinja::Value {
        Scope::of(Arc::clone(&self.constants), row)
    }

    /// The input of one row.
    ///
    /// # Errors
    /// Every field that does not render, each with its reason.
    pub fn render(&self, scope: &minijinja::Value) -> Result<Vec<(String, Value)>, Vec<FieldError>> {
        let mut errors = Vec::new();
        let input =
            self.fields.iter().map(|(name, leaf)| (name.clone(), leaf.render(scope, name, &mut errors))).collect();
        if errors.is_empty() { Ok(input) } else { Err(errors) }
    }

    /// The input with a stand-in for everything that a template fills, to find what is wrong whatever the row holds.
    pub fn probe(&self) -> Vec<(String, Value)> {
        self.fields.iter().map(|(name, leaf)| (name.clone(), leaf.stand_in())).collect()
    }

    /// What is the same for every row.
    pub fn uniform(&self) -> Uniform {
        let names = |varies: fn(&Leaf<'_>) -> bool| {
            self.fields.iter().filter(|(_, leaf)| varies(leaf)).map(|(name, _)| name.clone()).collect()
        };
        Uniform {
            varying_values: names(|leaf| !leaf.is_constant()),
            varying_lengths: names(|leaf| !leaf.is_constant() && !matches!(leaf, Leaf::List(_))),
        }
    }

    /// True if the templates of the top-level field that `field` belongs to have problems of their own: what rows make of
    /// it says nothing about the rows.
    pub fn is_broken(&self, field: &str) -> bool {
        self.broken.iter().any(|name| name == top(field))
    }

    /// True if no template stands in the top-level field that `field` (`body-parameters[1].name`) belongs to.
    pub fn is_constant(&self, field: &str) -> bool {
        self.fields.iter().find(|(known, _)| known == top(field)).is_none_or(|(_, leaf)| leaf.is_constant())
    }
}

/// `body-parameters` of `body-parameters[1].name`.
fn top(field: &str) -> &str {
    field.split(['[', '.']).next().unwrap_or(field)
}

impl<'e> Condition<'e> {
    /// Compiles a recipe's `when`.
    pub fn compile(
        engine: &'e Engine,
        node: &'e Node,
        source: &Source,
        constants: &Constants,
        problems: &mut Problems,
    ) -> Self {
        let mut compiler = Compiler::new(engine, source, constants, problems);
        let leaf = compiler.leaf(node, &mut vec![Step::from("when")]);
        let fits = match &leaf {
            Leaf::Expression(_) | Leaf::Constant(Value::Bool(_)) => true,
            // What does not compile is reported already.
            _ => problems.has_errors(),
        };
        if !fits {
            let help = "write one expression, for example `when: \"{{ opted_in == 'yes' }}\"`";
            let problem = Problem::new("`when` gives text, not true or false").help(help);
            problems.push(at_leaf(problem, source, &[Step::from("when")], ""));
        }
        Self { leaf, name: "when" }
    }

    /// Compiles the expression of `--only`, with or without its braces.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn parse(engine: &'e Engine, text: &'e str, constants: &Constants) -> Result<Self, Problem> {
        let inner = lone_expression(text).unwrap_or(text);
        let expression =
            engine.0.compile_expression(inner).map_err(|error| Problem::new(format!("--only: {}", reason(&error))))?;
        let globals: Vec<String> = engine.0.globals().map(|(name, _)| name.to_owned()).collect();
        let braced = format!("{{{{{inner}}}}}");
        match names::unknown(expression.undeclared_variables(true), &braced, constants, &globals).into_iter().next() {
            Some(unknown) => Err(Problem::new(format!("--only: {}", unknown.message)).help(unknown.help)),
            None => Ok(Self { leaf: Leaf::Expression(expression), name: "--only" }),
        }
    }

    /// Whether it holds for a row.
    ///
    /// # Errors
    /// It gives something else than true or false. A text such as `no` is not taken for true: people would be written to
    /// who asked not to be.
    pub fn holds(&self, scope: &minijinja::Value) -> Result<bool, FieldError> {
        let mut errors = Vec::new();
        match self.leaf.render(scope, self.name, &mut errors) {
            Value::Bool(holds) if errors.is_empty() => Ok(holds),
            other => Err(errors.into_iter().next().unwrap_or_else(|| {
                let given = match &other {
                    Value::Text(text) => format!("the text \"{text}\""),
                    other => other.describe().to_owned(),
                };
                FieldError::new(
                    self.name,
                    format!("gives {given}, not true or false; compare it: {{{{ column == 'yes' }}}}"),
                )
            })),
        }
    }
}

impl<'a, 'e> Compiler<'a, 'e> {
    fn new(engine: &'e Engine, source: &'a Source, constants: &'a Constants, problems: &'a mut Problems) -> Self {
        let globals = engine.0.globals().map(|(name, _)| name.to_owned()).collect();
        Self { engine, source, constants, globals, problems }
    }

    fn leaf(&mut self, node: &'e Node, path: &mut Vec<Step>) -> Leaf<'e> {
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

    fn text(&mut self, text: &'e str, path: &[Step]) -> Leaf<'e> {
        if !["{{", "{%", "{#"].iter().any(|mark| text.contains(mark)) {
            return Leaf::Constant(Value::Text(text.to_owned()));
        }
        let lone = lone_expression(text).and_then(|inner| self.engine.0.compile_expression(inner).ok());
        let (leaf, read) = match lone {
            Some(expression) => {
                let read = expression.undeclared_variables(true);
                (Leaf::Expression(expression), read)
            }
            None => match self.engine.0.template_from_str(text) {
                Ok(template) => {
                    let read = template.undeclared_variables(true);
                    (Leaf::Text(template), read)
                }
                Err(error) => {
                    let near = error.range().and_then(|range| text.get(range)).unwrap_or("").to_owned();
                    self.problems.push(at_leaf(
                        Problem::new(format!("template: {}", reason(&error))),
                        self.source,
                        path,
                        &near,
                    ));
                    return Leaf::Constant(Value::Null);
                }
            },
        };
        for unknown in names::unknown(read, text, self.constants, &self.globals) {
            let problem = Problem::new(unknown.message).help(unknown.help);
            self.problems.push(at_leaf(problem, self.source, path, &unknown.written));
        }
        leaf
    }
}

impl Leaf<'_> {
    fn is_constant(&self) -> bool {
        match self {
            Self::Constant(_) => true,
            Self::Expression(_) | Self::Text(_) => false,
            Self::List(items) => items.iter().all(Self::is_constant),
            Self::Map(entries) => entries.iter().all(|(_, leaf)| leaf.is_constant()),
        }
    }

    fn stand_in(&self) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Expression(_) | Self::Text(_) => Value::Text("1".to_owned()),
            Self::List(items) => Value::List(items.iter().map(Self::stand_in).collect()),
            Self::Map(entries) => {
                Value::Map(entries.iter().map(|(key, leaf)| (key.clone(), leaf.stand_in())).collect())
            }
        }
    }

    fn render(&self, scope: &minijinja::Value, field: &str, errors: &mut Vec<FieldError>) -> Value {
        let rendered = match self {
            Self::Constant(value) => return value.clone(),
            Self::List(items) => {
                let render = |(at, leaf): (usize, &Leaf<'_>)| leaf.render(scope, &format!("{field}[{at}]"), errors);
                return Value::List(items.iter().enumerate().map(render).collect());
            }
            Self::Map(entries) => {
                let render = |(key, leaf): &(String, Leaf<'_>)| {
                    (key.clone(), leaf.render(scope, &format!("{field}.{key}"), errors))
                };
                return Value::Map(entries.iter().map(render).collect());
            }
            Self::Expression(expression) => expression.eval(scope.clone()).and_then(|value| plain(&value, 0)),
            Self::Text(template) => render_capped(template, scope),
        };
        rendered.unwrap_or_else(|error| {
            errors.push(FieldError::new(field, reason(&error)));
            Value::Null
        })
    }
}

/// A value of the engine as plain data.
fn plain(value: &minijinja::Value, depth: usize) -> Result<Value, Error> {
    if depth > 8 {
        return Err(Error::new(ErrorKind::InvalidOperation, "lists nested too deeply"));
    }
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined")),
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => Value::Number(Number { text: value.to_string(), origin: Origin::Expression }),
        ValueKind::Seq | ValueKind::Iterable => Value::List(
            value.try_iter()?.take(MAX_OUTPUT).map(|item| plain(&item, depth + 1)).collect::<Result<_, _>>()?,
        ),
        ValueKind::Map => {
            let entry = |key: minijinja::Value| Ok((key.to_string(), plain(&value.get_item(&key)?, depth + 1)?));
            Value::Map(value.try_iter()?.map(entry).collect::<Result<_, Error>>()?)
        }
        _ => match value.as_str() {
            Some(text) if text.len() > MAX_OUTPUT => return Err(too_long()),
            Some(text) => Value::Text(text.to_owned()),
            None => {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    format!("gives {}, which cannot be sent", value.kind()),
                ));
            }
        },
    })
}

fn render_capped(template: &Template<'_, '_>, scope: &minijinja::Value) -> Result<Value, Error> {
    let mut output = Capped(Vec::new());
    let rendered = template.render_captured_to(scope.clone(), &mut output);
    if output.0.len() > MAX_OUTPUT {
        return Err(too_long());
    }
    rendered?;
    let text = String::from_utf8(output.0).map_err(|_| Error::new(ErrorKind::InvalidOperation, "gives broken text"))?;
    Ok(Value::Text(text))
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("renders to more than {} KiB", MAX_OUTPUT / 1024))
}

/// Takes a little more than is allowed and then refuses, so that a runaway loop cannot fill the memory.
struct Capped(Vec<u8>);

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() > MAX_OUTPUT {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(&bytes[..bytes.len().min(MAX_OUTPUT + 1)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What stands between the braces, if the whole text is one pair of them. `{{ a }} and {{ b }}` also begins and ends like
/// one; its inside does not compile as an expression, and that decides.
fn lone_expression(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.starts_with('-') && !inner.ends_with('-')).then_some(inner)
}

/// What the engine has to say, without its own idea of place.
fn reason(error: &Error) -> String {
    let kind = error.kind();
    match (kind, error.detail()) {
        (ErrorKind::OutOfFuel, _) => "the template runs too long".to_owned(),
        (ErrorKind::InvalidOperation | ErrorKind::UndefinedError, Some(detail)) => detail.to_owned(),
        (_, Some(detail)) => format!("{kind}: {detail}"),
        (_, None) => kind.to_string(),
    }
}

/// The problem at a leaf; if `near` stands in the leaf's first line, at that word.
fn at_leaf(problem: Problem, source: &Source, path: &[Step], near: &str) -> Problem {
    let Some((line, column)) = locate(&source.text, path) else { return problem.in_file(&source.path) };
    let content: String = source.text.lines().nth(line - 1).unwrap_or("").chars().skip(column - 1).collect();
    match content.find(near).filter(|_| !near.is_empty()) {
        Some(at) => {
            let before = content[..at].chars().count();
            problem.at_text(source, (line, column + before), near.chars().count())
        }
        None => problem.at_text(source, (line, column), 1),
    }
}

#[cfg(test)]
mod tests;
