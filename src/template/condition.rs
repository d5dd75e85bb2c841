//! Conditions, `when` and `--only`: one expression that is true or false.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Problem, Problems, Source, Step};
use crate::model::{FieldError, Value};
use crate::recipe::Node;

use super::compile::{Compiler, Leaf, at_leaf, is_of_the_template, lone_expression, sample};
use super::output::reason;
use super::{Constants, Engine, names};

/// A compiled condition: `when`, or `--only`.
#[derive(Debug)]
pub struct Condition<'e> {
    leaf: Leaf<'e>,
    name: &'static str,
}

impl<'e> Condition<'e> {
    /// Compiles a recipe's `when`.
    pub fn compile(
        engine: &'e Engine,
        node: &'e Node,
        source: &Source,
        constants: &Arc<Constants>,
        problems: &mut Problems,
    ) -> Self {
        let path = [Step::from("when")];
        let mut compiler = Compiler::new(engine, source, constants, problems);
        let mut leaf = compiler.leaf(node, &mut path.to_vec());
        let given = match &leaf {
            Leaf::Broken => None,
            // A real row may have what the sample lacks, so only a result counts.
            leaf => leaf.value(&compiler.sample).ok().filter(|given| !matches!(given, Value::Bool(_))),
        };
        if let Some(given) = given {
            let message = format!("`when` gives {}, not true or false", given.describe());
            let help = "write one expression, for example `when: \"{{ opted_in == 'yes' }}\"`";
            problems.push(at_leaf(Problem::new(message).help(help), source, &path, ""));
            leaf = Leaf::Broken;
        }
        Self { leaf, name: "when" }
    }

    /// Compiles the expression of `--only`, with or without its braces.
    ///
    /// # Errors
    /// The expression is not valid; the error is the message for the user.
    pub fn parse(engine: &'e Engine, text: &'e str, constants: &Arc<Constants>) -> Result<Self, Problem> {
        let wrong = |message: &str| Problem::new(format!("--only: {message}"));
        let inner = lone_expression(text).unwrap_or(text);
        let expression = engine.expression(inner).map_err(|error| wrong(&reason(&error)))?;
        let globals: Vec<String> = engine.env.globals().map(|(name, _)| name.to_owned()).collect();
        let braced = format!("{{{{{inner}}}}}");
        let read = expression.undeclared_variables(true);
        if let Some(unknown) = names::unknown(read, &braced, constants, &globals).into_iter().next() {
            return Err(wrong(&unknown.message).help(unknown.help));
        }
        let leaf = Leaf::Expression(expression);
        match leaf.value(&sample(constants)) {
            Err(error) if is_of_the_template(error.kind()) => Err(wrong(&reason(&error))),
            Ok(given) if !matches!(given, Value::Bool(_)) => {
                let message = format!("gives {}, not true or false", given.describe());
                Err(wrong(&message).help("compare it, for example --only \"opted_in == 'yes'\""))
            }
            Ok(_) | Err(_) => Ok(Self { leaf, name: "--only" }),
        }
    }

    /// The positions of the columns that it reads for a row.
    pub fn reads(&self, scope: &minijinja::Value) -> BTreeSet<usize> {
        self.leaf.reads(scope)
    }

    /// Whether the condition is true for a row.
    ///
    /// # Errors
    /// The result is neither true nor false. A text such as `no` does not count as true, because people who opted out
    /// would get a message.
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
